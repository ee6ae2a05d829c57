/**
 * Runs before every test file: what its property tests try, so that no landing depends on luck.
 *
 * Every run tries the same inputs, those of the seed FUZZ_SEED (default 1); `npm run fuzz` chooses another one each time, says
 * which, and tries more of them (FUZZ_RUNS) for longer (FUZZ_SECONDS).
 */
import { readFileSync } from 'node:fs'
import { expect } from 'vitest'

const { testPath } = expect.getState()
// Loading fast-check takes a quarter of a second, and most files have no property.
if (testPath === undefined || readFileSync(testPath, 'utf8').includes("'fast-check'")) {
  const { default: fc } = await import('fast-check')
  const runs = process.env.FUZZ_RUNS
  const seconds = Number(process.env.FUZZ_SECONDS ?? 0)
  fc.configureGlobal({
    seed: Number(process.env.FUZZ_SEED ?? 1),
    ...(runs !== undefined && { numRuns: Number(runs) }),
    ...(seconds > 0 && { interruptAfterTimeLimit: seconds * 1000, markInterruptAsFailure: false }),
  })
}
