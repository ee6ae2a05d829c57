/**
 * The servers of one legacy conversation: opened together, each with the client's own `initialize`, and brought back
 * to the same state (log level, subscriptions) when one has to be started again.
 */
import { isObject, type JsonObject, type JsonValue, writeJson } from '@sallyport/controls/json'
import type { View } from '../../ingress/port.ts'
import type { Exchange } from '../../pipeline/exchange.ts'
import type { Refusal } from '../../pipeline/verdict.ts'
import type { Link } from '../../upstream/link.ts'
import type { ServerSession } from '../../upstream/session.ts'
import { UpstreamUnavailable } from '../../upstream/unavailable.ts'
import { eraOf, LATEST_LEGACY, MODERN_REVISIONS } from '../era.ts'
import { type LogLevelName, levelAllows } from '../logLevels.ts'
import type { Inbound } from '../message.ts'
import { mirrorHeaders } from '../mirror.ts'
import { askServer } from './ask.ts'
import { type Dialect, LEGACY_TO_LEGACY, legacyGreeting, legacyToModern } from './dialect.ts'
import { unavailableRefusal } from './failures.ts'
import { ChangeFollower } from './followChanges.ts'
import { type Excluded, mergeCapabilities, mergeInstructions, SERVER_INFO } from './greeting.ts'
import type { LegacyWorld } from './legacyClient.ts'

/** A client waits this long for slow servers to open; they join later with `list_changed`. */
const OPENING_MS = 10_000

interface OpenServer {
  readonly session: ServerSession
  readonly dialect: Dialect
  /** The server's answer to `initialize`. */
  greeting: JsonObject | undefined
  readonly subscriptions: Set<string>
  /** How changes of a modern server are heard of. */
  follower: ChangeFollower | undefined
}

export interface LegacyServersHooks {
  readonly world: LegacyWorld
  exchangeOf(method: string, params: JsonObject, server: string): Exchange
  notification(server: string, message: Inbound): void
  request(server: string, message: Inbound, link: Link): void
  lost(link: Link): void
}

export type Opened =
  | { readonly ok: true; readonly result: JsonObject }
  | { readonly ok: false; readonly refusal: Refusal }

export class LegacyServers {
  readonly #hooks: LegacyServersHooks
  readonly #open = new Map<string, OpenServer>()
  #params: JsonObject = {}
  #level: LogLevelName | undefined
  #clientReady = false
  #announceLate = false

  constructor(hooks: LegacyServersHooks) {
    this.#hooks = hooks
  }

  /** Opens all servers of a view; the result is what the client gets for its `initialize`. */
  async open(
    servers: readonly string[],
    params: JsonObject,
    view: View,
    excluded: readonly Excluded[],
  ): Promise<Opened> {
    this.#params = params
    const starts = servers.map((server) => this.#start(server))
    const [only] = servers
    if (view.kind === 'one' && only !== undefined) {
      try {
        await starts[0]
      } catch (error) {
        this.#open.delete(only)
        return { ok: false, refusal: unavailableRefusal(only, error) }
      }
      const result = this.#open.get(only)?.greeting
      return result === undefined
        ? { ok: false, refusal: unavailableRefusal(only, undefined) }
        : { ok: true, result }
    }
    await settledWithin(OPENING_MS, starts)
    this.#announceLate = true
    return { ok: true, result: this.#merge(servers, excluded) }
  }

  /** Servers this conversation may send to, in order. */
  ready(): string[] {
    return [...this.#open.keys()]
  }

  /** Tries again, behind the client's back, the servers that did not open; one that does announces itself. */
  wake(): void {
    for (const { session, greeting } of this.#open.values()) {
      if (greeting !== undefined) continue
      // The failure is recorded and shown in `status` by the server's runtime.
      Promise.resolve()
        .then(() => session.link())
        .catch(() => undefined)
    }
  }

  session(server: string): ServerSession | undefined {
    return this.#open.get(server)?.session
  }

  /** How a server is spoken to for this client. */
  dialect(server: string): Dialect {
    return this.#open.get(server)?.dialect ?? LEGACY_TO_LEGACY
  }

  offers(server: string, capability: string): boolean {
    const capabilities = this.#open.get(server)?.greeting?.capabilities
    return isObject(capabilities) && isObject(capabilities[capability])
  }

  clientReady(): void {
    if (this.#clientReady) return
    this.#clientReady = true
    for (const { session, greeting } of this.#open.values()) {
      if (greeting !== undefined && session.era === 'legacy') {
        session.live?.notify('notifications/initialized', undefined)
      }
    }
  }

  setLevel(level: LogLevelName): void {
    this.#level = level
    for (const [server, { session }] of this.#open) {
      const link = session.live
      // A modern server is told with each request.
      if (link !== undefined && session.era === 'legacy') this.#tellLevel(server, link)
    }
  }

  /** A server may not mind the level it was told: what a client did not ask for does not reach it. */
  levelAllows(level: JsonValue | undefined): boolean {
    return this.#level === undefined || levelAllows(this.#level, level)
  }

  subscribed(server: string, uri: string, on: boolean): void {
    const open = this.#open.get(server)
    if (on) open?.subscriptions.add(uri)
    else open?.subscriptions.delete(uri)
    open?.follower?.subscribe(uri, on)
  }

  notifyAll(method: string, params: string | undefined): void {
    for (const { session } of this.#open.values()) {
      // The modern era has none of these: a server that wants to know asks.
      if (session.era === 'legacy') session.live?.notify(method, params)
    }
  }

  /** Tells one legacy server. */
  notify(server: string, method: string, params: string | undefined): void {
    const session = this.#open.get(server)?.session
    if (session?.era === 'legacy') session.live?.notify(method, params)
  }

  async close(): Promise<void> {
    for (const { follower } of this.#open.values()) follower?.stop()
    await Promise.all([...this.#open.values()].map(({ session }) => session.close()))
    this.#open.clear()
  }

  async #start(server: string): Promise<void> {
    const subscriptions = new Set<string>()
    let last: Link | undefined
    const session = this.#hooks.world.openSession(server, {
      handshake: async (link) => {
        last = link
        await this.#shakeHands(server, link)
      },
      notification: (message) => this.#hooks.notification(server, message),
      request: (message, link) => this.#hooks.request(server, message, link),
      lost: () => last !== undefined && this.#hooks.lost(last),
      busy: () => subscriptions.size > 0,
    })
    const dialect =
      session.era === 'legacy'
        ? LEGACY_TO_LEGACY
        : legacyToModern(() => {
            const { capabilities, clientInfo } = this.#params
            return {
              capabilities: isObject(capabilities) ? capabilities : {},
              clientInfo: isObject(clientInfo) ? clientInfo : {},
              logLevel: this.#level,
            }
          })
    this.#open.set(server, { session, dialect, greeting: undefined, subscriptions, follower: undefined })
    await session.link()
  }

  /** The revision this client gets: the one it asked for, if there is one of that name. */
  #revision(): string {
    const offered = this.#params.protocolVersion
    return typeof offered === 'string' && eraOf(offered) === 'legacy' ? offered : LATEST_LEGACY
  }

  async #shakeHands(server: string, link: Link): Promise<void> {
    if (link.era === 'modern') return this.#discover(server, link)
    const { world } = this.#hooks
    const version = this.#revision()
    const params = { ...this.#params, protocolVersion: version }
    const { asked } = askServer(world.relay, this.#hooks.exchangeOf('initialize', params, server), {
      link: () => link,
      params: () => writeJson(params),
      deadlineMs: world.deadlineMs(server),
    })
    const got = await asked
    if (!got.ok) {
      throw new UpstreamUnavailable(
        server,
        `"${server}" refused "initialize"`,
        'Its answer is in the audit trail and the log.',
      )
    }
    const revision = got.result.protocolVersion
    if (typeof revision !== 'string' || eraOf(revision) !== 'legacy') {
      throw new UpstreamUnavailable(
        server,
        `"${server}" answered "initialize" with a revision that is not known`,
        'Update Sallyport or the server.',
      )
    }
    link.initialized(revision)
    const open = this.#open.get(server)
    const again = open?.greeting !== undefined
    if (open !== undefined) open.greeting = got.result
    if (this.#clientReady) link.notify('notifications/initialized', undefined)
    if (this.#level !== undefined) this.#tellLevel(server, link)
    if (open !== undefined) this.#resubscribe(link, open)
    if (!again && this.#announceLate) this.#announce(server)
  }

  /** The handshake with a modern server: `server/discover`, and a stream for its changes. */
  async #discover(server: string, link: Link): Promise<void> {
    const { world } = this.#hooks
    const open = this.#open.get(server)
    const method = 'server/discover'
    const params = this.dialect(server).params(method, {})
    const { asked } = askServer(world.relay, this.#hooks.exchangeOf(method, params, server), {
      link: () => link,
      params: () => writeJson(params),
      headers: mirrorHeaders(method, params, undefined, []),
      deadlineMs: world.deadlineMs(server),
    })
    const got = await asked
    const offered = got.ok ? got.result.supportedVersions : undefined
    if (
      !got.ok ||
      !Array.isArray(offered) ||
      !MODERN_REVISIONS.some((revision) => offered.includes(revision))
    ) {
      const remedy = 'Its answer is in the audit trail and the log.'
      throw new UpstreamUnavailable(server, `"${server}" gave no usable answer to server/discover`, remedy)
    }
    if (open === undefined) return
    const again = open.greeting !== undefined
    open.greeting = legacyGreeting(got.result, this.#revision())
    const { capabilities } = open.greeting
    open.follower?.stop()
    open.follower = new ChangeFollower(link, {
      capabilities: isObject(capabilities) ? capabilities : {},
      envelope: (body) => open.dialect.params('subscriptions/listen', body),
      notification: (message) => this.#hooks.notification(server, message),
    })
    open.follower.start(open.subscriptions)
    if (!again && this.#announceLate) this.#announce(server)
  }

  /** Tells the client that a server that was slow to open is there now. */
  #announce(server: string): void {
    for (const [capability, list] of [
      ['tools', 'tools'],
      ['prompts', 'prompts'],
      ['resources', 'resources'],
    ] as const) {
      if (!this.offers(server, capability)) continue
      const method = `notifications/${list}/list_changed`
      const value = { jsonrpc: '2.0', method }
      const bytes = Buffer.from(JSON.stringify(value))
      this.#hooks.notification(server, {
        kind: 'notification',
        value,
        bytes,
        canonical: true,
        method,
        params: {},
        id: undefined,
      })
    }
  }

  #tellLevel(server: string, link: Link): void {
    if (!this.offers(server, 'logging') || this.#level === undefined) return
    this.#tell(link, 'logging/setLevel', { level: this.#level })
  }

  #resubscribe(link: Link, open: OpenServer): void {
    for (const uri of open.subscriptions) this.#tell(link, 'resources/subscribe', { uri })
  }

  /** A request of the gateway's own that restores state; its answer changes nothing. */
  #tell(link: Link, method: string, params: JsonObject): void {
    const ignore = () => undefined
    link.call({
      method,
      params: () => writeJson(params),
      deadlineMs: OPENING_MS,
      hooks: { notification: ignore, request: ignore, answer: ignore, failed: ignore },
    })
  }

  #merge(servers: readonly string[], excluded: readonly Excluded[]): JsonObject {
    const { world } = this.#hooks
    const parts = servers.flatMap((server) => {
      const result = this.#open.get(server)?.greeting
      return result === undefined ? [] : [{ server, result }]
    })
    const late = servers
      .filter((server) => this.#open.get(server)?.greeting === undefined)
      .map((server) => ({ server, why: 'not ready yet or failing' }))
    const instructions = mergeInstructions(
      parts,
      [...excluded, ...late],
      world.relay.config.instructions.maxBytes,
    )
    const capabilities = mergeCapabilities([
      // The gateway announces changes itself, for servers that come late too.
      {
        tools: { listChanged: true },
        prompts: { listChanged: true },
        resources: { listChanged: true },
        logging: {},
      },
      ...parts.map((part) => part.result.capabilities),
    ])
    return {
      protocolVersion: this.#revision(),
      capabilities,
      serverInfo: SERVER_INFO,
      ...(instructions === '' ? {} : { instructions }),
    }
  }
}

async function settledWithin(ms: number, work: readonly Promise<void>[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([Promise.allSettled(work), late])
  clearTimeout(timer)
}
