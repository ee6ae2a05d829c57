import { randomUUID } from 'node:crypto'
import { rename, unlink, writeFile } from 'node:fs/promises'

/** A file that is written whole and not yet in its place. */
export interface StagedFile {
  /** Puts it there: a reader sees the old one or the new one, never half of it. */
  put(): Promise<void>
  /** Leaves everything as it was. Does nothing once it was put. */
  drop(): Promise<void>
}

/**
 * Writes a file beside its place: what can fail fails here, before anything that belongs together is half changed.
 *
 * @example
 * const staged = await stageFile('/home/ada/.config/sallyport/sallyport.lock', bytes, 0o644)
 * await staged.put()
 */
export async function stageFile(path: string, bytes: Buffer, mode: number): Promise<StagedFile> {
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
    await writeFile(temporary, bytes, { mode, flag: 'wx' })
  } catch (error) {
    await drop()
    throw error
  }
  return {
    async put() {
      try {
        await rename(temporary, path)
        there = false
      } catch (error) {
        await drop()
        throw error
      }
    },
    drop,
  }
}
