/**
 * Writes, or checks, docs/rules.md from the rules in the code.
 *
 *   node scripts/rules.ts --write | --check
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { rulesPage } from '../packages/gateway/src/rules.ts'
import { RULE_SECTIONS } from './ruleSections.ts'

const file = new URL('../docs/rules.md', import.meta.url)
const page = rulesPage(RULE_SECTIONS)
if (process.argv[2] === '--write') writeFileSync(file, page)
else if (process.argv[2] !== '--check') {
  process.stderr.write('usage: node scripts/rules.ts --write | --check\n')
  process.exitCode = 2
} else if (readFileSync(file, 'utf8') !== page) {
  process.stderr.write('docs/rules.md is not up to date: run node scripts/rules.ts --write\n')
  process.exitCode = 1
}
