/**
 * Writes down what was decided of a server's items: approvals, holds and definitions on disk, then what became of them in
 * the audit trail and the log.
 */
import {
  type ItemKind,
  itemDigest,
  itemKey,
  type MalformedItem,
  type PlacedItem,
  type SurfaceItem,
  type SurfaceMethod,
} from '@sallyport/controls/surface'
import { visible } from '@sallyport/controls/text'
import type { AuditTrail } from '../audit/entry.ts'
import { appendEvent } from '../audit/unrecorded.ts'
import { ConfigError } from '../config/fault.ts'
import type { Log } from '../log.ts'
import type { Hold } from './hold.ts'
import type { HoldChange } from './holdsFile.ts'
import { nameAlone, withoutIntegrity } from './integrity.ts'
import type { Judgement } from './judge.ts'
import { type LockChange, lockedServer } from './lock.ts'
import { PinsChanged, PinsUnavailable } from './pinFaults.ts'
import type { PinChange, PinStore } from './pinStore.ts'
import { overQuota } from './quota.ts'

export interface PinLedgerParts {
  readonly store: PinStore
  readonly audit: Pick<AuditTrail, 'append'>
  readonly log: Log
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Told of what is held back, in words without a name: others were shown it than those who hear this. */
  readonly found?: ((found: PinFinding) => void) | undefined
}

/** What is known of a server's surface now. */
export interface PinFinding {
  readonly server: string
  readonly rule: string
  readonly severity: 'low' | 'medium' | 'high'
  readonly explain: string
}

export interface Judged {
  readonly item: PlacedItem
  readonly judgement: Judgement
}

/** Names in one event. */
const MAX_NAMES = 20
const TAKEN_BACK =
  'accepted by rule before the servers it speaks of were known; kept from clients until a person decides: run "sallyport review"'
const HINTS_KEPT =
  'they claim more safety than was approved, or than a new name bears out: the stricter hints count, until somebody approves theirs'
const HINTS_IGNORED =
  'the lock has hints for them that claim more safety than they do themselves: those do not count; no gateway writes such hints'
const BYTES_KNOWN =
  'the bytes of its package were not known when its version was approved: from now on others of this version wait for a person'
const HELD = 'kept from clients until a person decides: run "sallyport review"'

export class PinLedger {
  readonly #parts: PinLedgerParts
  readonly #kept = new Map<string, Set<string>>()
  #committing = 0

  constructor(parts: PinLedgerParts) {
    this.#parts = parts
  }

  /** Is a change of the pins being made from here? */
  get isWriting(): boolean {
    return this.#committing > 0
  }

  /** What there is no room for, since this server took all that one may have. */
  overQuota(server: string, judged: readonly Judged[]): ReadonlySet<Judged> {
    const { store } = this.#parts
    const holds = store.holds.get(server) ?? new Map()
    const over = overQuota(judged, lockedServer(store.lock, server), holds, store.written)
    if (over.size === 0) return over
    const names = [...over].map(({ item }) => itemKey(item))
    const explain = `"${server}" has shown more names than are kept of one server: these are neither shown nor kept`
    this.#event('pins.over-quota', server, 'pins/quota', explain, listed(names))
    return over
  }

  /**
   * Writes down what was decided; resolves with `unwritten`, which the log and the audit trail explain, where the pins
   * cannot be written: then nothing that was accepted counts as approved.
   *
   * @param opened the kind whose first items these are, if none were seen before
   */
  async keep(server: string, opened: ItemKind, judged: readonly Judged[]): Promise<'written' | 'unwritten'> {
    const kept = await this.#keptOf(server)
    const lock: LockChange[] = []
    const holds: HoldChange[] = []
    const contents: SurfaceItem[] = []
    const events = {
      accepted: new Map<string, string[]>(),
      hints: [] as string[],
      bytes: [] as string[],
      held: new Map<string, string[]>(),
      released: [] as string[],
    }
    const keys = this.#parts.store.holds.get(server)
    const locked = lockedServer(this.#parts.store.lock, server)
    for (const { item, judgement } of judged) {
      const key = itemKey(item)
      const { index: _index, ...plain } = item
      // Also of what was approved elsewhere: a lock that came with a repository has digests alone.
      if (!kept.has(itemDigest(item))) contents.push(plain)
      if (judgement.kind === 'accepted') {
        const named = nameAlone(plain, key, judgement.version, locked, this.#parts.now())
        if (named !== undefined) {
          lock.push({ kind: 'approve', server, item: key, version: named.version })
          if (!kept.has(named.version.hash)) contents.push(named.item)
        }
        lock.push({ kind: 'approve', server, item: key, version: judgement.version })
        if (keys?.has(key)) holds.push({ kind: 'lift', server, key })
        if (named === undefined && withoutIntegrity(plain) !== undefined)
          events.bytes.push(judgement.version.version ?? key)
        else push(events.accepted, judgement.version.by, key)
        if (judgement.version.hints !== undefined) events.hints.push(key)
      } else if (judgement.kind === 'released') {
        holds.push({ kind: 'lift', server, key })
        events.released.push(key)
      } else if (judgement.kind === 'held' && judgement.fresh) {
        holds.push({ kind: 'hold', hold: judgement.hold, unlessApproved: true })
        push(events.held, judgement.hold.rule, key)
      }
    }
    if (!locked.opened.has(opened))
      lock.push({ kind: 'open', server, itemKind: opened, at: new Date(this.#parts.now()).toISOString() })
    if (lock.length + holds.length + contents.length === 0) return 'written'
    this.#committing++
    try {
      await this.#parts.store.commit({ lock, holds, contents: new Map([[server, contents]]) })
    } catch (error) {
      // A lock that somebody broke counts as one that cannot be written: what it said before stays in force.
      if (!(error instanceof PinsUnavailable || error instanceof ConfigError)) throw error
      this.#parts.log.error('pins.unwritten', { server, explain: error.message })
      this.#event('pins.unwritten', server, 'pins/unwritable', error.message, {})
      return 'unwritten'
    } finally {
      this.#committing--
      // What nothing refers to any more was dropped with it.
      this.#kept.delete(server)
    }
    for (const [by, names] of events.accepted)
      this.#event('pins.accepted', server, undefined, by, listed(names))
    if (events.bytes.length > 0)
      this.#event('pins.integrity-known', server, undefined, BYTES_KNOWN, listed(events.bytes))
    if (events.hints.length > 0)
      this.#event('pins.hints-kept', server, 'pins/hints', HINTS_KEPT, listed(events.hints))
    for (const [rule, names] of events.held) this.#event('pins.held', server, rule, HELD, listed(names))
    if (events.released.length > 0)
      this.#event(
        'pins.released',
        server,
        undefined,
        'the server shows again what was approved',
        listed(events.released),
      )
    return 'written'
  }

  /** Writes down that what a rule had accepted is held. Where a person decided meanwhile, that stands. */
  async takeBack(server: string, change: PinChange & { readonly found: readonly Hold[] }): Promise<void> {
    const { store } = this.#parts
    try {
      await store.commit(change)
    } catch (error) {
      if (error instanceof PinsChanged) return
      throw error
    }
    const names = change.found.map((hold) => itemKey(hold))
    this.#event('pins.held', server, 'pins/finding', TAKEN_BACK, listed(names))
  }

  /** Digests of the definitions that are kept of a server; read once. */
  async #keptOf(server: string): Promise<Set<string>> {
    const known = this.#kept.get(server)
    if (known !== undefined) return known
    const kept = new Set((await this.#parts.store.contents(server)).keys())
    this.#kept.set(server, kept)
    return kept
  }

  /** Records that the lock has hints for these items that would loosen them. */
  reportLooserHints(server: string, keys: readonly string[]): void {
    if (keys.length > 0) this.#event('pins.hints-ignored', server, 'pins/hints', HINTS_IGNORED, listed(keys))
  }

  /** Records that entries of an answer are no items. */
  reportMalformed(server: string, method: SurfaceMethod, malformed: readonly MalformedItem[]): void {
    const [first] = malformed
    if (first === undefined) return
    const more = malformed.length === 1 ? '' : ` And ${malformed.length - 1} more.`
    const explain = `${first.explain}${more}`
    this.#event('surface.malformed', server, 'surface/malformed', explain, {
      method,
      count: malformed.length,
    })
  }

  #event(
    event: string,
    server: string,
    rule: string | undefined,
    explain: string,
    details: Readonly<Record<string, string | number>>,
  ): void {
    const { audit, log } = this.#parts
    const level = NOTICES.has(event) ? 'info' : 'warn'
    log[level](event, { server, ...(rule === undefined ? {} : { rule }), explain, ...details })
    appendEvent(audit, log, {
      kind: 'event',
      event,
      server,
      explain,
      details,
      ...(rule === undefined ? {} : { rule }),
    })
    if (rule !== undefined) this.#found(event, server, rule, details.count)
  }

  #found(event: string, server: string, rule: string, count: string | number | undefined): void {
    const severity = event === 'pins.unwritten' ? 'high' : event === 'surface.malformed' ? 'low' : 'medium'
    const what = count === 1 ? 'an item' : `${count ?? 'some'} items`
    const explain = `${what} of "${server}": ${SAID[event] ?? HELD}`
    this.#parts.found?.({ server, rule, severity, explain })
  }
}

const SAID: Readonly<Record<string, string>> = {
  'pins.hints-ignored': 'the lock has hints for it that would loosen it; they do not count',
  'surface.malformed': 'left out, since they have no single reading',
  'pins.over-quota': 'left out, since it has shown more names than are kept of one server',
  'pins.unwritten':
    'kept from clients, since the pins cannot be written down; the log of the gateway says why',
}

/** What asks nothing of anybody. */
const NOTICES: ReadonlySet<string> = new Set([
  'pins.accepted',
  'pins.released',
  'pins.hints-kept',
  'pins.integrity-known',
])

function push(groups: Map<string, string[]>, group: string, key: string): void {
  const known = groups.get(group)
  if (known === undefined) groups.set(group, [key])
  else known.push(key)
}

/** Names come from a server, and there may be twenty thousand. */
function listed(keys: readonly string[]): { readonly count: number; readonly items: string } {
  const shown = keys.slice(0, MAX_NAMES).map((key) => visible(key.slice(0, 128)))
  return { count: keys.length, items: shown.join(' ') }
}
