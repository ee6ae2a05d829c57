/** `sallyport policy replay`: what a policy would have made of the calls that are on record. */
import { existsSync } from 'node:fs'
import { isObject, type JsonObject } from '@sallyport/controls/json'
import { itemKey } from '@sallyport/controls/surface'
import { visible } from '@sallyport/controls/text'
import { type ExportedLine, exportTrail } from '../audit/exportTrail.ts'
import { matchesFilter } from '../audit/recordFilter.ts'
import { loadFile } from '../config/load.ts'
import { asApproved } from '../pins/keptHints.ts'
import { lockedServer } from '../pins/lock.ts'
import { readExact } from '../replay/readExact.ts'
import { type Definitions, Replay, type ReplayedCall } from '../replay/replay.ts'
import { type ReplaySummary, summarize } from '../replay/summary.ts'
import { type AuditFilterOptions, readFilter } from './auditFilter.ts'
import { type GlobalOptions, place } from './context.ts'
import { CommandError, EXIT } from './exit.ts'
import { type PinsAtHand, readPins } from './pinsAtHand.ts'
import { print } from './print.ts'
import { table } from './table.ts'

export interface ReplayOptions extends GlobalOptions, AuditFilterOptions {
  /** The policy to try; absent: the one in force. */
  readonly with?: string
}

/** Exit code 1 where calls would have gone another way, 0 where none would. */
export async function runPolicyReplay(options: ReplayOptions): Promise<number> {
  const pins = await readPins(options)
  try {
    const filter = readFilter(options, Date.now())
    if (typeof filter === 'string') throw new CommandError(EXIT.usage, filter)
    const config = options.with === undefined ? pins.config : await read(options.with)
    const replay = new Replay(config, await definitionsOf(pins))
    const calls: ReplayedCall[] = []
    let damaged = 0
    // All of it is replayed, whatever is counted: what a call sees and how often it was made depends on those before it.
    for (const line of recorded(pins.config.audit.dir)) {
      const record = 'line' in line ? readExact(line.line) : undefined
      if (record === undefined) damaged++
      else {
        const call = replay.call(record)
        if (call !== undefined && matchesFilter(record, filter)) calls.push(call)
      }
    }
    const summary = summarize(calls)
    if (options.json) process.stdout.write(`${JSON.stringify({ ...summary, damaged })}\n`)
    else print(page(summary, damaged))
    if (damaged > 0) return EXIT.unchecked
    return summary.changes.length > 0 ? EXIT.findings : EXIT.fine
  } finally {
    await pins.store.close()
  }
}

function page(
  { calls, before, after, questions, changes, checkedAnew }: ReplaySummary,
  damaged: number,
): readonly string[] {
  const outcomes = ['passed', 'asked', 'refused'] as const
  const counts = table(
    ['', 'as recorded', 'would have been'],
    outcomes.map((one) => [one, String(before[one]), String(after[one])]),
  )
  const rows = changes.map((one) => [
    one.after === 'passed' ? '+' : one.after === 'refused' ? '-' : '?',
    `${one.count}`,
    `${one.server}/${visible(one.name)}`,
    `${one.before} -> ${one.after}`,
    one.rules.join(', '),
    one.first,
  ])
  return [
    `${calls} calls on record`,
    '',
    counts.trimEnd(),
    '',
    questions === 0
      ? 'Nobody would have been asked.'
      : `${questions === 1 ? '1 question' : `${questions} questions`}, where each is answered for its conversation.`,
    ...(rows.length === 0
      ? ['No call would have gone another way.']
      : ['', table(['', 'calls', 'tool', 'change', 'by', 'first'], rows).trimEnd()]),
    '',
    `Decided anew: lists and rules, confirmation, rates, labels; arguments and secrets of ${checkedAnew} of ${calls} calls.`,
    `As recorded: pins, values that flowed, where links and names led${checkedAnew === calls ? '' : `; of ${calls - checkedAnew} calls, whose arguments are not on record whole, their arguments, and of secrets what was found then`}.`,
    ...(damaged === 0 ? [] : ['', `${damaged} lines of the trail cannot be read: sallyport audit verify`]),
  ]
}

function recorded(dir: string): Iterable<ExportedLine> {
  if (!existsSync(dir)) throw new CommandError(EXIT.unchecked, `nothing was recorded yet: there is no ${dir}`)
  return exportTrail(dir, {})
}

async function read(path: string) {
  const result = await loadFile(path, place())
  if (!result.ok) throw new CommandError(EXIT.usage, result.error.message)
  return result.config
}

/** What is approved now: what was approved when a call was made is not kept for all of them. */
async function definitionsOf({ sources, store, config }: PinsAtHand): Promise<Definitions> {
  const known = new Map<string, JsonObject>()
  for (const { id } of config.servers) {
    const contents = await store.contents(id)
    for (const [key, versions] of lockedServer(sources.lock, id).items) {
      const last = versions.at(-1)
      const item = last === undefined ? undefined : contents.get(last.hash)
      if (last === undefined || item === undefined) continue
      const { value } = asApproved(item, last)
      if (isObject(value)) known.set(JSON.stringify([id, key]), value)
    }
  }
  return (server, name) => known.get(JSON.stringify([server, itemKey({ kind: 'tool', name })]))
}
