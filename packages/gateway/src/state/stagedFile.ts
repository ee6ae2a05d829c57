import { randomUUID } from 'node:crypto'
import { open, rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'

/** A file that is written whole and not yet in its place. */
export interface StagedFile {
  /** Puts it there: a reader sees the old one or the new one, never half of it. */
  put(): Promise<void>
  /** Leaves everything as it was. Does nothing once it was put. */
  drop(): Promise<void>
}

/** `flushed`: on the disk itself, file and name, before it counts as written: what a loss of power must not take back. */
export type Durability = 'written' | 'flushed'

/**
 * Writes a file beside its place: what can fail fails here, before anything that belongs together is half changed.
 *
 * @example
 * const staged = await stageFile('/home/ada/.config/sallyport/sallyport.lock', bytes, 0o644)
 * await staged.put()
 */
export async function stageFile(
  path: string,
  bytes: Buffer,
  mode: number,
  durability: Durability = 'written',
): Promise<StagedFile> {
  const temporary = `${path}.${randomUUID()}`
  let there = true
  const drop = async (): Promise<void> => {
    if (!there) return
    there = false
    await unlink(temporary).catch((missing: NodeJS.ErrnoException) => {
      if (missing.code !== 'ENOENT') throw missing
    })
  }
  try {
    const file = await open(temporary, 'wx', mode)
    try {
      await file.writeFile(bytes)
      if (durability === 'flushed') await file.sync()
    } finally {
      await file.close()
    }
  } catch (error) {
    await drop()
    throw error
  }
  return {
    async put() {
      try {
        await rename(temporary, path)
        there = false
        if (durability === 'flushed') await flushFolder(dirname(path))
      } catch (error) {
        await drop()
        throw error
      }
    },
    drop,
  }
}

/** A new name is in its folder, and the folder is a file of its own. Windows writes names through and opens no folders. */
async function flushFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
