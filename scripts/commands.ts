/**
 * Writes, or checks, docs/commands.md from the command line program.
 *
 *   node scripts/commands.ts --write | --check
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { commandsPage } from '../packages/gateway/src/cli/manual.ts'
import { makeProgram } from '../packages/gateway/src/cli/program.ts'

const file = new URL('../docs/commands.md', import.meta.url)
const page = commandsPage(makeProgram(() => undefined))
if (process.argv[2] === '--write') writeFileSync(file, page)
else if (process.argv[2] !== '--check') {
  process.stderr.write('usage: node scripts/commands.ts --write | --check\n')
  process.exitCode = 2
} else if (readFileSync(file, 'utf8') !== page) {
  process.stderr.write('docs/commands.md is not up to date: run node scripts/commands.ts --write\n')
  process.exitCode = 1
}
