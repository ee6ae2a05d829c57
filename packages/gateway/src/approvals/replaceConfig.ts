import { realpath, stat } from 'node:fs/promises'
import { stageFile } from '../state/stagedFile.ts'

/**
 * Writes a configuration, whole or not at all, for whoever could read it before. Where the path is a link, what it leads to is
 * written: the link would else be replaced by a file, and the one that a person keeps elsewhere go stale.
 *
 * @throws Error when there is no such file, or it cannot be written
 */
export async function replaceConfig(path: string, text: string): Promise<void> {
  const file = await realpath(path)
  const { mode } = await stat(file)
  const staged = await stageFile(file, Buffer.from(text), mode & 0o777)
  await staged.put()
}
