/**
 * Legacy client, servers of either era: one conversation (a stdio connection or an HTTP session) with a connection of
 * its own to every server it uses. Nothing of it is shared with another conversation.
 */
import { isObject, type JsonObject, writeJson } from '@sallyport/controls/json'
import type { Caller, LegacyConversation, LegacyPort, View } from '../../ingress/port.ts'
import { SUBSCRIBE } from '../../pipeline/controls/subscriptions.ts'
import { TOOL_CALL } from '../../pipeline/counted.ts'
import { viewerOf } from '../../pipeline/exchange.ts'
import { SubscriptionPlace } from '../../pipeline/subscriptions.ts'
import type { Refusal } from '../../pipeline/verdict.ts'
import type { Link } from '../../upstream/link.ts'
import type { SessionPort } from '../../upstream/session.ts'
import type { Catalog } from '../catalog.ts'
import { ERROR, errorBytes } from '../errors.ts'
import { isLogLevel, LOG_LEVELS } from '../logLevels.ts'
import type { Inbound } from '../message.ts'
import { exposeTaskId } from '../taskIds.ts'
import { replaceTaskIds } from '../taskRewrite.ts'
import { refusalFor } from './admitted.ts'
import { unavailableRefusal } from './failures.ts'
import { nextRound, wantsInput } from './inputRounds.ts'
import { LegacyClient, type LegacyWorld, type OpenRequest, refusal } from './legacyClient.ts'
import { fillCatalog, type LegacyListing, listAll, listOne } from './legacyLists.ts'
import { LegacyNotices } from './legacyNotices.ts'
import { openConversation } from './legacyOpening.ts'
import { LegacyServers } from './legacyServers.ts'
import { isListMethod, isMergedList, noteLinks, noteResult } from './lists.ts'
import { notificationBytes, resultBytes } from './messageBytes.ts'
import { OwnTasks } from './ownTasks.ts'
import { paramsText, progressTokenOf } from './paramsText.ts'
import { patientCall } from './patientCall.ts'
import { findRoute, type Route } from './routes.ts'
import { ServerRequests } from './serverRequests.ts'
import { StartNotice } from './startNotice.ts'

type ServerRoute = Extract<Route, { kind: 'server' }>

/** Translated for modern servers, which have a stream for it instead. */
const SUBSCRIBING = new Set([SUBSCRIBE, 'resources/unsubscribe'])

export class LegacyFront implements LegacyConversation {
  readonly #world: LegacyWorld
  readonly #client: LegacyClient
  readonly #catalog: Catalog
  readonly #questions: ServerRequests
  readonly #servers: LegacyServers
  readonly #notices: LegacyNotices
  readonly #listing: LegacyListing
  readonly #tasks = new OwnTasks()
  readonly #unfollow: () => void
  #subscribing: Promise<void> = Promise.resolve()
  #phase: 'new' | 'opening' | 'open' | 'closed' = 'new'

  constructor(world: LegacyWorld, caller: Caller, view: View, port: LegacyPort) {
    this.#world = world
    const client = new LegacyClient(world.relay, caller, view, port)
    this.#client = client
    this.#catalog = world.newCatalog()
    this.#questions = new ServerRequests(world.relay, (bytes, relatedTo) => client.send(bytes, relatedTo))
    this.#servers = new LegacyServers({
      world,
      principal: client.principal,
      viewer: viewerOf({ principal: client.principal, conversation: client.id }),
      exchangeOf: (method, params, server) => client.exchange({ method, params, bytes: 0 }, server),
      notification: (server, message) => this.#notices.heard(server, message),
      request: (server, message, link) => this.#serverRequest(server, message, link, undefined),
      lost: (link) => this.#questions.dropLink(link),
    })
    this.#notices = new LegacyNotices({
      world,
      client,
      catalog: this.#catalog,
      questions: this.#questions,
      servers: this.#servers,
    })
    this.#listing = { world, client, servers: this.#servers, catalog: this.#catalog, tasks: this.#tasks }
    this.#unfollow = world.relay.news.follow({
      principal: client.principal,
      conversation: client.id,
      level: () => client.logLevel,
      // Opened for it once is not enough: its scopes may be narrower by now.
      uses: (server) => this.#servers.session(server) !== undefined && client.sees(server),
      send: (bytes, id) =>
        client.send(bytes, id === undefined || client.find(id) === undefined ? undefined : id),
    })
  }

  get id(): string {
    return this.#client.id
  }

  receive(message: Inbound): void {
    if (this.#phase === 'closed') return
    if (message.kind === 'request') return this.#guarded(message)
    if (message.kind === 'notification') return this.#notification(message)
    if (!this.#questions.answer(message)) {
      const said = { method: '(response)', params: {}, bytes: 0 }
      const explain = 'the client answered a question that is not open'
      this.#client.dropped(said, 'relay/unknown-answer', explain)
    }
  }

  answers(id: string): boolean {
    return this.#client.find(id) !== undefined
  }

  renew(caller: Caller): void {
    this.#client.renew(caller)
    if (this.#world.relay.scopes === undefined || this.#phase !== 'open') return
    // Here and now where that can be: the call that it comes with may be for one of them.
    const known = this.#world.servers(this.#client.view)
    if (known instanceof Promise)
      known.then(
        (servers) => this.#join(servers),
        (error: unknown) => this.#notJoined(error),
      )
    else this.#join(known)
  }

  /** With wider scopes there are servers that were not opened for it before. */
  #join(servers: readonly string[]): void {
    if (this.#phase !== 'open') return
    const seen = servers.filter((server) => this.#client.sees(server))
    this.#servers.join(seen).catch((error: unknown) => this.#notJoined(error))
  }

  #notJoined(error: unknown): void {
    this.#world.relay.log.warn('list.left-out', { explain: String(error) })
  }

  async close(reason: string): Promise<void> {
    if (this.#phase === 'closed') return
    this.#phase = 'closed'
    this.#unfollow()
    this.#client.leave(reason)
    this.#world.relay.held.dropAll({ principal: this.#client.principal, conversation: this.#client.id })
    this.#questions.close()
    await this.#servers.close()
  }

  /** Whatever throws in routing ends this request, not the gateway. */
  #guarded(message: Inbound): void {
    try {
      this.#request(message)
    } catch (error) {
      this.#client.failed(message, error)
    }
  }

  #request(message: Inbound): void {
    const id = message.id ?? 'null'
    const { method } = message
    const client = this.#client
    const { flights, config } = this.#world.relay
    if (client.find(id) !== undefined) return client.refuseDuplicate(message, id)
    // An opening and a ping are never refused for want of a place: they are how a client finds out.
    const free = method === 'initialize' || method === 'ping'
    const place = free ? () => undefined : flights.take(client.id, config.limits)
    const request = client.enter(message, typeof place === 'string' ? () => undefined : place)
    if (typeof place === 'string') {
      const remedy = 'Wait for an answer, or raise "limits.maxInFlightPerClient" or "limits.maxInFlight".'
      return client.refuse(message, { kind: 'refuse', rule: 'limits/in-flight', explain: place, remedy })
    }
    if (method === 'initialize') return this.#initialize(message)
    if (method === 'ping') return client.answerSelf(message, {})
    if (this.#phase !== 'open') {
      const explain = 'the first request of a connection is "initialize"'
      return client.refuse(message, refusal('relay/not-initialized', explain, ERROR.invalidRequest))
    }
    if (method === 'logging/setLevel') return this.#setLevel(message)
    if (client.view.kind === 'all' && isMergedList(method)) return listAll(this.#listing, request, method)
    this.#route(request)
  }

  #initialize(message: Inbound): void {
    const client = this.#client
    if (this.#phase !== 'new') {
      const explain = 'the connection is initialized already'
      return client.refuse(message, refusal('relay/initialized-twice', explain, ERROR.invalidRequest))
    }
    const { protocolVersion, capabilities, clientInfo } = message.params
    if (typeof protocolVersion !== 'string' || !isObject(capabilities) || !isObject(clientInfo)) {
      const explain =
        '"initialize" needs a text "protocolVersion" and objects "capabilities" and "clientInfo"'
      return client.refuse(message, refusal('shape/params', explain, ERROR.invalidParams))
    }
    this.#phase = 'opening'
    client.introduce(clientInfo, capabilities)
    const exchange = client.exchange(message)
    openConversation(this.#world, client, this.#servers, exchange).then(
      (opening) => {
        if (opening.kind === 'gone') return
        this.#phase = opening.kind === 'open' ? 'open' : 'new'
        if (opening.kind === 'refused') return client.refuse(message, opening.refusal, opening.data)
        const bytes = resultBytes(message.id ?? 'null', opening.greeting)
        client.finish(message, exchange, bytes, { outcome: 'ok', resultBytes: bytes.length })
      },
      (error: unknown) => {
        this.#world.relay.log.error('initialize.failed', { explain: String(error) })
        if (client.gone) return
        this.#phase = 'new'
        const explain = 'the gateway failed to open the connection; its log says why'
        const bytes = errorBytes(message.id ?? null, ERROR.failed, explain)
        client.finish(message, exchange, bytes, { outcome: 'failed' })
      },
    )
  }

  #setLevel(message: Inbound): void {
    const { level } = message.params
    if (!isLogLevel(level)) {
      return this.#client.refuse(message, {
        kind: 'refuse',
        rule: 'shape/params',
        explain: `"params.level" must be one of ${LOG_LEVELS.join(', ')}`,
        code: ERROR.invalidParams,
      })
    }
    // Of this conversation alone: its servers' processes are its own, and the gateway's log is the operator's.
    this.#client.logLevel = level
    this.#servers.setLevel(level)
    this.#client.answerSelf(message, {})
  }

  #route(request: OpenRequest): void {
    const { message } = request
    const servers = this.#servers.ready()
    const found = findRoute({
      era: 'legacy',
      method: message.method,
      params: message.params,
      view: this.#client.view,
      servers,
      catalog: this.#catalog,
      principal: this.#client.principal,
      taskKey: this.#world.relay.taskKey,
      withResources: servers.filter((server) => this.#servers.offers(server, 'resources')),
      pins: this.#world.relay.pins,
      refresh: (which, methods) => fillCatalog(this.#listing, message, which, methods),
    })
    const known = found instanceof Promise ? found : this.#learnTool(message, found)
    if (!(known instanceof Promise)) return this.#go(request, known)
    known
      .then(async (route) => this.#go(request, await this.#learnTool(message, route)))
      .catch((error: unknown) => this.#client.failed(message, error))
  }

  /** A modern HTTP server may want arguments mirrored in headers: its tools have to be seen before the first call. */
  #learnTool(message: Inbound, route: Route): Route | Promise<Route> {
    if (message.method !== 'tools/call' || route.kind === 'nowhere' || route.own === undefined) return route
    const session = this.#servers.session(route.server)
    if (session?.era !== 'modern' || session.server.kind !== 'http') return route
    if (this.#catalog.mirrored(route.server, route.own) !== undefined) return route
    return fillCatalog(this.#listing, message, [route.server], ['tools/list']).then(() => route)
  }

  #go(request: OpenRequest, route: Route): void {
    const { message } = request
    const client = this.#client
    // Cancelled, or the client left, while its server was being looked for: then nothing is sent.
    if (client.find(message.id ?? 'null') !== request) return
    if (route.kind === 'nowhere') return this.#client.refuse(message, route.refusal, route.data)
    const { server } = route
    const session = this.#servers.session(server)
    if (session === undefined) {
      return this.#client.refuse(message, {
        kind: 'refuse',
        rule: 'route/no-server',
        explain: `no server "${server}" in this connection`,
      })
    }
    const { method } = message
    if (session.era === 'modern' && SUBSCRIBING.has(method)) return this.#subscribe(message, server)
    if (session.shared && SUBSCRIBING.has(method)) {
      const explain = `"${server}" is shared by conversations ("servers.${server}.share"): none can subscribe for itself`
      return this.#client.refuse(message, refusal('route/shared', explain, ERROR.methodNotFound))
    }
    if (isListMethod(method) && session.live === undefined)
      return listOne(this.#listing, request, server, method, () => this.#send(request, route, session))
    this.#send(request, route, session)
  }

  /** To a modern server, which has a stream for it: one that does not run is started. */
  #subscribe(message: Inbound, server: string): void {
    const on = message.method === SUBSCRIBE
    const uri = String(message.params.uri)
    const set = (subscribed: boolean) => this.#servers.subscribed(server, uri, subscribed)
    const subscribe = async () => {
      const { relay } = this.#world
      const exchange = this.#client.exchange(message, server, uri)
      const refused = await refusalFor(relay, exchange)
      if (refused !== undefined) {
        relay.held.settle(exchange, false)
        return this.#client.refuse(message, refused)
      }
      set(on)
      if (!on) relay.held.drop(exchange)
      try {
        await this.#servers.linkFor(server, message.method, undefined)
        relay.held.settle(exchange, !this.#client.gone)
        this.#client.answerSelf(message, {})
      } catch (error) {
        relay.held.settle(exchange, false)
        if (on) set(false)
        this.#client.refuse(message, unavailableRefusal(server, error))
      }
    }
    // One after the other: what is taken back last must not be granted by a check that took longer.
    this.#subscribing = this.#subscribing.then(subscribe)
  }

  #send(request: OpenRequest, route: ServerRoute, session: SessionPort): void {
    const { message } = request
    const { server } = route
    const { method } = message
    const client = this.#client
    const id = message.id ?? 'null'
    const dialect = this.#servers.dialect(server)
    const exchange = this.#client.exchange(message, server, route.own)
    const params = dialect.params(method, { ...message.params, ...route.overrides })
    const text = paramsText(params)
    const mirrored = route.own === undefined ? [] : (this.#catalog.mirrored(server, route.own) ?? [])
    const headers = dialect.headers(method, params, exchange.row?.name?.member, mirrored)
    const seal = (taskId: string) =>
      exposeTaskId(this.#world.relay.taskKey, this.#client.principal, { server, taskId })
    const bare = session.era === 'legacy' && !('params' in message.value)
    const notice = StartNotice.for(server, progressTokenOf(message.params), (body) => {
      if (client.find(id) === request) client.send(notificationBytes('notifications/progress', body), id)
    })
    const place = method === SUBSCRIBE ? new SubscriptionPlace(this.#world.relay.held, exchange) : undefined
    request.server = server
    request.call = patientCall(
      this.#world.relay,
      exchange,
      {
        link: () => {
          const link = isListMethod(method)
            ? session.link()
            : this.#servers.linkFor(server, method, route.own)
          return notice === undefined ? link : notice.during(link)
        },
        params: bare ? () => undefined : (place?.sending(text.of) ?? text.of),
        ...(text.argumentsText === undefined ? {} : { argumentsText: text.argumentsText }),
        ...(headers === undefined ? {} : { headers }),
        deadlineMs: this.#world.deadlineMs(server, method === TOOL_CALL ? route.own : undefined),
        rewriteResult: (result, said) => {
          this.#noteAnswer(message, server, result, said)
          const own = method === 'tasks/list' ? this.#tasks.only(server, result) : undefined
          const mine = own ?? dialect.result(method, result)
          return replaceTaskIds(mine ?? result, seal) ?? mine
        },
        rewriteError: (error) => {
          place?.failed()
          return dialect.error(method, error)
        },
        nextRound: (result) =>
          session.era === 'modern' && wantsInput(result)
            ? this.#nextRound(result, params, server, id)
            : undefined,
        rewriteNotification: (kind, body) => {
          if (kind !== 'notifications/progress') return this.#notices.shown(server, kind, body)
          const token = progressTokenOf(message.params)
          return token === undefined || notice?.passes(body.progress) === false
            ? null
            : { ...(replaceTaskIds(body, seal) ?? body), progressToken: token }
        },
        serverRequest: (question, link) => this.#serverRequest(server, question, link, id),
      },
      {
        notify: (bytes) => client.send(bytes, id),
        logLevel: () => client.logLevel,
        ask: () =>
          client.elicitsForms
            ? {
                form: (form, signal) =>
                  this.#questions.askOwn('elicitation/create', form, { relatedTo: id, signal }),
              }
            : {},
        opensUrls: () => (client.elicitsUrls ? 'error' : undefined),
        answer: (bytes) => {
          place?.ended()
          this.#questions.callEnded(id, method)
          client.answer(bytes, id)
        },
        cancelled: () => {
          place?.ended()
          notice?.stop()
          this.#questions.callEnded(id, method)
          client.abandon(id)
        },
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
    const round = await nextRound(result, params, this.#questions, this.#client.asker(server, id))
    return round.ok ? paramsText(round.params).of : round.refusal
  }

  #noteAnswer(message: Inbound, server: string, result: JsonObject, said: JsonObject): void {
    const { method } = message
    if (isListMethod(method)) {
      this.#servers.notePage(server, method, message.params.cursor, said)
      noteResult(method, server, result, this.#catalog)
    } else if (method === SUBSCRIBE) this.#servers.subscribed(server, String(message.params.uri), true)
    else if (method === 'resources/unsubscribe') {
      const uri = String(message.params.uri)
      this.#servers.subscribed(server, uri, false)
      this.#world.relay.held.drop(this.#client.exchange(message, server, uri))
    } else noteLinks(server, result, this.#catalog)
    this.#tasks.note(server, result)
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
          this.#client.dropped(message, 'relay/unknown-progress', 'progress for no open question')
        return
      case 'notifications/tasks/status': {
        const owner = this.#questions.taskOwner(params.taskId)
        if (owner !== undefined) return this.#servers.notify(owner, method, writeJson(params))
        return this.#client.dropped(message, 'tasks/unknown', 'the status of a task that no server asked for')
      }
      case 'notifications/roots/list_changed':
        return this.#servers.notifyAll(method, 'params' in message.value ? writeJson(params) : undefined)
      default:
        if (this.#world.relay.config.methods.allow.includes(method)) {
          return this.#servers.notifyAll(method, 'params' in message.value ? writeJson(params) : undefined)
        }
        this.#client.dropped(message, 'method/unknown', 'a client may not send this notification')
    }
  }

  #cancelled(params: JsonObject): void {
    if (params.requestId === undefined) return
    const reason = typeof params.reason === 'string' ? params.reason.slice(0, 200) : 'cancelled by the client'
    this.#client.cancel(writeJson(params.requestId), reason)
  }

  /* What servers send on their own. */

  #serverRequest(server: string, message: Inbound, link: Link, relatedTo: string | undefined): void {
    const asker = this.#client.asker(server, relatedTo ?? this.#client.onlyCallTo(server))
    this.#questions.ask({ ...asker, link, guessed: relatedTo === undefined }, message)
  }
}
