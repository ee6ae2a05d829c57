import type { Sighting } from './hidden.ts'
import { sightInvisible } from './sightInvisible.ts'
import { sightControls } from './terminal.ts'

/** What no reader sees: invisible characters, and what a terminal obeys. */
export function sightUnseen(text: string): Sighting {
  if (!BEYOND_ASCII.test(text)) return { hidden: [], cuts: [] }
  const invisible = sightInvisible(text)
  const controls = sightControls(text)
  return { hidden: [...invisible.hidden, ...controls.hidden], cuts: [...invisible.cuts, ...controls.cuts] }
}

const BEYOND_ASCII = /[^\t\n\f -~]/
