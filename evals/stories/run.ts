/**
 * Tells every story, and its harmless twin, through a real gateway with real clients, and shows what held. See docs/stories.md.
 *
 *   npm run e2e:stories
 *   npm run e2e:stories -- --story rug-pull --verbose       one story, with every call
 *   npm run e2e:stories -- --cell 1                         in one combination of client and servers only
 *   npm run e2e:stories -- --all-cells                      every client with every kind of server, not only a selection
 *   npm run e2e:stories -- --without flow                   with that control taken out: something has to succeed
 *   npm run e2e:stories -- --without all                    with each of them taken out in turn
 */
import { parseArgs } from 'node:util'
import { stories } from '../../examples/stories/index.ts'
import type { ControlName } from '../../examples/stories/story.ts'
import { visible } from '../../packages/controls/text/index.ts'
import { allCells, CELLS } from './cells.ts'
import { type DayFigures, dayFigures, isQuiet, runDay } from './day/runDay.ts'
import { detailsOf, figuresOf, tableOf, wentWrong } from './report.ts'
import { type Row, tellAll } from './tellAll.ts'
import { CONTROLS, makeMutant } from './without.ts'

const { values } = parseArgs({
  options: {
    story: { type: 'string', multiple: true },
    without: { type: 'string' },
    cell: { type: 'string' },
    'all-cells': { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
    jobs: { type: 'string', default: '2' },
  },
})
const chosen = stories.filter(({ name }) => values.story?.includes(name) ?? true)
const cells = (values['all-cells'] ? allCells() : CELLS).filter(
  (_, at) => values.cell === undefined || values.cell === String(at + 1),
)
if (chosen.length === 0) fail(`no such story; there are: ${stories.map(({ name }) => name).join(', ')}`)
if (cells.length === 0) fail(`no such combination: they are numbered from 1 to ${CELLS.length}`)

const how = {
  cells,
  jobs: Number(values.jobs),
  ...(values.verbose ? { onRow: (row: Row) => say(...detailsOf(row)) } : {}),
}
process.exit(values.without === undefined ? await tellEverything() : await takeOut(values.without))

function fail(why: string): never {
  process.stderr.write(`${why}\n`)
  process.exit(2)
}

/** What servers said stands in it: nothing of it may act on a terminal. */
function say(...lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${visible(line)}\n`).join(''))
}

async function tellEverything(): Promise<number> {
  const rows = await tellAll({ ...how, stories: chosen, kinds: ['attack', 'twin'] })
  say(...tableOf(chosen, rows))
  const figures = figuresOf(rows)
  // Some stories alone are for looking at them; all of them are for knowing how it stands, and the day belongs to that.
  const day = values.story === undefined && values.cell === undefined ? await tellDay() : undefined
  say(JSON.stringify({ ...figures, ...(day === undefined ? {} : { day }) }))
  const { attacks, succeeded, upstreamCallsOnRefusal, benign, benignPassed, broken } = figures
  const isFine = succeeded + upstreamCallsOnRefusal + broken === 0 && benignPassed === benign && attacks > 0
  return isFine && (day === undefined || isQuiet(day)) ? 0 : 1
}

async function tellDay(): Promise<DayFigures> {
  const day = await runDay()
  day.remove()
  for (const { call, rules } of day.questions) say(`the day: asked before ${call} (${rules.join(', ')})`)
  for (const { call, text } of day.failed) say(`the day: ${call} failed: ${text.slice(0, 200)}`)
  return dayFigures(day)
}

interface Without {
  /** How often the stories of this control were told without it, and how often the attack succeeded then. */
  readonly told: number
  readonly succeeded: number
  readonly stories: Readonly<Record<string, number>>
}

async function takeOut(wanted: string): Promise<number> {
  const controls = wanted === 'all' ? CONTROLS : CONTROLS.filter((name) => name === wanted)
  if (controls.length === 0) fail(`no such control; there are: ${CONTROLS.join(', ')}`)
  const found: Record<string, Without> = {}
  for (const control of controls) found[control] = await takeOutOne(control)
  say(JSON.stringify({ controls: found }))
  // What is said of a story has to be true of it wherever it is told.
  return Object.values(found).every(({ told, succeeded }) => told > 0 && told === succeeded) ? 0 : 1
}

/** What succeeds when a control is missing: told only where it is the one that holds. */
async function takeOutOne(control: ControlName): Promise<Without> {
  const held = chosen.filter(({ heldBy }) => heldBy.includes(control))
  const mutant = makeMutant(control)
  try {
    const all = await tellAll({ ...how, stories: held, kinds: ['attack'], root: mutant.root })
    const rows = all.filter(({ outcome }) => outcome.kind !== 'skipped')
    const successes = rows.filter(wentWrong)
    say(`without ${control.padEnd(15)} ${successes.length} of ${rows.length} succeed`)
    const counts: Record<string, number> = {}
    for (const { name } of held) {
      const own = successes.filter(({ story }) => story.name === name)
      counts[name] = own.length
      const [first] = own.flatMap(({ outcome }) => (outcome.kind === 'told' ? outcome.played.wrong : []))
      say(`  ${name}: ${own.length}${first === undefined ? '' : `, ${first.slice(0, 140)}`}`)
    }
    for (const { story, outcome } of rows)
      if (outcome.kind === 'broken') say(`  BROKEN ${story.name}: ${outcome.why}`)
    return { told: rows.length, succeeded: successes.length, stories: counts }
  } finally {
    mutant.remove()
  }
}
