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
    else if (old === undefined && hint.isBorneOut(wordsOf(names))) note('annotation-claimed', 'substantive')
    else note('annotation-weaker', 'substantive')
  }
}

/**
 * The later tool with the hints that claim more safety than the name bears out put back to what was approved. A host that
 * is shown this version goes on asking as it did, so that the change itself need not be held for its hints: real
 * servers change them more often than anything else.
 *
 * @example withApprovedHints(tool({ destructiveHint: true }), tool({ destructiveHint: false })) // destructiveHint: true
 */
export function withApprovedHints(before: SurfaceItem, after: SurfaceItem): SurfaceItem {
  if (before.kind !== 'tool' || after.kind !== 'tool') return after
  const [all, allNow] = [hintsOf(before), hintsOf(after)]
  if (all === undefined || allNow === undefined || !isObject(after.value)) return after
  const kept: JsonObject = { ...allNow }
  for (const key of HINTS.keys()) {
    const [old, now] = [ownMember(all, key), ownMember(allNow, key)]
    let isWeaker = false
    compareHints(only(key, old), only(key, now), `${before.name} ${after.name}`, (drift) => {
      isWeaker ||= drift === 'annotation-weaker'
    })
    if (!isWeaker) continue
    if (old === undefined) delete kept[key]
    else kept[key] = old
  }
  return sameValue(kept, allNow) ? after : { ...after, value: { ...after.value, annotations: kept } }
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

/** @example wordsOf('readFile_v2') // ['read', 'file', 'v2'] */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
}
