/** What was told, for people and as figures. */
import type { Story } from '../../examples/stories/story.ts'
import { nameOf } from './cells.ts'
import type { Row } from './tellAll.ts'

export interface Figures {
  readonly attacks: number
  readonly succeeded: number
  readonly upstreamCallsOnRefusal: number
  readonly benign: number
  readonly benignPassed: number
  /** Could not be told: not among the others, and not fine either. */
  readonly broken: number
}

const playedOf = ({ outcome }: Row) => (outcome.kind === 'told' ? outcome.played : undefined)

/** In an attack: it succeeded. In a twin: it did not pass. */
export function wentWrong(row: Row): boolean {
  return (playedOf(row)?.wrong.length ?? 0) > 0
}

export function figuresOf(rows: readonly Row[]): Figures {
  const told = rows.filter(({ outcome }) => outcome.kind === 'told')
  const attacks = told.filter(({ kind }) => kind === 'attack')
  const benign = told.filter(({ kind }) => kind === 'twin')
  return {
    attacks: attacks.length,
    succeeded: attacks.filter(wentWrong).length,
    upstreamCallsOnRefusal: told.reduce((sum, row) => sum + (playedOf(row)?.upstreamCallsOnRefusal ?? 0), 0),
    benign: benign.length,
    benignPassed: benign.filter((row) => !wentWrong(row)).length,
    broken: rows.filter(({ outcome }) => outcome.kind === 'broken').length,
  }
}

/** One line a story, and what went wrong under it. */
export function tableOf(stories: readonly Story[], rows: readonly Row[]): string[] {
  const head = columns('story', 'attacks', 'held', 'twins', 'pass', 'what a refused call was refused by')
  return [head, ...stories.map((story) => lineOf(story, rows)), ...rows.flatMap(faultsOf)]
}

function lineOf(story: Story, rows: readonly Row[]): string {
  const own = rows.filter((row) => row.story === story)
  const { attacks, succeeded, benign, benignPassed } = figuresOf(own)
  const rules = own
    .filter(({ kind }) => kind === 'attack')
    .flatMap((row) => playedOf(row)?.steps ?? [])
    .flatMap(({ called }) => (called === 'not done' ? [] : (called.refusedBy ?? [])))
  const by = rules.length > 0 ? [...new Set(rules)].join(', ') : '-'
  return columns(story.name, attacks, attacks - succeeded, benign, benignPassed, by)
}

function columns(name: string, ...cells: readonly (string | number)[]): string {
  const numbers = cells.slice(0, -1).map((cell) => String(cell).padStart(8))
  return `${name.padEnd(18)}${numbers.join('')}  ${cells.at(-1)}`
}

function faultsOf({ story, kind, cell, outcome }: Row): string[] {
  const where = `${story.name}, ${kind} (${nameOf(cell)})`
  if (outcome.kind === 'broken') return [`BROKEN ${where}: ${outcome.why}`]
  if (outcome.kind === 'skipped') return kind === 'attack' ? [`not told: ${where}: ${outcome.why}`] : []
  return outcome.played.wrong.map((what) => `WRONG ${where}: ${what.slice(0, 400)}`)
}

/** Every call of one script, what became of it, and what the person was asked. */
export function detailsOf({ story, kind, cell, outcome }: Row): string[] {
  const head = ['', `${story.name}, ${kind}: ${story[kind].tells}`, `  ${nameOf(cell)}`]
  if (outcome.kind !== 'told') return [...head, `  ${outcome.kind}: ${outcome.why}`]
  const { steps, asked, wrong } = outcome.played
  const calls = steps.map(({ step, called }) => {
    if (called === 'not done') return `  ${step.call}  not done`
    const became = called.refusedBy ?? (called.isError ? `error: ${called.text}` : 'answered')
    return `  ${step.call}  ${became.slice(0, 200)}`
  })
  const questions = asked.flatMap((question) => [
    '  asked:',
    ...question.split('\n').map((line) => `    | ${line}`),
  ])
  return [...head, ...calls, ...questions, ...wrong.map((what) => `  ! ${what.slice(0, 400)}`)]
}
