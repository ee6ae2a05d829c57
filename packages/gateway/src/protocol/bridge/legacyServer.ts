/**
 * One server as one legacy conversation uses it: opened with the client's own `initialize` when something is first
 * called on it, answered for from memory before that, brought back to the same state when it has to start again.
 */
import { canonicalJson, isObject, type JsonObject, type JsonValue, writeJson } from '@sallyport/controls/json'
import type { Exchange } from '../../pipeline/exchange.ts'
import type { Link } from '../../upstream/link.ts'
import type { SessionPort } from '../../upstream/session.ts'
import { isSurfaceList, type ReadPage, type SurfaceView } from '../../upstream/surface/surfaceView.ts'
import { UpstreamUnavailable } from '../../upstream/unavailable.ts'
import { eraOf, LATEST_LEGACY, MODERN_REVISIONS } from '../era.ts'
import type { LogLevelName } from '../logLevels.ts'
import type { Inbound } from '../message.ts'
import { mirrorHeaders } from '../mirror.ts'
import { askServer } from './ask.ts'
import { type ChangedKind, changeOf, listsChangedBy } from './changes.ts'
import { type Dialect, LEGACY_TO_LEGACY, legacyGreeting, legacyToModern } from './dialect.ts'
import { ChangeFollower } from './followChanges.ts'
import type { LegacyWorld } from './legacyClient.ts'
import {
  currentLink,
  knowsItem,
  LOOK_MS,
  type Looking,
  readPages,
  recall,
  SHARED_SCOPE,
} from './remembered.ts'

/** What the conversation knows that its servers have to know. */
export interface ConversationFacts {
  /** Params of the client's `initialize`. */
  readonly params: JsonObject
  readonly level: LogLevelName | undefined
  /** It said `notifications/initialized`. */
  readonly clientReady: boolean
}

export interface LegacyServerHooks {
  readonly world: LegacyWorld
  readonly principal: string
  /** The conversation (`viewerOf`). */
  readonly viewer: string
  facts(): ConversationFacts
  exchangeOf(method: string, params: JsonObject, server: string): Exchange
  notification(server: string, message: Inbound): void
  request(server: string, message: Inbound, link: Link): void
  lost(link: Link): void
  /** It has shaken hands for the first time. */
  greeted(server: LegacyServer): void
}

const RESTORE_MS = 10_000
const NO_ITEM = { method: '', name: undefined }

export class LegacyServer {
  readonly id: string
  readonly session: SessionPort
  /** How it is spoken to for this client. */
  readonly dialect: Dialect
  readonly #hooks: LegacyServerHooks
  readonly #view: SurfaceView
  readonly #unfollow: () => void
  readonly #subscriptions = new Set<string>()
  readonly #looking: Looking
  readonly #toAnnounce = new Set<ChangedKind>()
  /** How changes of a modern server are heard of. */
  #follower: ChangeFollower | undefined
  #greeting: JsonObject | undefined
  #last: Link | undefined
  #closed = false

  constructor(id: string, hooks: LegacyServerHooks) {
    this.id = id
    this.#hooks = hooks
    const { viewer } = hooks
    this.#looking = {
      read: (link) => this.#reader(link),
      viewer,
      knows: (list, name) => knowsItem(hooks.world.relay, id, viewer, list, name),
    }
    this.session = hooks.world.openSession(id, hooks.principal, {
      handshake: async (link, greeting) => {
        this.#last = link
        await this.#shakeHands(link, greeting)
      },
      notification: (message) => this.#heard(message),
      request: (message, link) => hooks.request(id, message, link),
      lost: () => this.#last !== undefined && hooks.lost(this.#last),
      busy: () => this.#subscriptions.size > 0,
    })
    const { era } = this.session
    this.dialect = era === 'legacy' ? LEGACY_TO_LEGACY : legacyToModern(() => this.#clientFacts())
    const { capabilities, clientInfo } = this.#clientFacts()
    this.#view = this.session.views.of({
      era,
      principal: hooks.principal,
      ...(this.session.shared && era === 'legacy'
        ? SHARED_SCOPE
        : {
            revision: this.#revision(),
            declared: canonicalJson(capabilities),
            client: typeof clientInfo.name === 'string' ? clientInfo.name : '',
          }),
    })
    this.#unfollow = this.#view.follow((list) => this.#announceSoon(changeOf(list)))
  }

  /** What it answered to `initialize`, also earlier; a modern server's answer as a legacy client knows it. */
  get greeting(): JsonObject | undefined {
    return this.#greeting
  }

  offers(capability: string): boolean {
    const capabilities = this.#greeting?.capabilities
    return isObject(capabilities) && isObject(capabilities[capability])
  }

  /** Greets with what the server said of itself earlier, if there is such a thing and it may be shown. */
  async recallGreeting(): Promise<void> {
    const remembered = this.#view.greeting()
    if (remembered === undefined) return
    const { world, exchangeOf } = this.#hooks
    const modern = this.session.era === 'modern'
    const method = modern ? 'server/discover' : 'initialize'
    const greeting = await recall(world.relay, exchangeOf(method, {}, this.id), remembered)
    if (greeting === undefined) return
    if (modern) this.#greeting = legacyGreeting(greeting, this.#revision())
    else if (isLegacyGreeting(greeting)) this.#greeting = this.#asGreeting(greeting)
  }

  /** The client is initialized: so are the servers that run. */
  clientReady(): void {
    if (this.#greeting === undefined) return
    this.notify('notifications/initialized', undefined)
    this.refresh()
  }

  setLevel(level: LogLevelName): void {
    const link = this.session.live
    // A modern server is told with each request.
    if (link !== undefined && this.session.era === 'legacy') this.#tellLevel(link, level)
  }

  subscribed(uri: string, on: boolean): void {
    if (on) this.#subscriptions.add(uri)
    else this.#subscriptions.delete(uri)
    this.#follower?.subscribe(uri, on)
  }

  /**
   * Sends a notification to a legacy server that runs and is this conversation's own. The modern era has none: a server
   * that wants to know asks.
   */
  notify(method: string, params: string | undefined): void {
    if (this.session.era === 'legacy' && !this.session.shared) this.session.live?.notify(method, params)
  }

  /**
   * A page of a list as it is remembered, while the server does not run; nothing when it has to be asked. What comes
   * from memory passes the response controls like what comes from the server.
   */
  async recallPage(method: string, cursor: JsonValue | undefined): Promise<JsonObject | undefined> {
    if (this.session.live !== undefined || !isSurfaceList(method)) return undefined
    if (cursor !== undefined && typeof cursor !== 'string') return undefined
    const page = this.#view.page(method, cursor)
    if (page === undefined) return undefined
    const { world, exchangeOf } = this.#hooks
    const params = cursor === undefined ? {} : { cursor }
    const recalled = await recall(world.relay, exchangeOf(method, params, this.id), page)
    if (recalled !== undefined) this.refresh()
    return recalled
  }

  /** Notes a page that the server gave just now: to the client, or to a look-up of the gateway's own. */
  notePage(
    method: string,
    cursor: JsonValue | undefined,
    result: JsonObject,
    to: 'client' | 'look-up' = 'client',
  ): void {
    if (!isSurfaceList(method)) return
    if (cursor !== undefined && typeof cursor !== 'string') return
    if (to === 'client') this.#view.note(method, cursor, result, this.session.live)
    else this.#view.noteLookUp(method, cursor, result, this.session.live)
  }

  /** The connection for a call; a server that is started for it is looked at again first (`currentLink`). */
  linkFor(method: string, name: string | undefined): Link | Promise<Link> {
    const link = currentLink(this.session, this.#view, this.#looking, { method, name })
    // A modern server lists the same whatever was called.
    if (this.session.era === 'modern') return link
    if (!(link instanceof Promise)) return this.#used(link)
    return link.then((ready) => this.#used(ready))
  }

  /** Connects to a remote server, behind the client's back, to see whether it is still what it was shown as. */
  refresh(): void {
    const { session } = this
    if (session.server.kind !== 'http' || session.live !== undefined) return
    // Some servers answer nothing before the client is initialized.
    if (!this.#hooks.facts().clientReady && session.era === 'legacy') return
    Promise.resolve()
      .then(() => currentLink(session, this.#view, this.#looking, NO_ITEM))
      .catch((error: unknown) =>
        this.#hooks.world.relay.log.debug('surface.not-refreshed', {
          server: this.id,
          explain: String(error),
        }),
      )
  }

  /** Tells the client to list again what this server offers. */
  announce(): void {
    for (const kind of ['tools', 'prompts', 'resources'] as const)
      if (this.offers(kind)) this.#announceChange(kind)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#follower?.stop()
    this.#unfollow()
    await this.session.close()
  }

  #used(link: Link): Link {
    this.#view.use(link)
    return link
  }

  #clientFacts() {
    const { params, level } = this.#hooks.facts()
    const { capabilities, clientInfo } = params
    return {
      capabilities: isObject(capabilities) ? capabilities : {},
      clientInfo: isObject(clientInfo) ? clientInfo : {},
      logLevel: level,
    }
  }

  #revision(): string {
    return grantedRevision(this.#hooks.facts().params)
  }

  async #shakeHands(link: Link, shared: JsonObject | undefined): Promise<void> {
    if (link.era === 'modern') return this.#discover(link)
    if (shared !== undefined) return this.#greeted(shared, this.#asGreeting(shared))
    const { world, exchangeOf, facts } = this.#hooks
    const params = { ...facts().params, protocolVersion: this.#revision() }
    const { asked } = askServer(world.relay, exchangeOf('initialize', params, this.id), {
      link: () => link,
      params: () => writeJson(params),
      deadlineMs: world.deadlineMs(this.id),
    })
    const got = await asked
    if (!got.ok) throw this.#unusable(`"${this.id}" refused "initialize"`)
    const revision = got.result.protocolVersion
    if (typeof revision !== 'string' || !isLegacyGreeting(got.result)) {
      throw new UpstreamUnavailable(
        this.id,
        `"${this.id}" answered "initialize" with a revision that is not known`,
        'Update Sallyport or the server.',
      )
    }
    link.initialized(revision)
    const { clientReady, level } = facts()
    this.#greeted(got.said, got.result)
    if (clientReady) link.notify('notifications/initialized', undefined)
    if (level !== undefined) this.#tellLevel(link, level)
    for (const uri of this.#subscriptions) this.#tell(link, 'resources/subscribe', { uri })
  }

  #greeted(said: JsonObject, greeting: JsonObject): void {
    const first = this.#greeting === undefined
    this.#greeting = greeting
    this.#view.greeted(said)
    if (first) this.#hooks.greeted(this)
  }

  /** A remembered or shared greeting as this client gets it: a shared server was greeted with a revision of ours. */
  #asGreeting(said: JsonObject): JsonObject {
    return this.session.shared ? { ...said, protocolVersion: this.#revision() } : said
  }

  /** The handshake with a modern server: `server/discover`, and a stream for its changes. */
  async #discover(link: Link): Promise<void> {
    const { world, exchangeOf } = this.#hooks
    const method = 'server/discover'
    const params = this.dialect.params(method, {})
    const { asked } = askServer(world.relay, exchangeOf(method, params, this.id), {
      link: () => link,
      params: () => writeJson(params),
      headers: mirrorHeaders(method, params, undefined, []),
      deadlineMs: world.deadlineMs(this.id),
    })
    const got = await asked
    const offered = got.ok ? got.result.supportedVersions : undefined
    if (
      !got.ok ||
      !Array.isArray(offered) ||
      !MODERN_REVISIONS.some((revision) => offered.includes(revision))
    )
      throw this.#unusable(`"${this.id}" gave no usable answer to server/discover`)
    const greeting = legacyGreeting(got.result, this.#revision())
    const { capabilities } = greeting
    this.#follower?.stop()
    this.#follower = new ChangeFollower(link, {
      capabilities: isObject(capabilities) ? capabilities : {},
      envelope: (body) => this.dialect.params('subscriptions/listen', body),
      notification: (message) => this.#heard(message),
    })
    this.#follower.start(this.#subscriptions)
    this.#greeted(got.said, greeting)
  }

  #unusable(explain: string): UpstreamUnavailable {
    return new UpstreamUnavailable(this.id, explain, 'Its answer is in the audit trail and the log.')
  }

  /** Lists of the server just after its start, page by page. */
  #reader(link: Link): ReadPage {
    const { world, exchangeOf } = this.#hooks
    return readPages(this.id, (method, page) => {
      const params = this.dialect.params(method, page)
      const headers = this.dialect.headers(method, params, undefined, [])
      return askServer(world.relay, exchangeOf(method, params, this.id), {
        link: () => link,
        params: () => writeJson(params),
        ...(headers === undefined ? {} : { headers }),
        deadlineMs: Math.min(LOOK_MS, world.deadlineMs(this.id)),
      }).asked
    })
  }

  /** A notification of the server itself. */
  #heard(message: Inbound): void {
    for (const list of listsChangedBy(message.method)) this.#view.outdate(list)
    this.#hooks.notification(this.id, message)
  }

  /** Once for all lists of a kind that turn out to be other ones at the same time. */
  #announceSoon(kind: ChangedKind): void {
    if (this.#toAnnounce.has(kind)) return
    this.#toAnnounce.add(kind)
    queueMicrotask(() => {
      this.#toAnnounce.delete(kind)
      if (!this.#closed) this.#announceChange(kind)
    })
  }

  #announceChange(kind: ChangedKind): void {
    const method = `notifications/${kind}/list_changed`
    const value = { jsonrpc: '2.0', method }
    const bytes = Buffer.from(JSON.stringify(value))
    const message = {
      kind: 'notification',
      value,
      bytes,
      canonical: true,
      method,
      params: {},
      id: undefined,
    } as const
    this.#hooks.notification(this.id, message)
  }

  #tellLevel(link: Link, level: LogLevelName): void {
    if (this.offers('logging')) this.#tell(link, 'logging/setLevel', { level })
  }

  /** A request of the gateway's own that restores state; its answer changes nothing. */
  #tell(link: Link, method: string, params: JsonObject): void {
    const ignore = () => undefined
    const hooks = { notification: ignore, request: ignore, answer: ignore, failed: ignore }
    link.call({ method, params: () => writeJson(params), deadlineMs: RESTORE_MS, hooks })
  }
}

/** The revision a client gets: the one it asked for, if there is one of that name. */
export function grantedRevision({ protocolVersion }: JsonObject): string {
  return typeof protocolVersion === 'string' && eraOf(protocolVersion) === 'legacy'
    ? protocolVersion
    : LATEST_LEGACY
}

function isLegacyGreeting({ protocolVersion }: JsonObject): boolean {
  return typeof protocolVersion === 'string' && eraOf(protocolVersion) === 'legacy'
}
