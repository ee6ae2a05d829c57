/**
 * The file that keeps what waits or is blocked: private, so that a block cannot be lifted by editing it from outside.
 */
import { isObject, type JsonValue, parseJson } from '@sallyport/controls/json'
import { ITEM_KINDS, itemKey } from '@sallyport/controls/surface'
import type { Hold } from './hold.ts'

/** Holds by server, then by `itemKey`. */
export type Holds = ReadonlyMap<string, ReadonlyMap<string, Hold>>

export const NO_HOLDS: Holds = new Map()
export const MAX_HOLDS_BYTES = 64 * 1024 * 1024

/** A change of the holds, as data. */
export type HoldChange =
  /**
   * `unlessApproved`: dropped where the very version is approved by now. A gateway judges with the pins of a moment ago; what
   * a person let through since then would wait for them a second time.
   */
  | { readonly kind: 'hold'; readonly hold: Hold; readonly unlessApproved?: true }
  /** Ends a hold. A block only where that is said: nothing but a person's decision says it. */
  | { readonly kind: 'lift'; readonly server: string; readonly key: string; readonly evenBlocked?: true }

/**
 * The holds after some changes; those given are left as they are. A block stays a block whatever a gateway, which looked a
 * moment earlier, makes of the item (invariant 6).
 */
export function changeHolds(holds: Holds, changes: readonly HoldChange[]): Holds {
  if (changes.length === 0) return holds
  const next = new Map<string, Map<string, Hold>>()
  for (const [server, own] of holds) next.set(server, new Map(own))
  for (const change of changes) {
    const server = change.kind === 'hold' ? change.hold.server : change.server
    const own = next.get(server) ?? new Map<string, Hold>()
    const key = change.kind === 'hold' ? itemKey(change.hold) : change.key
    const blocked = own.get(key)?.state === 'blocked'
    if (change.kind === 'hold') {
      if (!blocked || change.hold.state === 'blocked') own.set(key, change.hold)
    } else if (!blocked || change.evenBlocked === true) own.delete(key)
    if (own.size === 0) next.delete(server)
    else next.set(server, own)
  }
  return next
}

/** @example writeHolds(holds) // '{"version":1}\n{"server":"files",...}\n' */
export function writeHolds(holds: Holds): string {
  const lines = [JSON.stringify({ version: 1 })]
  for (const own of holds.values()) for (const hold of own.values()) lines.push(JSON.stringify(hold))
  return `${lines.join('\n')}\n`
}

/** What the file says, or `undefined` when it is damaged: then it is not known what was blocked. */
export function readHolds(bytes: Buffer): Holds | undefined {
  const lines = bytes.toString('utf8').split('\n')
  if (lines.pop() !== '') return undefined
  const head = readLine(lines.shift() ?? '')
  if (!isObject(head) || head.version !== 1) return undefined
  const changes: HoldChange[] = []
  for (const line of lines) {
    const hold = readLine(line)
    if (!isHold(hold)) return undefined
    changes.push({ kind: 'hold', hold })
  }
  return changeHolds(NO_HOLDS, changes)
}

function readLine(line: string): JsonValue | undefined {
  const read = parseJson(Buffer.from(line, 'utf8'), { maxBytes: MAX_HOLDS_BYTES })
  return read.ok ? read.value : undefined
}

const TEXTS = ['server', 'name', 'rule', 'explain', 'hash', 'content', 'since'] as const

/** We wrote it: what is checked is that the file is whole and of this version, not that it is well meant. */
function isHold(value: unknown): value is Hold {
  if (typeof value !== 'object' || value === null) return false
  const hold = value as Readonly<Record<string, unknown>>
  return (
    TEXTS.every((member) => typeof hold[member] === 'string') &&
    ITEM_KINDS.some((kind) => kind === hold.kind) &&
    (hold.state === 'waiting' || hold.state === 'blocked') &&
    Array.isArray(hold.classes) &&
    Array.isArray(hold.findings)
  )
}
