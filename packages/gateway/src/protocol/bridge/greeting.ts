/**
 * What the gateway says of itself and of the servers behind it, when many are shown as one.
 */
import { isObject, type JsonObject, type JsonValue } from '@sallyport/controls/json'
import { visible } from '@sallyport/controls/text'
import { VERSION } from '../../version.ts'
import { META, MODERN_REVISIONS } from '../era.ts'
import type { ListPart } from './lists.ts'

export const SERVER_INFO: JsonObject = { name: 'sallyport', title: 'Sallyport', version: VERSION }

/** A server a client does not get to see, and why. */
export interface Excluded {
  readonly server: string
  readonly why: string
}

/** Result of `server/discover` for many servers (2026-07-28, "Discovery"). */
export function mergeDiscovery(
  parts: readonly ListPart[],
  excluded: readonly Excluded[],
  silent: readonly Excluded[],
  maxInstructionBytes: number,
): JsonObject {
  return {
    supportedVersions: [...MODERN_REVISIONS],
    capabilities: mergeCapabilities(parts.map((part) => part.result.capabilities)),
    instructions: mergeInstructions(parts, [...excluded, ...silent], maxInstructionBytes),
    resultType: 'complete',
    ttlMs: 0,
    cacheScope: 'private',
    _meta: { [META.serverInfo]: SERVER_INFO },
  }
}

/**
 * The union of what the servers offer. Members of a capability are or-ed (`listChanged` if any has it); the
 * `extensions` and `experimental` maps keep every id: a dropped one disables its feature silently.
 */
export function mergeCapabilities(all: readonly (JsonValue | undefined)[]): JsonObject {
  const merged: JsonObject = {}
  for (const capabilities of all) {
    if (!isObject(capabilities)) continue
    for (const [name, value] of Object.entries(capabilities)) {
      merged[name] = mergeOne(merged[name], value)
    }
  }
  return merged
}

function mergeOne(a: JsonValue | undefined, b: JsonValue | undefined): JsonValue {
  if (a === undefined) return b ?? {}
  if (isObject(a) && isObject(b)) {
    const merged: JsonObject = { ...a }
    for (const [name, value] of Object.entries(b)) merged[name] = mergeOne(merged[name], value)
    return merged
  }
  if (typeof a === 'boolean' && typeof b === 'boolean') return a || b
  return a
}

/**
 * The servers' own instructions, each under its name, within a budget; first of all which servers are missing.
 * Every server's share is marked as its own words: a model must be able to tell them from the gateway's.
 */
export function mergeInstructions(
  parts: readonly ListPart[],
  missing: readonly Excluded[],
  maxBytes: number,
): string {
  const lines: string[] = []
  if (missing.length > 0) {
    const list = missing.map(({ server, why }) => `${server} (${visible(why)})`).join(', ')
    lines.push(`Not available in this connection: ${list}.`)
  }
  let left = maxBytes
  for (const { server, result } of parts) {
    const { instructions } = result
    if (typeof instructions !== 'string' || instructions.trim() === '') continue
    const text = cut(instructions, left)
    left -= Buffer.byteLength(text, 'utf8')
    if (text !== '') lines.push(`Instructions of server "${server}" (tools ${server}__*):\n${text}`)
    if (text.length < instructions.length) lines.push(`[instructions of "${server}" cut]`)
  }
  return lines.join('\n\n')
}

function cut(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text, 'utf8') <= maxBytes) return text
  const bytes = Buffer.from(text, 'utf8').subarray(0, Math.max(0, maxBytes))
  // A character cut in two becomes U+FFFD at the end: take it off again.
  return bytes.toString('utf8').replace(/\ufffd+$/, '')
}
