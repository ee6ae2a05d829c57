import { describe, expect, it } from 'vitest'
import { makeDice } from './dice.ts'
import { runChaos } from './runChaos.ts'

describe.skipIf(process.platform !== 'linux')('whatever is killed under load, of either era', () => {
  it('every call ends with its own answer or an error, nothing is left behind, and the audit proves every answer', async () => {
    const report = await runChaos({ kills: 20, seed: 1, progress: () => undefined })
    expect(report.violations).toEqual([])
    expect(report.answered).toBeGreaterThan(50)
  }, 400_000)
})

describe('the dice', () => {
  it('fall alike for one seed and differently for another', () => {
    const rolls = (seed: number) => {
      const dice = makeDice(seed)
      return Array.from({ length: 50 }, () => dice.roll(6))
    }
    expect(rolls(1)).toEqual(rolls(1))
    expect(rolls(1)).not.toEqual(rolls(2))
    expect(new Set(rolls(1))).toEqual(new Set([0, 1, 2, 3, 4, 5]))
  })
})
