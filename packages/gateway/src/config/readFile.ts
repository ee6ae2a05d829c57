/**
 * The bytes of a configuration file, or why there are none.
 */
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

/** Far more than any configuration; bounds what parsing can cost. */
export const MAX_FILE_BYTES = 256 * 1024

export type FileBytes =
  | { readonly ok: true; readonly bytes: Buffer; readonly writableByAll: boolean }
  | { readonly ok: false; readonly explain: string; readonly hint?: string }

/** Never blocks on a pipe and never reads a device: only a regular file (or a link to one) is a configuration. */
export async function readConfigBytes(path: string): Promise<FileBytes> {
  try {
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    try {
      const stat = await file.stat()
      if (!stat.isFile()) return { ok: false, explain: 'this is not a file' }
      const { buffer, bytesRead } = await file.read(
        Buffer.alloc(MAX_FILE_BYTES + 1),
        0,
        MAX_FILE_BYTES + 1,
        0,
      )
      if (bytesRead > MAX_FILE_BYTES) {
        return { ok: false, explain: `the file is larger than ${MAX_FILE_BYTES / 1024} KiB` }
      }
      const writableByAll = process.platform !== 'win32' && (stat.mode & 0o002) !== 0
      return { ok: true, bytes: buffer.subarray(0, bytesRead), writableByAll }
    } finally {
      await file.close()
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      return {
        ok: false,
        explain: 'there is no such file',
        hint: 'name one that there is with --config, or write it (docs/config.md)',
      }
    }
    if (code === 'EACCES') return { ok: false, explain: 'the file may not be read by this user' }
    return { ok: false, explain: `the file cannot be read (${code})` }
  }
}
