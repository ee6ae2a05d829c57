/**
 * The benign day, and what was asked on it.
 *
 *   node evals/stories/day/run.ts [--era legacy|modern] [--wire stdio|http] [--keep]
 */
import { parseArgs } from 'node:util'
import { dayFigures, runDay } from './runDay.ts'

const { values } = parseArgs({
  options: {
    era: { type: 'string', default: 'legacy' },
    wire: { type: 'string', default: 'stdio' },
    keep: { type: 'boolean', default: false },
  },
})
const day = await runDay({
  era: values.era === 'modern' ? 'modern' : 'legacy',
  wire: values.wire === 'http' ? 'http' : 'stdio',
})
const say = (text: string) => void process.stdout.write(`${text}\n`)
for (const { call, rules, message } of day.questions) {
  say(`asked before ${call}, by ${rules.join(', ') || 'no rule it names'}`)
  for (const line of message.split('\n')) say(`  | ${line}`)
}
for (const { call, text, refusedBy } of day.failed) say(`failed: ${call}, ${refusedBy ?? text.slice(0, 200)}`)
if (values.keep) say(`kept: ${day.auditDir}, ${day.config}`)
else day.remove()
say(JSON.stringify(dayFigures(day)))
