import { constants, type Stats } from 'node:fs'
import { open } from 'node:fs/promises'

export type BoundedRead =
  | { readonly ok: true; readonly bytes: Buffer; readonly stats: Stats }
  | { readonly ok: false; readonly explain: string }

/** A file of at most so many bytes. Never blocks on a pipe and never reads a device. */
export async function readBounded(path: string, maxBytes: number): Promise<BoundedRead> {
  try {
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    try {
      const stats = await file.stat()
      if (!stats.isFile()) return { ok: false, explain: 'it is no file' }
      if (stats.size > maxBytes)
        return { ok: false, explain: `it is larger than ${Math.round(maxBytes / (1024 * 1024))} MiB` }
      const buffer = Buffer.alloc(stats.size + 1)
      let length = 0
      while (length < buffer.length) {
        const { bytesRead } = await file.read(buffer, length, buffer.length - length, length)
        if (bytesRead === 0) break
        length += bytesRead
      }
      if (length > stats.size) return { ok: false, explain: 'it grows while it is read' }
      return { ok: true, bytes: buffer.subarray(0, length), stats }
    } finally {
      await file.close()
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    if (code === 'ENOENT' || code === 'ENOTDIR') return { ok: false, explain: 'there is no such file' }
    if (code === 'EACCES') return { ok: false, explain: 'it may not be read by this user' }
    return { ok: false, explain: `it cannot be read (${code})` }
  }
}
