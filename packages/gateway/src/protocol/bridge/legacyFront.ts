/**
 * Legacy client, servers of either era: one conversation (a stdio connection or an HTTP session) with a connection of
 * its own to every server it uses. Nothing of it is shared with another conversation.
 */
import { randomUUID } from 'node:crypto'
import { isObject, type JsonObject, type JsonValue, writeJson } from '@sallyport/controls/json'
import type { Caller, LegacyConversation, LegacyPort, View } from '../../ingress/port.ts'
import { principalKey } from '../../ingress/port.ts'
import type { Ending, Exchange } from '../../pipeline/exchange.ts'
import { decideRequest, decideResponse } from '../../pipeline/run.ts'
import type { Refusal } from '../../pipeline/verdict.ts'
import type { Link } from '../../upstream/link.ts'
import type { ServerSession } from '../../upstream/session.ts'
import type { Catalog } from '../catalog.ts'
import { describe } from '../envelope.ts'
import { MODERN_REVISIONS } from '../era.ts'
import { ERROR, errorBytes } from '../errors.ts'
import { isLogLevel, LOG_LEVELS } from '../logLevels.ts'
import type { Inbound } from '../message.ts'
import { methodRow } from '../methods.ts'
import { exposeTaskId } from '../taskIds.ts'
import { replaceTaskIds } from '../taskRewrite.ts'
import { askServer } from './ask.ts'
import { correlationOf } from './correlation.ts'
import type { Excluded } from './greeting.ts'
import { nextRound, wantsInput } from './inputRounds.ts'
import { LegacyServers } from './legacyServers.ts'
import {
  capabilityOf,
  isListMethod,
  type ListMethod,
  type ListPart,
  mergeLists,
  noteLinks,
  noteResult,
  readCursor,
} from './lists.ts'
import { paramsText, progressTokenOf } from './paramsText.ts'
import {
  exactBytes,
  notificationBytes,
  type Relay,
  type RelayedCall,
  recordEvent,
  recordExchange,
  relayCall,
  resultBytes,
} from './relay.ts'
import { findRoute, type Route } from './routes.ts'
import { type Asker, ServerRequests } from './serverRequests.ts'
import { refreshOnce } from './sharedRefresh.ts'

/** What the legacy cell needs of the gateway. */
export interface LegacyWorld {
  readonly relay: Relay
  /** Servers of a view whose era is known; asks those where it is not yet. */
  servers(view: View): readonly string[] | Promise<readonly string[]>
  /** Servers of a view that cannot be reached now, and why. */
  excluded(view: View): readonly Excluded[]
  openSession(server: string, hooks: ConstructorParameters<typeof ServerSession>[0]['hooks']): ServerSession
  newCatalog(): Catalog
  deadlineMs(server: string): number
}

const MAX_PAGES = 20
/** Translated for modern servers, which have a stream for it instead. */
const SUBSCRIBING = new Set(['resources/subscribe', 'resources/unsubscribe'])

interface Flight {
  readonly message: Inbound
  /** The server it went to, once that is known. */
  server: string | undefined
  call: RelayedCall | undefined
  /** Gives its place back. */
  readonly leave: () => void
}

export class LegacyFront implements LegacyConversation {
  readonly id = randomUUID()
  readonly #world: LegacyWorld
  readonly #caller: Caller
  readonly #principal: string
  readonly #view: View
  readonly #port: LegacyPort
  readonly #catalog: Catalog
  /** Requests of the client without an answer, from the moment they come, by the JSON text of their id. */
  readonly #inFlight = new Map<string, Flight>()
  readonly #questions: ServerRequests
  readonly #servers: LegacyServers
  #client: string | undefined
  #capabilities: JsonObject = {}
  #phase: 'new' | 'opening' | 'open' | 'closed' = 'new'

  constructor(world: LegacyWorld, caller: Caller, view: View, port: LegacyPort) {
    this.#world = world
    this.#caller = caller
    this.#principal = principalKey(caller.principal)
    this.#view = view
    this.#port = port
    this.#catalog = world.newCatalog()
    this.#questions = new ServerRequests(world.relay, (bytes, relatedTo) => this.#send(bytes, relatedTo))
    this.#servers = new LegacyServers({
      world,
      exchangeOf: (method, params, server) => this.#exchange({ method, params, bytes: 0 }, server),
      notification: (server, message) => this.#serverNotification(server, message),
      request: (server, message, link) => this.#serverRequest(server, message, link, undefined),
      lost: (link) => this.#questions.dropLink(link),
    })
  }

  receive(message: Inbound): void {
    if (this.#phase === 'closed') return
    if (message.kind === 'request') return this.#guarded(message)
    if (message.kind === 'notification') return this.#notification(message)
    if (!this.#questions.answer(message)) {
      const explain = 'the client answered a question that is not open'
      recordEvent(
        this.#world.relay,
        this.#exchange({ method: '(response)', params: {}, bytes: 0 }),
        'message.dropped',
        'relay/unknown-answer',
        explain,
      )
    }
  }

  async close(reason: string): Promise<void> {
    if (this.#phase === 'closed') return
    this.#phase = 'closed'
    for (const { call, leave } of this.#inFlight.values()) {
      leave()
      call?.cancel(reason)
    }
    this.#inFlight.clear()
    this.#questions.close()
    await this.#servers.close()
  }

  /** Whatever throws in routing ends this request, not the gateway. */
  #guarded(message: Inbound): void {
    try {
      this.#request(message)
    } catch (error) {
      this.#failed(message, error)
    }
  }

  #failed(message: Inbound, error: unknown): void {
    this.#world.relay.log.error('route.failed', { method: message.method, explain: String(error) })
    const explain = 'the gateway could not find the server for it'
    this.#refuse(message, { kind: 'refuse', rule: 'gateway/failed', explain, code: ERROR.failed })
  }

  #request(message: Inbound): void {
    const id = message.id ?? 'null'
    const { method } = message
    if (this.#inFlight.has(id)) return this.#refuseDuplicate(message, id)
    // An opening and a ping are never refused for want of a place: they are how a client finds out.
    const free = method === 'initialize' || method === 'ping'
    const place = free
      ? () => undefined
      : this.#world.relay.flights.take(this.id, this.#world.relay.config.limits)
    const flight: Flight = {
      message,
      server: undefined,
      call: undefined,
      leave: typeof place === 'string' ? () => undefined : place,
    }
    this.#inFlight.set(id, flight)
    if (typeof place === 'string') {
      const remedy = 'Wait for an answer, or raise "limits.maxInFlightPerClient" or "limits.maxInFlight".'
      return this.#refuse(message, { kind: 'refuse', rule: 'limits/in-flight', explain: place, remedy })
    }
    if (method === 'initialize') return this.#initialize(message)
    if (method === 'ping') return this.#answerSelf(message, {})
    if (this.#phase !== 'open') {
      const explain = 'the first request of a connection is "initialize"'
      const code = ERROR.invalidRequest
      return this.#refuse(message, { kind: 'refuse', rule: 'relay/not-initialized', explain, code })
    }
    if (method === 'logging/setLevel') return this.#setLevel(message)
    if (this.#view.kind === 'all' && isListMethod(method)) return this.#listAll(message, method, flight)
    this.#route(message, flight)
  }

  /** Answered beside the request that has this id already, which goes on. */
  #refuseDuplicate(message: Inbound, id: string): void {
    const explain = `a request with id ${id} is in flight`
    const rule = 'message/duplicate-id'
    const bytes = errorBytes(id, ERROR.invalidRequest, explain, { rule })
    const ending = { outcome: 'refused', rule, explain, errorCode: ERROR.invalidRequest } as const
    recordExchange(this.#world.relay, this.#exchange(message), ending).then(
      () => this.#port.send(bytes, { relatedTo: id, final: false }),
      (error: unknown) => this.#world.relay.log.error('audit.unavailable', { explain: String(error) }),
    )
  }

  /** Takes a request off the books; false when it was cancelled or answered before. */
  #settle(id: string): boolean {
    const flight = this.#inFlight.get(id)
    if (flight === undefined) return false
    this.#inFlight.delete(id)
    flight.leave()
    return true
  }

  /* Opening. */

  #initialize(message: Inbound): void {
    if (this.#phase !== 'new') {
      return this.#refuse(message, {
        kind: 'refuse',
        rule: 'relay/initialized-twice',
        explain: 'the connection is initialized already',
        code: ERROR.invalidRequest,
      })
    }
    const { params } = message
    if (
      typeof params.protocolVersion !== 'string' ||
      !isObject(params.capabilities) ||
      !isObject(params.clientInfo)
    ) {
      return this.#refuse(message, {
        kind: 'refuse',
        rule: 'shape/params',
        explain: '"initialize" needs a text "protocolVersion" and objects "capabilities" and "clientInfo"',
        code: ERROR.invalidParams,
      })
    }
    this.#phase = 'opening'
    this.#client = describe(params.clientInfo)
    this.#capabilities = params.capabilities
    const exchange = this.#exchange(message)
    this.#open(message, exchange).catch((error: unknown) => {
      this.#world.relay.log.error('initialize.failed', { explain: String(error) })
      this.#phase = 'new'
      this.#finish(
        message,
        exchange,
        errorBytes(message.id ?? null, ERROR.failed, 'the gateway failed to open the connection'),
        { outcome: 'failed' },
      )
    })
  }

  async #open(message: Inbound, exchange: Exchange): Promise<void> {
    const verdict = await decideRequest(this.#world.relay.controls.request, exchange, (control, error) =>
      this.#world.relay.log.error('control.failed', {
        control,
        method: 'initialize',
        explain: String(error),
      }),
    )
    if (verdict.kind !== 'pass') {
      this.#phase = 'new'
      return this.#refuse(
        message,
        verdict.kind === 'refuse' ? verdict : { kind: 'refuse', rule: verdict.rule, explain: 'refused' },
      )
    }
    const servers = await this.#world.servers(this.#view)
    if (this.#gone()) return
    const id = message.id ?? 'null'
    if (servers.length === 0) {
      this.#phase = 'new'
      const why = this.#world
        .excluded(this.#view)
        .map((one) => `${one.server} (${one.why})`)
        .join(', ')
      const explain =
        why === ''
          ? 'no server is configured here'
          : `no server here can be reached with "initialize": ${why}`
      const data = { supported: [...MODERN_REVISIONS], requested: message.params.protocolVersion as string }
      const bytes = errorBytes(id, ERROR.unsupportedVersion, explain, data)
      return this.#finish(message, exchange, bytes, {
        outcome: 'refused',
        rule: 'era/unsupported',
        explain,
        errorCode: ERROR.unsupportedVersion,
      })
    }
    const opened = await this.#servers.open(
      servers,
      message.params,
      this.#view,
      this.#world.excluded(this.#view),
    )
    if (this.#gone()) return
    if (!opened.ok) {
      this.#phase = 'new'
      return this.#refuse(message, opened.refusal)
    }
    this.#phase = 'open'
    const bytes = resultBytes(id, opened.result)
    this.#finish(message, exchange, bytes, { outcome: 'ok', resultBytes: bytes.length })
  }

  /** The client may leave while the servers are being opened. */
  #gone(): boolean {
    return this.#phase === 'closed'
  }

  /* Requests. */

  #setLevel(message: Inbound): void {
    const { level } = message.params
    if (!isLogLevel(level)) {
      return this.#refuse(message, {
        kind: 'refuse',
        rule: 'shape/params',
        explain: `"params.level" must be one of ${LOG_LEVELS.join(', ')}`,
        code: ERROR.invalidParams,
      })
    }
    // Of this conversation alone: its servers' processes are its own, and the gateway's log is the operator's.
    this.#servers.setLevel(level)
    this.#answerSelf(message, {})
  }

  #route(message: Inbound, flight: Flight): void {
    const servers = this.#servers.ready()
    const found = findRoute({
      era: 'legacy',
      method: message.method,
      params: message.params,
      view: this.#view,
      servers,
      catalog: this.#catalog,
      principal: this.#principal,
      taskKey: this.#world.relay.taskKey,
      withResources: servers.filter((server) => this.#servers.offers(server, 'resources')),
      refresh: (which, methods) => this.#fillCatalog(message, which, methods),
    })
    const known = found instanceof Promise ? found : this.#learnTool(message, found)
    if (!(known instanceof Promise)) return this.#go(message, flight, known)
    known
      .then(async (route) => this.#go(message, flight, await this.#learnTool(message, route)))
      .catch((error: unknown) => this.#failed(message, error))
  }

  /** A modern HTTP server may want arguments mirrored in headers: its tools have to be seen before the first call. */
  #learnTool(message: Inbound, route: Route): Route | Promise<Route> {
    if (message.method !== 'tools/call' || route.kind === 'nowhere' || route.own === undefined) return route
    const session = this.#servers.session(route.server)
    if (session?.era !== 'modern' || session.server.kind !== 'http') return route
    if (this.#catalog.mirrored(route.server, route.own) !== undefined) return route
    return this.#fillCatalog(message, [route.server], ['tools/list']).then(() => route)
  }

  #go(message: Inbound, flight: Flight, route: Route): void {
    // Cancelled, or the client left, while its server was being looked for: then nothing is sent.
    if (this.#phase === 'closed' || this.#inFlight.get(message.id ?? 'null') !== flight) return
    if (route.kind === 'nowhere') return this.#refuse(message, route.refusal, route.data)
    const { server } = route
    const session = this.#servers.session(server)
    if (session === undefined) {
      return this.#refuse(message, {
        kind: 'refuse',
        rule: 'route/no-server',
        explain: `no server "${server}" in this connection`,
      })
    }
    const { method } = message
    if (session.era === 'modern' && SUBSCRIBING.has(method)) {
      this.#servers.subscribed(server, String(message.params.uri), method === 'resources/subscribe')
      return this.#answerSelf(message, {})
    }
    const id = message.id ?? 'null'
    const dialect = this.#servers.dialect(server)
    const exchange = this.#exchange(message, server, route.own)
    const params = dialect.params(method, { ...message.params, ...route.overrides })
    const text = paramsText(params)
    const mirrored = route.own === undefined ? [] : (this.#catalog.mirrored(server, route.own) ?? [])
    const headers = dialect.headers(method, params, exchange.row?.name?.member, mirrored)
    const seal = (taskId: string) =>
      exposeTaskId(this.#world.relay.taskKey, this.#principal, { server, taskId })
    const bare = session.era === 'legacy' && !('params' in message.value)
    flight.server = server
    flight.call = relayCall(
      this.#world.relay,
      exchange,
      {
        link: () => session.link(),
        params: bare ? () => undefined : text.of,
        ...(text.argumentsText === undefined ? {} : { argumentsText: text.argumentsText }),
        ...(headers === undefined ? {} : { headers }),
        deadlineMs: this.#world.deadlineMs(server),
        rewriteResult: (result) => {
          this.#noteAnswer(message, server, result)
          const mine = dialect.result(method, result)
          return replaceTaskIds(mine ?? result, seal) ?? mine
        },
        rewriteError: (error) => dialect.error(method, error),
        nextRound: (result) =>
          session.era === 'modern' && wantsInput(result)
            ? this.#nextRound(result, params, server, id)
            : undefined,
        rewriteNotification: (kind, body) => {
          if (kind !== 'notifications/progress') return this.#fromServer(server, kind, body)
          const token = progressTokenOf(message.params)
          return token === undefined
            ? null
            : { ...(replaceTaskIds(body, seal) ?? body), progressToken: token }
        },
        serverRequest: (request, link) => this.#serverRequest(server, request, link, id),
      },
      {
        notify: (bytes) => this.#send(bytes, id),
        answer: (bytes) => {
          if (this.#settle(id)) this.#port.send(bytes, { relatedTo: id, final: true })
        },
        cancelled: () => this.#port.abandon(id),
      },
    )
  }

  /** A modern server wants input: its questions go to the client, its answers back as the next round. */
  async #nextRound(
    result: JsonObject,
    params: JsonObject,
    server: string,
    id: string,
  ): Promise<((id: number) => string) | Refusal> {
    const round = await nextRound(result, params, this.#questions, this.#asker(server, id))
    return round.ok ? paramsText(round.params).of : round.refusal
  }

  #noteAnswer(message: Inbound, server: string, result: JsonObject): void {
    const { method } = message
    if (isListMethod(method)) noteResult(method, server, result, this.#catalog)
    else if (method === 'resources/subscribe')
      this.#servers.subscribed(server, String(message.params.uri), true)
    else if (method === 'resources/unsubscribe')
      this.#servers.subscribed(server, String(message.params.uri), false)
    else noteLinks(server, result, this.#catalog)
  }

  #listAll(message: Inbound, method: ListMethod, flight: Flight): void {
    const { params } = message
    this.#servers.wake()
    const offering = this.#servers
      .ready()
      .filter((server) => this.#servers.offers(server, capabilityOf(method)))
    const pages =
      params.cursor === undefined
        ? new Map(offering.map((one) => [one, undefined]))
        : readCursor(params.cursor)
    if (pages === undefined) {
      return this.#refuse(message, {
        kind: 'refuse',
        rule: 'lists/cursor',
        explain: '"params.cursor" is not one of ours',
        code: ERROR.invalidParams,
      })
    }
    const id = message.id ?? 'null'
    const exchange = this.#exchange(message)
    const calls: RelayedCall[] = []
    let gone = false
    const parts = offering
      .filter((server) => pages.has(server))
      .map(async (server): Promise<ListPart | undefined> => {
        const page = pages.get(server)
        const { asked, call } = this.#ask(
          exchange,
          server,
          method,
          page === undefined ? {} : { cursor: page },
        )
        calls.push(call)
        const got = await asked
        return got.ok ? { server, result: got.result } : undefined
      })
    flight.call = {
      cancel: (reason) => {
        gone = true
        for (const call of calls) call.cancel(reason)
        recordExchange(this.#world.relay, exchange, { outcome: 'cancelled', explain: reason }).then(
          () => this.#port.abandon(id),
          () => this.#port.abandon(id),
        )
      },
    }
    Promise.all(parts)
      .then((all) => {
        if (gone) return
        const listed = all.filter((part) => part !== undefined)
        const bytes = resultBytes(id, mergeLists(method, listed, this.#catalog, false))
        this.#finish(message, exchange, bytes, { outcome: 'ok', resultBytes: bytes.length })
      })
      .catch((error: unknown) => gone || this.#failed(message, error))
  }

  async #fillCatalog(
    message: Inbound,
    servers: readonly string[],
    methods: readonly ListMethod[],
  ): Promise<void> {
    const fill = async (server: string, method: ListMethod) => {
      if (!this.#servers.offers(server, capabilityOf(method))) return
      let cursor: JsonValue | undefined
      for (let page = 0; page < MAX_PAGES; page++) {
        const params: JsonObject = cursor === undefined ? {} : { cursor }
        const got = await this.#ask(this.#exchange(message), server, method, params).asked
        if (!got.ok) return
        noteResult(method, server, got.result, this.#catalog)
        cursor = got.result.nextCursor
        if (cursor === undefined) return
      }
    }
    await Promise.all(
      servers.flatMap((server) =>
        methods.map((method) => refreshOnce(this.#catalog, server, method, () => fill(server, method))),
      ),
    )
  }

  #ask(within: Exchange, server: string, method: string, params: JsonObject) {
    const session = this.#servers.session(server)
    const exchange = {
      ...within,
      server,
      method,
      params,
      row: methodRow(method, { era: 'legacy', sender: 'client', type: 'request' }),
      startedAt: this.#world.relay.now(),
    }
    const dialect = this.#servers.dialect(server)
    const full = dialect.params(method, params)
    const headers = dialect.headers(method, full, undefined, [])
    return askServer(this.#world.relay, exchange, {
      link: () => {
        if (session === undefined) throw new Error(`no session with "${server}"`)
        return session.link()
      },
      params: paramsText(full).of,
      ...(headers === undefined ? {} : { headers }),
      deadlineMs: this.#world.deadlineMs(server),
    })
  }

  /* Notifications of the client. */

  #notification(message: Inbound): void {
    const { method, params } = message
    switch (method) {
      case 'notifications/initialized':
        return this.#servers.clientReady()
      case 'notifications/cancelled':
        return this.#cancelled(params)
      case 'notifications/progress':
        if (!this.#questions.progress(params))
          this.#dropped(message, 'relay/unknown-progress', 'progress for no open question')
        return
      case 'notifications/roots/list_changed':
      case 'notifications/tasks/status':
        return this.#servers.notifyAll(method, 'params' in message.value ? writeJson(params) : undefined)
      default:
        if (this.#world.relay.config.methods.allow.includes(method)) {
          return this.#servers.notifyAll(method, 'params' in message.value ? writeJson(params) : undefined)
        }
        this.#dropped(message, 'method/unknown', 'a client may not send this notification')
    }
  }

  #cancelled(params: JsonObject): void {
    const id = params.requestId === undefined ? undefined : writeJson(params.requestId)
    const flight = id === undefined ? undefined : this.#inFlight.get(id)
    // Late: the answer is on its way, as the specification allows. And an opening may not be cancelled.
    if (flight === undefined || id === undefined || flight.message.method === 'initialize') return
    this.#settle(id)
    const reason = typeof params.reason === 'string' ? params.reason.slice(0, 200) : 'cancelled by the client'
    if (flight.call !== undefined) return flight.call.cancel(reason)
    recordExchange(this.#world.relay, this.#exchange(flight.message), {
      outcome: 'cancelled',
      explain: reason,
    }).then(
      () => this.#port.abandon(id),
      () => this.#port.abandon(id),
    )
  }

  /* What servers send on their own. */

  #serverRequest(server: string, message: Inbound, link: Link, relatedTo: string | undefined): void {
    this.#questions.ask({ ...this.#asker(server, relatedTo ?? this.#onlyCallTo(server)), link }, message)
  }

  #asker(server: string, relatedTo: string | undefined): Omit<Asker, 'link'> {
    return {
      server,
      principal: this.#principal,
      conversation: this.id,
      transport: this.#caller.transport,
      client: this.#client,
      capabilities: this.#capabilities,
      relatedTo,
    }
  }

  #serverNotification(server: string, message: Inbound): void {
    const { method, params } = message
    const exchange = this.#exchange({ method, params, bytes: message.bytes.length }, server)
    const pass = (kind: string) => {
      if (kind !== 'pass' || this.#phase === 'closed') return
      const rewritten = this.#fromServer(server, method, params)
      if (rewritten === null) return
      const bytes = rewritten === undefined ? exactBytes(message) : notificationBytes(method, rewritten)
      this.#send(bytes, method === 'notifications/message' ? this.#onlyCallTo(server) : undefined)
    }
    const verdict = decideResponse(this.#world.relay.controls.response, exchange, message, (control, error) =>
      this.#world.relay.log.error('control.failed', { control, method, explain: String(error) }),
    )
    if (verdict instanceof Promise) verdict.then((settled) => pass(settled.kind))
    else pass(verdict.kind)
  }

  /**
   * What of a server's notification is for this client, whichever stream it came on (`null`: nothing). A withdrawal
   * concerns the server's own questions, whatever id it names; what the specification does not know is dropped.
   */
  #fromServer(server: string, method: string, params: JsonObject): JsonObject | undefined | null {
    if (method === 'notifications/cancelled') {
      const link = this.#servers.session(server)?.live
      if (link !== undefined) this.#questions.withdraw(link, params)
      return null
    }
    const row = methodRow(method, { era: 'legacy', sender: 'server', type: 'notification' })
    if (row === undefined && !this.#world.relay.config.methods.allow.includes(method)) {
      const explain = 'a server may not send this notification'
      const exchange = this.#exchange({ method, params, bytes: 0 }, server)
      recordEvent(this.#world.relay, exchange, 'message.dropped', 'method/unknown', explain)
      return null
    }
    return this.#rewriteUnrelated(server, method, params)
  }

  /** `null`: not for this client. */
  #rewriteUnrelated(server: string, method: string, params: JsonObject): JsonObject | undefined | null {
    if (method === 'notifications/message' && !this.#servers.levelAllows(params.level)) return null
    if (method.endsWith('/list_changed')) this.#catalog.forget(server)
    const mine = this.#servers.dialect(server).notification(method, params)
    if (mine === null) return null
    const seal = (taskId: string) =>
      exposeTaskId(this.#world.relay.taskKey, this.#principal, { server, taskId })
    return replaceTaskIds(mine ?? params, seal) ?? mine
  }

  /** The client's only open call to a server: what a server on a pipe sends meanwhile most likely belongs to it. */
  #onlyCallTo(server: string): string | undefined {
    let found: string | undefined
    for (const [id, open] of this.#inFlight) {
      if (open.server !== server) continue
      if (found !== undefined) return undefined
      found = id
    }
    return found
  }

  /* Answers. */

  #send(bytes: Buffer, relatedTo: string | undefined): void {
    if (this.#phase === 'closed') return
    this.#port.send(bytes, relatedTo === undefined ? { final: false } : { relatedTo, final: false })
  }

  #answerSelf(message: Inbound, result: JsonObject): void {
    this.#finish(message, this.#exchange(message), resultBytes(message.id ?? 'null', result), {
      outcome: 'ok',
    })
  }

  #refuse(message: Inbound, refusal: Refusal, data?: JsonObject): void {
    const code = refusal.code ?? ERROR.refused
    const body = data ?? {
      rule: refusal.rule,
      ...(refusal.remedy === undefined ? {} : { remedy: refusal.remedy }),
    }
    const bytes = errorBytes(message.id ?? null, code, refusal.explain, body)
    this.#finish(message, this.#exchange(message), bytes, {
      outcome: 'refused',
      rule: refusal.rule,
      explain: refusal.explain,
      errorCode: code,
    })
  }

  #finish(message: Inbound, exchange: Exchange, bytes: Buffer, ending: Ending): void {
    const id = message.id ?? 'null'
    const send = (answer: Buffer) => {
      if (this.#settle(id)) this.#port.send(answer, { relatedTo: id, final: true })
    }
    recordExchange(this.#world.relay, exchange, ending).then(
      () => send(bytes),
      () =>
        send(
          errorBytes(
            id,
            ERROR.unavailable,
            'the audit trail cannot be written, and nothing passes unrecorded',
            { rule: 'audit/unavailable' },
          ),
        ),
    )
  }

  #dropped(message: Inbound, rule: string, explain: string): void {
    recordEvent(this.#world.relay, this.#exchange(message), 'message.dropped', rule, explain)
  }

  #exchange(
    message: Pick<Inbound, 'method' | 'params'> & {
      readonly id?: string | undefined
      readonly bytes: number | Buffer
    },
    server?: string,
    own?: string,
  ): Exchange {
    const { method, params, id } = message
    const row = methodRow(method, { era: 'legacy', sender: 'client', type: 'request' })
    const named = row?.name === undefined ? undefined : params[row.name.member]
    const correlation = correlationOf(params)
    return {
      principal: this.#principal,
      conversation: this.id,
      transport: this.#caller.transport,
      direction: 'client-to-server',
      era: 'legacy',
      method,
      row,
      ...(server === undefined ? {} : { server }),
      ...(own === undefined ? {} : { name: own }),
      ...(typeof named === 'string' ? { exposedName: named } : {}),
      params,
      ...(params.arguments === undefined ? {} : { arguments: params.arguments }),
      ...(id === undefined ? {} : { requestId: id }),
      ...(this.#client === undefined ? {} : { client: this.#client }),
      ...(correlation === undefined ? {} : { correlation }),
      bytes: typeof message.bytes === 'number' ? message.bytes : message.bytes.length,
      startedAt: this.#world.relay.now(),
      findings: [],
    }
  }
}
