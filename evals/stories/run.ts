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
import type { ControlName, Story } from '../../examples/stories/story.ts'
import { visible } from '../../packages/controls/text/index.ts'
import { allCells, CELLS, type Cell, cellFor, nameOf } from './cells.ts'
import { type DayFigures, dayFigures, isQuiet, runDay } from './day/runDay.ts'
import { type Played, play } from './play.ts'
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

interface Row {
  readonly story: Story
  readonly cell: Cell
  readonly kind: 'attack' | 'twin'
  readonly outcome: Played | { readonly skipped: string }
}

function fail(why: string): never {
  process.stderr.write(`${why}\n`)
  process.exit(2)
}

/** What servers said stands in it: nothing of it may act on a terminal. */
const say = (text: string) => void process.stdout.write(`${text.split('\n').map(visible).join('\n')}\n`)

/** All of them, a few at a time; in the order of the list. */
async function playAll(
  told: readonly Story[],
  kinds: readonly Row['kind'][],
  among: readonly Cell[],
  root?: string,
): Promise<Row[]> {
  const plays = told.flatMap((story) =>
    among.flatMap((cell) => kinds.map((kind) => ({ story, cell: cellFor(story, cell), kind, wanted: cell }))),
  )
  const rows: Row[] = []
  let next = 0
  const work = async () => {
    for (let at = next++; at < plays.length; at = next++) {
      const { story, cell, kind, wanted } = plays[at] as (typeof plays)[number]
      const outcome =
        'skipped' in cell ? cell : await play({ story, kind, cell, ...(root === undefined ? {} : { root }) })
      rows[at] = { story, cell: 'skipped' in cell ? wanted : cell, kind, outcome }
      if (values.verbose) describe(rows[at] as Row)
    }
  }
  await Promise.all(Array.from({ length: Number(values.jobs) }, work))
  return rows
}

const playedOf = ({ outcome }: Row): Played | undefined => ('skipped' in outcome ? undefined : outcome)
const wentWrong = (row: Row) => (playedOf(row)?.wrong.length ?? 0) > 0

function describe(row: Row): void {
  const { story, cell, kind, outcome } = row
  say(`\n${story.name}, ${kind}: ${story[kind].tells}\n  ${nameOf(cell)}`)
  if ('skipped' in outcome) return say(`  not told: ${outcome.skipped}`)
  for (const { step, called } of outcome.steps) {
    const became =
      called === 'not done'
        ? 'not done'
        : (called.refusedBy ?? (called.isError ? `error: ${called.text}` : 'answered'))
    say(`  ${step.call}  ${became.slice(0, 200)}`)
  }
  for (const question of outcome.asked) say(`  asked: ${JSON.stringify(question)}`)
  for (const what of outcome.wrong) say(`  ! ${what.slice(0, 400)}`)
}

/** The table, and what went wrong under it. */
function report(rows: readonly Row[]): void {
  say(
    `${'story'.padEnd(18)} ${'attacks'.padStart(8)} ${'held'.padStart(5)} ${'twins'.padStart(6)} ${'pass'.padStart(5)}  stopped by`,
  )
  for (const story of chosen) {
    const own = rows.filter((row) => row.story === story && playedOf(row) !== undefined)
    const attacks = own.filter(({ kind }) => kind === 'attack')
    const twins = own.filter(({ kind }) => kind === 'twin')
    const count = (some: readonly Row[]) => String(some.filter((row) => !wentWrong(row)).length)
    const rules = new Set(
      attacks.flatMap(
        (row) =>
          playedOf(row)?.steps.flatMap(({ called }) =>
            called === 'not done' || called.refusedBy === undefined ? [] : [called.refusedBy],
          ) ?? [],
      ),
    )
    const by = rules.size > 0 ? [...rules].join(', ') : 'its words, held back or changed'
    say(
      `${story.name.padEnd(18)} ${String(attacks.length).padStart(8)} ${count(attacks).padStart(5)} ${String(twins.length).padStart(6)} ${count(twins).padStart(5)}  ${by}`,
    )
  }
  for (const row of rows) {
    if ('skipped' in row.outcome && row.kind === 'attack')
      say(`not told: ${row.story.name}, ${row.cell.client.era} client: ${row.outcome.skipped}`)
    for (const what of playedOf(row)?.wrong ?? [])
      say(`WRONG ${row.story.name}, ${row.kind} (${nameOf(row.cell)}): ${what.slice(0, 300)}`)
  }
}

function figuresOf(rows: readonly Row[]) {
  const told = rows.filter((row) => playedOf(row) !== undefined)
  const attacks = told.filter(({ kind }) => kind === 'attack')
  const benign = told.filter(({ kind }) => kind === 'twin')
  return {
    attacks: attacks.length,
    succeeded: attacks.filter(wentWrong).length,
    upstreamCallsOnRefusal: told.reduce((sum, row) => sum + (playedOf(row)?.upstreamCallsOnRefusal ?? 0), 0),
    benign: benign.length,
    benignPassed: benign.filter((row) => !wentWrong(row)).length,
  }
}

interface Without {
  /** How often the stories of this control were told without it, and how often the attack succeeded then. */
  readonly told: number
  readonly succeeded: number
  readonly stories: Readonly<Record<string, number>>
}

/** What succeeds when a control is missing: told only where it is the one that holds. */
async function withoutOne(control: ControlName): Promise<Without> {
  const held = chosen.filter(({ heldBy }) => heldBy.includes(control))
  const mutant = makeMutant(control)
  try {
    const rows = (await playAll(held, ['attack'], cells, mutant.root)).filter((row) => playedOf(row))
    const successes = rows.filter(wentWrong)
    say(`without ${control.padEnd(15)} ${successes.length} of ${rows.length} succeed`)
    const counts: Record<string, number> = {}
    for (const { name } of held) {
      const own = successes.filter(({ story }) => story.name === name)
      counts[name] = own.length
      const [first] = own.flatMap((row) => playedOf(row)?.wrong ?? [])
      say(`  ${name}: ${own.length}${first === undefined ? '' : `, ${first.slice(0, 140)}`}`)
    }
    return { told: rows.length, succeeded: successes.length, stories: counts }
  } finally {
    mutant.remove()
  }
}

async function tellDay(): Promise<DayFigures> {
  const day = await runDay()
  day.remove()
  for (const { call, rules } of day.questions) say(`the day: asked before ${call} (${rules.join(', ')})`)
  for (const { call, text } of day.failed) say(`the day: ${call} failed: ${text.slice(0, 200)}`)
  return dayFigures(day)
}

if (values.without !== undefined) {
  const controls = values.without === 'all' ? CONTROLS : CONTROLS.filter((name) => name === values.without)
  if (controls.length === 0) fail(`no such control; there are: ${CONTROLS.join(', ')}`)
  const found: Record<string, Without> = {}
  for (const control of controls) found[control] = await withoutOne(control)
  say(JSON.stringify({ controls: found }))
  // What is said of a story has to be true of it wherever it is told.
  process.exit(Object.values(found).every(({ told, succeeded }) => told > 0 && told === succeeded) ? 0 : 1)
}

const rows = await playAll(chosen, ['attack', 'twin'], cells)
report(rows)
const figures = figuresOf(rows)
// Some stories alone are for looking at them; all of them are for knowing how it stands, and the day belongs to that.
const day = values.story === undefined && values.cell === undefined ? await tellDay() : undefined
say(JSON.stringify({ ...figures, ...(day === undefined ? {} : { day }) }))
const holds =
  figures.succeeded === 0 &&
  figures.upstreamCallsOnRefusal === 0 &&
  figures.benignPassed === figures.benign &&
  (day === undefined || isQuiet(day))
process.exit(holds ? 0 : 1)
