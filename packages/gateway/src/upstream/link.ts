/**
 * One live connection to one server, whatever carries it: the gateway's own ids, answers matched to their calls,
 * progress and deadlines per call. It translates nothing and decides nothing about content.
 *
 * Nothing a server sends is trusted to belong where it says: an answer must carry the id of an open call (and on HTTP
 * come on that call's own stream), progress must carry the token of an open call and grow, and what fits nowhere is
 * dropped and reported (CVE-2026-25536: answers crossing between clients).
 */

import type { JsonBudget } from '@sallyport/controls/json'
import { isObject } from '@sallyport/controls/json'
import { HARD_CAP } from '../config/callDeadline.ts'
import { LiveMap } from '../liveMap.ts'
import { type Era, LATEST_MODERN, META } from '../protocol/era.ts'
import { ERROR } from '../protocol/errors.ts'
import { type Inbound, readInbound } from '../protocol/message.ts'
import { EarliestTimer } from './earliestTimer.ts'
import {
  type MessageContext,
  TransportError,
  type TransportEvents,
  type TransportFault,
  type UpstreamTransport,
} from './transport.ts'

export type CallFailure =
  | { readonly kind: 'transport'; readonly fault: TransportFault }
  /** `capped`: it showed signs of life, but took longer than a call may in all. */
  | { readonly kind: 'deadline'; readonly afterMs: number; readonly capped: boolean }
  | { readonly kind: 'malformed'; readonly rule: string; readonly explain: string }
  /** Nothing was sent: what was to be sent may not leave (`mayLeave`). */
  | { readonly kind: 'held'; readonly explain: string }

/** What a call gets back. After `answer` or `failed` nothing follows. */
export interface CallHooks {
  /** A notification that belongs to this call; a progress token in it is still ours. */
  notification(message: Inbound): void
  /** A request of a legacy server on this call's own stream. */
  request(message: Inbound): void
  answer(message: Inbound, status: number | undefined): void
  failed(failure: CallFailure): void
}

export interface Call {
  readonly method: string
  /** JSON text of `params`, given the upstream id (which is also the upstream progress token); `undefined` for none. */
  readonly params: (id: number) => string | undefined
  readonly headers?: Readonly<Record<string, string>>
  /** Without a sign of life for this long the call ends; progress extends it, up to the cap of the link. */
  readonly deadlineMs: number
  /** When the whole began of which this call is a later round: the cap counts from there. Monotonic, in milliseconds. */
  readonly beganAt?: number | undefined
  /** Who asked wants log messages: on a pipe, where none says to which call it belongs, they are his. */
  readonly logs?: boolean
  readonly hooks: CallHooks
}

/** What reaches the link and belongs to no call. */
export interface LinkEvents {
  notification(message: Inbound): void
  request(message: Inbound): void
  /** Something a server sent was not delivered; `rule` says why. */
  dropped(rule: string, explain: string): void
  noise(preview: string, bytes: number): void
  closed(fault: TransportFault): void
}

/** In place of an answer that may not leave. */
const HELD = `"error":{"code":${ERROR.refused},"message":"refused by policy"}`
/** Longer than the pause before a round that only wants to be asked again. */
const QUIET_MS = 500

interface Pending {
  readonly id: number
  readonly call: Call
  readonly startedAt: number
  readonly beganAt: number
  /** On the monotonic clock, in milliseconds. */
  expiresAt: number
  lastProgress: number
  isSentAgain: boolean
}

function requestText(id: number, call: Call): string {
  const params = call.params(id)
  return `{"jsonrpc":"2.0","id":${id},"method":${JSON.stringify(call.method)}${
    params === undefined ? '' : `,"params":${params}`
  }}`
}

/**
 * Did a server refuse our revision and offer it at once? Nothing was done then, and a request in a revision that both know is to
 * be sent again (2026-07-28, "Versioning"); ours has one.
 */
function isOfferedAgain({ kind, value }: Inbound): boolean {
  if (kind !== 'error' || !isObject(value.error)) return false
  const { code, data } = value.error
  if (code !== ERROR.unsupportedVersion || !isObject(data)) return false
  return Array.isArray(data.supported) && data.supported.includes(LATEST_MODERN)
}

export class Link {
  readonly era: Era
  readonly #transport: UpstreamTransport
  readonly #events: LinkEvents
  readonly #budget: Partial<JsonBudget>
  readonly #now: () => number
  readonly #redact: (text: string) => string
  readonly #shared: boolean
  readonly #mostMs: number | undefined
  readonly #mayLeave: (method: string, text: string) => boolean
  readonly #pending = new LiveMap<number, Pending>()
  readonly #deadlines: EarliestTimer
  #lastId = 0
  #waitingForClient = 0
  #closed: TransportFault | undefined
  #refusedAccess: TransportFault | undefined
  #quiet: (() => void) | undefined

  constructor(options: {
    readonly era: Era
    readonly open: (events: TransportEvents, openRequests: () => readonly number[]) => UpstreamTransport
    readonly events: LinkEvents
    readonly budget: Partial<JsonBudget>
    /** Monotonic clock, in milliseconds. */
    readonly now: () => number
    /** Takes the server's secrets out of its own words before anyone sees, logs or records them. */
    readonly redact: (text: string) => string
    /** Calls of several conversations are on it: what names no call is nobody's. */
    readonly shared?: boolean
    /** The most a call may take in all, whatever its deadline. Absent: `HARD_CAP` times that. */
    readonly mostMs?: number | undefined
    /**
     * Asked of every message just before it is sent, whoever made it and why: the last place where something can be kept
     * from a server. `method` is `''` for answers. Says no only after it has written down why.
     */
    readonly mayLeave?: (method: string, text: string) => boolean
  }) {
    this.#mayLeave = options.mayLeave ?? (() => true)
    this.#mostMs = options.mostMs
    this.#shared = options.shared === true
    this.era = options.era
    this.#events = options.events
    this.#budget = options.budget
    this.#now = options.now
    this.#redact = options.redact
    this.#deadlines = new EarliestTimer({ now: options.now, due: (now) => this.#expireUntil(now) })
    this.#transport = options.open(
      {
        message: (bytes, context) => this.#receive(bytes, context),
        failed: (id, fault) => {
          const shown = this.#clean(fault)
          if (fault.remedy !== undefined) this.#refusedAccess = shown
          this.#fail(id, { kind: 'transport', fault: shown })
        },
        noise: (preview, bytes) => this.#events.noise(this.#redact(preview), bytes),
        closed: (fault) => this.#ended(this.#clean(fault)),
      },
      () => [...this.#pending.keys()],
    )
  }

  /** Why it is over, or `undefined` while it lives. */
  get closed(): TransportFault | undefined {
    return this.#closed
  }

  /** The server refused a request for want of access that a person could give it. */
  get refusedAccess(): TransportFault | undefined {
    return this.#refusedAccess
  }

  /** What carries it. */
  get kind(): UpstreamTransport['kind'] {
    return this.#transport.kind
  }

  /** True while a call is open or a person is being asked; a subscription, which never ends by itself, does not count. */
  get busy(): boolean {
    return this.#isBusy
  }

  get openCalls(): number {
    return this.#pending.size
  }

  /** The most a call with this deadline may take in all. */
  capMs(deadlineMs: number): number {
    // What stays open (a subscription) has a deadline beyond any cap.
    return this.#mostMs === undefined || deadlineMs > this.#mostMs ? deadlineMs * HARD_CAP : this.#mostMs
  }

  /** Rejects with a `TransportError`. */
  async start(): Promise<void> {
    try {
      await this.#transport.start()
    } catch (error) {
      throw error instanceof TransportError ? new TransportError(this.#clean(error.fault)) : error
    }
  }

  /** Legacy: the handshake is done with this revision. */
  initialized(revision: string): void {
    this.#transport.initialized?.(revision)
  }

  /** Starts a call; its hooks are called later, never from within. Returns the upstream id. */
  call(call: Call): number {
    const id = ++this.#lastId
    if (this.#closed !== undefined) {
      const fault = this.#closed
      queueMicrotask(() => call.hooks.failed({ kind: 'transport', fault }))
      return id
    }
    const text = requestText(id, call)
    if (!this.#mayLeave(call.method, text)) {
      queueMicrotask(() => call.hooks.failed({ kind: 'held', explain: 'it may not leave' }))
      return id
    }
    const startedAt = this.#now()
    const beganAt = call.beganAt ?? startedAt
    const expiresAt = Math.min(beganAt + this.capMs(call.deadlineMs), startedAt + call.deadlineMs)
    const lastProgress = Number.NEGATIVE_INFINITY
    this.#wait({ id, call, startedAt, beganAt, expiresAt, lastProgress, isSentAgain: false }, text)
    return id
  }

  #wait(pending: Pending, text: string): void {
    const { id, call, expiresAt } = pending
    this.#pending.set(id, pending)
    this.#deadlines.include(expiresAt)
    this.#transport.send({
      kind: 'request',
      text,
      id,
      method: call.method,
      ...(call.headers === undefined ? {} : { headers: call.headers }),
    })
  }

  /** Abandons a call without telling its hooks: the one who called is gone, or has been answered. */
  cancel(id: number, reason: string): void {
    const pending = this.#take(id)
    if (pending === undefined) return
    this.#cancelUpstream(id, reason)
  }

  notify(method: string, params: string | undefined, headers?: Readonly<Record<string, string>>): void {
    const text = `{"jsonrpc":"2.0","method":${JSON.stringify(method)}${params === undefined ? '' : `,"params":${params}`}}`
    if (!this.#mayLeave(method, text)) return
    this.#transport.send({
      kind: 'notification',
      text,
      method,
      ...(headers === undefined ? {} : { headers }),
    })
  }

  /** Answers a request of a legacy server. `body` is the text from `"result":` or `"error":` on. */
  respond(id: string, body: string): void {
    const text = `{"jsonrpc":"2.0","id":${id},${body}}`
    // The server waits: it is told that there is no answer. Its id is its own.
    const kept = this.#mayLeave('', text) ? text : `{"jsonrpc":"2.0","id":${id},${HELD}}`
    this.#transport.send({ kind: 'response', text: kept })
  }

  /** While a person answers the server's question, deadlines of its calls wait (up to the hard cap). */
  waitForClient(): () => void {
    this.#waitingForClient++
    let done = false
    return () => {
      if (done) return
      done = true
      this.#waitingForClient--
      for (const pending of this.#pending.values()) this.#extend(pending)
      this.#watchQuiet()
    }
  }

  /**
   * Calls back, once, when no call is open and no person is being asked, and that for a moment: a call may go on with
   * another round. A subscription, which never ends by itself, does not count.
   */
  whenQuiet(quiet: () => void): void {
    this.#quiet = quiet
    this.#watchQuiet()
  }

  async close(): Promise<void> {
    await this.#transport.close()
  }

  #watchQuiet(): void {
    if (this.#quiet === undefined || this.#isBusy) return
    setTimeout(() => {
      const quiet = this.#quiet
      if (quiet === undefined || this.#isBusy) return
      this.#quiet = undefined
      quiet()
    }, QUIET_MS).unref()
  }

  get #isBusy(): boolean {
    if (this.#waitingForClient > 0) return true
    for (const { call } of this.#pending.values()) if (call.method !== 'subscriptions/listen') return true
    return false
  }

  #receive(bytes: Buffer, context: MessageContext): void {
    const read = readInbound(bytes, this.#budget)
    if (!read.ok) {
      const pending = this.#brokenCall(read.id, context, bytes)
      const explain = this.#redact(read.explain)
      this.#events.dropped(read.rule, `a message of the server was refused: ${explain}`)
      pending?.call.hooks.failed({ kind: 'malformed', rule: read.rule, explain })
      return
    }
    const message = read.message
    if (message.kind === 'result' || message.kind === 'error') return this.#answer(message, context)
    const related = this.#relatedCall(message, context)
    if (message.kind === 'request') {
      if (this.era === 'modern') {
        return this.#events.dropped('relay/server-request', 'a modern server may not send requests')
      }
      return related === undefined ? this.#events.request(message) : related.call.hooks.request(message)
    }
    if (message.method === 'notifications/progress') return this.#progress(message)
    if (related === undefined) return this.#events.notification(message)
    related.call.hooks.notification(message)
  }

  /** The call that a message nobody can read answers: by its stream, by its id, or because there is but one. */
  #brokenCall(id: string | null, context: MessageContext, bytes: Buffer): Pending | undefined {
    const own = context.relatedTo ?? (id === null ? undefined : ownId(id))
    if (own !== undefined) return this.#take(own)
    const [only, ...more] = this.#pending.keys()
    // A debugging line that happens to have braces ends nothing.
    const answers = bytes.includes('"jsonrpc"') && !bytes.includes('"method"')
    return answers && only !== undefined && more.length === 0 ? this.#take(only) : undefined
  }

  /** The call a message belongs to: by its stream, else by what it says, else (a log on a pipe) the latest that asked for logs. */
  #relatedCall(message: Inbound, context: MessageContext): Pending | undefined {
    if (context.relatedTo !== undefined) return this.#pending.get(context.relatedTo)
    if (this.era === 'legacy') return undefined
    const meta = message.params._meta
    const subscription = isObject(meta) ? meta[META.subscriptionId] : undefined
    if (subscription !== undefined) {
      const named = typeof subscription === 'number' ? this.#pending.get(subscription) : undefined
      return named?.call.method === 'subscriptions/listen' ? named : undefined
    }
    if (message.method !== 'notifications/message' || this.#shared) return undefined
    let latest: Pending | undefined
    for (const pending of this.#pending.values()) {
      if (pending.call.method === 'subscriptions/listen') continue
      // The gateway's own look at a list, which wants none, may come between.
      if (pending.call.logs === true || latest?.call.logs !== true) latest = pending
    }
    return latest
  }

  #answer(message: Inbound, context: MessageContext): void {
    // An error without an id can only be told apart by the stream it came on.
    const id = message.id === undefined ? context.relatedTo : ownId(message.id)
    const fits = id !== undefined && (context.relatedTo === undefined || context.relatedTo === id)
    const pending = fits ? this.#take(id) : undefined
    if (pending === undefined) {
      this.#events.dropped(
        'relay/unknown-answer',
        'an answer came for no open call (late, twice, or not ours)',
      )
      return
    }
    if (this.era === 'modern' && !pending.isSentAgain && isOfferedAgain(message)) {
      pending.isSentAgain = true
      this.#wait(pending, requestText(pending.id, pending.call))
      return
    }
    pending.call.hooks.answer(message, context.status)
  }

  #progress(message: Inbound): void {
    const { progressToken: token, progress } = message.params
    const pending = typeof token === 'number' ? this.#pending.get(token) : undefined
    if (pending === undefined) {
      return this.#events.dropped('relay/unknown-progress', 'progress came for no open call')
    }
    if (typeof progress !== 'number' || progress <= pending.lastProgress) {
      return this.#events.dropped('relay/progress-order', 'progress did not grow')
    }
    pending.lastProgress = progress
    this.#extend(pending)
    pending.call.hooks.notification(message)
  }

  #extend(pending: Pending): void {
    const { beganAt, call } = pending
    pending.expiresAt = Math.min(beganAt + this.capMs(call.deadlineMs), this.#now() + call.deadlineMs)
    this.#deadlines.include(pending.expiresAt)
  }

  /** Ends what is due; returns when the next call is, `Infinity` when there is none. */
  #expireUntil(now: number): number {
    let next = Number.POSITIVE_INFINITY
    for (const pending of this.#pending.values()) {
      if (pending.expiresAt <= now) this.#expire(pending, now)
      // Still there when it was extended instead.
      if (pending.expiresAt > now) next = Math.min(next, pending.expiresAt)
    }
    return next
  }

  #expire(pending: Pending, now: number): void {
    const { id } = pending
    const { deadlineMs } = pending.call
    const age = now - pending.beganAt
    const capped = age >= this.capMs(deadlineMs)
    if (this.#waitingForClient > 0 && !capped) return this.#extend(pending)
    this.#take(id)
    this.#cancelUpstream(id, 'deadline exceeded')
    pending.call.hooks.failed({ kind: 'deadline', afterMs: Math.round(age), capped })
  }

  #cancelUpstream(id: number, reason: string): void {
    // Closing the stream is cancellation on modern HTTP; elsewhere the server has to be told.
    if (this.era === 'legacy' || this.kind === 'stdio') {
      const method = 'notifications/cancelled'
      const params = JSON.stringify({ requestId: id, reason })
      // A reason that may not leave must not keep the call running.
      this.notify(method, this.#mayLeave(method, params) ? params : JSON.stringify({ requestId: id }))
    }
    this.#transport.cancel(id)
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.take(id)
    if (pending === undefined) return undefined
    this.#watchQuiet()
    return pending
  }

  #clean(fault: TransportFault): TransportFault {
    return { ...fault, explain: this.#redact(fault.explain) }
  }

  #fail(id: number, failure: CallFailure): void {
    this.#take(id)?.call.hooks.failed(failure)
  }

  #ended(fault: TransportFault): void {
    if (this.#closed !== undefined) return
    this.#closed = fault
    this.#deadlines.stop()
    for (const id of [...this.#pending.keys()]) this.#fail(id, { kind: 'transport', fault })
    this.#events.closed(fault)
  }
}

/** Our ids are whole numbers from 1 on; `"1"` is not ours. */
function ownId(text: string): number | undefined {
  return /^[1-9]\d{0,15}$/.test(text) ? Number(text) : undefined
}
