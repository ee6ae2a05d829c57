/**
 * Files that hold what only this user may read or have written: a cache that another user can write would put words
 * into a server's mouth.
 */
import { constants } from 'node:fs'
import { lstat, mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Durability, type StagedFile, stageFile } from './stagedFile.ts'

export type PrivateRead =
  | { readonly kind: 'read'; readonly bytes: Buffer }
  | { readonly kind: 'missing' }
  /** There is something that must not be believed. */
  | { readonly kind: 'ignored'; readonly why: string }

/**
 * Reads a whole file that is this user's alone: no link, no device, nobody else's, not writable for others, and no
 * longer than `maxBytes`. Rejects on errors of the disk.
 *
 * @example await readPrivate('/home/ada/.cache/sallyport/surfaces/files-0f3a.srf', 8_388_608)
 */
export async function readPrivate(path: string, maxBytes: number): Promise<PrivateRead> {
  let file: Awaited<ReturnType<typeof open>>
  try {
    // Not blocking: a pipe planted under the name would keep us waiting for ever.
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return { kind: 'missing' }
    if (code === 'ELOOP' || code === 'EMLINK') return { kind: 'ignored', why: 'it is a link' }
    throw error
  }
  try {
    // Of the open file, not of the name: what is checked is what is read (CWE-367).
    const found = await file.stat()
    const why = notPrivate(found) ?? (found.isFile() ? undefined : 'it is no plain file')
    if (why !== undefined) return { kind: 'ignored', why }
    if (found.size > maxBytes) return { kind: 'ignored', why: `it is larger than ${maxBytes} bytes` }
    const bytes = Buffer.alloc(found.size)
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0)
    return { kind: 'read', bytes: bytes.subarray(0, bytesRead) }
  } finally {
    await file.close()
  }
}

/** Writes a private file (0600, folder 0700) whole: a reader sees the old one or the new one, never half of it. */
export async function writePrivate(path: string, bytes: Buffer, durability?: Durability): Promise<void> {
  const staged = await stagePrivate(path, bytes, durability)
  await staged.put()
}

/** Writes a private file beside its place, to be put there together with others. */
export async function stagePrivate(
  path: string,
  bytes: Buffer,
  durability?: Durability,
): Promise<StagedFile> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const why = notPrivate(await lstat(dirname(path)))
  if (why !== undefined) throw new Error(`${dirname(path)} is not used: ${why}`)
  return await stageFile(path, bytes, 0o600, durability)
}

/** Why this is not the user's alone, if it is not. */
function notPrivate(found: { readonly uid: number; readonly mode: number }): string | undefined {
  // Windows has no such numbers; the profile folder's access list is what protects there.
  const own = process.getuid?.()
  if (own === undefined) return undefined
  if (found.uid !== own) return 'it belongs to another user'
  return (found.mode & 0o022) === 0 ? undefined : 'others may write it'
}
