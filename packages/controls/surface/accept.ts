import type { DriftClass } from './changes.ts'
import type { Drift } from './drift.ts'

/** What is accepted without a person: the cells of row `drift` in the table of trust. */
export type DriftPolicy = 'accept-harmless-or-clean' | 'accept-harmless' | 'accept-narrowing' | 'wait'

/** Changes whose danger is not in their words: no scan of texts can find them clean, so they wait at every level. */
const BEYOND_SCANNING: ReadonlySet<DriftClass> = new Set([
  'reversed-sentence',
  'annotation-weaker',
  'package-changed',
])

/**
 * Is a change of a surface accepted (with a notice), or does it wait for a person?
 *
 * `scan` is what detection says of `drift.newTexts`. Nothing is accepted that it found anything in, whatever the class.
 *
 * @example acceptsDrift('accept-harmless', classifyDrift(approved, now), 'pass')
 */
export function acceptsDrift(policy: DriftPolicy, drift: Drift, scan: 'pass' | 'flag' | 'block'): boolean {
  if (drift.weight === 'none') return true
  if (scan !== 'pass') return false
  switch (policy) {
    case 'accept-harmless-or-clean':
      return drift.weight !== 'substantive' || drift.classes.every((one) => !BEYOND_SCANNING.has(one))
    case 'accept-harmless':
      return drift.weight !== 'substantive'
    case 'accept-narrowing':
      return drift.weight === 'narrowing'
    case 'wait':
      return false
  }
}
