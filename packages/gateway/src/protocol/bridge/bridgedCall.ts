/**
 * One call of a modern client to a legacy server. When the server asks the client something meanwhile, the call is
 * parked: the client is answered `input_required` with a sealed handle, and its retry goes on with the same call.
 */
import { randomUUID } from 'node:crypto'
import { isObject, type JsonObject, writeJson } from '@sallyport/controls/json'
import { logUnrecorded } from '../../audit/unrecorded.ts'
import type { ModernCall } from '../../ingress/port.ts'
import { TOOL_CALL } from '../../pipeline/counted.ts'
import type { Exchange } from '../../pipeline/exchange.ts'
import { decideRequest, decideResponse } from '../../pipeline/run.ts'
import { asRefusal, type ResponseDecision, shownOf, type Verdict } from '../../pipeline/verdict.ts'
import type { Link } from '../../upstream/link.ts'
import { ERROR } from '../errors.ts'
import { type LogLevelName, levelAllows } from '../logLevels.ts'
import type { Inbound } from '../message.ts'
import { exposeTaskId } from '../taskIds.ts'
import { replaceTaskIds } from '../taskRewrite.ts'
import type { BridgedCallPart, BridgedServer } from './bridgedServer.ts'
import { neededCapability } from './clientNeeds.ts'
import { asModern } from './dialect.ts'
import { elicitsForms, elicitsUrls } from './elicits.ts'
import { exactBytes, notificationBytes, resultBytes } from './messageBytes.ts'
import { exchangeOf, type ModernRequest, type ModernWorld, recordCancelled, refuse } from './modernRequest.ts'
import { bridgedLink } from './modernSurface.ts'
import { paramsText, progressTokenOf } from './paramsText.ts'
import type { Patience } from './patience.ts'
import { patienceFor, whenThere } from './patientCall.ts'
import { auditDownBytes, recordEvent, recordExchange } from './records.ts'
import { type EndableCall, relayCall } from './relay.ts'
import { openHandle, requestDigest, sealHandle } from './sealedHandle.ts'
import { refusedAnswer } from './serverRequests.ts'
import { StartNotice } from './startNotice.ts'

/** How long a parked call waits for its retry. */
export const PARKED_MS = 10 * 60_000
/** Questions that come this close together are asked in one round. */
const GATHER_MS = 15
const MAX_QUESTIONS = 16

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

interface OpenQuestion {
  readonly link: Link
  readonly serverId: string
  readonly wanted: JsonObject
}

export class BridgedCall implements BridgedCallPart {
  readonly #id = randomUUID()
  readonly #world: ModernWorld
  readonly #bridged: BridgedServer
  readonly #route: BridgedRoute
  readonly #digest: string
  readonly #questions = new Map<string, OpenQuestion>()
  /** The request whose answer is due; `undefined` while parked. */
  #request: ModernRequest | undefined
  readonly #first: ModernRequest
  #relayed: EndableCall | undefined
  #patience: Patience | undefined
  #asked = 0
  #round = 0
  #gathering: NodeJS.Timeout | undefined
  #expiry: NodeJS.Timeout | undefined
  #release: (() => void) | undefined
  /** The server's answer, when it came while nobody was there to take it. */
  #late: { readonly bytes: Buffer; readonly status: number } | undefined
  #over = false

  constructor(world: ModernWorld, request: ModernRequest, bridged: BridgedServer, route: BridgedRoute) {
    this.#world = world
    this.#bridged = bridged
    this.#route = route
    this.#first = request
    this.#request = request
    this.#digest = requestDigest(request.message.method, request.message.params)
  }

  get logLevel(): LogLevelName | undefined {
    return this.#request?.envelope.logLevel
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
      exchangeOf(this.#world, this.#first, server, own),
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
        opensUrls: () => (elicitsUrls(this.#first.envelope.capabilities) ? 'again' : undefined),
        ask: () => ({
          again: elicitsForms(this.#first.envelope.capabilities),
          ...this.#patience?.ways,
        }),
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
    if (this.#late !== undefined) {
      const { bytes, status } = this.#late
      this.#deliver(request, bytes, status)
      return this.#handleFor(request)
    }
    this.#awaitedBy(request)
    this.#patience?.begin()
    this.#release?.()
    this.#release = undefined
    const responses = isObject(request.message.params.inputResponses)
      ? request.message.params.inputResponses
      : {}
    for (const [key, question] of [...this.#questions]) {
      const answer = Object.hasOwn(responses, key) ? responses[key] : undefined
      if (!isObject(answer)) continue // Not answered: asked again below.
      this.#questions.delete(key)
      this.#answer(question, answer)
    }
    if (this.#questions.size > 0) this.#gather()
    return this.#handleFor(request)
  }

  serverRequest(message: Inbound, link: Link): void {
    const id = message.id ?? 'null'
    if (message.method === 'ping') return link.respond(id, '"result":{}')
    const need = neededCapability(message.method, 'modern')
    const declared = need === undefined ? undefined : this.#first.envelope.capabilities[need]
    if (!isObject(declared) || this.#questions.size >= MAX_QUESTIONS) {
      const explain =
        need === undefined ? 'no such method' : `the client did not declare the capability "${need}"`
      return this.#refuseServer(message, link, 'server-request/undeclared', explain, ERROR.methodNotFound)
    }
    this.#inspected(message, (shown) => {
      if (shown !== undefined) this.#ask(shown, link)
      else this.#refuseServer(message, link, 'gateway/refused', 'refused by policy', ERROR.refused)
    })
  }

  /** What the client answered passes the controls before the server gets it. */
  #answer({ link, serverId, wanted }: OpenQuestion, answer: JsonObject): void {
    const { relay } = this.#world
    const method = typeof wanted.method === 'string' ? wanted.method : ''
    const base = exchangeOf(this.#world, this.#first, this.#route.server)
    const exchange: Exchange = { ...base, direction: 'server-to-client', method, params: answer }
    const verdict = decideRequest(relay.controls.answer, exchange, (control, error) =>
      relay.log.error('control.failed', { control, method, explain: String(error) }),
    )
    const settled = (settledVerdict: Verdict) => {
      const refusal = asRefusal(settledVerdict)
      if (refusal === undefined) return link.respond(serverId, `"result":${writeJson(answer)}`)
      recordEvent(relay, exchange, 'answer.refused', refusal.rule, refusal.explain)
      link.respond(serverId, refusedAnswer(refusal.rule))
    }
    if (verdict instanceof Promise) verdict.then(settled)
    else settled(verdict)
  }

  serverWithdraws(params: JsonObject): void {
    const serverId = params.requestId === undefined ? undefined : writeJson(params.requestId)
    for (const [key, question] of this.#questions)
      if (question.serverId === serverId) this.#questions.delete(key)
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

  #ask(message: Inbound, link: Link): void {
    if (this.#over) return
    this.#asked++
    const { elicitationId: _id, ...params } = message.params
    const form = message.method === 'elicitation/create' && params.mode === undefined ? { mode: 'form' } : {}
    const wanted: JsonObject =
      'params' in message.value
        ? { method: message.method, params: { ...params, ...form } }
        : { method: message.method }
    this.#questions.set(`input-${this.#asked}`, { link, serverId: message.id ?? 'null', wanted })
    this.#gather()
  }

  #gather(): void {
    clearTimeout(this.#gathering)
    this.#gathering = setTimeout(() => this.#park(), GATHER_MS)
  }

  /** Answers `input_required`; the call itself stays open at the server. */
  #park(): void {
    const request = this.#request
    if (request === undefined || this.#over || this.#questions.size === 0) return
    this.#request = undefined
    this.#patience?.stop()
    const [question] = this.#questions.values()
    this.#release ??= question?.link.waitForClient()
    const handle = sealHandle(this.#world.relay.taskKey, {
      call: this.#id,
      round: this.#round,
      principal: request.principal,
      digest: this.#digest,
      expiresAt: this.#world.wallClock() + PARKED_MS,
    })
    const inputRequests = Object.fromEntries([...this.#questions].map(([key, { wanted }]) => [key, wanted]))
    const info = asModern(request.message.method, {}, undefined)._meta
    const result = {
      resultType: 'input_required',
      inputRequests,
      requestState: handle,
      _meta: info,
    } as JsonObject
    this.#world.parking.put(this.#id, this)
    this.#expiry = setTimeout(() => this.#expire(), PARKED_MS).unref()
    this.#record(request, resultBytes(request.message.id ?? 'null', result), 200)
  }

  #expire(): void {
    this.#world.parking.take(this.#id)
    this.#relayed?.cancel('nobody answered what the server asked')
    this.#end()
  }

  #answered(bytes: Buffer, status: number): void {
    this.#bridged.calls.delete(this)
    clearTimeout(this.#gathering)
    const request = this.#request
    if (request !== undefined) return this.#deliver(request, bytes, status)
    // The server gave up waiting: its word is kept for the retry.
    this.#late = { bytes, status }
  }

  #deliver(request: ModernRequest, bytes: Buffer, status: number): void {
    this.#end()
    if (request === this.#first) return request.reply.finish(bytes, status)
    const own = Buffer.byteLength(`{"jsonrpc":"2.0","id":${this.#first.message.id ?? 'null'}`)
    const head = Buffer.from(`{"jsonrpc":"2.0","id":${request.message.id ?? 'null'}`, 'utf8')
    this.#record(request, Buffer.concat([head, bytes.subarray(own)]), status)
  }

  /** A round is an exchange of its own: on record before its answer leaves. */
  #record(request: ModernRequest, bytes: Buffer, status: number): void {
    const exchange = exchangeOf(this.#world, request, this.#route.server, this.#route.own)
    recordExchange(this.#world.relay, exchange, { outcome: 'ok', resultBytes: bytes.length }).then(
      () => request.reply.finish(bytes, status),
      (error: unknown) => {
        logUnrecorded(this.#world.relay.log, error)
        request.reply.finish(auditDownBytes(request.message.id ?? null), 200)
      },
    )
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

  #refuseServer(message: Inbound, link: Link, rule: string, explain: string, code: number): void {
    const { relay } = this.#world
    const ending = { outcome: 'refused', rule, explain, errorCode: code } as const
    recordExchange(relay, this.#exchangeFor(message), ending).then(
      () =>
        link.respond(
          message.id ?? 'null',
          `"error":${writeJson({ code, message: explain, data: { rule } })}`,
        ),
      (error: unknown) => logUnrecorded(relay.log, error),
    )
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
        if (request !== this.#first)
          recordCancelled(this.#world, exchangeOf(this.#world, request, this.#route.server), reason)
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
