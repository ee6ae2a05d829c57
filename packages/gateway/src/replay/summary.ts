import type { ReplayedCall, ReplayOutcome } from './replay.ts'

/** Calls of one tool that would have gone another way. */
export interface ReplayChange {
  readonly server: string
  readonly name: string
  readonly before: ReplayOutcome
  readonly after: ReplayOutcome
  /** By which rules they would have. */
  readonly rules: readonly string[]
  readonly count: number
  /** Time of the first one, ISO 8601. */
  readonly first: string
}

export interface ReplaySummary {
  readonly calls: number
  readonly before: Readonly<Record<ReplayOutcome, number>>
  readonly after: Readonly<Record<ReplayOutcome, number>>
  /** Questions alike in one conversation counted once. */
  readonly questions: number
  readonly changes: readonly ReplayChange[]
  /** Calls whose arguments the record has whole: what they may be was decided anew. Of the others it is as recorded. */
  readonly checkedAnew: number
}

/** @example summarize(calls).changes[0]?.count // 12 */
export function summarize(calls: Iterable<ReplayedCall>): ReplaySummary {
  const before = { passed: 0, asked: 0, refused: 0 }
  const after = { passed: 0, asked: 0, refused: 0 }
  const questions = new Set<string>()
  const changes = new Map<string, { -readonly [Key in keyof ReplayChange]: ReplayChange[Key] }>()
  let count = 0
  let checkedAnew = 0
  for (const call of calls) {
    count++
    if (call.checkedAnew) checkedAnew++
    before[call.before]++
    after[call.after]++
    if (call.question !== undefined) questions.add(call.question)
    if (call.before === call.after) continue
    const rules = call.after === 'passed' ? call.rulesBefore : call.rulesAfter
    const key = JSON.stringify([call.server, call.name, call.before, call.after, rules])
    const known = changes.get(key)
    if (known !== undefined) known.count++
    else {
      const { server, name, time } = call
      changes.set(key, { server, name, before: call.before, after: call.after, rules, count: 1, first: time })
    }
  }
  return {
    calls: count,
    before,
    after,
    questions: questions.size,
    checkedAnew,
    changes: [...changes.values()].toSorted((one, other) => other.count - one.count),
  }
}
