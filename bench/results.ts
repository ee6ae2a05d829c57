/** What a run leaves behind for the page: everything it needs, and nothing of the machine but what people ask about. */
import type { Standing } from './gates.ts'
import type { Spread } from './measure/figures.ts'

export interface Row {
  readonly label: string
  readonly means: string
  readonly better: 'lower' | 'higher'
  readonly gate: number
  readonly goal: number
  readonly value?: Spread
  readonly standing: Standing | 'no reading'
  /** So far off that even a smoke test fails. */
  readonly smokeFails: boolean
}

export interface Results {
  readonly node: string
  readonly processors: string
  readonly pinning: string
  readonly rounds: number
  /** Share (0..1) of the machine that other processes used meanwhile. */
  readonly others: number
  readonly rows: readonly Row[]
  /** The tables behind the figures, as they were printed. */
  readonly tables: readonly { readonly title: string; readonly text: string }[]
  /** What could not be measured, and why. */
  readonly missing: readonly string[]
}
