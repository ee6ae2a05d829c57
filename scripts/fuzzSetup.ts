/** Runs before every fuzz test: how many inputs, for how long. */
import fc from 'fast-check'

const seconds = Number(process.env.FUZZ_SECONDS ?? 0)
fc.configureGlobal({
  numRuns: Number(process.env.FUZZ_RUNS ?? 100),
  ...(seconds > 0 && { interruptAfterTimeLimit: seconds * 1000, markInterruptAsFailure: false }),
})
