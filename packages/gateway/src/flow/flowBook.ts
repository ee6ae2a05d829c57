/**
 * What every conversation has seen, in bounded memory. Labels are kept on the disk too, a moment later, so that a gateway
 * that was killed goes on with them; what was seen itself is never written.
 *
 * A conversation is the narrowest scope that is known: the process of the host where a pipe tells it (a host that starts its
 * relay anew goes on), else the connection or session, else the principal. Two principals never share one (invariant 2).
 */
import { hash, randomInt } from 'node:crypto'
import { FlowMemory, type FlowSnapshot, type FlowSource } from '@sallyport/controls/flow'
import { isObject, type JsonValue } from '@sallyport/controls/json'
import type { ConsentStore } from '../approvals/consentStore.ts'
import { LiveMap } from '../liveMap.ts'
import type { Log } from '../log.ts'
import type { Exchange } from '../pipeline/exchange.ts'

export interface FlowBookParts {
  readonly store: ConsentStore
  readonly log: Log
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Several processes serve the same conversations: each has to know at once what the others saw. */
  readonly shared: boolean
}

interface Entry {
  readonly key: string
  readonly memory: FlowMemory
  /** The labels that are on the disk. */
  kept: unknown
  usedAt: number
  /** When its labels were written last. */
  keptAt: number
  /** The store's version when its labels were looked up last. */
  known: number | undefined
}

/** Conversations in memory at a time; one that was not used for longest makes room, and comes back with its labels. */
const MAX_CONVERSATIONS = 256
const IDLE_MS = 60 * 60_000
const KEEP_AFTER_MS = 250
/** What could not be written is tried again. */
const AGAIN_MS = 5_000
/** What is in use is written down again this often. */
const TOUCH_MS = 60 * 60_000
/** A host that was silent for longer begins another conversation. */
const MAX_PAUSE_MS = 12 * 60 * 60_000
const ANYTHING = {
  server: '(not known)',
  name: '(not known)',
  kind: 'tool',
  untrusted: true,
  private: true,
} as const
/** What waits to be indexed is indexed behind the calls, once there is as much as this. */
export const MUCH_BYTES = 65_536

export class FlowBook {
  readonly #parts: FlowBookParts
  readonly #entries = new LiveMap<string, Entry>()
  readonly #toKeep = new Set<Entry>()
  #timer: NodeJS.Timeout | undefined
  #working = false

  constructor(parts: FlowBookParts) {
    this.#parts = parts
  }

  /** Conversations in memory. */
  get size(): number {
    return this.#entries.size
  }

  /** The memory of the conversation of an exchange, with what is known of it from elsewhere: what is decided on. */
  of(exchange: Pick<Exchange, 'principal' | 'conversation' | 'host'>): FlowMemory {
    const entry = this.#entry(exchange)
    if (this.#parts.shared) this.#look(entry)
    return entry.memory
  }

  /** What its model wrote, of every call: nothing is looked up for it. */
  noteOwn(exchange: Pick<Exchange, 'principal' | 'conversation' | 'host'>, args: JsonValue): void {
    this.#entry(exchange).memory.noteOwn(args)
  }

  /** Something without a label was shown to the conversation: what a stranger says of it later is nobody's secret or word. */
  noteTrusted(exchange: Exchange, body: JsonValue): void {
    this.#entry(exchange).memory.noteTrusted(body)
  }

  /** Something with a label was shown to the conversation. */
  note(exchange: Exchange, source: FlowSource, body: JsonValue): void {
    const entry = this.#entry(exchange)
    const { memory } = entry
    memory.note(source, body)
    if (memory.labels() !== entry.kept) this.#keepSoon(entry)
    if (memory.pendingBytes > MUCH_BYTES) this.#workBehind(memory)
  }

  /** Forgets who was not heard of for long; their labels stay on the disk for a while. */
  sweep(): void {
    const before = this.#parts.now() - IDLE_MS
    for (const [key, entry] of this.#entries)
      if (entry.usedAt < before && !this.#toKeep.has(entry)) this.#drop(key, entry)
  }

  /** Writes down what is not yet. */
  close(): void {
    clearTimeout(this.#timer)
    this.#keepAll()
  }

  #entry({ principal, conversation, host }: Pick<Exchange, 'principal' | 'conversation' | 'host'>): Entry {
    const scope = host === undefined ? (conversation ?? '') : `host ${host}`
    const key = `${principal} ${scope}`
    const found = this.#entries.get(key)
    if (found !== undefined) {
      found.usedAt = this.#parts.now()
      // What is used goes on: its labels must not look older than they are.
      if (found.kept !== undefined && found.usedAt - found.keptAt > TOUCH_MS) this.#keepSoon(found)
      return found
    }
    if (this.#entries.size >= MAX_CONVERSATIONS) this.#dropOldest()
    const entry: Entry = {
      key: hash('sha256', key, 'hex'),
      // Nobody outside may know the seed: texts could be made that crowd others out.
      memory: new FlowMemory({ seed: randomInt(2 ** 31) }),
      kept: undefined,
      usedAt: this.#parts.now(),
      keptAt: this.#parts.now(),
      known: undefined,
    }
    this.#entries.set(key, entry)
    // A session of a stranger's process has no earlier life; one of this host, user or gateway may have.
    this.#look(entry)
    return entry
  }

  /** Takes over what another process, or an earlier life, saw in the conversation. */
  #look(entry: Entry): void {
    const snapshot = this.#kept(entry)
    if (snapshot === undefined) return
    const known = new Set(entry.memory.snapshot().sources.map(nameOf))
    const news = snapshot.sources.filter((source) => !known.has(nameOf(source)))
    if (news.length > 0) entry.memory.restore({ sources: news })
    entry.kept = entry.memory.labels()
  }

  /** What the disk says. What cannot be read could be anything: then the conversation may have seen everything. */
  #kept(entry: Entry): FlowSnapshot | undefined {
    const { store, now, log } = this.#parts
    try {
      if (!store.exists) return undefined
      const version = store.version()
      if (entry.known === version) return undefined
      entry.known = version
      const text = store.labels(entry.key, now() - MAX_PAUSE_MS)
      if (text === undefined) return undefined
      const snapshot: unknown = JSON.parse(text)
      if (!isSnapshot(snapshot)) throw new TypeError('what was kept of a conversation is not what we write')
      return snapshot
    } catch (error) {
      log.error('flow.not-read', { explain: String(error) })
      return { sources: [{ ...ANYTHING, at: now() }] }
    }
  }

  #keepSoon(entry: Entry): void {
    entry.kept = entry.memory.labels()
    this.#toKeep.add(entry)
    if (this.#parts.shared) return this.#keepAll()
    this.#timer ??= setTimeout(() => this.#keepAll(), KEEP_AFTER_MS).unref()
  }

  #keepAll(): void {
    this.#timer = undefined
    const { store, now, log } = this.#parts
    for (const entry of this.#toKeep) {
      try {
        store.keepLabels(entry.key, JSON.stringify(entry.memory.snapshot()), now())
        entry.keptAt = now()
        this.#toKeep.delete(entry)
      } catch (error) {
        // In memory they hold all the same, and it is tried again; only a gateway that is killed would forget them.
        log.error('flow.not-kept', { explain: String(error) })
        this.#timer ??= setTimeout(() => this.#keepAll(), AGAIN_MS).unref()
        return
      }
    }
  }

  #workBehind(memory: FlowMemory): void {
    if (this.#working) return
    this.#working = true
    setImmediate(() => {
      this.#working = false
      if (memory.work()) this.#workBehind(memory)
    })
  }

  #dropOldest(): void {
    if (this.#toKeep.size > 0) this.#keepAll()
    let oldest: [string, Entry] | undefined
    for (const one of this.#entries) {
      // What could not be written down yet is known nowhere else.
      if (this.#toKeep.has(one[1]) && this.#entries.size < 2 * MAX_CONVERSATIONS) continue
      if (oldest === undefined || one[1].usedAt < oldest[1].usedAt) oldest = one
    }
    if (oldest !== undefined) this.#drop(...oldest)
  }

  #drop(key: string, entry: Entry): void {
    if (this.#toKeep.has(entry)) this.#keepAll()
    this.#toKeep.delete(entry)
    this.#entries.delete(key)
  }
}

function nameOf({ kind, server, name, untrusted, private: isPrivate }: FlowSource): string {
  return JSON.stringify([kind, server, name, untrusted, isPrivate])
}

function isSnapshot(value: unknown): value is FlowSnapshot {
  if (!isObject(value as JsonValue)) return false
  const { sources } = value as { readonly sources?: unknown }
  return (
    Array.isArray(sources) &&
    sources.every(
      (one) =>
        typeof one === 'object' &&
        one !== null &&
        typeof one.server === 'string' &&
        typeof one.name === 'string' &&
        typeof one.kind === 'string' &&
        typeof one.untrusted === 'boolean' &&
        typeof one.private === 'boolean',
    )
  )
}
