import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Counts a start of the server, this one included, in the file `starts` of a folder. Without a folder, or where nothing
 * can be read there, every start is the first: an attack that waits for a restart never shows itself.
 */
export function countStart(folder: string | undefined): number {
  if (folder === undefined) return 1
  const file = join(folder, 'starts')
  const starts = startsIn(file) + 1
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, String(starts))
  return starts
}

function startsIn(file: string): number {
  try {
    return Number.parseInt(readFileSync(file, 'utf8'), 10) || 0
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0
    throw error
  }
}
