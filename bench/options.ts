/** What `npm run bench` was asked for. */
import { parseArgs } from 'node:util'

export const SUITES = ['http', 'stdio', 'start', 'memory', 'audit', 'controls', 'peers'] as const
export type SuiteName = (typeof SUITES)[number]

export interface Options {
  readonly quick: boolean
  /** In the order they run. */
  readonly suites: readonly SuiteName[]
  readonly rounds: number
  /** Where the results go besides, as JSON that `writePage.ts` reads. */
  readonly save: string | undefined
  /** Put the results into docs/performance.md. */
  readonly write: boolean
}

export const USAGE = `usage: npm run bench -- [--quick] [--only SUITE[,SUITE...]] [--rounds N] [--save FILE] [--write]

  --quick      a smoke test of about a minute: few calls, two rounds, no peers; only CPU ratios far off fail it
  --only       some of: ${SUITES.join(', ')}
  --rounds N   interleaved rounds (default 7)
  --save FILE  the results as JSON (node bench/writePage.ts FILE puts them into docs/performance.md)
  --write      put the results of this run into docs/performance.md
`

/** Throws an `Error` whose message says what is wrong with the arguments. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean' },
      only: { type: 'string' },
      rounds: { type: 'string' },
      save: { type: 'string' },
      write: { type: 'boolean' },
    },
  })
  const { quick = false, only, save, write = false } = values
  const rounds = Number(values.rounds ?? (quick ? 2 : 7))
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds takes a whole number from 1, not ${values.rounds}`)
  if (write && quick) throw new Error('--write takes the results of a whole run, not of a --quick one')
  // Peers are installed from the registry: a smoke test needs no network.
  const usual = SUITES.filter((suite) => !quick || suite !== 'peers')
  return { quick, suites: only === undefined ? usual : readSuites(only), rounds, save, write }
}

function readSuites(only: string): readonly SuiteName[] {
  const names = only.split(',')
  const unknown = names.find((name) => !SUITES.some((suite) => suite === name))
  if (unknown !== undefined) throw new Error(`--only takes ${SUITES.join(', ')}, not "${unknown}"`)
  return SUITES.filter((suite) => names.includes(suite))
}
