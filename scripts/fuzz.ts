/**
 * `npm run fuzz -- [--runs N] [--seconds S] [--seed N] [FILTER...]`: every `*fuzz.test.ts`, for longer than `npm test` does.
 *
 * `--runs` (default 100,000, or FUZZ_RUNS) is how many inputs each property sees; tests that set their own number read it from
 * FUZZ_RUNS. `--seconds` stops a property after that long. `--seed` (or FUZZ_SEED) is where the inputs come from: another one
 * every time, but where CI is set always 1, so that a landing never depends on luck. FILTER: parts of file names. A failure
 * prints the seed and the path that replay it; make a vector of it.
 */
import { randomInt } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startVitest } from 'vitest/node'

const { values, positionals } = parseArgs({
  options: { runs: { type: 'string' }, seconds: { type: 'string' }, seed: { type: 'string' } },
  allowPositionals: true,
})
const runs = Number(values.runs ?? process.env.FUZZ_RUNS ?? 100_000)
const seconds = Number(values.seconds ?? 0)
const seed = Number(values.seed ?? process.env.FUZZ_SEED ?? (process.env.CI ? 1 : randomInt(2 ** 31)))
if (!(Number.isInteger(runs) && runs > 0) || !(seconds >= 0) || !Number.isInteger(seed)) {
  process.stderr.write('usage: npm run fuzz -- [--runs N] [--seconds S] [--seed N] [FILTER...]\n')
  process.exit(2)
}
process.env.FUZZ_RUNS = String(runs)
process.env.FUZZ_SECONDS = String(seconds)
process.env.FUZZ_SEED = String(seed)
process.stderr.write(`replay with: npm run fuzz -- --runs ${runs} --seconds ${seconds} --seed ${seed}\n`)

const vitest = await startVitest('test', positionals, {
  // Its own: the projects of vitest.config.ts choose files in their own ways.
  config: false,
  root: fileURLToPath(new URL('..', import.meta.url)),
  include: ['**/*fuzz.test.ts'],
  exclude: ['**/node_modules/**'],
  setupFiles: ['scripts/fuzzSetup.ts'],
  pool: 'forks',
  maxWorkers: 2,
  testTimeout: 24 * 3600_000,
  watch: false,
})
await vitest.close()
