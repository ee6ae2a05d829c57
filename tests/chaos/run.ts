/**
 * `node tests/chaos/run.ts [--kills N] [--seed N]`: random kills of relays, the daemon, servers, clients and the gateway, under
 * load, in both eras. Default: 500 kills, seed 1. The last line of standard output is one JSON object; exit 1 when a promise
 * was broken.
 */
import { parseArgs } from 'node:util'
import { runChaos } from './runChaos.ts'

const { values } = parseArgs({ options: { kills: { type: 'string' }, seed: { type: 'string' } } })
const kills = Number(values.kills ?? 500)
const seed = Number(values.seed ?? 1)
if (!(Number.isInteger(kills) && kills > 0 && Number.isInteger(seed))) {
  process.stderr.write('usage: node tests/chaos/run.ts [--kills N] [--seed N]\n')
  process.exit(2)
}

const progress = (line: string) => process.stderr.write(`${line}\n`)
const { violations, kills: killed, ...tally } = await runChaos({ kills, seed, progress })
for (const violation of violations.slice(0, 20)) process.stdout.write(`broken: ${violation}\n`)
for (const [target, count] of Object.entries(killed))
  process.stdout.write(`${target.padEnd(10)}${count} killed\n`)
process.stdout.write(`${JSON.stringify({ ...tally, kills: killed, violations: violations.length })}\n`)
process.exitCode = violations.length === 0 ? 0 : 1
