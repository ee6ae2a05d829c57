/**
 * Reads a file that holds a secret, and who else may read it.
 */
import { isUtf8 } from 'node:buffer'
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

export interface SecretFile {
  readonly text: string
  /** Permission bits of the very file that was read. */
  readonly mode: number
  /** It is this user's, who could close it. */
  readonly own: boolean
}

const MAX_BYTES = 64 * 1024

/**
 * Opens once and asks the open file, so that nothing can be exchanged between the look and the read (CWE-367).
 * A pipe or device is refused: it could hang the start of a server.
 *
 * @throws Error with a sentence for people, or the system's error
 */
export async function readSecretFile(path: string): Promise<SecretFile> {
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    const stat = await file.stat()
    if (!stat.isFile()) throw new Error('that is not a regular file')
    if (stat.size > MAX_BYTES) throw new Error(`the file is larger than ${MAX_BYTES} bytes`)
    const bytes = await file.readFile()
    if (!isUtf8(bytes) || bytes.includes(0)) throw new Error('the file is not text in UTF-8')
    return {
      text: bytes.toString('utf8'),
      // Windows has no such bits and reports all of them.
      mode: process.platform === 'win32' ? 0 : stat.mode & 0o777,
      own: stat.uid === process.getuid?.(),
    }
  } finally {
    await file.close()
  }
}
