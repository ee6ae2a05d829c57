/**
 * A configuration file as a tree that remembers where everything stood. YAML and JSONC both become this; what follows
 * does not know which it was. Maps are lists of entries, never objects: a key `__proto__` is only a text here.
 */
import { pointerTo } from '@sallyport/controls/json'
import type { ConfigRule, Place } from './fault.ts'

export interface MapNode {
  readonly kind: 'map'
  readonly place: Place
  readonly entries: readonly MapEntry[]
  /** Later entries of a key that was given before: what another reader may take instead. Absent when there are none. */
  readonly repeated?: readonly MapEntry[]
}

export interface MapEntry {
  readonly key: string
  readonly keyPlace: Place
  readonly node: DocumentNode
}

export interface ListNode {
  readonly kind: 'list'
  readonly place: Place
  readonly items: readonly DocumentNode[]
}

export type DocumentNode =
  | MapNode
  | ListNode
  | { readonly kind: 'text'; readonly place: Place; readonly value: string }
  | { readonly kind: 'number'; readonly place: Place; readonly value: number }
  | { readonly kind: 'flag'; readonly place: Place; readonly value: boolean }
  | { readonly kind: 'null'; readonly place: Place }

/** A path inside the document: map keys and list indexes. */
export type Path = readonly (string | number)[]

/** How readers and checks tell of a fault; the file's name is added by whoever opened it. */
export interface Complaint {
  readonly rule: ConfigRule
  readonly explain: string
  readonly hint?: string
  readonly path: Path
  readonly place: Place
}

export type Complain = (complaint: Complaint) => void

/** Nesting no configuration needs; deeper input is refused before anything recursive sees it. */
export const MAX_DEPTH = 32
/** Values a file may have after YAML aliases are expanded: ten lines of aliases can stand for billions. */
export const MAX_VALUES = 50_000

/** Thrown by a reader that cannot go on; carries the complaint that says why. */
export class Unreadable extends Error {
  readonly complaint: Complaint
  constructor(complaint: Complaint) {
    super(complaint.explain)
    this.name = 'Unreadable'
    this.complaint = complaint
  }
}

/**
 * Makes a map of entries, complaining about a key given twice: two readers could choose differently (the attack of
 * CVE-2017-12635), and the person who wrote it meant something with both.
 */
export function makeMap(entries: readonly MapEntry[], place: Place, path: Path, complain: Complain): MapNode {
  const seen = new Map<string, Place>()
  const kept: MapEntry[] = []
  const repeated: MapEntry[] = []
  for (const entry of entries) {
    const first = seen.get(entry.key)
    if (first === undefined) {
      seen.set(entry.key, entry.keyPlace)
      kept.push(entry)
      continue
    }
    complain({
      rule: 'config/duplicate-key',
      explain: `${dotted([...path, entry.key])} is given twice`,
      hint: `first at line ${first.line}, column ${first.column}: keep one`,
      path: [...path, entry.key],
      place: entry.keyPlace,
    })
    repeated.push(entry)
  }
  return { kind: 'map', place, entries: kept, ...(repeated.length === 0 ? {} : { repeated }) }
}

/** RFC 6901. @example pointer(['servers', 'a/b']) // '/servers/a~1b' */
export function pointer(path: Path): string {
  return path.reduce<string>(pointerTo, '')
}

/** For people. @example dotted(['servers', 'files', 'args', 0]) // 'servers.files.args[0]' */
export function dotted(path: Path): string {
  if (path.length === 0) return 'the configuration'
  return path
    .map((part, at) => (typeof part === 'number' ? `[${part}]` : at === 0 ? cut(part) : `.${cut(part)}`))
    .join('')
}

function cut(key: string): string {
  return key.length > 60 ? `${key.slice(0, 60)}…` : key
}

/** Where every value stands, by JSON pointer. */
export function placesOf(root: DocumentNode): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>()
  const walk = (node: DocumentNode, path: Path) => {
    places.set(pointer(path), node.place)
    if (node.kind === 'map') for (const entry of node.entries) walk(entry.node, [...path, entry.key])
    if (node.kind === 'list') for (const [index, item] of node.items.entries()) walk(item, [...path, index])
  }
  walk(root, [])
  return places
}

/** A key in a sentence. */
export function quoteKey(key: string): string {
  return JSON.stringify(cut(key))
}
