/**
 * The daemon's secret on disk: fresh at each start, readable by this user alone.
 */
import { closeSync, constants, fstatSync, openSync, readSync, renameSync, writeFileSync } from 'node:fs'

const TOKEN_BYTES = 32

/** Puts a token in place of the last daemon's. Never writes through a link or into a file somebody else had opened. */
export function writeToken(path: string, token: Buffer, temporary: string): void {
  writeFileSync(temporary, token, { mode: 0o600, flag: 'wx' })
  renameSync(temporary, path)
}

/**
 * Reads the token; `undefined` while there is none (a daemon is just starting or leaving).
 *
 * @throws Error when it is not a private file of this user: whoever else may read it could pass for the daemon
 */
export function readToken(path: string): Buffer | undefined {
  let file: number
  try {
    file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    const found = fstatSync(file)
    const user = process.getuid?.()
    if (!found.isFile() || (user !== undefined && (found.uid !== user || (found.mode & 0o077) !== 0)))
      throw new Error(`${path} is not a private file of this user: remove it; the next start makes a new one`)
    const token = Buffer.alloc(TOKEN_BYTES)
    if (found.size !== TOKEN_BYTES || readSync(file, token, 0, TOKEN_BYTES, 0) !== TOKEN_BYTES)
      throw new Error(
        `${path} is not a token of ${TOKEN_BYTES} bytes: remove it; the next start makes a new one`,
      )
    return token
  } finally {
    closeSync(file)
  }
}
