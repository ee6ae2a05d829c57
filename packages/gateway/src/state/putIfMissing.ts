import { randomBytes } from 'node:crypto'
import { link, unlink, writeFile } from 'node:fs/promises'

/**
 * Writes a private file (0600) unless there is one: whoever comes first wins, and nobody ever reads half of it.
 *
 * @example await putIfMissing('/home/ada/.local/share/sallyport/tasks.key', randomBytes(32))
 */
export async function putIfMissing(path: string, data: string | Buffer): Promise<void> {
  const temporary = `${path}.${randomBytes(8).toString('hex')}`
  await writeFile(temporary, data, { mode: 0o600, flag: 'wx' })
  try {
    // `link` fails if the name is taken; a rename would replace what others use by now.
    await link(temporary, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await unlink(temporary)
  }
}
