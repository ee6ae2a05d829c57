/** What is measured: a client of one revision, a fixture of one era, and nothing or the gateway between them. */
import type { FixtureEra } from './fixture/server.ts'

/** Revisions that the suite has a frozen set of requirements for, and the era each belongs to. */
export const REVISIONS = { '2026-07-28': 'modern', '2025-11-25': 'legacy' } as const

export type MeasuredRevision = keyof typeof REVISIONS

export interface Cell {
  /** What the suite speaks. */
  readonly revision: MeasuredRevision
  /** What the fixture speaks. */
  readonly era: FixtureEra
}

/** Client and server of the same era: measured direct and through the gateway, which must not differ. */
export function sameEra(revision: MeasuredRevision): Cell {
  return { revision, era: REVISIONS[revision] }
}

/** Client and server of different eras: there is no direct run to compare with. One line adds a cell. */
export const BRIDGES = {
  'legacy-to-modern': { revision: '2025-11-25', era: 'modern' },
  'modern-to-legacy': { revision: '2026-07-28', era: 'legacy' },
} as const satisfies Record<string, Cell>

export type BridgeName = keyof typeof BRIDGES

/** The bridges that every run measures; `--bridges` measures all of them. */
export const MEASURED_BRIDGES: readonly BridgeName[] = ['legacy-to-modern', 'modern-to-legacy']
