/** What `npm run bench` was asked for. */
import { parseArgs } from 'node:util'

export interface Options {
  readonly quick: boolean
  readonly only: 'http' | 'stdio' | undefined
  readonly rounds: number
}

export const USAGE = `usage: npm run bench -- [--quick] [--only http|stdio] [--rounds N]

  --quick      a smoke test of about 30 s: few calls, two rounds, nothing gated
  --only       the HTTP or the stdio runs alone
  --rounds N   interleaved rounds (default 7)
`

/** Throws an `Error` whose message says what is wrong with the arguments. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: { quick: { type: 'boolean' }, only: { type: 'string' }, rounds: { type: 'string' } },
  })
  const { quick = false, only } = values
  if (only !== undefined && only !== 'http' && only !== 'stdio')
    throw new Error(`--only takes http or stdio, not ${only}`)
  const rounds = Number(values.rounds ?? (quick ? 2 : 7))
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds takes a whole number from 1, not ${values.rounds}`)
  return { quick, only, rounds }
}
