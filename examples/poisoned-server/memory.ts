import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What the server knows of its earlier lives. */
export interface Memory {
  /** Starts up to now, this one included. */
  readonly starts: number
  /** From now on this start counts: it was asked for more than its name, as a client does that only probes. */
  keep(): void
}

/**
 * Counts starts in the file `starts` of a folder. Without a folder every start is the first: an attack that waits for a
 * restart never shows itself.
 */
export function openMemory(folder: string | undefined): Memory {
  if (folder === undefined) return { starts: 1, keep: () => undefined }
  const file = join(folder, 'starts')
  const starts = startsIn(file) + 1
  let kept = false
  return {
    starts,
    keep() {
      if (kept) return
      kept = true
      mkdirSync(folder, { recursive: true })
      writeFileSync(file, String(starts))
    },
  }
}

function startsIn(file: string): number {
  try {
    return Number.parseInt(readFileSync(file, 'utf8'), 10) || 0
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0
    throw error
  }
}
