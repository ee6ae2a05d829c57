import { stat } from 'node:fs/promises'
import { stageFile } from '../state/stagedFile.ts'

/** Writes a configuration, whole or not at all, for whoever could read it before. */
export async function replaceConfig(path: string, text: string): Promise<void> {
  const { mode } = await stat(path)
  const staged = await stageFile(path, Buffer.from(text), mode & 0o777)
  await staged.put()
}
