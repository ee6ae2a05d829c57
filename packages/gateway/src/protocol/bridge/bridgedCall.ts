/**
 * One call of a modern client to a legacy server. When the server asks the client something meanwhile, the call is
 * parked: the client is answered `input_required` with a sealed handle, and its retry goes on with the same call.
 */
import { hash, randomUUID } from 'node:crypto'
import { isObject, type JsonObject, writeJson } from '@sallyport/controls/json'
import { appendEvent, logUnrecorded } from '../../audit/unrecorded.ts'
import type { ModernCall } from '../../ingress/port.ts'
import { TOOL_CALL } from '../../pipeline/counted.ts'
import type { Ending, Exchange } from '../../pipeline/exchange.ts'
import { decideResponse } from '../../pipeline/run.ts'
import { type ResponseDecision, shownOf } from '../../pipeline/verdict.ts'
import type { Link } from '../../upstream/link.ts'
import { ERROR } from '../errors.ts'
import { type LogLevelName, levelAllows } from '../logLevels.ts'
import type { Inbound } from '../message.ts'
import { exposeTaskId } from '../taskIds.ts'
import { replaceTaskIds } from '../taskRewrite.ts'
import type { BridgedCallPart, BridgedServer } from './bridgedServer.ts'
import { CallQuestions } from './callQuestions.ts'
import { asModern } from './dialect.ts'
import { elicitsForms, elicitsUrls } from './elicits.ts'
import { exactBytes, notificationBytes } from './messageBytes.ts'
import { exchangeOf, type ModernRequest, type ModernWorld, refuse } from './modernRequest.ts'
import { bridgedLink } from './modernSurface.ts'
import { paramsText, progressTokenOf } from './paramsText.ts'
import type { Patience } from './patience.ts'
import { patienceFor, whenThere } from './patientCall.ts'
import { auditDownBytes, type RequestSide, recordExchange } from './records.ts'
import { type OpenCall, relayCall } from './relay.ts'
import { openHandle, requestDigest, sealHandle } from './sealedHandle.ts'
import { StartNotice } from './startNotice.ts'

/** How long a parked call waits for its retry. */
export const PARKED_MS = 10 * 60_000
/** Questions that come this close together are asked in one round. */
const GATHER_MS = 15

export interface BridgedRoute {
  readonly server: string
  readonly own: string | undefined
  /** The params as the client meant them, names already the server's own. */
  readonly params: JsonObject
}

/** Starts a call, or goes on with the parked one that the request's `requestState` names. */
export function callBridged(
  world: ModernWorld,
  request: ModernRequest,
  bridged: BridgedServer,
  route: BridgedRoute,
): ModernCall {
  const { requestState } = request.message.params
  if (requestState === undefined) return new BridgedCall(world, request, bridged, route).start()
  const handle = typeof requestState === 'string' ? openHandle(world.relay.taskKey, requestState) : undefined
  const digest = requestDigest(request.message.method, request.message.params)
  const known =
    handle !== undefined &&
    handle.principal === request.principal &&
    handle.digest === digest &&
    handle.expiresAt > world.wallClock()
  const parked = known ? world.parking.find(handle.call) : undefined
  if (handle === undefined || parked === undefined || !parked.accepts(handle.round)) {
    const explain = 'this "requestState" belongs to no call of yours that waits for it: call again without it'
    return refuse(world, request, {
      kind: 'refuse',
      rule: 'bridge/handle',
      explain,
      code: ERROR.invalidParams,
    })
  }
  return parked.resume(request)
}

export class BridgedCall implements BridgedCallPart {
  readonly #id = randomUUID()
  readonly #world: ModernWorld
  readonly #bridged: BridgedServer
  readonly #route: BridgedRoute
  readonly #digest: string
  readonly #questions: CallQuestions
  /** The request whose answer is due; `undefined` while parked. */
  #request: ModernRequest | undefined
  readonly #first: ModernRequest
  /** The request whose answer is due, or was the last to be answered `input_required`. */
  #latest: { readonly request: ModernRequest; readonly exchange: Exchange }
  /** The call from its beginning: what is found in it comes together here. */
  readonly #whole: Exchange
  /** So many of its findings are on record. */
  #recordedFindings = 0
  #relayed: OpenCall | undefined
  #patience: Patience | undefined
  #round = 0
  #gathering: NodeJS.Timeout | undefined
  #expiry: NodeJS.Timeout | undefined
  #release: (() => void) | undefined
  /** The call ended while nobody was there to be told: the next request takes it, and has it on its record. */
  #late: { readonly ending: Ending; readonly take: () => void } | undefined
  /** Nothing is asked any more: how it ended is known. */
  #isSettled = false
  #over = false

  constructor(world: ModernWorld, request: ModernRequest, bridged: BridgedServer, route: BridgedRoute) {
    this.#world = world
    this.#bridged = bridged
    this.#route = route
    this.#first = request
    this.#request = request
    this.#digest = requestDigest(request.message.method, request.message.params)
    this.#whole = exchangeOf(world, request, route.server, route.own)
    this.#latest = { request, exchange: this.#whole }
    this.#questions = new CallQuestions(
      world.relay,
      () => ({
        exchange: this.#latest.exchange,
        capabilities: this.#latest.request.envelope.capabilities,
      }),
      () => this.#gather(),
    )
  }

  get logLevel(): LogLevelName | undefined {
    return this.#request?.envelope.logLevel
  }

  /** What the client that waits declares with this very request; nothing while none waits. */
  get #declared(): JsonObject {
    return this.#request?.envelope.capabilities ?? {}
  }

  get isParked(): boolean {
    return this.#request === undefined
  }

  start(): ModernCall {
    const { server, own, params } = this.#route
    const { method } = this.#first.message
    const { dialect } = this.#bridged
    const text = paramsText(dialect.params(method, params))
    const seal = (taskId: string) =>
      exposeTaskId(this.#world.relay.taskKey, this.#first.principal, { server, taskId })
    const token = progressTokenOf(this.#first.message.params)
    const notice = StartNotice.for(server, token, (body) => {
      if (!this.#over) this.#request?.reply.notify(notificationBytes('notifications/progress', body))
    })
    this.#bridged.calls.add(this)
    this.#awaitedBy(this.#first)
    if (this.logLevel !== undefined) this.#bridged.wantLevel(this.logLevel)
    this.#relayed = relayCall(
      this.#world.relay,
      this.#whole,
      {
        link: () => {
          const link = bridgedLink(this.#world, this.#first, this.#bridged, own)
          whenThere(link, () => this.#patience?.begin())
          return notice === undefined ? link : notice.during(link)
        },
        params: text.of,
        ...(text.argumentsText === undefined ? {} : { argumentsText: text.argumentsText }),
        deadlineMs: this.#world.deadlineMs(server, method === TOOL_CALL ? own : undefined),
        rewriteResult: (result, said) => {
          this.#world.noteAnswer(this.#first, server, result, said)
          const modern = dialect.result(method, result) ?? result
          return replaceTaskIds(modern, seal) ?? modern
        },
        rewriteError: (error) => dialect.error(method, error),
        rewriteNotification: (kind, body) =>
          kind === 'notifications/progress' && notice?.passes(body.progress) === false
            ? null
            : this.#rewrite(kind, body, seal),
        serverRequest: (message, link) => this.serverRequest(message, link),
      },
      {
        notify: (bytes) => this.#request?.reply.notify(bytes),
        logLevel: () => this.logLevel,
        opensUrls: () => (elicitsUrls(this.#declared) ? 'again' : undefined),
        ask: () => ({ again: elicitsForms(this.#declared), ...this.#patience?.ways }),
        record: (ending, sent) => this.#ended(ending, sent),
        answer: (bytes, status) => this.#answered(bytes, status),
        cancelled: () => {
          notice?.stop()
          this.#end()
        },
      },
    )
    return this.#handleFor(this.#first)
  }

  accepts(round: number): boolean {
    return !this.#over && this.#request === undefined && round === this.#round
  }

  /** The retry: its answers go to the server, its stream gets what follows. */
  resume(request: ModernRequest): ModernCall {
    clearTimeout(this.#expiry)
    this.#world.parking.take(this.#id)
    this.#round++
    this.#request = request
    const { server, own } = this.#route
    this.#latest = { request, exchange: exchangeOf(this.#world, request, server, own) }
    if (this.#late !== undefined) {
      this.#late.take()
      return this.#handleFor(request)
    }
    this.#awaitedBy(request)
    this.#patience?.begin()
    this.#release?.()
    this.#release = undefined
    const responses = isObject(request.message.params.inputResponses)
      ? request.message.params.inputResponses
      : {}
    this.#questions.answer(responses)
    if (this.#questions.isWaiting) this.#gather()
    return this.#handleFor(request)
  }

  serverRequest(message: Inbound, link: Link): void {
    this.#questions.ask(message, link)
  }

  serverWithdraws(params: JsonObject): void {
    if (params.requestId !== undefined) this.#questions.withdraw(writeJson(params.requestId))
  }

  log(message: Inbound): void {
    if (!this.#wantsLog(message.params)) return
    this.#inspected(message, (shown) => {
      if (shown !== undefined) this.#request?.reply.notify(exactBytes(shown))
    })
  }

  /** What the server sends beside its answer passes the controls too. `shown`: as it may be shown, if it may be. */
  #inspected(message: Inbound, settle: (shown: Inbound | undefined) => void): void {
    const { relay } = this.#world
    const verdict = decideResponse(
      relay.controls.response,
      this.#exchangeFor(message),
      message,
      (control, error) =>
        relay.log.error('control.failed', { control, method: message.method, explain: String(error) }),
    )
    const settled = (decision: ResponseDecision) => settle(shownOf(decision, message))
    if (verdict instanceof Promise) verdict.then(settled)
    else settled(verdict)
  }

  #gather(): void {
    clearTimeout(this.#gathering)
    this.#gathering = setTimeout(() => this.#park(), GATHER_MS)
  }

  /** Answers `input_required`; the call itself stays open at the server. */
  #park(): void {
    const request = this.#request
    if (request === undefined || this.#isSettled || this.#over || !this.#questions.isWaiting) return
    this.#request = undefined
    this.#patience?.stop()
    this.#release ??= this.#questions.holdDeadlines()
    const requestState = sealHandle(this.#world.relay.taskKey, {
      call: this.#id,
      round: this.#round,
      principal: request.principal,
      digest: this.#digest,
      expiresAt: this.#world.wallClock() + PARKED_MS,
    })
    const inputRequests = this.#questions.show()
    const { _meta = {} } = asModern(request.message.method, {}, undefined)
    const result: JsonObject = { resultType: 'input_required', inputRequests, requestState, _meta }
    this.#world.parking.put(this.#id, this)
    this.#expiry = setTimeout(() => this.#expire(), PARKED_MS).unref()
    const payload = writeJson(result)
    const ending: Ending = {
      outcome: 'ok',
      explain: `"${this.#route.server}" asks something first: the client was answered "input_required"`,
      resultDigest: hash('sha256', payload, 'hex'),
      resultBytes: Buffer.byteLength(payload),
    }
    const id = request.message.id ?? 'null'
    this.#record(ending, this.#relayed?.sent() ?? {}).then(
      () => request.reply.finish(Buffer.from(`{"jsonrpc":"2.0","id":${id},"result":${payload}}`), 200),
      (error: unknown) => {
        logUnrecorded(this.#world.relay.log, error)
        request.reply.finish(auditDownBytes(request.message.id ?? null), 200)
      },
    )
  }

  #expire(): void {
    const { relay } = this.#world
    const { principal, conversation, method, name } = this.#whole
    const late = this.#late?.ending
    const reason = 'nobody answered what the server asked'
    // No request of the client's waits whose record could say so.
    appendEvent(relay.audit, relay.log, {
      kind: 'event',
      event: 'call.abandoned',
      principal,
      ...(conversation === undefined ? {} : { conversation }),
      server: this.#route.server,
      explain: late === undefined ? `${reason}: it was cancelled there` : `${reason}: it had ended by itself`,
      details: {
        method,
        ...(name === undefined ? {} : { name }),
        ...(late === undefined ? {} : { outcome: late.outcome }),
        ...(late?.errorCode === undefined ? {} : { errorCode: late.errorCode }),
      },
    })
    this.#questions.end(reason)
    this.#relayed?.cancel(reason)
    this.#end()
  }

  /**
   * The record of how the call ended is that of the request which is answered so: the first, or a retry. Where none waits, of
   * the one that comes for it.
   */
  #ended(ending: Ending, sent: RequestSide): Promise<void> {
    this.#isSettled = true
    this.#bridged.calls.delete(this)
    clearTimeout(this.#gathering)
    this.#questions.end()
    if (this.#request !== undefined) return this.#record(ending, sent)
    return new Promise((resolve, reject) => {
      this.#late = { ending, take: () => this.#record(ending, sent).then(resolve, reject) }
    })
  }

  #answered(bytes: Buffer, status: number): void {
    const request = this.#request
    this.#end()
    if (request === undefined || request === this.#first) return request?.reply.finish(bytes, status)
    const own = Buffer.byteLength(`{"jsonrpc":"2.0","id":${this.#first.message.id ?? 'null'}`)
    const head = Buffer.from(`{"jsonrpc":"2.0","id":${request.message.id ?? 'null'}`, 'utf8')
    request.reply.finish(Buffer.concat([head, bytes.subarray(own)]), status)
  }

  /** What the latest request got: each is an exchange of its own, and nothing of the call is on record twice. */
  #record(ending: Ending, sent: RequestSide): Promise<void> {
    const { relay } = this.#world
    const { exchange } = this.#latest
    const findings = this.#whole.findings.slice(this.#recordedFindings)
    this.#recordedFindings += findings.length
    const { upstreamMs = 0 } = sent
    const mostMs = relay.now() - exchange.startedAt
    // The server has had the call for longer than its client's latest request is there.
    const side = upstreamMs > mostMs ? { ...sent, upstreamMs: mostMs } : sent
    return recordExchange(relay, { ...exchange, findings }, ending, side)
  }

  #rewrite(kind: string, body: JsonObject, seal: (id: string) => string): JsonObject | undefined | null {
    const request = this.#request
    if (request === undefined) return null
    if (kind === 'notifications/message') return this.#wantsLog(body) ? undefined : null
    if (kind !== 'notifications/progress') return null
    const token = progressTokenOf(request.message.params)
    if (token === undefined) return null
    const mine = { ...(replaceTaskIds(body, seal) ?? body), progressToken: token }
    return this.#patience?.passes(mine) ?? mine
  }

  /** Each round is waited for by itself: between two of them a person answers, and the host waits for nothing. */
  #awaitedBy(request: ModernRequest): void {
    this.#patience?.stop()
    this.#patience = patienceFor(this.#world.relay, exchangeOf(this.#world, request, this.#route.server), {
      notify: (bytes) => request.reply.notify(bytes),
      giveUp: (refusal) => this.#relayed?.giveUp(refusal),
    })
  }

  #wantsLog(params: JsonObject): boolean {
    const { logLevel } = this
    return logLevel !== undefined && levelAllows(logLevel, params.level)
  }

  #exchangeFor(message: Inbound): Exchange {
    const { method, params, bytes } = message
    const base = exchangeOf(this.#world, this.#first, this.#route.server)
    return { ...base, direction: 'server-to-client', method, params, bytes: bytes.length, era: 'legacy' }
  }

  /** Cancelling concerns the request that asks for it: one that was answered has nothing left to cancel. */
  #handleFor(request: ModernRequest): ModernCall {
    return {
      cancel: (reason) => {
        if (this.#request !== request) return
        this.#relayed?.cancel(reason)
        this.#end()
      },
    }
  }

  #end(): void {
    this.#over = true
    this.#patience?.stop()
    this.#request = undefined
    this.#bridged.calls.delete(this)
    this.#world.parking.take(this.#id)
    clearTimeout(this.#gathering)
    clearTimeout(this.#expiry)
    this.#release?.()
    this.#release = undefined
  }
}
