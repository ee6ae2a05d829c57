import { skeleton, visible } from '../text/index.ts'
import type { ItemKind, SurfaceItem } from './item.ts'
import { editBetween } from './wording.ts'

/** The surface of one server, for comparing it with the others. */
export interface TrustedSurface {
  readonly server: string
  readonly trust: 'trusted' | 'partial' | 'untrusted'
  readonly items: readonly SurfaceItem[]
}

export const SHADOW_RULES = {
  'shadow/name': 'Two servers have a tool or prompt of the same name.',
  'shadow/confusable': 'Two servers have tools or prompts whose names look the same and are not.',
  'shadow/near': "A tool's name is one letter away from that of a more trusted server's tool.",
  'shadow/uri': 'Two servers claim the same address for a resource or skill.',
  'shadow/template': "A server's template stands for addresses that another server has.",
} as const
export type ShadowRule = keyof typeof SHADOW_RULES

export interface ShadowFinding {
  readonly rule: ShadowRule
  readonly severity: 'info' | 'low' | 'medium' | 'high'
  readonly server: string
  readonly item: SurfaceItem
  readonly other: { readonly server: string; readonly item: SurfaceItem }
  /** One sentence for people. */
  readonly explain: string
  /** The server whose item is to give way; nothing where both are trusted alike. */
  readonly yields?: string
}

/**
 * What one server's items could be taken for another's: equal names, names that look equal, equal addresses, templates
 * over another one's addresses.
 *
 * Equal names alone are `low`: names such as `search` meet in one of five set-ups with eight servers, and every name is
 * shown with its server's. They grow to `medium` where a server meets a more trusted one, and names that look the same but are written
 * with other letters, which nobody does by chance, are `high`. Each item is held against the most trusted server that has the
 * name, the first one given among equals: one finding an item and rule, so results are bounded by the number of items.
 *
 * Linear but for sorting. Cannot know: which of two servers was first to use a name, and tools that do the same under
 * unlike names. What a text says of another server's tools is for `controls/detection`.
 *
 * @param about only what is found in this server's items: of many servers, whose comparison with one another is old news
 * @example
 * findShadowing([{ server: 'files', trust: 'trusted', items: [readFile] },
 *                { server: 'other', trust: 'untrusted', items: [readFi1e] }])
 * // [{ rule: 'shadow/confusable', severity: 'high', server: 'other', yields: 'other', ... }]
 */
export function findShadowing(surfaces: readonly TrustedSurface[], about?: string): readonly ShadowFinding[] {
  // Most trusted first; among equals as given. Whoever comes later is held against whoever was there.
  const ordered = surfaces.toSorted((a, b) => RANK[a.trust] - RANK[b.trust])
  const placed = ordered.flatMap(({ server, trust, items }) => items.map((item) => ({ server, trust, item })))
  const called = placed.filter(({ item }) => CALLED.has(item.kind))
  const addressed = placed.filter(({ item }) => ADDRESSED.has(item.kind))
  return [
    ...meetings(called, ({ item }) => `${item.kind} ${item.name}`, sameName, about),
    ...meetings(called, ({ item }) => `${item.kind} ${skeleton(item.name)}`, lookAlike, about),
    ...nearMisses(called, about),
    ...meetings(addressed, ({ item }) => addressKey(item.name), sameAddress, about),
    ...coveredAddresses(placed, about),
  ]
}

interface Placed {
  readonly server: string
  readonly trust: TrustedSurface['trust']
  readonly item: SurfaceItem
}

const RANK = { trusted: 0, partial: 1, untrusted: 2 } as const
const CALLED: ReadonlySet<ItemKind> = new Set(['tool', 'prompt'])
const ADDRESSED: ReadonlySet<ItemKind> = new Set(['resource', 'skill'])

type Meeting = (
  one: Placed,
  other: Placed,
) => Pick<ShadowFinding, 'rule' | 'severity' | 'explain'> | undefined

/** Holds every item against the first one of another server with the same key. */
function meetings(
  items: readonly Placed[],
  keyOf: (one: Placed) => string,
  judge: Meeting,
  about: string | undefined,
): ShadowFinding[] {
  const first = new Map<string, Placed>()
  return items.flatMap((one) => {
    const key = keyOf(one)
    const other = first.get(key)
    if (other === undefined) {
      first.set(key, one)
      return []
    }
    if (!isAbout(about, one)) return []
    const found = other.server === one.server ? undefined : judge(one, other)
    return found === undefined ? [] : [finding(one, other, found)]
  })
}

/** Is this what was asked for? Without a server everything is. */
function isAbout(about: string | undefined, { server }: Placed): boolean {
  return about === undefined || about === server
}

function finding(
  one: Placed,
  other: Placed,
  found: Pick<ShadowFinding, 'rule' | 'severity' | 'explain'>,
): ShadowFinding {
  return {
    ...found,
    server: one.server,
    item: one.item,
    other: { server: other.server, item: other.item },
    ...(yieldsTo(one, other) && { yields: one.server }),
  }
}

function yieldsTo(one: Placed, other: Placed): boolean {
  return RANK[one.trust] > RANK[other.trust]
}

const sameName: Meeting = (one, other) => ({
  rule: 'shadow/name',
  severity: yieldsTo(one, other) ? 'medium' : 'low',
  explain: `Server "${one.server}" has a ${one.item.kind} named ${shown(one)}, as server "${other.server}" has.`,
})

const lookAlike: Meeting = (one, other) => {
  if (one.item.name === other.item.name) return undefined
  const [name, known] = [one.item.name, other.item.name]
  // `readFile` beside `read_file` is a matter of style, not of look-alikes.
  const isStyle = styleless(name) === styleless(known)
  return {
    rule: 'shadow/confusable',
    severity: isStyle ? (yieldsTo(one, other) ? 'low' : 'info') : 'high',
    explain: isStyle
      ? `The ${one.item.kind} ${shown(one)} of server "${one.server}" is spelt almost as ${shown(other)} of server "${other.server}".`
      : `The ${one.item.kind} ${shown(one)} of server "${one.server}" looks like ${shown(other)} of server "${other.server}" and is written with other characters.`,
  }
}

/** A name without case and separators, in plain ASCII; any other name as it is. */
function styleless(name: string): string {
  return /^[\x20-\x7e]*$/.test(name) ? name.toLowerCase().replace(/[-_.\s]/g, '') : name
}

/** So many of trusted servers' names are compared by their letters: it is information only, and costs memory. */
const MAX_NEAR_NAMES = 2_000
/** Shorter names are one letter from too many others, longer ones are not compared. */
const MIN_NEAR_CHARS = 6
const MAX_NEAR_CHARS = 64

/**
 * Names one edit away from a trusted server's. Both leave the same rest when a character is taken out of each, so they
 * meet by it, and are then compared.
 */
function nearMisses(items: readonly Placed[], about: string | undefined): ShadowFinding[] {
  const byRest = new Map<string, Placed>()
  const known = new Set<string>()
  for (const one of items) {
    if (one.trust !== 'trusted' || known.size >= MAX_NEAR_NAMES) continue
    known.add(one.item.name)
    for (const rest of rests(one.item)) if (!byRest.has(rest)) byRest.set(rest, one)
  }
  return items.flatMap((one) => {
    if (one.trust === 'trusted' || !isAbout(about, one) || known.has(one.item.name)) return []
    for (const rest of rests(one.item)) {
      const other = byRest.get(rest)
      if (other === undefined || editBetween(one.item.name, other.item.name) === undefined) continue
      const explain = `The ${one.item.kind} ${shown(one)} of server "${one.server}" is one letter from ${shown(other)} of server "${other.server}".`
      return [finding(one, other, { rule: 'shadow/near', severity: 'info', explain })]
    }
    return []
  })
}

function rests({ kind, name }: SurfaceItem): string[] {
  if (name.length < MIN_NEAR_CHARS || name.length > MAX_NEAR_CHARS) return []
  const without = (_: unknown, at: number) => name.slice(0, at) + name.slice(at + 1)
  return [name, ...Array.from({ length: name.length }, without)].map((rest) => `${kind} ${rest}`)
}

const sameAddress: Meeting = (one, other) => ({
  rule: 'shadow/uri',
  severity: yieldsTo(one, other) ? 'medium' : 'low',
  explain: `Server "${one.server}" claims the address ${shown(one)}, which server "${other.server}" has.`,
})

/**
 * An address as most readers take it: scheme and host in small letters, unreserved characters unescaped (RFC 3986,
 * 6.2.2). A key to compare by, never an address to ask for.
 */
function addressKey(uri: string): string {
  const head = /^[A-Za-z][A-Za-z0-9+.-]*:(?:\/\/[^/?#]*)?/.exec(uri)?.[0] ?? ''
  const rest = uri.slice(head.length).replace(/%[0-9A-Fa-f]{2}/g, (code) => {
    const character = String.fromCharCode(Number.parseInt(code.slice(1), 16))
    return /[A-Za-z0-9._~-]/.test(character) ? character : code.toUpperCase()
  })
  return head.toLowerCase() + rest
}

/** Of one server's addresses under one beginning so many are tried against a template. */
const MAX_TRIED = 1_000

/** Templates over another server's addresses and templates: one finding for each template and server. */
function coveredAddresses(items: readonly Placed[], about: string | undefined): ShadowFinding[] {
  const addresses = new Map<string, { readonly key: string; readonly placed: Placed }[]>()
  for (const placed of items) {
    if (!ADDRESSED.has(placed.item.kind) && placed.item.kind !== 'template') continue
    const list = addresses.get(placed.server) ?? []
    addresses.set(placed.server, list)
    list.push({ key: addressKey(placed.item.name), placed })
  }
  const place = new Map([...addresses.keys()].map((server, at) => [server, at]))
  for (const list of addresses.values()) list.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  return items.flatMap((template) => {
    if (template.item.kind !== 'template') return []
    const literals = addressKey(template.item.name).split(EXPRESSION)
    return [...addresses].flatMap(([server, list]) => {
      if (about !== undefined && about !== server && !isAbout(about, template)) return []
      const covered = server === template.server ? undefined : firstCovered(literals, list)
      if (covered === undefined) return []
      const isLater = (place.get(template.server) ?? 0) > (place.get(server) ?? 0)
      // Two equal templates meet twice; the later one is told of.
      if (!isLater && covered.item.kind === 'template') return []
      const [one, other] = isLater ? [template, covered] : [covered, template]
      if (!isAbout(about, one)) return []
      const explain = `The template ${shown(template)} of server "${template.server}" stands for ${shown(covered)} of server "${server}".`
      const severity = yieldsTo(one, other) ? 'medium' : 'low'
      return [finding(one, other, { rule: 'shadow/template', severity, explain })]
    })
  })
}

/**
 * Could this template stand for this address? Whatever its expressions are, they may stand for anything: too often yes,
 * never too seldom.
 *
 * @example templateCovers('notes://{id}', 'notes://7') // true
 */
export function templateCovers(template: string, address: string): boolean {
  const literals = addressKey(template).split(EXPRESSION)
  const key = addressKey(address)
  return key.startsWith(literals[0] ?? '') && covers(literals, key)
}

/** An expression of RFC 6570. */
const EXPRESSION = /\{[^{}]*\}/

function firstCovered(
  literals: readonly string[],
  sorted: readonly { readonly key: string; readonly placed: Placed }[],
): Placed | undefined {
  const [prefix = ''] = literals
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle]?.key ?? '') < prefix) low = middle + 1
    else high = middle
  }
  for (let at = low; at < Math.min(sorted.length, low + MAX_TRIED); at++) {
    const one = sorted[at]
    if (one === undefined || !one.key.startsWith(prefix)) return undefined
    if (covers(literals, one.key)) return one.placed
  }
  return undefined
}

/** Could a template with these literal parts become this address, whatever its expressions stand for? */
function covers(literals: readonly string[], address: string): boolean {
  const [first = ''] = literals
  if (literals.length === 1) return address === first
  const last = literals.at(-1) ?? ''
  let from = first.length
  for (const literal of literals.slice(1, -1)) {
    const found = address.indexOf(literal, from)
    if (found < 0) return false
    from = found + literal.length
  }
  return address.length >= from + last.length && address.endsWith(last)
}

const MAX_SHOWN_CHARS = 80

function shown({ item }: Placed): string {
  return `"${visible(item.name.slice(0, MAX_SHOWN_CHARS))}"`
}
