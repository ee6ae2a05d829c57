/** What people and programs read of a run: figures, a table, and what differs. */
import { type Check, passes, type Requirements, type SuiteRun } from './suite.ts'

/** `required`: required scenarios that pass. `passed`: checks that pass, in all scenarios. */
export interface Figures {
  readonly required: number
  readonly passed: number
}

export function figuresOf(run: SuiteRun, requirements: Requirements): Figures {
  return {
    required: requirements.required.filter((scenario) => passes(run.get(scenario))).length,
    passed: [...run.values()].flat().filter((check) => check.status === 'SUCCESS').length,
  }
}

/** One check that ended differently in two runs of the same scenario. */
export interface Difference {
  readonly scenario: string
  readonly id: string
  readonly description: string
  readonly before: Check['status'] | 'ABSENT'
  readonly after: Check['status'] | 'ABSENT'
  /** Why it failed, and what was seen. */
  readonly evidence: string
}

/**
 * Checks that are not the same in both runs. A scenario may use one id several times; the nth of one run is compared
 * with the nth of the other.
 */
export function differencesOf(before: SuiteRun, after: SuiteRun): Difference[] {
  const found: Difference[] = []
  for (const scenario of new Set([...before.keys(), ...after.keys()])) {
    const left = numbered(before.get(scenario) ?? [])
    const right = numbered(after.get(scenario) ?? [])
    for (const key of new Set([...left.keys(), ...right.keys()])) {
      const a = left.get(key)
      const b = right.get(key)
      if (a?.status === b?.status || !(judges(a) || judges(b))) continue
      const shown = b ?? a
      found.push({
        scenario,
        id: key,
        description: shown?.description ?? '',
        before: a?.status ?? 'ABSENT',
        after: b?.status ?? 'ABSENT',
        evidence: evidenceOf(b ?? a),
      })
    }
  }
  return found
}

/** A table of scenarios, a column for each run: checks passed of those that passed or failed. */
export function tableOf(
  title: string,
  columns: readonly (readonly [string, SuiteRun])[],
  requirements: Requirements,
): string {
  const scenarios = [...new Set(columns.flatMap(([, run]) => [...run.keys()]))]
  const width = Math.max(title.length, ...scenarios.map((scenario) => scenario.length)) + 2
  const head = `${title.padEnd(width)}${'required'.padEnd(10)}${columns.map(([name]) => name.padStart(12)).join('')}`
  const rows = scenarios.map((scenario) => {
    const required = requirements.required.includes(scenario) ? 'yes' : ''
    const cells = columns.map(([, run]) => countsOf(run.get(scenario)).padStart(12))
    return `${scenario.padEnd(width)}${required.padEnd(10)}${cells.join('')}`
  })
  const totals = columns.map(([, run]) => {
    const figures = figuresOf(run, requirements)
    return { required: `${figures.required}/${requirements.required.length}`, passed: String(figures.passed) }
  })
  return [
    head,
    '-'.repeat(head.length),
    ...rows,
    `${'required scenarios passed'.padEnd(width + 10)}${totals.map((t) => t.required.padStart(12)).join('')}`,
    `${'checks passed'.padEnd(width + 10)}${totals.map((t) => t.passed.padStart(12)).join('')}`,
  ].join('\n')
}

/** A gateway that is down differs everywhere; the first ones tell that as well as all of them. */
const MAX_SHOWN = 20

/** Differences as text for whoever debugs them. */
export function differencesText(differences: readonly Difference[], before: string, after: string): string {
  const shown = differences
    .slice(0, MAX_SHOWN)
    .map((difference) =>
      [
        `${difference.scenario} / ${difference.id}: ${before} ${difference.before}, ${after} ${difference.after}`,
        `  ${difference.description}`,
        ...difference.evidence.split('\n').map((line) => `  ${line}`),
      ].join('\n'),
    )
  const more = differences.length - shown.length
  return [...shown, ...(more > 0 ? [`... and ${more} more`] : [])].join('\n\n')
}

/** Failed checks of one run as differences from perfection, for cells that have nothing to be compared with. */
export function failuresOf(run: SuiteRun): Difference[] {
  const wanted = new Map(
    [...run].map(([scenario, checks]) => [
      scenario,
      checks.map((check) => (check.status === 'FAILURE' ? { ...check, status: 'SUCCESS' as const } : check)),
    ]),
  )
  return differencesOf(wanted, run)
}

/** Notes on what was seen on the way say nothing about conformance. */
function judges(check: Check | undefined): boolean {
  return check !== undefined && check.status !== 'INFO' && check.status !== 'SKIPPED'
}

function countsOf(checks: readonly Check[] | undefined): string {
  if (checks === undefined) return 'not run'
  const passed = checks.filter((check) => check.status === 'SUCCESS').length
  const failed = checks.filter((check) => check.status === 'FAILURE').length
  return `${passed}/${passed + failed}${failed > 0 ? ' ✗' : ''}`
}

function numbered(checks: readonly Check[]): Map<string, Check> {
  const seen = new Map<string, number>()
  const keyed = new Map<string, Check>()
  for (const check of checks) {
    const count = (seen.get(check.id) ?? 0) + 1
    seen.set(check.id, count)
    keyed.set(count === 1 ? check.id : `${check.id} (${count})`, check)
  }
  return keyed
}

/** Most of what the suite saw fits; whole lists of tools do not. */
const MAX_EVIDENCE = 1_500

function evidenceOf(check: Check | undefined): string {
  if (check === undefined) return ''
  const details = check.details === undefined ? '' : `\n${JSON.stringify(check.details)}`
  const text = `${check.errorMessage ?? ''}${details}`.trim()
  return text.length > MAX_EVIDENCE ? `${text.slice(0, MAX_EVIDENCE)}… (${text.length} characters)` : text
}
