/**
 * A legacy server as modern clients use it: one upstream session per principal, conversation and declared capabilities
 * (protocol.md section 3, "Modern front over legacy upstream").
 */
import { isObject, type JsonObject, writeJson } from '@sallyport/controls/json'
import type { Link } from '../../upstream/link.ts'
import type { SessionHooks, SessionPort } from '../../upstream/session.ts'
import type { SurfaceView } from '../../upstream/surface/surfaceView.ts'
import { UpstreamUnavailable } from '../../upstream/unavailable.ts'
import { eraOf, LATEST_LEGACY } from '../era.ts'
import { ERROR } from '../errors.ts'
import { type LogLevelName, levelAllows } from '../logLevels.ts'
import type { Inbound } from '../message.ts'
import { askServer } from './ask.ts'
import { changeOf, changeOnly, listsChangedBy } from './changes.ts'
import { type Dialect, modernToLegacy } from './dialect.ts'
import { exchangeOf, type ModernRequest, type ModernWorld } from './modernRequest.ts'
import { recallModern, viewOf } from './modernSurface.ts'

const RESTORE_MS = 10_000

/** A call under way that a server's question or log may belong to. */
export interface BridgedCallPart {
  /** The level its client asked for, if any. */
  readonly logLevel: LogLevelName | undefined
  /** It waits for its client's retry, and its server for an answer. */
  readonly isParked: boolean
  serverRequest(message: Inbound, link: Link): void
  serverWithdraws(params: JsonObject): void
  log(message: Inbound): void
}

export interface ChangeListener {
  wants(method: string, params: JsonObject): boolean
  deliver(method: string, params: JsonObject): void
}

export class BridgedServer {
  readonly session: SessionPort
  readonly dialect: Dialect
  /** Its surface as the clients of this session were shown it. */
  readonly view: SurfaceView
  readonly calls = new Set<BridgedCallPart>()
  readonly #listeners = new Set<ChangeListener>()
  #unfollow: (() => void) | undefined
  readonly #world: ModernWorld
  readonly #request: ModernRequest
  readonly #subscriptions = new Map<string, number>()
  #greeting: JsonObject | undefined
  #level: LogLevelName | undefined

  /** `request`: the first one of its kind; its capabilities are those of the session. */
  constructor(
    world: ModernWorld,
    request: ModernRequest,
    open: (hooks: SessionHooks) => SessionPort,
    lost: () => void,
  ) {
    this.#world = world
    this.#request = request
    this.dialect = modernToLegacy(() => {
      const info = this.#greeting?.serverInfo
      return isObject(info) ? info : undefined
    })
    this.session = open({
      handshake: (link, greeting) => this.#shakeHands(link, greeting),
      notification: (message) => this.#notification(message),
      request: (message, link) => this.#asked(message, link),
      lost,
      // Who only waits for its lists to change is told when it runs again (`view`).
      busy: () => this.#subscriptions.size > 0 || this.calls.size > 0,
    })
    this.view = viewOf(this.session, request)
  }

  /** The server's answer to `initialize`: remembered, or the session is started for it. */
  async greeting(): Promise<JsonObject> {
    if (this.session.live === undefined) {
      const server = this.session.server.id
      const known = await recallModern(this.#world, this.#request, server, this, 'server/discover')
      if (known !== undefined) this.#greeting = known
      if (known !== undefined) return known
    }
    await this.session.link()
    return this.#greeting ?? {}
  }

  /** Tells a subscription of changes, until the function it returns is called. */
  listen(listener: ChangeListener): () => void {
    this.#listeners.add(listener)
    this.#unfollow ??= this.view.follow((list) =>
      this.#deliver(`notifications/${changeOf(list)}/list_changed`, {}),
    )
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size > 0) return
      this.#unfollow?.()
      this.#unfollow = undefined
    }
  }

  /** Something of a client's depends on it: a call, also a parked one, or a subscription. */
  get inUse(): boolean {
    return this.calls.size > 0 || this.#listeners.size > 0
  }

  offers(capability: string, member?: string): boolean {
    const capabilities = this.#greeting?.capabilities
    const offered = isObject(capabilities) ? capabilities[capability] : undefined
    return isObject(offered) && (member === undefined || offered[member] === true)
  }

  /** The session's level is the most talkative any of its calls asked for; each call filters for itself. */
  wantLevel(level: LogLevelName): void {
    if (this.#level !== undefined && levelAllows(this.#level, level)) return
    this.#level = level
    const link = this.session.live
    if (link !== undefined) this.#tellLevel(link)
  }

  /** Subscriptions of several listeners to one resource are one at the server. */
  subscribe(uri: string): void {
    const count = this.#subscriptions.get(uri) ?? 0
    this.#subscriptions.set(uri, count + 1)
    const link = this.session.live
    if (link === undefined) return this.#startForSubscription()
    if (count === 0) this.#tell(link, 'resources/subscribe', { uri })
  }

  unsubscribe(uri: string): void {
    const count = this.#subscriptions.get(uri) ?? 0
    if (count > 1) {
      this.#subscriptions.set(uri, count - 1)
      return
    }
    this.#subscriptions.delete(uri)
    const link = this.session.live
    if (count === 1 && link !== undefined) this.#tell(link, 'resources/unsubscribe', { uri })
  }

  /** It is told of all subscriptions when it has shaken hands. */
  #startForSubscription(): void {
    Promise.resolve()
      .then(() => this.session.link())
      .catch((error: unknown) =>
        this.#world.relay.log.debug('subscribe.failed', {
          server: this.session.server.id,
          explain: String(error),
        }),
      )
  }

  async #shakeHands(link: Link, shared: JsonObject | undefined): Promise<void> {
    if (shared !== undefined) {
      this.#greeting = shared
      return this.view.greeted(shared)
    }
    const world = this.#world
    const { envelope } = this.#request
    const server = this.session.server.id
    const params: JsonObject = {
      protocolVersion: LATEST_LEGACY,
      capabilities: envelope.capabilities,
      clientInfo: envelope.clientInfo ?? { name: 'unknown', version: '0' },
    }
    const exchange = { ...exchangeOf(world, this.#request, server), method: 'initialize', params }
    const { asked } = askServer(world.relay, exchange, {
      link: () => link,
      params: () => writeJson(params),
      deadlineMs: world.deadlineMs(server),
    })
    const got = await asked
    const revision = got.ok ? got.result.protocolVersion : undefined
    if (!got.ok || typeof revision !== 'string' || eraOf(revision) !== 'legacy') {
      const remedy = 'Its answer is in the audit trail and the log.'
      throw new UpstreamUnavailable(server, `"${server}" gave no usable answer to "initialize"`, remedy)
    }
    this.#greeting = got.result
    this.view.greeted(got.said)
    link.initialized(revision)
    link.notify('notifications/initialized', undefined)
    this.#tellLevel(link)
    for (const uri of this.#subscriptions.keys()) this.#tell(link, 'resources/subscribe', { uri })
  }

  #notification(message: Inbound): void {
    const { method, params } = message
    if (method === 'notifications/cancelled') {
      for (const call of this.calls) call.serverWithdraws(params)
      return
    }
    if (method === 'notifications/message') {
      // On a pipe a log names no call: the latest that asked for logs gets it.
      const [latest] = [...this.calls].filter((call) => call.logLevel !== undefined).slice(-1)
      latest?.log(message)
      return
    }
    for (const list of listsChangedBy(method)) this.view.outdate(list)
    this.#deliver(method, changeOnly(method, params) ?? params)
  }

  #deliver(method: string, params: JsonObject): void {
    if (method.endsWith('/list_changed'))
      this.#world.catalog(this.#request.principal).forget(this.session.server.id)
    for (const listener of this.#listeners)
      if (listener.wants(method, params)) listener.deliver(method, params)
  }

  /**
   * A question on a pipe does not say to which call it belongs. It is that of the only call that runs: a parked one has asked, and
   * waits. Should that one ask once more just now, the client sees the question with another call of its own; the answer
   * goes to the question all the same. With several calls running nobody is asked.
   */
  #asked(message: Inbound, link: Link): void {
    const id = message.id ?? 'null'
    if (message.method === 'ping') return link.respond(id, '"result":{}')
    const running = [...this.calls].filter((call) => !call.isParked)
    const [only, ...more] = running.length > 0 ? running : this.calls
    if (only !== undefined && more.length === 0) return only.serverRequest(message, link)
    const explain = 'it cannot be told which call this belongs to'
    this.session.runtime.dropped('bridge/unrelated', explain)
    link.respond(id, `"error":${writeJson({ code: ERROR.refused, message: explain })}`)
  }

  #tellLevel(link: Link): void {
    if (this.#level !== undefined && this.offers('logging'))
      this.#tell(link, 'logging/setLevel', { level: this.#level })
  }

  /** A request of the gateway's own that sets state; its answer changes nothing. */
  #tell(link: Link, method: string, params: JsonObject): void {
    const ignore = () => undefined
    const hooks = { notification: ignore, request: ignore, answer: ignore, failed: ignore }
    link.call({ method, params: () => writeJson(params), deadlineMs: RESTORE_MS, hooks })
  }
}
