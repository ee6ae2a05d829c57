import { userInfo } from 'node:os'

/**
 * The name of the user who runs this process: the subject of whoever calls from this machine.
 *
 * In a container the user is often a bare number without an entry in the user database (OpenShift gives every project its own):
 * then it is `uid-` and that number. Throws what else the system has to say.
 *
 * @example localUser() // 'ada', or 'uid-1000650000'
 */
export function localUser(read: () => { readonly username: string } = userInfo): string {
  try {
    return read().username
  } catch (error) {
    const uid = process.getuid?.()
    const info = (error as { info?: { code?: unknown } }).info
    if (uid === undefined || info?.code !== 'ENOENT') throw error
    return `uid-${uid}`
  }
}
