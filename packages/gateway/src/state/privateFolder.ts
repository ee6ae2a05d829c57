/**
 * A folder that is this user's alone: what stands in it needs no further proof of who put it there.
 */
import { lstatSync, mkdirSync } from 'node:fs'

/** A folder that must be private is not. The message says why and what to do. */
export class NotPrivate extends Error {
  constructor(path: string, why: string, remedy: string) {
    super(`${path} ${why}: ${remedy}`)
    this.name = 'NotPrivate'
  }
}

/**
 * Creates the folder with mode 0700 if need be and checks that nobody else can put anything into it or look into it.
 * Never repairs one that is there: what others could have put into it until now would still be in it.
 *
 * @throws NotPrivate when it is a link, another user's, or open to others (a socket or token planted in it: CWE-379)
 * @example requirePrivateFolder('/run/user/1000/sallyport')
 */
export function requirePrivateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  const found = lstatSync(path)
  if (found.isSymbolicLink())
    throw new NotPrivate(path, 'is a symbolic link', 'sockets are kept in a real folder; remove the link')
  if (!found.isDirectory()) throw new NotPrivate(path, 'is not a folder', 'move it away')
  const user = process.getuid?.()
  // Windows: the folder's access list decides, which the profile of the user brings along.
  if (user === undefined) return
  if (found.uid !== user)
    throw new NotPrivate(path, `belongs to user ${found.uid}`, `it must belong to user ${user}; move it away`)
  if ((found.mode & 0o077) !== 0)
    throw new NotPrivate(
      path,
      'is open to other users',
      `run chmod 700 ${path} once nothing foreign is in it`,
    )
}
