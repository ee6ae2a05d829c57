import { isObject, type JsonObject } from '../json/index.ts'
import { nameWords } from './nameWords.ts'
import * as tables from './verbs.ts'

export const EFFECTS = [
  'writes',
  'destructive',
  'outside',
  'carries',
  'readsPrivate',
  'takesUntrusted',
  'freeText',
] as const

export type EffectName = (typeof EFFECTS)[number]

/** What a tool does, as far as can be told. */
export interface ToolEffects {
  /** Changes something, wherever. */
  readonly writes: boolean
  /** Takes away or overwrites what was there, or can. */
  readonly destructive: boolean
  /** Writes what others see, or what has left once it is written. */
  readonly outside: boolean
  /** Only reads, but its arguments travel to the open world. */
  readonly carries: boolean
  /** Gives out what is meant for the people of this conversation only. */
  readonly readsPrivate: boolean
  /** Gives out words that a stranger may have written. */
  readonly takesUntrusted: boolean
  /** Takes text that can say anything: some parameter is neither a number, a choice nor of a narrow form. */
  readonly freeText: boolean
  /** One short clause for each, naming the evidence, also for those that do not hold. */
  readonly why: Readonly<Record<EffectName, string>>
  /** Effects that hold only because nothing was said of them: the defaults of the protocol. */
  readonly unsaid: readonly EffectName[]
}

/** What a configuration says of a tool; it wins over everything. */
export type DeclaredEffects = Partial<Readonly<Record<EffectName, boolean>>>

interface Judged {
  holds: boolean
  why: string
  unsaid?: boolean
}
type Judgement = Record<EffectName, Judged>

/**
 * What a tool does: told from the configuration, from what the server says of it (where that is believed), and from its name,
 * description and parameters.
 *
 * Of a server that is believed, an annotation counts, and what it leaves out is as the protocol has it: whatever writes,
 * destroys, in an open world. Of any other server the worse of annotation and inference counts, so that nothing is gained by a lie.
 * A tool that clearly reads by its name, takes nothing that only a writer takes, and says nothing else of itself, reads.
 *
 * Wrong in this direction: a verb that no table has writes outside. Wrong in the other one: a tool named like a reader that
 * writes all the same and does not say so (`get_ready`), which is what pins, review and a sandbox are for.
 *
 * @example
 * toolEffects({ server: 'github', name: 'create_issue' }, { believed: false }).outside // true
 */
export function toolEffects(
  tool: { readonly server: string; readonly name: string; readonly definition?: JsonObject },
  how: { readonly believed: boolean; readonly declared?: DeclaredEffects },
): ToolEffects {
  const judged = inferred(tool)
  annotate(judged, tool.definition, how.believed)
  for (const effect of EFFECTS) {
    const declared = how.declared?.[effect]
    if (declared !== undefined) judged[effect] = { holds: declared, why: 'configured' }
  }
  settle(judged, how.declared ?? {})
  const why = Object.fromEntries(EFFECTS.map((effect) => [effect, judged[effect].why]))
  return {
    writes: judged.writes.holds,
    destructive: judged.destructive.holds,
    outside: judged.outside.holds,
    carries: judged.carries.holds,
    readsPrivate: judged.readsPrivate.holds,
    takesUntrusted: judged.takesUntrusted.holds,
    freeText: judged.freeText.holds,
    why: why as Record<EffectName, string>,
    unsaid: EFFECTS.filter((effect) => judged[effect].holds && judged[effect].unsaid === true),
  }
}

/** What follows from one another: what destroys or leaves, writes; what writes outside is no mere carrier. */
function settle(judged: Judgement, declared: DeclaredEffects): void {
  for (const stronger of ['destructive', 'outside'] as const) {
    if (!judged[stronger].holds || judged.writes.holds) continue
    if (declared[stronger] === true) judged.writes = { holds: true, why: judged[stronger].why }
    else judged[stronger] = { holds: false, why: judged.writes.why }
  }
  if (judged.outside.holds && judged.carries.holds && declared.carries !== true) {
    judged.carries = { holds: false, why: 'it writes outside' }
  }
}

/** What the annotations of a definition add or take away. */
function annotate(judged: Judgement, definition: JsonObject | undefined, believed: boolean): void {
  const given = definition?.annotations
  const annotations = isObject(given) ? given : {}
  const hint = (name: string): boolean | undefined => {
    const value = annotations[name]
    return typeof value === 'boolean' ? value : undefined
  }
  const readOnly = hint('readOnlyHint')
  const destroys = hint('destructiveHint')
  const open = hint('openWorldHint')
  if (believed) {
    if (readOnly === true) {
      const why = 'annotation readOnlyHint'
      judged.writes = { holds: false, why }
      judged.destructive = { holds: false, why }
      if (judged.outside.holds) {
        judged.outside = { holds: false, why }
        if (open === true) judged.carries = { holds: true, why: 'annotation openWorldHint' }
      }
      if (open === false) judged.carries = { holds: false, why: 'annotation openWorldHint false' }
      return
    }
    if (readOnly === false && !judged.writes.holds) {
      judged.writes = { holds: true, why: 'annotation readOnlyHint false' }
    }
    if (!judged.writes.holds) {
      if (destroys !== true) {
        if (open === false) judged.carries = { holds: false, why: 'annotation openWorldHint false' }
        return
      }
      judged.writes = { holds: true, why: 'annotation destructiveHint' }
    }
    if (destroys !== undefined) {
      judged.destructive = { holds: destroys, why: `annotation destructiveHint${destroys ? '' : ' false'}` }
    } else if (!judged.destructive.holds) judged.destructive = { holds: true, why: UNSAID, unsaid: true }
    if (open === false) judged.outside = { holds: false, why: 'annotation openWorldHint false' }
    else if (open === true) judged.outside = { holds: true, why: 'annotation openWorldHint' }
    return
  }
  // Not believed: a word of the server can make it worse, never better.
  if (readOnly === false && !judged.writes.holds) {
    judged.writes = { holds: true, why: 'annotation readOnlyHint false' }
    if (open !== false && !judged.outside.holds) judged.outside = { holds: true, why: UNSAID, unsaid: true }
    if (destroys === undefined) judged.destructive = { holds: true, why: UNSAID, unsaid: true }
  }
  if (destroys === true && readOnly !== true) {
    judged.writes = { holds: true, why: 'annotation destructiveHint' }
    judged.destructive = { holds: true, why: 'annotation destructiveHint' }
  }
  if (judged.writes.holds && destroys === undefined && !judged.destructive.holds) {
    judged.destructive = { holds: true, why: UNSAID, unsaid: true }
  }
  if (open === true && judged.writes.holds && !judged.outside.holds) {
    judged.outside = { holds: true, why: 'annotation openWorldHint' }
  }
}

const UNSAID = 'not annotated, and the default of the protocol'

type Action = 'reads' | 'carries' | 'adds' | 'changes' | 'destroys' | 'sends' | 'runs' | 'unknown'

/** What name, description and parameters say. */
function inferred(tool: {
  readonly server: string
  readonly name: string
  readonly definition?: JsonObject
}): Judgement {
  const named = nameWords(tool.name)
  const place = nameWords(tool.server)
  const described = description(tool.definition)
  const parameters = parametersOf(tool.definition)
  const parameterWords = parameters.map(({ name }) => nameWords(name).join(''))
  let { action, word } = actionOf(named, place)
  let why = word === '' ? 'no word of its name says what it does' : `name says ${word}`

  const writer = parameterWords.find((name) => tables.WRITE_PARAMETERS.has(name))
  if (action === 'unknown') {
    const says = firstVerb(described)
    if (says !== undefined) {
      action = says.action
      word = says.word
      why = `description begins with ${says.word}`
    }
  }
  if ((action === 'reads' || action === 'carries') && !TAKES_TEXT.has(word)) {
    const worse = contradiction(described)
    if (worse !== undefined) {
      action = worse.action
      why = `named like a reader, but its description says ${worse.word}`
    } else if (writer !== undefined && action === 'reads' && WEAK_READS.has(word)) {
      action = 'adds'
      why = `takes ${writer}`
    }
  }

  const all = [...named, ...place]
  const local = named.find((name) => tables.LOCAL_THINGS.has(name))
  const remote = all.find((name) => tables.REMOTE.has(name))
  const shared = named.find((name) => tables.SHARED_THINGS.has(name))
  const writes = action !== 'reads' && action !== 'carries'
  const no = (because: string): Judged => ({ holds: false, why: because })
  const yes = (because: string): Judged => ({ holds: true, why: because })

  let outside: Judged = no(why)
  if (action === 'sends' || action === 'runs') outside = yes(why)
  else if (writes && remote !== undefined) outside = yes(`writes at ${remote}`)
  else if (writes && LOCAL_PLACES.has(place[0] ?? '')) outside = no(`writes at ${place[0]}`)
  else if (writes && shared !== undefined && (local === undefined || action === 'unknown')) {
    outside = yes(`writes ${shared}`)
  } else if (writes && local !== undefined) outside = no(`writes ${local}`)
  else if (writes) outside = yes('nothing says that what it writes stays here')

  const destroys =
    action === 'destroys' ||
    action === 'runs' ||
    word === 'overwrite' ||
    (action === 'changes' && (word === 'write' || word === 'replace' || word === 'put')) ||
    (writes && named.includes('force'))

  let carries: Judged = no(why)
  if (
    action === 'carries' &&
    !LOCAL_PLACES.has(place[0] ?? '') &&
    (local === undefined || remote !== undefined)
  ) {
    carries = yes(why)
  }
  if (action === 'reads') {
    const takes = parameterWords.find(
      (name) => name === 'url' || name === 'urls' || name === 'uri' || name === 'domain',
    )
    const open = named.find((name) => OPEN_WORLD.has(name))
    if (takes !== undefined && !LOCAL_PLACES.has(place[0] ?? '')) carries = yes(`takes ${takes}`)
    else if (open !== undefined) carries = yes(`name says ${open}`)
  }
  const drives = all.find((name) => DRIVES_PAGES.has(name))
  if (action === 'carries' || (drives !== undefined && named.includes('navigate'))) {
    if (drives !== undefined) carries = yes(why)
  }

  const open = all.find((name) => tables.PUBLIC_THINGS.has(name))
  const secret = all.find((name) => tables.PRIVATE_THINGS.has(name))
  const strange = all.find((name) => tables.STRANGERS.has(name))
  const mere = writes && action !== 'runs'
  const computes = COMPUTES.has(word)
  const readsPrivate =
    mere || computes || secret === undefined || open !== undefined
      ? no(
          mere
            ? 'it writes'
            : computes
              ? why
              : open !== undefined
                ? `about ${open}`
                : 'no word of it names private things',
        )
      : yes(`gives out ${secret}`)
  const takesUntrusted =
    mere && drives === undefined
      ? no('it writes')
      : computes
        ? no(why)
        : action === 'carries' && carries.holds
          ? yes(why)
          : strange === undefined
            ? no('no word of it names what strangers write')
            : yes(`gives out ${strange}`)

  const free = parameters.find(({ schema }) => takesFreeText(schema))
  const freeText =
    tool.definition === undefined || !isObject(tool.definition.inputSchema)
      ? yes('its parameters are not known')
      : free === undefined
        ? no('no parameter takes free text')
        : yes(`takes ${free.name.slice(0, 40)}`)

  return {
    writes: writes ? yes(why) : no(why),
    destructive: destroys ? yes(why) : no(why),
    outside,
    carries,
    readsPrivate,
    takesUntrusted,
    freeText,
  }
}

/** Names of servers whose writes stay on this machine. */
const LOCAL_PLACES: ReadonlySet<string> = new Set(
  'filesystem fs files file git memory sqlite sequentialthinking sequential time local notes note obsidian'.split(
    ' ',
  ),
)
/** What drives a browser shows pages of strangers, whatever it does in them. */
const DRIVES_PAGES: ReadonlySet<string> = new Set(
  'browser puppeteer playwright chrome devtools stagehand'.split(' '),
)
const OPEN_WORLD: ReadonlySet<string> = new Set('web website internet url news weather wikipedia'.split(' '))
/** What works on what it is given and looks nothing up. */
const COMPUTES: ReadonlySet<string> = new Set(
  'calculate compute convert format parse decode encode hash think sequentialthinking sequential thinking reason wait sleep echo help'.split(
    ' ',
  ),
)
/** Readers that take a text to work on it. */
const TAKES_TEXT: ReadonlySet<string> = new Set(
  'calculate compute convert format parse decode encode hash think sequentialthinking sequential thinking reason summarize translate analyze analyse validate lint check verify classify detect evaluate search explain compare diff test score'.split(
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

/** The word of a name that says what is done: the first verb, or the worst where the name joins several by `and`, `or`. */
function actionOf(named: readonly string[], place: readonly string[]): { action: Action; word: string } {
  const joined = named.some((word) => word === 'and' || word === 'or' || word === 'then')
  let found: { action: Action; word: string } | undefined
  for (const [at, word] of named.entries()) {
    // The product's own name is no verb: `signal`, `fetch` as a prefix of every tool.
    if (at === 0 && named.length > 1 && place.includes(word)) continue
    const action = plainAction(word)
    if (action === undefined) continue
    if (found === undefined || (joined && BADNESS.indexOf(action) > BADNESS.indexOf(found.action))) {
      found = { action, word }
    }
    if (!joined) break
  }
  if (found !== undefined) return found
  for (const word of named) {
    const action = tables.AMBIGUOUS.get(word)
    if (action !== undefined) return { action, word }
  }
  const only = named.length === 1 ? plainAction(named[0] ?? '') : undefined
  return only === undefined ? { action: 'unknown', word: '' } : { action: only, word: named[0] ?? '' }
}

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
  if (
    /\b(?:not|never|without|no|cannot|doesn't|don't|won't|before|use|instead|prefer|after|if|when|for|to|can be|the)\b[^.;]*$/.test(
      before,
    )
  )
    return undefined
  const word = (found[1] ?? '').toLowerCase()
  return { action: /^(?:send|post|publish|upload|forward|email)/.test(word) ? 'sends' : 'destroys', word }
}
const CONTRADICTS =
  /\b(deletes?|removes?|erases?|overwrites?|destroys?|wipes?|drops|purges?|sends|posts|publishes|uploads|forwards|emails) (?:the|all|any|every|it|this|them|an?|your|files?|data|messages?)\b/i

function description(definition: JsonObject | undefined): string {
  const text = definition?.description
  return typeof text === 'string' ? text.slice(0, 2000) : ''
}

interface Parameter {
  readonly name: string
  readonly schema: unknown
}

function parametersOf(definition: JsonObject | undefined): Parameter[] {
  const schema = definition?.inputSchema
  if (!isObject(schema) || !isObject(schema.properties)) return []
  return Object.entries(schema.properties)
    .slice(0, 64)
    .map(([name, of]) => ({ name, schema: of }))
}

/** Can this parameter carry any text? A number, a choice, a date or a short form cannot. */
function takesFreeText(schema: unknown, depth = 0): boolean {
  if (!isObject(schema)) return true
  const of = schema
  if (Array.isArray(of.enum) || of.const !== undefined) return false
  const { type } = of
  if (type === 'number' || type === 'integer' || type === 'boolean' || type === 'null') return false
  if (type === 'array') return depth > 4 || of.items === undefined || takesFreeText(of.items, depth + 1)
  if (type === 'object') {
    if (!isObject(of.properties) || depth > 4) return true
    return Object.values(of.properties).some((part) => takesFreeText(part, depth + 1))
  }
  if (typeof of.format === 'string' && NARROW_FORMATS.has(of.format)) return false
  return !(typeof of.maxLength === 'number' && of.maxLength < 12)
}
const NARROW_FORMATS: ReadonlySet<string> = new Set('date time date-time uuid ipv4 ipv6 duration'.split(' '))
