import type { Outcome } from './entry.ts'

/** Every outcome there is. The type makes it a mistake to leave one out. */
const ALL: Readonly<Record<Outcome, true>> = {
  ok: true,
  'tool-error': true,
  'rpc-error': true,
  refused: true,
  withheld: true,
  cancelled: true,
  deadline: true,
  'upstream-lost': true,
  failed: true,
}

export const OUTCOMES = Object.keys(ALL) as readonly Outcome[]
