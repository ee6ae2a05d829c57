/**
 * `npm run fuzz -- [--runs N] [--seconds S] [FILTER...]`: every `*fuzz.test.ts`, for longer than `npm test` does.
 *
 * `--runs` (default 100,000, or FUZZ_RUNS) is how many inputs each property sees; tests that set their own number read it from
 * FUZZ_RUNS. `--seconds` stops a property after that long. FILTER: parts of file names. A failure prints the seed and the
 * path that replay it; make a vector of it.
 */
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startVitest } from 'vitest/node'

const { values, positionals } = parseArgs({
  options: { runs: { type: 'string' }, seconds: { type: 'string' } },
  allowPositionals: true,
})
const runs = Number(values.runs ?? process.env.FUZZ_RUNS ?? 100_000)
const seconds = Number(values.seconds ?? 0)
if (!(Number.isInteger(runs) && runs > 0) || !(seconds >= 0)) {
  process.stderr.write('usage: npm run fuzz -- [--runs N] [--seconds S] [FILTER...]\n')
  process.exit(2)
}
process.env.FUZZ_RUNS = String(runs)
process.env.FUZZ_SECONDS = String(seconds)

const vitest = await startVitest('test', positionals, {
  root: fileURLToPath(new URL('..', import.meta.url)),
  include: ['**/*fuzz.test.ts'],
  setupFiles: [fileURLToPath(new URL('fuzzSetup.ts', import.meta.url))],
  testTimeout: 24 * 3600_000,
  watch: false,
})
await vitest.close()
