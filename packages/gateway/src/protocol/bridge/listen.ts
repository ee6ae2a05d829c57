/**
 * `subscriptions/listen` over many servers as one stream (2026-07-28, "Subscriptions"): one acknowledgement of what
 * all of them together honour, then their notifications under the client's own subscription id, then one end.
 */
import { isObject, type JsonObject, type JsonValue } from '@sallyport/controls/json'
import { visible } from '@sallyport/controls/text'
import type { ModernCall } from '../../ingress/port.ts'
import type { Exchange } from '../../pipeline/exchange.ts'
import type { SessionPort } from '../../upstream/session.ts'
import type { SurfaceList } from '../../upstream/surface/surfaceView.ts'
import { META } from '../era.ts'
import { methodRow } from '../methods.ts'
import { mirrorHeaders } from '../mirror.ts'
import { exposeTaskId, openTaskId } from '../taskIds.ts'
import { replaceTaskIds } from '../taskRewrite.ts'
import { refusalFor } from './admitted.ts'
import type { ChangeListener } from './bridgedServer.ts'
import { CHANGES, changeOf, changeOnly, listsChangedBy, NO_DEADLINE_MS } from './changes.ts'
import { explainRule, type Told } from './findingLog.ts'
import { SERVER_INFO } from './greeting.ts'
import { notificationBytes, resultBytes } from './messageBytes.ts'
import {
  answered,
  exchangeOf,
  type ModernRequest,
  type ModernWorld,
  recordCancelled,
  refuse,
} from './modernRequest.ts'
import { viewOf } from './modernSurface.ts'
import { paramsText } from './paramsText.ts'
import { recordEvent } from './records.ts'
import { type RelayedCall, relayCall } from './relay.ts'

/** A server that has not acknowledged by then is left out of the acknowledgement; its events still pass. */
const ACKNOWLEDGE_MS = 5_000
const MAX_FILTER = 1_000

/** Opens one; refused, with the reason, when what it names is no filter or too much. */
export function listen(world: ModernWorld, request: ModernRequest, servers: readonly string[]): ModernCall {
  const wanted = request.message.params.notifications
  const uris = isObject(wanted) ? (wanted.resourceSubscriptions ?? []) : []
  const tasks = isObject(wanted) ? (wanted.taskIds ?? []) : []
  if (!isObject(wanted) || !isTextList(uris) || !isTextList(tasks)) {
    const explain =
      '"params.notifications" must be an object; its "resourceSubscriptions" and "taskIds" lists of texts'
    return refuse(world, request, { kind: 'refuse', rule: 'listen/filter', explain, code: -32602 })
  }
  const filters = splitFilter(world, request, servers, wanted, uris, tasks)
  const stream = new MergedStream(world, request)
  stream.open(filters)
  return stream
}

/** What each server is asked for: flags as they are, a URI or task id only to its owner. */
function splitFilter(
  world: ModernWorld,
  request: ModernRequest,
  servers: readonly string[],
  wanted: JsonObject,
  uris: readonly string[],
  tasks: readonly string[],
): Map<string, JsonObject> {
  const { taskIds: _t, resourceSubscriptions: _r, ...rest } = wanted
  const filters = new Map<string, JsonObject>(servers.map((server) => [server, { ...rest }]))
  const add = (server: string | undefined, member: string, value: string) => {
    const filter = server === undefined ? undefined : filters.get(server)
    if (filter === undefined) return
    const list = filter[member]
    filter[member] = Array.isArray(list) ? [...list, value] : [value]
  }
  const catalog = world.catalog(request.principal)
  for (const uri of uris) {
    add(servers.length === 1 ? servers[0] : catalog.resourceOwner(uri, servers), 'resourceSubscriptions', uri)
  }
  for (const task of tasks) {
    const own = openTaskId(world.relay.taskKey, request.principal, task)
    add(own?.server, 'taskIds', own?.taskId ?? '')
  }
  return filters
}

class MergedStream implements ModernCall {
  readonly #world: ModernWorld
  readonly #request: ModernRequest
  readonly #calls: RelayedCall[] = []
  readonly #honoured: JsonObject = Object.create(null)
  #filters = new Map<string, JsonObject>()
  readonly #waiting = new Set<string>()
  /** What came before the acknowledgement: of servers, and of the gateway itself. */
  readonly #early: { readonly bytes: Buffer; readonly own: boolean }[] = []
  #open = 0
  #acknowledged = false
  #over = false
  #timer: NodeJS.Timeout | undefined
  #unfollow: (() => void) | undefined
  /** What of it counts for its conversation. */
  readonly #subscribed: Exchange[] = []
  #lastFailure: { bytes: Buffer; status: number } | undefined

  constructor(world: ModernWorld, request: ModernRequest) {
    this.#world = world
    this.#request = request
  }

  open(filters: ReadonlyMap<string, JsonObject>): void {
    for (const server of filters.keys()) this.#waiting.add(server)
    this.#open = filters.size
    this.#timer = setTimeout(() => this.#acknowledge(), ACKNOWLEDGE_MS)
    this.#filters = new Map(filters)
    const { principal, conversation, message, envelope } = this.#request
    this.#unfollow = this.#world.relay.news.follow({
      principal,
      conversation,
      requestId: message.id,
      level: () => envelope.logLevel,
      uses: (server) => this.#filters.has(server),
      send: (bytes) => this.#forward(bytes, true),
    })
    // Nobody to wait for: its caller may hear of none.
    if (filters.size === 0) this.#acknowledge()
    for (const [server, notifications] of filters) {
      if (!Array.isArray(notifications.resourceSubscriptions)) this.#subscribe(server, notifications)
      else void this.#subscribeAllowed(server, notifications, notifications.resourceSubscriptions)
    }
  }

  /** Each resource is asked for as if it was read: what may not be is left out, and so not acknowledged. */
  async #subscribeAllowed(
    server: string,
    notifications: JsonObject,
    uris: readonly JsonValue[],
  ): Promise<void> {
    const allowed: JsonValue[] = []
    const method = 'resources/subscribe'
    const row = methodRow(method, { era: 'legacy', sender: 'client', type: 'request' })
    for (const uri of uris) {
      if (typeof uri !== 'string') continue
      const about = { method, row, name: uri, exposedName: uri, params: { uri } }
      const exchange = { ...exchangeOf(this.#world, this.#request, server), ...about }
      const refusal = await refusalFor(this.#world.relay, exchange)
      const kept = refusal === undefined && !this.#over
      this.#world.relay.held.settle(exchange, kept)
      if (kept) {
        allowed.push(uri)
        this.#subscribed.push(exchange)
      } else if (refusal !== undefined) {
        recordEvent(this.#world.relay, exchange, 'subscription.refused', refusal.rule, refusal.explain)
        this.#tell(exchange, refusal)
      }
    }
    if (this.#over) return
    const { resourceSubscriptions: _all, ...flags } = notifications
    const kept = allowed.length === 0 ? flags : { ...flags, resourceSubscriptions: allowed }
    this.#filters.set(server, kept)
    this.#subscribe(server, kept)
  }

  cancel(reason: string): void {
    if (this.#over) return
    this.#end(reason)
    recordCancelled(this.#world, exchangeOf(this.#world, this.#request), reason)
  }

  #subscribe(server: string, notifications: JsonObject): void {
    if (this.#world.eraOf(server) === 'legacy') return this.#subscribeLegacy(server, notifications)
    const { principal, conversation } = this.#request
    const session = this.#world.session(server, principal, conversation)
    const view = viewOf(session, this.#request)
    // Told apart from what its stream says: what is different when it is looked at after a start.
    this.#atEnd(view.follow((list) => this.#drifted(server, list)))
    const held = 'resourceSubscriptions' in notifications || 'taskIds' in notifications
    if (held) this.#atEnd(session.hold())
    else if (session.live === undefined && session.server.kind === 'stdio' && view.greeting() !== undefined)
      return this.#await(server, notifications, session)
    this.#listenTo(server, notifications, session, held)
  }

  /** A local server that does not run is not started to be listened to: it is, when something else starts it. */
  #await(server: string, notifications: JsonObject, session: SessionPort): void {
    const offered = viewOf(session, this.#request).greeting()?.capabilities
    const flags: JsonObject = {}
    for (const [kind, flag] of CHANGES)
      if (notifications[flag] === true && isObject(offered) && isObject(offered[kind])) flags[flag] = true
    this.#note(server, flags, (id) => id)
    this.#settled(server)
    const stop = session.onStart(() => {
      stop()
      this.#listenTo(server, notifications, session, false)
    })
    this.#atEnd(stop)
  }

  #listenTo(server: string, notifications: JsonObject, session: SessionPort, held: boolean): void {
    if (this.#over) return
    const { message } = this.#request
    const params: JsonObject = { ...message.params, notifications }
    let refused = false
    const call = relayCall(
      this.#world.relay,
      exchangeOf(this.#world, this.#request, server),
      {
        link: () => session.link(),
        params: paramsText(params).of,
        headers: mirrorHeaders(message.method, params, undefined, []),
        deadlineMs: NO_DEADLINE_MS,
        rewriteNotification: (method, body) => this.#rewrite(server, method, body),
        rewriteError: () => {
          refused = true
          return undefined
        },
      },
      {
        notify: (bytes) => this.#forward(bytes),
        tell: (exchange, why) => this.#tell(exchange, why),
        answer: (bytes, status) => {
          // Stopped, crashed, or not to be listened to: what is different is seen when it is started the next time.
          const stopped = session.server.kind === 'stdio' && (refused || session.live === undefined)
          if (stopped && this.#acknowledged && !held && !session.runtime.retired) {
            if (!this.#over) this.#await(server, notifications, session)
            return
          }
          this.#ended(server, bytes, status)
        },
      },
    )
    this.#calls.push(call)
  }

  #atEnd(end: () => void): void {
    this.#calls.push({ cancel: end })
  }

  /** What was found on it, as it goes: it may stay open for days. */
  #tell(exchange: Exchange, refusal: Told | undefined): void {
    const { relay } = this.#world
    for (const { rule } of exchange.findings)
      recordEvent(relay, exchange, 'notification.found', rule, explainRule(rule))
    relay.findingLog.tell(exchange, this.#request.envelope.logLevel, refusal, (bytes) =>
      this.#forward(bytes, true),
    )
  }

  /** A list is not what it was shown as. */
  #drifted(server: string, list: SurfaceList): void {
    const method = `notifications/${changeOf(list)}/list_changed`
    if (!this.#asked(server, method, {})) return
    this.#world.catalog(this.#request.principal).forget(server)
    this.#forward(notificationBytes(method, this.#stamp({})))
  }

  /** A legacy server sends its changes unasked: those asked for are passed on, its resources subscribed to. */
  #subscribeLegacy(server: string, notifications: JsonObject): void {
    const bridged = this.#world.bridged(server, this.#request)
    const wanted = isTextList(notifications.resourceSubscriptions ?? [])
      ? notifications.resourceSubscriptions
      : []
    const uris = new Set(Array.isArray(wanted) ? (wanted as string[]) : [])
    const flags: JsonObject = {}
    const listener: ChangeListener = {
      wants: (method, params) =>
        method === 'notifications/resources/updated'
          ? typeof params.uri === 'string' && uris.has(params.uri)
          : CHANGES.some(
              ([kind, flag]) => method === `notifications/${kind}/list_changed` && flags[flag] === true,
            ),
      deliver: (method, params) => this.#forward(notificationBytes(method, this.#stamp(params))),
    }
    let gone = false
    let unlisten = () => undefined as unknown
    this.#calls.push({
      cancel: () => {
        gone = true
        unlisten()
        for (const uri of uris) bridged.unsubscribe(uri)
      },
    })
    bridged.greeting().then(
      () => {
        if (gone) return
        for (const [kind, flag] of CHANGES) {
          // What is offered is watched by the gateway, also where its server does not say that it changes.
          if (notifications[flag] === true && bridged.offers(kind)) flags[flag] = true
        }
        const subscribed = bridged.offers('resources', 'subscribe') ? [...uris] : []
        if (subscribed.length === 0) uris.clear()
        unlisten = bridged.listen(listener)
        for (const uri of subscribed) bridged.subscribe(uri)
        this.#note(
          server,
          { ...flags, ...(subscribed.length === 0 ? {} : { resourceSubscriptions: subscribed }) },
          (id) => id,
        )
        this.#settled(server)
      },
      (error: unknown) => {
        this.#world.relay.log.debug('listen.failed', { server, explain: String(error) })
        this.#open--
        this.#settled(server)
      },
    )
  }

  /** Every notification of the stream carries the client's own id; the servers' acknowledgements become one. */
  #rewrite(server: string, method: string, body: JsonObject): JsonObject | null {
    const seal = (taskId: string) =>
      exposeTaskId(this.#world.relay.taskKey, this.#request.principal, { server, taskId })
    if (method === 'notifications/subscriptions/acknowledged') {
      this.#note(server, body.notifications, seal)
      this.#settled(server)
      return null
    }
    if (!this.#asked(server, method, body)) {
      const explain = `the client did not ask for ${visible(method)}`
      const exchange = exchangeOf(this.#world, this.#request, server)
      recordEvent(this.#world.relay, exchange, 'message.dropped', 'listen/unasked', explain)
      return null
    }
    if (method.endsWith('/list_changed')) {
      const { principal, conversation } = this.#request
      this.#world.catalog(principal).forget(server)
      const view = viewOf(this.#world.session(server, principal, conversation), this.#request)
      for (const list of listsChangedBy(method)) view.outdate(list)
    }
    return this.#stamp(changeOnly(method, body) ?? replaceTaskIds(body, seal) ?? body)
  }

  /** Did the client ask this server for this event? */
  #asked(server: string, method: string, body: JsonObject): boolean {
    const filter = this.#filters.get(server) ?? {}
    const change = CHANGES.find(([kind]) => method === `notifications/${kind}/list_changed`)
    if (change !== undefined) return filter[change[1]] === true
    const among = (member: string, value: JsonValue | undefined) => {
      const list = filter[member]
      return Array.isArray(list) && value !== undefined && list.includes(value)
    }
    if (method === 'notifications/resources/updated') return among('resourceSubscriptions', body.uri)
    if (method === 'notifications/tasks') return among('taskIds', body.taskId)
    return this.#world.relay.config.methods.allow.includes(method)
  }

  /** Adds what a server honours to the one acknowledgement: never more than it was asked for. */
  #note(server: string, notifications: JsonValue | undefined, seal: (id: string) => string): void {
    const filter = this.#filters.get(server) ?? {}
    if (!isObject(notifications)) return
    for (const [name, value] of Object.entries(notifications)) {
      const asked = Object.hasOwn(filter, name) ? filter[name] : undefined
      if (Array.isArray(value) && Array.isArray(asked)) {
        const kept = value.filter((item) => asked.includes(item))
        const shown = name === 'taskIds' ? kept.map((id) => (typeof id === 'string' ? seal(id) : id)) : kept
        const known = this.#honoured[name]
        this.#honoured[name] = Array.isArray(known) ? [...known, ...shown] : shown
      } else if (value === true && asked === true) this.#honoured[name] = true
    }
  }

  #stamp(body: JsonObject): JsonObject {
    const meta = isObject(body._meta) ? body._meta : {}
    const id = this.#request.message.value.id
    return { ...body, _meta: { ...meta, [META.subscriptionId]: id } }
  }

  #settled(server: string): void {
    this.#waiting.delete(server)
    if (this.#waiting.size === 0) this.#acknowledge()
  }

  /** The acknowledgement is the first message of the stream, whatever came earlier from a quick server. */
  #acknowledge(): void {
    if (this.#acknowledged || this.#over) return
    this.#acknowledged = true
    clearTimeout(this.#timer)
    const params = this.#stamp({ notifications: { ...this.#honoured } })
    this.#request.reply.notify(notificationBytes('notifications/subscriptions/acknowledged', params))
    for (const { bytes } of this.#early.splice(0)) this.#request.reply.notify(bytes)
  }

  #forward(bytes: Buffer, own = false): void {
    if (this.#over) return
    if (this.#acknowledged) this.#request.reply.notify(bytes)
    else if (this.#early.length < MAX_FILTER) this.#early.push({ bytes, own })
  }

  #ended(server: string, bytes: Buffer, status: number): void {
    if (this.#over) return
    this.#open--
    if (this.#waiting.has(server)) this.#lastFailure = { bytes, status }
    if (this.#open > 0) return this.#settled(server)
    // Nobody took the subscription: the client gets the server's own error.
    if (!this.#acknowledged && Object.keys(this.#honoured).length === 0 && this.#lastFailure !== undefined) {
      const { bytes: failure, status: code } = this.#lastFailure
      this.#end('the subscription failed')
      // An answer that has an HTTP status of its own has no stream.
      for (const { bytes: told, own } of this.#early)
        if (own && code === 200) this.#request.reply.notify(told)
      this.#request.reply.finish(failure, code)
      return
    }
    this.#acknowledge()
    this.#end('the subscription ended')
    const { id, value } = this.#request.message
    const result = {
      resultType: 'complete',
      _meta: { [META.subscriptionId]: value.id, [META.serverInfo]: SERVER_INFO },
    }
    const exchange = exchangeOf(this.#world, this.#request)
    answered(this.#world, this.#request, exchange, resultBytes(id ?? 'null', result), 200, { outcome: 'ok' })
  }

  /** However it ends, nothing of it stays: what it follows, holds or listens to would else be kept for a stream that is gone. */
  #end(reason: string): void {
    this.#over = true
    this.#unfollow?.()
    for (const exchange of this.#subscribed) this.#world.relay.held.release(exchange)
    clearTimeout(this.#timer)
    for (const call of this.#calls) call.cancel(reason)
  }
}

function isTextList(value: JsonValue): value is string[] {
  return Array.isArray(value) && value.length <= MAX_FILTER && value.every((item) => typeof item === 'string')
}
