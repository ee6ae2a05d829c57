/**
 * The way of one call (DESIGN 4): controls, dispatch under a deadline, controls again, the record, then the answer.
 *
 * The same for every era and transport; a cell says where the call goes and what has to be renamed on the way.
 */
import { hash } from 'node:crypto'
import { type JsonObject, type JsonValue, spliceMember, writeJson } from '@sallyport/controls/json'
import type { AuditTrail } from '../../audit/entry.ts'
import { logUnrecorded } from '../../audit/unrecorded.ts'
import { callDeadline } from '../../config/callDeadline.ts'
import type { Config } from '../../config/config.ts'
import type { Scopes } from '../../identity/scopes.ts'
import type { Log } from '../../log.ts'
import type { ConsentGate, WaysToAsk } from '../../pipeline/consent.ts'
import type { RequestControl, ResponseControl } from '../../pipeline/control.ts'
import type { PinGate } from '../../pipeline/controls/pins.ts'
import { TOOL_CALL } from '../../pipeline/counted.ts'
import type { Ending, Exchange } from '../../pipeline/exchange.ts'
import type { Flights } from '../../pipeline/flights.ts'
import { refusalAnswer } from '../../pipeline/refusal.ts'
import { decideRequest, decideResponse } from '../../pipeline/run.ts'
import { ANSWERED, type CallEnd, LEFT, type Passage, type ServerGate } from '../../pipeline/serverGate.ts'
import type { Subscriptions } from '../../pipeline/subscriptions.ts'
import {
  type Ask,
  asRefusal,
  type Refusal,
  type ResponseDecision,
  type Verdict,
} from '../../pipeline/verdict.ts'
import type { CallFailure, Link } from '../../upstream/link.ts'
import { TransportError } from '../../upstream/transport.ts'
import { errorBytes, modernStatus } from '../errors.ts'
import type { LogLevelName } from '../logLevels.ts'
import type { Inbound } from '../message.ts'
import { CallConsent, together } from './callConsent.ts'
import { endOf, failureRefusal, HTTP_FAILED, UNDONE, unavailableRefusal } from './failures.ts'
import type { FindingLog, Told } from './findingLog.ts'
import type { FindingNews } from './findingNews.ts'
import { exactBytes, notificationBytes } from './messageBytes.ts'
import { AUDIT_DOWN, type RequestSide, recordEvent, recordExchange } from './records.ts'
import { unlessComplete } from './resultKind.ts'
import { signInErrorData, signInResult, URL_ELICITATION_REQUIRED } from './signInState.ts'

/** What every cell works with. `controls` and `config` change on reload; a call keeps those it began with. */
export interface Relay {
  readonly config: Config
  readonly controls: {
    readonly request: readonly RequestControl[]
    /** Asked of a call that waited until its server stood ready: it may have shown something else since. */
    readonly dispatch: readonly RequestControl[]
    /** Asked of every other call just before it is sent. */
    readonly last: readonly RequestControl[]
    readonly response: readonly ResponseControl[]
    /** What a client answers to a question of a server passes these: `params` of the exchange is the answer. */
    readonly answer: readonly RequestControl[]
  }
  readonly audit: AuditTrail
  readonly log: Log
  /** Monotonic clock, in milliseconds. */
  readonly now: () => number
  /** Seals task ids (`protocol/taskIds.ts`). */
  readonly taskKey: Buffer
  readonly flights: Flights
  /** Which resources conversations are subscribed to. */
  readonly held: Subscriptions
  /** Places at servers, and which of them are not called for a while. */
  readonly gate: ServerGate
  /** Tells clients what was found in their calls, when they asked for it. */
  readonly findingLog: FindingLog
  /** The same for what belongs to no call of theirs. */
  readonly news: FindingNews
  /** What is held back of servers, and what is approved. */
  readonly pins: PinGate
  /** What a person allowed, and how one is asked. */
  readonly consent: ConsentGate
  /** Scopes of callers, where some of them limit what there is for its holder (`inSight.ts`). */
  readonly scopes?: Scopes | undefined
  /** Milliseconds since the epoch. */
  readonly wallClock: () => number
}

export interface CallTarget {
  /** The connection to the server; started if it has to be. */
  readonly link: () => Link | Promise<Link>
  /** JSON text of `params` for this upstream id; `undefined` for none. */
  readonly params: (id: number) => string | undefined
  /** Exact text of the arguments as they are sent, for the record. */
  readonly argumentsText?: string | undefined
  /** What `argumentsText` says. */
  readonly argumentsValue?: JsonValue | undefined
  readonly headers?: Readonly<Record<string, string>>
  readonly deadlineMs: number
  /**
   * The result as this client must see it; `undefined` when it goes on unchanged. `said`: what the server said, with what
   * a control left out of `result`: to be remembered, never to be shown.
   */
  readonly rewriteResult?: (result: JsonObject, said: JsonObject) => JsonObject | undefined
  /** The error as this client must see it; `undefined` when it goes on unchanged. */
  readonly rewriteError?: (error: JsonObject) => JsonObject | undefined
  /**
   * A result that is not the end: the params of the next round, or why there is none. `undefined`: it is the end.
   * (`input_required` of a modern server, answered by a legacy client.)
   */
  readonly nextRound?: (
    result: JsonObject,
  ) => Promise<((id: number) => string | undefined) | Refusal> | undefined
  /** The params of a notification as this client must see them; `undefined` unchanged, `null` not for this client. */
  readonly rewriteNotification?: (method: string, params: JsonObject) => JsonObject | undefined | null
  /** The gateway reads the result itself: one of a kind that it does not know is no result. */
  readonly readsResult?: boolean
  /** A request of a legacy server on this call's stream. */
  readonly serverRequest?: (message: Inbound, link: Link) => void
}

export interface CallOutput {
  notify(bytes: Buffer): void
  answer(bytes: Buffer, status: number): void
  /** The same for one that comes in pieces, so that nobody has to join a large one. */
  answerParts?: ((parts: readonly Buffer[], status: number) => void) | undefined
  /** The least level of log messages that its client asked for; absent: none. */
  readonly logLevel?: (() => LogLevelName | undefined) | undefined
  /**
   * Tells what was found where that is not said with the answer: of what the gateway asks on its own account, and of a
   * stream that stays open, which is told as it goes.
   */
  tell?(exchange: Exchange, refusal: Told | undefined): void
  /** Writes the record of how the call ended, where it is not simply that of the exchange it began with. */
  record?(ending: Ending, sent: RequestSide): Promise<void>
  /** The call is over without an answer: the client cancelled it. */
  cancelled?(): void
  /** The answer that follows is this refusal. */
  ended?(refusal: Refusal): void
  /** How this client opens an address for its person: called again, or told by an error; absent: it cannot. */
  opensUrls?(): 'again' | 'error' | undefined
  /** How this client can be asked about its call; absent: it cannot. */
  ask?(): Omit<WaysToAsk, 'signal'>
}

export interface RelayedCall {
  /** The client cancelled or is gone. Nothing reaches `CallOutput` afterwards but `cancelled`. */
  cancel(reason: string): void
}

/** A call that the gateway itself may end. */
export interface EndableCall extends RelayedCall {
  /** It is cancelled at its server and answered with this refusal, unless it was answered before. */
  giveUp(refusal: Refusal): void
}

/** A call whose client is answered before it is over, and comes back for the rest. */
export interface OpenCall extends EndableCall {
  /** What a record says of how it was sent, so far. */
  sent(): RequestSide
}

/** Runs one exchange from its first control to its answer. Never throws; every way it can end is recorded once. */
export function relayCall(
  relay: Relay,
  exchange: Exchange,
  target: CallTarget,
  output: CallOutput,
): OpenCall {
  const call = new RunningCall(relay, exchange, target, output)
  call.start()
  return call
}

/** A server may ask for input this many times within one call. */
const MAX_ROUNDS = 16

class RunningCall implements OpenCall {
  readonly #relay: Relay
  readonly #exchange: Exchange
  readonly #target: CallTarget
  readonly #output: CallOutput
  #controls: Relay['controls']
  readonly #id: string
  #link: Link | undefined
  #upstreamId = 0
  #params: CallTarget['params']
  #rounds = 0
  #dispatchedAt = 0
  /** When its first round was sent. */
  #beganAt = 0
  #passage: Passage | undefined
  /** What the call says of its server so far. */
  #said: CallEnd = LEFT
  #over = false
  /** Rules by which notifications of this call were withheld. */
  readonly #withheld = new Set<string>()
  /** So many of its findings were told. */
  #toldFindings = 0
  /** Set while a control looks at an earlier message, so that order is kept. */
  #tail: Promise<void> | undefined
  /** What was asked before a server was looked for. */
  #asks: readonly Ask[] = NO_ASKS
  #consent: CallConsent | undefined
  /** The connection that the call was looked at for. */
  #sendable: Link | undefined

  constructor(relay: Relay, exchange: Exchange, target: CallTarget, output: CallOutput) {
    this.#relay = relay
    this.#exchange = exchange
    this.#target = target
    this.#params = target.params
    this.#output = output
    this.#controls = relay.controls
    this.#id = exchange.requestId ?? 'null'
  }

  start(): void {
    const verdict = decideRequest(this.#controls.request, this.#exchange, this.#controlFailed)
    if (verdict instanceof Promise) verdict.then((settled) => this.#admitted(settled, true))
    else this.#admitted(verdict, false)
  }

  cancel(reason: string): void {
    if (this.#over) return
    this.#finish()
    this.#link?.cancel(this.#upstreamId, reason)
    this.#record({ outcome: 'cancelled', explain: reason }).then(
      () => this.#output.cancelled?.(),
      () => this.#output.cancelled?.(),
    )
  }

  giveUp(refusal: Refusal): void {
    if (this.#over) return
    const waiting = this.#consent?.waiting
    if (waiting !== undefined) return this.#refuse(waiting)
    this.#link?.cancel(this.#upstreamId, refusal.explain)
    this.#end(refusal, 'deadline')
  }

  /** `waited`: something may have changed since the controls began. */
  #admitted(verdict: Verdict, waited: boolean): void {
    if (this.#over) return
    if (verdict.kind === 'ask') this.#asks = verdict.asks
    else {
      const refusal = asRefusal(verdict)
      if (refusal !== undefined) return this.#refuse(refusal)
    }
    if (!this.#relay.audit.healthy) return this.#refuse(AUDIT_DOWN)
    const passage = this.#relay.gate.enter(this.#exchange)
    if (passage !== undefined && 'rule' in passage) return this.#refuse(passage)
    this.#passage = passage
    this.#connect(waited)
  }

  /** `waited`: something may have changed since the controls looked at the call. */
  #connect(waited: boolean): void {
    let link: Link | Promise<Link>
    try {
      link = this.#target.link()
    } catch (error) {
      return this.#unavailable(error)
    }
    if (link instanceof Promise) {
      link.then(
        (ready) => this.#ready(ready, this.#controls.dispatch),
        (error: unknown) => this.#unavailable(error),
      )
    } else this.#ready(link, waited ? this.#controls.dispatch : this.#controls.last)
  }

  /** The server stands ready. Where it was waited for, what it is may be known better by now. */
  #ready(link: Link, controls: readonly RequestControl[]): void {
    if (this.#over) return
    if (controls.length === 0 && this.#asks.length === 0) return this.#dispatch(link)
    const verdict = decideRequest(controls, this.#exchange, this.#controlFailed)
    const settled = (last: Verdict) => {
      if (this.#over) return
      if (last.kind === 'pass' && this.#asks.length === 0) return this.#dispatch(link)
      const refusal = last.kind === 'ask' ? undefined : asRefusal(last)
      if (refusal !== undefined) return this.#refuse(refusal)
      this.#needConsent(link, last.kind === 'ask' ? together(this.#asks, last.asks) : this.#asks)
    }
    if (verdict instanceof Promise) verdict.then(settled)
    else settled(verdict)
  }

  /** What a person has to agree to; made when it is first needed. */
  #needConsent(link: Link, asks: readonly Ask[]): void {
    this.#sendable = link
    this.#consent ??= new CallConsent(this.#relay, this.#exchange, {
      granted: () => this.#dispatch(this.#sendable ?? link),
      refused: (refusal) => this.#refuse(refusal),
      lookAgain: () => {
        // What holds now counts, not what held when the call came: a person takes minutes.
        this.#controls = this.#relay.controls
        this.#connect(true)
      },
      interrupted: (result, explain) => this.#interrupt(result, explain),
      ways: () => this.#output.ask?.() ?? {},
      failed: (error) => this.#controlFailed('approvals', error),
    })
    this.#consent.need(asks)
  }

  /** Its client has to call again. */
  #interrupt(result: JsonObject, explain: string): void {
    if (this.#over) return
    const bytes = Buffer.from(`{"jsonrpc":"2.0","id":${this.#id},"result":${writeJson(result)}}`, 'utf8')
    this.#send({ outcome: 'refused', rule: 'approvals/asked', explain }, [bytes], 200)
  }

  #dispatch(link: Link): void {
    if (this.#over) return
    this.#link = link
    const now = this.#relay.now()
    if (this.#dispatchedAt === 0) this.#beganAt = now
    this.#dispatchedAt = now
    const target = this.#target
    const { headers } = target
    this.#upstreamId = link.call({
      method: this.#exchange.method,
      params: this.#params,
      ...(headers === undefined ? {} : { headers }),
      deadlineMs: target.deadlineMs,
      beganAt: this.#beganAt,
      logs: this.#output.logLevel?.() !== undefined,
      hooks: {
        notification: (message) => this.#inOrder(message, (shown) => this.#notified(shown)),
        request: (message) => target.serverRequest?.(message, link),
        answer: (message, status) => {
          this.#said = status !== undefined && status >= 500 ? HTTP_FAILED : ANSWERED
          this.#inOrder(message, (shown) => this.#answered(shown, message, status))
        },
        failed: (failure) => this.#failed(failure),
      },
    })
  }

  /** Inspects a message of the server, then goes on; messages of one call are never reordered. */
  #inOrder(message: Inbound, pass: (shown: Inbound) => void): void {
    if (this.#over) return
    const isAnswer = message.kind !== 'notification'
    const look = (): void | Promise<void> => {
      if (this.#over) return
      const verdict = decideResponse(this.#controls.response, this.#exchange, message, this.#controlFailed)
      if (verdict instanceof Promise)
        return verdict.then((settled) => this.#inspected(settled, message, isAnswer, pass))
      this.#inspected(verdict, message, isAnswer, pass)
    }
    if (this.#tail !== undefined) {
      this.#tail = this.#tail.then(look)
      return
    }
    const looked = look()
    if (looked instanceof Promise) {
      const tail = looked.then(() => {
        if (this.#tail === tail) this.#tail = undefined
      })
      this.#tail = tail
    }
  }

  #inspected(
    verdict: ResponseDecision,
    message: Inbound,
    isAnswer: boolean,
    pass: (shown: Inbound) => void,
  ): void {
    if (this.#over) return
    if (verdict.kind === 'pass' || verdict.kind === 'rewrite') {
      if (!isAnswer && this.#output.tell !== undefined) this.#tellFindings(undefined)
      return pass(verdict.kind === 'pass' ? message : verdict.message)
    }
    const refusal: Refusal =
      verdict.kind === 'refuse'
        ? verdict
        : { kind: 'refuse', rule: verdict.rule, explain: 'the answer may not be shown as it is' }
    if (isAnswer) return this.#end(refusal, 'withheld')
    // Once a call and rule: a server could else fill the audit trail with what nobody gets to see.
    if (this.#withheld.has(refusal.rule)) return
    this.#withheld.add(refusal.rule)
    recordEvent(this.#relay, this.#exchange, 'notification.withheld', refusal.rule, refusal.explain)
    this.#tellFindings(refusal)
  }

  #notified(message: Inbound): void {
    const rewritten = this.#target.rewriteNotification?.(message.method, message.params)
    if (rewritten === null) return
    this.#output.notify(
      rewritten === undefined ? exactBytes(message) : notificationBytes(message.method, rewritten),
    )
  }

  /** `said`: the message before controls left something out of it. */
  #answered(message: Inbound, said: Inbound, status: number | undefined): void {
    const member = message.kind === 'result' ? 'result' : 'error'
    const body = message.value[member] as JsonObject
    const next = member === 'result' ? this.#target.nextRound?.(body) : undefined
    const unknown =
      member === 'result' && next === undefined
        ? this.#unknownKind(said.value.result as JsonObject)
        : undefined
    if (unknown !== undefined) return this.#end(unknown, 'withheld')
    // Within a call that was allowed: the retry with this state is part of it.
    if (body.resultType === 'input_required' && typeof body.requestState === 'string') {
      const kept = this.#consent?.goesOn(body.requestState)
      if (kept instanceof Promise) {
        // What comes of the next round is looked at only once it may begin.
        next?.catch(() => undefined)
        kept.then((isKept) => {
          if (isKept && !this.#over) this.#passOn(message, said, status, next)
        })
        return
      }
      if (kept === false) return
    }
    this.#passOn(message, said, status, next)
  }

  /**
   * Why nobody here can read what a modern server said; a modern client knows itself what it declared. Of an answer to a list a
   * control may have left out the very mark that says so.
   */
  #unknownKind(result: JsonObject): Refusal | undefined {
    if (this.#link?.era !== 'modern') return undefined
    const { readsResult = false } = this.#target
    return readsResult || this.#exchange.era === 'legacy' ? unlessComplete(this.#exchange, result) : undefined
  }

  #passOn(
    message: Inbound,
    said: Inbound,
    status: number | undefined,
    next: ReturnType<NonNullable<CallTarget['nextRound']>>,
  ): void {
    const member = message.kind === 'result' ? 'result' : 'error'
    const body = message.value[member] as JsonObject
    if (next !== undefined) return this.#goOn(next)
    const rewritten =
      member === 'result'
        ? this.#target.rewriteResult?.(body, said.value.result as JsonObject)
        : this.#target.rewriteError?.(body)
    const raw =
      rewritten === undefined && message.canonical
        ? spliceMember(message.bytes, message.value, member)
        : undefined
    const payload = raw ?? Buffer.from(writeJson(rewritten ?? body), 'utf8')
    const head = Buffer.from(`{"jsonrpc":"2.0","id":${this.#id},"${member}":`, 'utf8')
    const ending: Ending = {
      outcome: member === 'error' ? 'rpc-error' : body.isError === true ? 'tool-error' : 'ok',
      resultDigest: hash('sha256', payload, 'hex'),
      resultBytes: payload.length,
      errorCode: typeof body.code === 'number' && member === 'error' ? body.code : undefined,
    }
    // A server on a pipe gives no status: the error code stands for one.
    this.#send(ending, [head, payload, CLOSE], status ?? modernStatus(ending.errorCode))
  }

  /** Another round with the same server: a fresh upstream id, the same exchange. */
  #goOn(next: Promise<((id: number) => string | undefined) | Refusal>): void {
    this.#rounds++
    if (this.#rounds > MAX_ROUNDS) {
      return this.#end(
        {
          kind: 'refuse',
          rule: 'bridge/rounds',
          explain: `"${this.#exchange.server ?? '?'}" asked for input more than ${MAX_ROUNDS} times`,
        },
        'withheld',
      )
    }
    // Between rounds no call is open upstream: a server that is being retired must not go meanwhile.
    const release = this.#link?.waitForClient()
    const capMs = this.#link?.capMs(this.#target.deadlineMs) ?? 0
    const timer = setTimeout(() => this.#outOfTime(), Math.max(0, this.#beganAt + capMs - this.#relay.now()))
    next
      .then(
        (params) => {
          if (this.#over || this.#link === undefined) return
          if (typeof params !== 'function') return this.#end(params, 'refused')
          this.#params = params
          this.#dispatch(this.#link)
        },
        (error: unknown) => this.#unavailable(error),
      )
      .finally(() => {
        clearTimeout(timer)
        release?.()
      })
  }

  /** Its client did not give in time what the server wants to know. That says nothing of the server. */
  #outOfTime(): void {
    if (this.#over) return
    const afterMs = this.#relay.now() - this.#beganAt
    const refusal = failureRefusal(this.#exchange.server ?? '?', { kind: 'deadline', afterMs, capped: true })
    this.#end(refusal, 'deadline')
  }

  #failed(failure: CallFailure): void {
    if (this.#over) return
    const server = this.#exchange.server ?? '?'
    this.#said = endOf(failure)
    // It was not sent: unless an earlier round was, nothing reached the server.
    if (failure.kind === 'held' && this.#rounds === 0) this.#dispatchedAt = 0
    if (failure.kind === 'held') return this.#refuse(failureRefusal(server, failure))
    // A server that wants a sign-in has done nothing, and one that does not read has got nothing.
    const isUndone = failure.kind === 'transport' && UNDONE.has(failure.fault.code)
    if (isUndone && this.#rounds === 0) this.#dispatchedAt = 0
    const outcome =
      failure.kind === 'deadline' ? 'deadline' : failure.kind === 'malformed' ? 'withheld' : 'upstream-lost'
    this.#end(failureRefusal(server, failure, this.#deadlineKey()), outcome)
  }

  /** The key that says how long this call may take. */
  #deadlineKey(): string | undefined {
    const { server, name, method } = this.#exchange
    const config = this.#relay.config.servers.find(({ id }) => id === server)
    return config && callDeadline(config, method === TOOL_CALL ? name : undefined).key
  }

  #unavailable(error: unknown): void {
    if (this.#over) return
    const refusal = unavailableRefusal(this.#exchange.server ?? '?', error)
    // Other errors are the supervisor's, which has pauses of its own between starts.
    if (error instanceof TransportError) this.#said = { kind: 'failed', rule: refusal.rule }
    this.#end(refusal, 'upstream-lost')
  }

  #refuse(refusal: Refusal): void {
    this.#end(refusal, 'refused')
  }

  #end(refusal: Refusal, outcome: Ending['outcome']): void {
    if (this.#over) return
    this.#output.ended?.(refusal)
    if (refusal.link !== undefined && this.#sendsToSignIn(refusal, refusal.link)) return
    const answer = refusalAnswer(this.#exchange, this.#told(refusal), this.#id)
    const ending: Ending = { outcome, rule: refusal.rule, explain: refusal.explain }
    const coded = answer.errorCode === undefined ? ending : { ...ending, errorCode: answer.errorCode }
    this.#send(coded, [answer.bytes], answer.status)
  }

  /** Where its client can open an address, that is better than a sentence with it. */
  #sendsToSignIn({ rule, explain }: Refusal, url: string): boolean {
    const how = this.#output.opensUrls?.()
    const { principal, method, params, server = '?' } = this.#exchange
    if (how === undefined || principal === undefined || method !== 'tools/call') return false
    const question = { server, url }
    const ending: Ending = { outcome: 'refused', rule, explain }
    if (how === 'again') {
      const { taskKey: key, wallClock } = this.#relay
      const result = signInResult(question, { key, principal, method, params, now: wallClock() })
      this.#send(
        ending,
        [Buffer.from(`{"jsonrpc":"2.0","id":${this.#id},"result":${writeJson(result)}}`)],
        200,
      )
    } else {
      const code = URL_ELICITATION_REQUIRED
      const bytes = errorBytes(this.#id, code, explain, signInErrorData(question))
      this.#send({ ...ending, errorCode: code }, [bytes], 200)
    }
    return true
  }

  /** Records, then answers. If the record cannot be written the answer does not leave (audit never fails open). */
  #send(ending: Ending, parts: readonly Buffer[], status: number): void {
    this.#finish()
    this.#record(ending).then(
      () => {
        if (ending.rule !== undefined || this.#exchange.findings.length > 0) this.#tellEnding(ending, status)
        this.#deliver(parts, status)
      },
      (error: unknown) => {
        logUnrecorded(this.#relay.log, error)
        const answer = refusalAnswer(this.#exchange, this.#told(AUDIT_DOWN), this.#id)
        this.#output.answer(answer.bytes, answer.status)
      },
    )
  }

  /** Before the answer, on the same stream; an answer that has an HTTP status of its own has no stream. */
  #tellEnding({ outcome, rule, explain }: Ending, status: number): void {
    if (status !== 200 && this.#output.tell === undefined) return
    this.#tellFindings(outcome === 'refused' || outcome === 'withheld' ? { rule, explain } : undefined)
  }

  #tellFindings(told: Told | undefined): void {
    const { findings } = this.#exchange
    const untold = this.#toldFindings
    if (untold === findings.length && told?.rule === undefined) return
    this.#toldFindings = findings.length
    const exchange = untold === 0 ? this.#exchange : { ...this.#exchange, findings: findings.slice(untold) }
    if (this.#output.tell !== undefined) return this.#output.tell(exchange, told)
    const asked = this.#output.logLevel?.()
    this.#relay.findingLog.tell(exchange, asked, told, (bytes) => this.#output.notify(bytes))
  }

  #deliver(parts: readonly Buffer[], status: number): void {
    const output = this.#output
    const [only, ...more] = parts
    const large = parts.some(({ length }) => length > JOIN_BYTES)
    if (only !== undefined && more.length === 0) output.answer(only, status)
    else if (large && output.answerParts !== undefined) output.answerParts(parts, status)
    else output.answer(Buffer.concat(parts), status)
  }

  /** A refusal after the call was sent must not read as if nothing had happened: a retry could do it twice. */
  #told(refusal: Refusal): Refusal {
    return this.#dispatchedAt === 0 ? refusal : { ...refusal, reached: true }
  }

  #record(ending: Ending): Promise<void> {
    const { record } = this.#output
    return record === undefined
      ? recordExchange(this.#relay, this.#exchange, ending, this.sent())
      : record(ending, this.sent())
  }

  /** What the record says of the request side. */
  sent(): RequestSide {
    const { argumentsText, argumentsValue } = this.#target
    return {
      // Only the text of these very arguments may stand in the record for what was looked through for secrets.
      argumentsText: argumentsValue === this.#exchange.arguments ? argumentsText : undefined,
      argumentsDigest: argumentsText === undefined ? undefined : hash('sha256', argumentsText, 'hex'),
      upstreamMs: this.#dispatchedAt === 0 ? undefined : this.#relay.now() - this.#dispatchedAt,
    }
  }

  #finish(): void {
    this.#over = true
    this.#consent?.end()
    this.#passage?.end(this.#said)
  }

  readonly #controlFailed = (control: string, error: unknown): void => {
    this.#relay.log.error('control.failed', {
      control,
      method: this.#exchange.method,
      explain: String(error),
    })
  }
}

const CLOSE = Buffer.from('}')
const NO_ASKS: readonly Ask[] = []

/** Pieces up to here are cheaper to join than to write one by one. */
const JOIN_BYTES = 16 * 1024
