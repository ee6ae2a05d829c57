import { isObject, type JsonObject, type JsonValue } from '../json/index.ts'
import { type Note, noteTitle } from './changes.ts'
import type { SurfaceItem } from './item.ts'
import { ownKeys, ownMember, sameValue } from './sameValue.ts'

/**
 * How the hints of a tool (2025-11-25, "ToolAnnotations") changed for whoever asks before a call because of them.
 *
 * A hint that claims more safety than before is `annotation-weaker`, and so is the end of a warning: a host may stop
 * asking. Where nothing was said before and the tool's own name bears the claim out (`read_file` says that it only reads),
 * it is `annotation-claimed`: servers that begin to write hints write them for every tool. What is absent stands between
 * both values: the specification has it mean the unsafe one, hosts do as they like.
 */
export function compareHints(
  before: JsonValue | undefined,
  after: JsonValue | undefined,
  names: string,
  note: Note,
): void {
  const [all, allNow] = [before ?? {}, after ?? {}]
  if (!isObject(all) || !isObject(allNow)) return note('other', 'substantive')
  const keys = new Set([...ownKeys(all), ...ownKeys(allNow)])
  if (keys.size === 0) note('metadata', 'harmless')
  const reads = ownMember(all, 'readOnlyHint') === true && ownMember(allNow, 'readOnlyHint') === true
  for (const key of keys) {
    const [old, now] = [ownMember(all, key), ownMember(allNow, key)]
    if (sameValue(old, now)) continue
    const hint = HINTS.get(key)
    if (key === 'title') noteTitle(old, now, note)
    else if (hint === undefined || !isFlag(old) || !isFlag(now)) note('other', 'substantive')
    // Of a tool that only reads these two say nothing; a warning is one even there.
    else if (reads && hint.ofWriters && old !== !hint.safe) note('metadata', 'harmless')
    else if (claim(now, hint) < claim(old, hint)) note('annotation-stricter', 'harmless')
    else if (old === undefined && !isDenied(key, all) && hint.isBorneOut(wordsOf(names)))
      note('annotation-claimed', 'substantive')
    else note('annotation-weaker', 'substantive')
  }
}

/** What the hints of a tool are called. */
export const HINT_NAMES = ['readOnlyHint', 'destructiveHint', 'idempotentHint', 'openWorldHint'] as const
export type HintName = (typeof HINT_NAMES)[number]

/** Hints that count in the place of those a server gives: their approved values, `absent` where nothing was said. */
export type KeptHints = { readonly [Name in HintName]?: 'true' | 'false' | 'absent' }

/**
 * Which claims of safety are not taken over from a later version. `beyond-name`: those that the tool's name does not bear
 * out (`annotation-weaker`); `all`: also those it does (`annotation-claimed`).
 */
export type KeptClaims = 'beyond-name' | 'all'

/**
 * The hints of a tool that claim more safety than was approved, each with its approved value: what is to count instead,
 * until a person approves the new one. `undefined` where there is none.
 *
 * @example hintsToKeep(tool({ destructiveHint: true }), tool({ destructiveHint: false }), 'all') // { destructiveHint: 'true' }
 */
export function hintsToKeep(
  before: SurfaceItem,
  after: SurfaceItem,
  claims: KeptClaims,
): KeptHints | undefined {
  if (before.kind !== 'tool' || after.kind !== 'tool') return undefined
  const [all, allNow] = [hintsOf(before), hintsOf(after)]
  if (all === undefined || allNow === undefined) return undefined
  const kept: { -readonly [Name in HintName]?: KeptHints[Name] } = {}
  for (const key of HINT_NAMES) {
    const [old, now] = [ownMember(all, key), ownMember(allNow, key)]
    let isKept = false
    // A warning beside it denies a claim, and is no part of the change.
    const beside = key === 'readOnlyHint' ? only('destructiveHint', ownMember(all, 'destructiveHint')) : {}
    compareHints(
      { ...beside, ...only(key, old) },
      { ...beside, ...only(key, now) },
      `${before.name} ${after.name}`,
      (drift) => {
        isKept ||= drift === 'annotation-weaker' || (claims === 'all' && drift === 'annotation-claimed')
      },
    )
    // `"false"` and `null` are no hints: hosts read them as they like, and an approved warning would be gone.
    isKept ||= !isFlag(now)
    // What was no flag has no value that could count; its change is of another kind, and judged as that.
    // Nor is a claim put in the place of what is no hint: nothing is said then.
    const isClaim = !isFlag(now) && isFlag(old) && isSafe(key, old)
    if (isKept && isFlag(old)) kept[key] = old === undefined || isClaim ? 'absent' : old ? 'true' : 'false'
  }
  return Object.keys(kept).length === 0 ? undefined : kept
}

/**
 * The claims of safety of a tool that its own name does not bear out, as if it had said nothing: what is to count of one that
 * nobody has seen before. `undefined` where there is none.
 *
 * @example hintsBeyondName(tool({ name: 'tidy', annotations: { readOnlyHint: true } })) // { readOnlyHint: 'absent' }
 */
export function hintsBeyondName(item: SurfaceItem): KeptHints | undefined {
  const hints = item.kind === 'tool' ? hintsOf(item) : undefined
  if (hints === undefined) return undefined
  const { destructiveHint, ...claims } = NOTHING_SAID
  // Its own warning stands: it denies that the tool only reads.
  const said = ownMember(hints, 'destructiveHint') === true ? claims : { ...claims, destructiveHint }
  return hintsToKeep({ ...item, value: withHints(item.value, said) }, item, 'beyond-name')
}

/** Of each hint the one that claims less safety. */
export function stricterHints(
  one: KeptHints | undefined,
  other: KeptHints | undefined,
): KeptHints | undefined {
  if (one === undefined || other === undefined) return one ?? other
  const stricter: { -readonly [Name in HintName]?: KeptHints[Name] } = { ...one }
  for (const key of HINT_NAMES) {
    const [mine, its] = [one[key], other[key]]
    if (its === undefined) continue
    if (mine === undefined || claimOf(key, flagOf(its)) < claimOf(key, flagOf(mine))) stricter[key] = its
  }
  return stricter
}

/**
 * Which of these hints claim more safety than the definition does itself. Whoever keeps hints keeps stricter ones, so that
 * such a one was written by somebody else.
 *
 * @example looserHints({ name: 'wipe', annotations: { destructiveHint: true } }, { destructiveHint: 'false' }) // ['destructiveHint']
 */
export function looserHints(definition: JsonValue, kept: KeptHints): readonly HintName[] {
  const now = isObject(definition) ? (ownMember(definition, 'annotations') ?? {}) : {}
  return HINT_NAMES.filter((key) => {
    const value = kept[key]
    const own = isObject(now) ? ownMember(now, key) : undefined
    return value !== undefined && claimOf(key, flagOf(value)) > claimOf(key, isFlag(own) ? own : undefined)
  })
}

/** A tool's definition with these hints in the place of its own, but for those that claim more safety than it does. */
export function withStricterHints(definition: JsonValue, kept: KeptHints): JsonValue {
  const looser = looserHints(definition, kept)
  if (looser.length === 0) return withHints(definition, kept)
  const left = Object.entries(kept).filter(([key]) => !looser.some((one) => one === key))
  return withHints(definition, Object.fromEntries(left))
}

/** Of a tool that says nothing of its safety. */
export const NOTHING_SAID = {
  readOnlyHint: 'absent',
  destructiveHint: 'absent',
  idempotentHint: 'absent',
  openWorldHint: 'absent',
} as const satisfies KeptHints

/** Is this a tool that says something of its safety? */
export function isHintedTool(item: SurfaceItem): boolean {
  const hints = item.kind === 'tool' ? hintsOf(item) : undefined
  return hints !== undefined && HINT_NAMES.some((name) => ownMember(hints, name) !== undefined)
}

/** A tool's definition with these hints in the place of its own; itself where they are its own. */
export function withHints(definition: JsonValue, kept: KeptHints): JsonValue {
  if (!isObject(definition)) return definition
  const now = ownMember(definition, 'annotations') ?? {}
  if (!isObject(now)) return definition
  const hints: JsonObject = { ...now }
  for (const key of HINT_NAMES) {
    const value = kept[key]
    if (value === 'absent') delete hints[key]
    else if (value !== undefined) hints[key] = value === 'true'
  }
  if (sameValue(hints, now)) return definition
  const { annotations: _now, ...rest } = definition
  return Object.keys(hints).length === 0 ? rest : { ...definition, annotations: hints }
}

/**
 * The later tool with the hints that claim more safety put back to what was approved. A host that is shown this version
 * goes on asking as it did, so that the change itself need not be held for its hints: real servers change them more often
 * than anything else.
 *
 * @example withApprovedHints(tool({ destructiveHint: true }), tool({ destructiveHint: false }), 'beyond-name')
 */
export function withApprovedHints(before: SurfaceItem, after: SurfaceItem, claims: KeptClaims): SurfaceItem {
  const kept = hintsToKeep(before, after, claims)
  return kept === undefined ? after : { ...after, value: withHints(after.value, kept) }
}

/** Did the tool itself say that it destroys? Then its name does not bear out that it only reads. */
function isDenied(key: string, all: JsonObject): boolean {
  return key === 'readOnlyHint' && ownMember(all, 'destructiveHint') === true
}

function hintsOf({ value }: SurfaceItem): JsonObject | undefined {
  const hints = isObject(value) ? (ownMember(value, 'annotations') ?? {}) : undefined
  return isObject(hints) ? hints : undefined
}

function only(key: string, value: JsonValue | undefined): JsonObject {
  return value === undefined ? {} : { [key]: value }
}

interface Hint {
  /** The value that claims more safety. */
  readonly safe: boolean
  /** Means something only for a tool that does not only read. */
  readonly ofWriters: boolean
  readonly isBorneOut: (words: readonly string[]) => boolean
}

const listed = (words: string): ReadonlySet<string> => new Set(words.split(' '))

const READING = listed(
  'read get list find search query show view describe status check count lookup inspect explain validate compare ' +
    'diff preview tail stat info',
)
const ADDING = listed('create add append insert copy duplicate clone new')
const CHANGING = listed(
  'write update edit set put patch move rename replace apply run exec execute invoke call eval send post publish ' +
    'upload submit push commit merge start stop restart kill terminate open close click type press install uninstall ' +
    'delete remove drop destroy clear reset purge wipe truncate revoke erase overwrite cancel disable enable grant ' +
    'approve reject pay transfer buy sell book import sync deploy scale rollback',
)
const OUTWARD = listed(
  'web http https url fetch browse browser crawl scrape download upload send post publish email mail message sms ' +
    'tweet slack webhook remote cloud external online internet navigate',
)

const any = (words: readonly string[], set: ReadonlySet<string>): boolean =>
  words.some((word) => set.has(word))

/** By words that have to be there and words that must not: a name that says nothing bears nothing out. */
const HINTS: ReadonlyMap<string, Hint> = new Map<string, Hint>([
  [
    'readOnlyHint',
    {
      safe: true,
      ofWriters: false,
      isBorneOut: (words) => any(words, READING) && !any(words, CHANGING) && !any(words, ADDING),
    },
  ],
  [
    'destructiveHint',
    {
      safe: false,
      ofWriters: true,
      isBorneOut: (words) => (any(words, READING) || any(words, ADDING)) && !any(words, CHANGING),
    },
  ],
  // It lets a host try again, and stops it from nothing.
  ['idempotentHint', { safe: true, ofWriters: true, isBorneOut: () => true }],
  [
    'openWorldHint',
    {
      safe: false,
      ofWriters: false,
      isBorneOut: (words) =>
        (any(words, READING) || any(words, ADDING)) && !any(words, CHANGING) && !any(words, OUTWARD),
    },
  ],
])

function isFlag(value: JsonValue | undefined): value is boolean | undefined {
  return value === undefined || typeof value === 'boolean'
}

/** How safe a hint says the tool is. */
function claim(hint: boolean | undefined, { safe }: Hint): number {
  return hint === undefined ? 1 : hint === safe ? 2 : 0
}

function claimOf(key: HintName, hint: boolean | undefined): number {
  const known = HINTS.get(key)
  return known === undefined ? 1 : claim(hint, known)
}

function isSafe(key: HintName, hint: boolean | undefined): boolean {
  return claimOf(key, hint) === 2
}

function flagOf(value: 'true' | 'false' | 'absent'): boolean | undefined {
  return value === 'absent' ? undefined : value === 'true'
}

/** @example wordsOf('readFile_v2') // ['read', 'file', 'v2'] */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
}
