import type { NamedTool } from './effects.ts'
import { nameWords } from './nameWords.ts'
import { wordOfParameter } from './parameterAction.ts'
import { parametersOf } from './toolParameters.ts'
import * as tables from './verbs.ts'

export type Action = 'reads' | 'carries' | 'adds' | 'changes' | 'destroys' | 'sends' | 'runs' | 'unknown'

export interface ToolAction {
  readonly action: Action
  /** The word that says so; empty where none does. */
  readonly word: string
  readonly why: string
}

/**
 * What kind of thing a tool does: by the verb in its name; where there is none, by that its description begins with; and where a tool
 * that is named like a reader says that it deletes or sends, has a verb of another kind in its name as well, or takes what only a writer
 * takes, by that.
 */
export function toolAction(tool: NamedTool): ToolAction {
  const named = nameWords(tool.name)
  const place = nameWords(tool.server)
  const described = description(tool)
  const byName = actionOf(named, place)
  const said = byName.action === 'unknown' ? firstVerb(described) : undefined
  const { action, word } = said ?? byName
  const why =
    said !== undefined
      ? `description begins with ${word}`
      : word === ''
        ? 'no word of its name says what it does'
        : `name says ${word}`
  const done = DONE_TO.get(word)
  const object = done && [...named, ...place].find((name) => done.objects.has(name))
  if (done !== undefined && object !== undefined) {
    return { action: done.action, word, why: `name says ${word} ${object}` }
  }
  if (action !== 'reads' && action !== 'carries') return { action, word, why }
  const also = alsoDone(named, place, word)
  if (also !== undefined) return { ...also, why: `name says ${word}, and ${also.word}` }
  const taken = wordOfParameter(tool.definition, described, TAKES_TEXT.has(word))
  if (taken !== undefined)
    return { action: taken.action, word, why: `name says ${word}, but it takes ${taken.name}` }
  if (TAKES_TEXT.has(word)) return { action, word, why }
  const worse = contradiction(described)
  if (worse !== undefined) {
    const says = `named like a reader, but its description says ${worse.word}`
    return { action: worse.action, word: worse.word, why: says }
  }
  if (action === 'reads' && WEAK_READS.has(word)) {
    const writer = parametersOf(tool.definition)
      .map(({ name }) => nameWords(name).join(''))
      .find((name) => tables.WRITE_PARAMETERS.has(name))
    if (writer !== undefined) return { action: 'adds', word, why: `takes ${writer}` }
  }
  return { action, word, why }
}

/** Verbs that do something else to these things than to most. */
const DONE_TO: ReadonlyMap<string, { readonly action: Action; readonly objects: ReadonlySet<string> }> =
  new Map([
    done('evaluate', 'runs', 'script javascript js code expression browser puppeteer playwright chrome page'),
    done('start', 'runs', 'process command'),
    done('select', 'adds', 'browser puppeteer playwright option dropdown'),
    done('format', 'changes', 'range cell cells sheet table disk drive volume row rows column columns'),
    done('sort', 'changes', 'range sheet table'),
    done(
      'resolve',
      'changes',
      'thread comment comments issue issues discussion review incident alert ticket conflict conflicts',
    ),
    done('open', 'reads', 'node nodes'),
  ])

function done(verb: string, action: Action, objects: string) {
  return [verb, { action, objects: new Set(objects.split(' ')) }] as const
}

/** Readers that take a text to work on it. */
const TAKES_TEXT: ReadonlySet<string> = new Set(
  'calculate compute convert format parse decode encode hash think sequentialthinking sequential thinking reason summarize generate render draw plot optimize translate ask chat consult analyze analyse validate lint check verify classify detect evaluate search explain compare diff test score'.split(
    ' ',
  ),
)
/** Words that name a reader only where nothing speaks against it. */
const WEAK_READS: ReadonlySet<string> = new Set(
  'is has are can log logs record record review report status info details stats history test map plan load access top score profile query preview'.split(
    ' ',
  ),
)

const TABLES: readonly (readonly [Action, ReadonlySet<string>])[] = [
  ['destroys', tables.DESTROYS],
  ['sends', tables.SENDS],
  ['runs', tables.RUNS],
  ['changes', tables.CHANGES],
  ['adds', tables.ADDS],
  ['carries', tables.CARRIES],
  ['reads', tables.READS],
]
const BADNESS: readonly Action[] = ['reads', 'carries', 'adds', 'changes', 'destroys', 'sends', 'runs']

function plainAction(word: string): Action | undefined {
  if (tables.AMBIGUOUS.has(word)) return undefined
  for (const [action, table] of TABLES) if (table.has(word)) return action
  return undefined
}

/** What a name says of a reader that no reader does, wherever it stands. */
function alsoDone(
  named: readonly string[],
  place: readonly string[],
  verb: string,
): { action: Action; word: string } | undefined {
  for (const [at, word] of named.entries()) {
    if (word === verb || (at === 0 && place.includes(word))) continue
    const before = named[at - 1] ?? ''
    const isRun = word === 'run' && plainAction(before) !== undefined && !tables.HAS_RUNS.has(before)
    if (isRun || tables.DONE_ANYWHERE.has(word)) return { action: plainAction(word) ?? 'unknown', word }
  }
  return undefined
}

/** `crawling`: more often part of a name (`testing`) than what is done. */
function gerund(word: string): Action | undefined {
  if (!word.endsWith('ing') || word.length < 7) return undefined
  const stem = word.slice(0, -3)
  return plainAction(stem) ?? plainAction(`${stem}e`)
}

/** The word of a name that says what is done: the first verb, or the worst where the name joins several by `and`, `or`. */
function actionOf(named: readonly string[], place: readonly string[]): { action: Action; word: string } {
  const joined = named.some((word) => JOINS.has(word))
  let found: { action: Action; word: string } | undefined
  let product: { action: Action; word: string } | undefined
  for (const [at, word] of named.entries()) {
    // The product's own name is no verb: `signal`, `fetch` as a prefix of every tool.
    const isJoined = joined && JOINS.has(named[at - 1] ?? '')
    const action = plainAction(word) ?? (isJoined ? tables.AMBIGUOUS.get(word) : undefined)
    if (at === 0 && named.length > 1 && place.includes(word)) {
      product = action === undefined ? undefined : { action, word }
      continue
    }
    if (action === undefined) continue
    if (found === undefined || (joined && BADNESS.indexOf(action) > BADNESS.indexOf(found.action))) {
      found = { action, word }
    }
    if (!joined) break
  }
  if (found !== undefined) return found
  for (const word of named) {
    const action = tables.AMBIGUOUS.get(word) ?? gerund(word)
    if (action !== undefined) return { action, word }
  }
  return product ?? { action: 'unknown', word: '' }
}

const JOINS: ReadonlySet<string> = new Set(['and', 'or', 'then'])

/** The verb that a description begins with: `Returns the ...`, `Lists all ...`, `Send a ...`. */
function firstVerb(described: string): { action: Action; word: string } | undefined {
  const [first] = nameWords(described.slice(0, 40))
  if (first === undefined) return undefined
  const stem = first.endsWith('s') ? first.slice(0, -1) : first
  if (RETURNS.has(stem)) return { action: 'reads', word: first }
  const action = plainAction(first) ?? plainAction(stem)
  return action === undefined ? undefined : { action, word: first }
}
const RETURNS: ReadonlySet<string> = new Set('return provide display give answer'.split(' '))

/** A description that says of a reader that it deletes, sends or overwrites, without a word that takes it back. */
function contradiction(described: string): { action: Action; word: string } | undefined {
  const found = CONTRADICTS.exec(described)
  if (found === null) return undefined
  const before = described.slice(Math.max(0, found.index - 60), found.index).toLowerCase()
  if (TAKEN_BACK.test(before)) return undefined
  const word = (found[1] ?? '').toLowerCase()
  return { action: /^(?:send|post|publish|upload|forward|email)/.test(word) ? 'sends' : 'destroys', word }
}
/** In the same clause, before the word. */
const TAKEN_BACK =
  /\b(?:not|never|without|no|cannot|doesn't|don't|won't|before|instead|if|when|whether|can be)\b[^.;,]*$/
const CONTRADICTS =
  /\b(deletes?|removes?|erases?|overwrites?|destroys?|wipes?|drops|purges?|sends|posts|publishes|uploads|forwards|emails) (?:the|all|any|every|it|this|them|an?|your|files?|data|messages?)\b/i

function description(tool: NamedTool): string {
  const text = tool.definition?.description
  return typeof text === 'string' ? text.slice(0, 2000) : ''
}
