/**
 * What the gateway says of itself and of the servers behind it, when many are shown as one.
 */
import { isObject, type JsonObject, type JsonValue } from '@sallyport/controls/json'
import { visible } from '@sallyport/controls/text'
import type { PinGate } from '../../pipeline/controls/pins.ts'
import { VERSION } from '../../version.ts'
import { META, MODERN_REVISIONS } from '../era.ts'
import type { ListPart } from './lists.ts'

export const SERVER_INFO: JsonObject = { name: 'sallyport', title: 'Sallyport', version: VERSION }

/** A server a client does not get to see, and why. */
export interface Excluded {
  readonly server: string
  readonly why: string
}

/** A server of which something is kept from clients until a person decides. */
export interface HeldBack {
  readonly server: string
  readonly items: number
}

/** Result of `server/discover` for many servers (2026-07-28, "Discovery"). */
export function mergeDiscovery(
  parts: readonly ListPart[],
  excluded: readonly Excluded[],
  silent: readonly Excluded[],
  maxInstructionBytes: number,
  held: readonly HeldBack[] = [],
): JsonObject {
  return {
    supportedVersions: [...MODERN_REVISIONS],
    capabilities: mergeCapabilities(parts.flatMap(({ result }) => watched(result.capabilities))),
    instructions: mergeInstructions(parts, [...excluded, ...silent], maxInstructionBytes, held),
    resultType: 'complete',
    ttlMs: 0,
    cacheScope: 'private',
    _meta: { [META.serverInfo]: SERVER_INFO },
  }
}

/** What a server offers, and that the gateway tells of changes of it: it compares lists whenever a server starts. */
function watched(capabilities: JsonValue | undefined): (JsonValue | undefined)[] {
  if (!isObject(capabilities)) return []
  const kinds = ['tools', 'prompts', 'resources'].filter((kind) => isObject(capabilities[kind]))
  return [capabilities, Object.fromEntries(kinds.map((kind) => [kind, { listChanged: true }]))]
}

/** Members of a capability that say yes or no. */
const FLAGS = new Set(['listChanged', 'subscribe'])
/** Capabilities that are maps of ids to settings. */
const MAPS = new Set(['extensions', 'experimental'])

/**
 * The union of what the servers offer. Members of a capability are or-ed (`listChanged` if any has it); the
 * `extensions` and `experimental` maps keep every id: a dropped one disables its feature silently. What has not the
 * type that the specification gives it is left out: one server's mistake must not hide what another one offers.
 */
export function mergeCapabilities(all: readonly (JsonValue | undefined)[]): JsonObject {
  const merged: JsonObject = {}
  for (const capabilities of all) {
    if (!isObject(capabilities)) continue
    for (const [name, value] of Object.entries(capabilities)) {
      if (!isObject(value)) continue
      const kept = MAPS.has(name)
        ? Object.fromEntries(Object.entries(value).filter(([, setting]) => isObject(setting)))
        : value
      mergeMember(merged, name, kept)
    }
  }
  return merged
}

/** Sets own members only: `__proto__` and `constructor` are names like any other here. */
function mergeMember(into: JsonObject, name: string, value: JsonValue): void {
  if (FLAGS.has(name) && typeof value !== 'boolean') return
  const known = Object.hasOwn(into, name) ? into[name] : undefined
  if (isObject(value) && (known === undefined || isObject(known))) {
    const merged: JsonObject = { ...known }
    for (const [member, one] of Object.entries(value)) if (one !== undefined) mergeMember(merged, member, one)
    return define(into, name, merged)
  }
  if (known === undefined) return define(into, name, value)
  if (typeof known === 'boolean' && typeof value === 'boolean') define(into, name, known || value)
}

function define(object: JsonObject, name: string, value: JsonValue): void {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true })
}

/** Stands before every line of a server's words and before no line of ours. */
const QUOTE = '> '
const LINE_END = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/u
/** What is not seen when text is shown: controls, ANSI, bidirectional and invisible characters. A tab stays. */
const HIDDEN = /(?!\t)[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

/** Those of some servers of which something is held back. */
export function heldBack(servers: readonly string[], pins: Pick<PinGate, 'heldItems'>): readonly HeldBack[] {
  return servers.map((server) => ({ server, items: pins.heldItems(server) })).filter(({ items }) => items > 0)
}

/**
 * The servers' own instructions, each under its name, within a budget; first of all which servers are missing, and what is
 * held back of the others.
 *
 * Every line of a server's words is quoted, so that no server can write what looks like the gateway's words or like
 * another server's. What one server leaves of its share the others may use; none can use up another one's.
 *
 * @example mergeInstructions([{ server: 'a', result: { instructions: 'Hi' } }], [], 100)
 * // 'Instructions of server "a" (tools a__*):\n> Hi'
 */
export function mergeInstructions(
  parts: readonly ListPart[],
  missing: readonly Excluded[],
  maxBytes: number,
  held: readonly HeldBack[] = [],
): string {
  const blocks: string[] = []
  if (missing.length > 0) {
    const list = missing.map(({ server, why }) => `${server} (${visible(why)})`).join(', ')
    blocks.push(`Not available in this connection: ${list}.`)
  }
  if (held.length > 0) {
    const list = held.map(({ server, items }) => `${server} (${items})`).join(', ')
    blocks.push(`Held back until a person has looked at it with "sallyport review": ${list}.`)
  }
  const said = parts.flatMap(({ server, result }) => {
    const text = typeof result.instructions === 'string' ? quoted(result.instructions, maxBytes) : ''
    return text === '' ? [] : [{ server, text }]
  })
  const shares = fairShares(
    said.map(({ text }) => Buffer.byteLength(text, 'utf8')),
    maxBytes,
  )
  for (const [at, { server, text }] of said.entries()) {
    const kept = cut(text, shares[at] ?? 0)
    if (kept.length > QUOTE.length)
      blocks.push(`Instructions of server "${server}" (tools ${server}__*):\n${kept}`)
    if (kept.length < text.length) blocks.push(`[instructions of "${server}" cut]`)
  }
  return blocks.join('\n\n')
}

/** A server's words, each line after `QUOTE`; no more of them than can matter for a budget of `maxBytes`. */
function quoted(instructions: string, maxBytes: number): string {
  // Four times the budget: room for what is taken out, and still more than enough to be seen as cut.
  const lines = instructions
    .slice(0, maxBytes * 4 + 1)
    .split(LINE_END)
    .map((line) => line.replace(HIDDEN, '').trimEnd())
  const first = lines.findIndex((line) => line !== '')
  const last = lines.findLastIndex((line) => line !== '')
  return first < 0
    ? ''
    : lines
        .slice(first, last + 1)
        .map((line) => `${QUOTE}${line}`)
        .join('\n')
}

/** How much of `total` each may take: all it wants where that is no more than an equal share of what is left. */
function fairShares(wanted: readonly number[], total: number): number[] {
  const shares = new Array<number>(wanted.length).fill(0)
  let left = total
  const order = wanted.map((size, at) => ({ size, at })).toSorted((a, b) => a.size - b.size)
  for (const [turn, { size, at }] of order.entries()) {
    const share = Math.min(size, Math.floor(left / (order.length - turn)))
    shares[at] = share
    left -= share
  }
  return shares
}

/** The first `maxBytes` of a text, no character of it cut in two. */
function cut(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text, 'utf8')
  if (bytes.length <= maxBytes) return text
  let end = Math.max(0, maxBytes)
  // 10xxxxxx continues a character.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  return bytes.toString('utf8', 0, end)
}
