/**
 * Writes, or checks, the table of rules in docs/detection.md from the rules in the code.
 *
 *   node scripts/detectionRules.ts --write | --check
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { DETECTION_RULES } from '../packages/controls/detection/index.ts'

const START = '<!-- rules: written by scripts/detectionRules.ts -->\n'
const END = '<!-- end of rules -->\n'
const file = new URL('../docs/detection.md', import.meta.url)

const page = readFileSync(file, 'utf8')
const from = page.indexOf(START) + START.length
const to = page.indexOf(END)
if (from < START.length || to < from) throw new Error('docs/detection.md has no place for the rules')

const rows = DETECTION_RULES.map(
  ({ id, severity, explain, sees, misses }) =>
    `| \`${id}\` | ${severity} | ${explain} Sees ${sees}. Misses ${misses}. |`,
)
const table = ['| Rule | Up to | What it means |', '|---|---|---|', ...rows].join('\n')
const wanted = `${page.slice(0, from)}\n${table}\n\n${page.slice(to)}`

if (process.argv[2] === '--write') writeFileSync(file, wanted)
else if (process.argv[2] !== '--check') {
  process.stderr.write('usage: node scripts/detectionRules.ts --write | --check\n')
  process.exitCode = 2
} else if (page !== wanted) {
  process.stderr.write('docs/detection.md is not up to date: run node scripts/detectionRules.ts --write\n')
  process.exitCode = 1
}
