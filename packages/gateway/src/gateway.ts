/**
 * The gateway as a whole: configuration in, doors and servers wired together. It decides nothing itself.
 */
import { randomUUID } from 'node:crypto'
import { canonicalJson, type JsonObject } from '@sallyport/controls/json'
import type { AuditEntry, AuditTrail } from './audit/entry.ts'
import type { Config } from './config/config.ts'
import type {
  Caller,
  Front,
  LegacyConversation,
  LegacyPort,
  ModernCall,
  ModernReply,
  View,
} from './ingress/port.ts'
import { principalKey } from './ingress/port.ts'
import type { Log } from './log.ts'
import { Flights } from './pipeline/flights.ts'
import { requestControls, responseControls } from './pipeline/order.ts'
import { BridgedServer } from './protocol/bridge/bridgedServer.ts'
import type { Excluded } from './protocol/bridge/greeting.ts'
import type { LegacyWorld } from './protocol/bridge/legacyClient.ts'
import { LegacyFront } from './protocol/bridge/legacyFront.ts'
import { isMergedList, noteLinks, noteResult } from './protocol/bridge/lists.ts'
import { callModern } from './protocol/bridge/modernFront.ts'
import type { ModernRequest, ModernWorld } from './protocol/bridge/modernRequest.ts'
import { noteModern, surfaceOf } from './protocol/bridge/modernSurface.ts'
import { Parking } from './protocol/bridge/parking.ts'
import type { Relay } from './protocol/bridge/relay.ts'
import { introduceGateway } from './protocol/bridge/sharedGreeting.ts'
import { Catalog } from './protocol/catalog.ts'
import type { Era } from './protocol/era.ts'
import type { Inbound } from './protocol/message.ts'
import { RANKS_PER_LEVEL } from './protocol/resourceOwners.ts'
import type { Link } from './upstream/link.ts'
import type { RuntimeContext, ServerRuntime, ServerStatus } from './upstream/serverRuntime.ts'
import { Servers } from './upstream/servers.ts'
import { ServerSession, type SessionHooks, type SessionPort } from './upstream/session.ts'
import { SharedProcess } from './upstream/sharedProcess.ts'
import { UpstreamUnavailable } from './upstream/unavailable.ts'

export interface GatewayParts {
  readonly config: Config
  readonly audit: AuditTrail
  readonly log: Log
  readonly taskKey: Buffer
  readonly runtime: Omit<RuntimeContext, 'audit' | 'log' | 'limits'>
}

export interface GatewayStatus {
  readonly pid: number
  readonly startedAt: string
  readonly profile: string
  readonly config: string
  readonly auditHealthy: boolean
  readonly inFlight: number
  readonly conversations: number
  readonly servers: readonly ServerStatus[]
  /** Servers that no client sees now, and why. */
  readonly excluded: readonly Excluded[]
}

const SWEEP_MS = 5_000
/** How long the first client waits for servers that do not say their era. */
const ERA_MS = 1_500
/** A local server may have to be installed first; who waits for its start anyway waits so long for its era. */
const LOCAL_ERA_MS = 11_000
/** Modern sessions nobody used for this long are forgotten. */
const MODERN_SESSION_IDLE_MS = 10 * 60_000
const MAX_CATALOGS = 1_000
/** Different capabilities one client may declare to one legacy server at a time: each is a session of its own. */
const MAX_DECLARATIONS = 8

const TRUST_RANK = { trusted: 0, partial: 1, untrusted: 2 } as const

export class Gateway implements Front, ModernWorld {
  readonly #parts: GatewayParts
  readonly #servers: Servers
  readonly #relay: { -readonly [Key in keyof Relay]: Relay[Key] }
  readonly #legacy = new Set<LegacyConversation>()
  readonly #modernSessions = new Map<string, SessionPort>()
  readonly #shared = new Map<string, SharedProcess>()
  readonly #bridgedServers = new Map<string, BridgedServer>()
  readonly #catalogs = new Map<string, Catalog>()
  readonly parking = new Parking()
  readonly #sweeper: NodeJS.Timeout
  readonly #startedAt: string
  #closed = false

  constructor(parts: GatewayParts) {
    const { config, audit, log, taskKey, runtime } = parts
    this.#parts = parts
    this.#relay = {
      config,
      controls: { request: requestControls(config), response: responseControls(config) },
      audit,
      log,
      now: runtime.now,
      taskKey,
      flights: new Flights(),
    }
    this.#servers = new Servers(config.servers, { ...runtime, audit, log, limits: config.limits })
    void runtime.surfaces.tidy(config.servers)
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS).unref()
    this.#startedAt = new Date(runtime.wallClock()).toISOString()
  }

  get relay(): Relay {
    return this.#relay
  }

  /**
   * Learns the era of every server whose era is not configured, so that the first client does not wait for it. Waits
   * briefly: a server that is not there is asked again in the background.
   */
  async learnEras(): Promise<void> {
    await this.#settledServers({ kind: 'all' }, true)
  }

  /** Takes over a new, valid configuration. Calls under way end as they began; changed servers get new connections. */
  async reload(config: Config): Promise<void> {
    const before = new Map(this.#servers.enabled().map((runtime) => [runtime.id, runtime]))
    this.#relay.config = config
    this.#relay.controls = { request: requestControls(config), response: responseControls(config) }
    this.#servers.replace(config.servers)
    void this.#parts.runtime.surfaces.tidy(config.servers)
    // What goes on with a changed server goes on with new sessions; the old ones end with the calls on them. A legacy
    // conversation keeps its other servers; the changed one refuses until the client connects again.
    for (const [key, { runtime }] of this.#modernSessions)
      if (runtime.retired) this.#modernSessions.delete(key)
    for (const [key, { session }] of this.#bridgedServers)
      if (session.runtime.retired) this.#bridgedServers.delete(key)
    this.#catalogs.clear()
    const after = this.#servers.enabled()
    this.#parts.log.info('config.reloaded', { servers: after.length })
    await this.record({
      kind: 'event',
      event: 'config.reloaded',
      details: {
        added: after
          .filter(({ id }) => !before.has(id))
          .map(({ id }) => id)
          .join(' '),
        removed: [...before.keys()].filter((id) => this.#servers.get(id) === undefined).join(' '),
        changed: after
          .filter((one) => before.has(one.id) && before.get(one.id) !== one)
          .map(({ id }) => id)
          .join(' '),
      },
    })
    await this.learnEras()
  }

  status(): GatewayStatus {
    const { config } = this.#relay
    return {
      pid: process.pid,
      startedAt: this.#startedAt,
      profile: config.profile,
      config: config.source.kind === 'file' ? config.source.path : 'built-in defaults',
      auditHealthy: this.#parts.audit.healthy,
      inFlight: this.#relay.flights.total,
      conversations: this.#legacy.size,
      servers: this.#servers.statuses(),
      excluded: this.excluded({ kind: 'all' }),
    }
  }

  /** Enabled servers by id, and which of them keep nothing with us between two requests. */
  get ids(): readonly string[] {
    return this.#servers.enabled().map(({ id }) => id)
  }

  readonly stateless = (server: string): boolean => {
    const runtime = this.#servers.get(server)
    return runtime?.config.kind === 'http' && runtime.config.enabled && runtime.knownEra === 'modern'
  }

  /** To be called before a door lets its calls end: those that only wait for a server to start need not be waited for. */
  endStarts(): void {
    this.#servers.endStarts()
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    clearInterval(this.#sweeper)
    await Promise.all([
      ...[...this.#legacy].map((conversation) => conversation.close('the gateway is stopping')),
      this.#servers.close(),
    ])
    await this.#parts.runtime.surfaces.settled()
  }

  /* Front: what the doors call. */

  view(name: string | undefined): View | undefined {
    if (name === undefined) return { kind: 'all' }
    const runtime = this.#servers.get(name)
    return runtime?.config.enabled ? { kind: 'one', server: name } : undefined
  }

  openLegacy(caller: Caller, view: View, port: LegacyPort): LegacyConversation {
    const relay = new LegacyFront(this.#legacyWorld(), caller, view, port)
    const conversation: LegacyConversation = {
      id: relay.id,
      receive: (message) => relay.receive(message),
      close: (reason) => {
        this.#legacy.delete(conversation)
        return relay.close(reason)
      },
    }
    this.#legacy.add(conversation)
    return conversation
  }

  callModern(
    caller: Caller,
    view: View,
    message: Inbound,
    reply: ModernReply,
    context: { readonly conversation?: string; readonly mirrored?: Readonly<Record<string, string>> },
  ): ModernCall {
    return callModern(this, caller, view, message, reply, context)
  }

  notifyModern(caller: Caller, _view: View, message: Inbound): void {
    // The modern era has no client notification but the cancellation its own transport handles.
    void this.record({
      kind: 'event',
      event: 'message.dropped',
      principal: principalKey(caller.principal),
      rule: 'method/unknown',
      explain: `notification ${message.method} means nothing here`,
    }).catch((error: unknown) => this.#parts.log.error('audit.unavailable', { explain: String(error) }))
  }

  record(entry: AuditEntry): Promise<void> {
    return this.#parts.audit.append(entry)
  }

  /* LegacyWorld and ModernWorld: what the cells call. */

  servers(view: View): readonly string[] | Promise<readonly string[]> {
    return this.#settledServers(view, view.kind === 'one')
  }

  eraOf(server: string): Era | undefined {
    return this.#servers.get(server)?.knownEra
  }

  /** Servers that no client sees now, and why. */
  excluded(view: View): readonly Excluded[] {
    return this.#inView(view)
      .filter((server) => server.knownEra === undefined)
      .map((server) => ({ server: server.id, why: 'cannot be reached now' }))
  }

  openSession(server: string, principal: string, hooks: SessionHooks): SessionPort {
    return this.#newSession(server, principal, this.eraOf(server) ?? 'legacy', hooks)
  }

  session(server: string, principal: string, conversation: string | undefined): SessionPort {
    const key = `${server}\n${conversation ?? ''}\n${principal}`
    const known = this.#modernSessions.get(key)
    if (known !== undefined) return known
    const session = this.#newSession(server, principal, 'modern', {
      handshake: () => Promise.resolve(),
      // On a pipe a modern server's log message names no request: it is not a guess's to deliver.
      notification: (message) => this.#servers.get(server)?.unrelated(message.method),
      request: () => undefined,
      lost: () => this.#catalogs.get(principal)?.forget(server),
      busy: () => false,
    })
    this.#modernSessions.set(key, session)
    return session
  }

  bridged(server: string, request: ModernRequest): BridgedServer {
    const { principal, conversation, envelope } = request
    // What a client declared decides what a server may ask of it: never shared between different declarations.
    const declared = canonicalJson(envelope.capabilities)
    const scope = `${server}\n${conversation ?? ''}\n${principal}\n`
    const key = scope + declared
    const known = this.#bridgedServers.get(key)
    if (known !== undefined && !known.session.closed) return known
    this.#makeRoom(server, scope)
    const bridged = new BridgedServer(
      this,
      request,
      (hooks) => this.openSession(server, principal, hooks),
      () => this.#catalogs.get(principal)?.forget(server),
    )
    this.#bridgedServers.set(key, bridged)
    return bridged
  }

  /** A client that declares something else with every request would start a process each time. */
  #makeRoom(server: string, scope: string): void {
    const own = [...this.#bridgedServers].filter(
      ([key, { session }]) => key.startsWith(scope) && !session.closed,
    )
    if (own.length < MAX_DECLARATIONS) return
    const [key, unused] = own.find(([, bridged]) => !bridged.inUse) ?? []
    if (key === undefined || unused === undefined) {
      throw new UpstreamUnavailable(
        server,
        `"${server}" is in use by this client under ${own.length} different declarations of capabilities`,
        'Declare the same capabilities in every request, or wait until one is done.',
      )
    }
    this.#bridgedServers.delete(key)
    void unused.session.close()
  }

  wallClock(): number {
    return this.#parts.runtime.wallClock()
  }

  noteAnswer(request: ModernRequest, server: string, result: JsonObject): void {
    const { method } = request.message
    const catalog = this.catalog(request.principal)
    if (isMergedList(method) || method === 'server/discover')
      noteModern(surfaceOf(this, request, server), method, request.message.params, result)
    if (isMergedList(method)) noteResult(method, server, result, catalog)
    else noteLinks(server, result, catalog)
  }

  catalog(principal: string): Catalog {
    const known = this.#catalogs.get(principal)
    if (known !== undefined) return known
    if (this.#catalogs.size >= MAX_CATALOGS) {
      const [oldest] = this.#catalogs.keys()
      if (oldest !== undefined) this.#catalogs.delete(oldest)
    }
    const catalog = this.newCatalog()
    this.#catalogs.set(principal, catalog)
    return catalog
  }

  newCatalog(): Catalog {
    const order = new Map(
      this.#relay.config.servers.map((server, at) => [
        server.id,
        TRUST_RANK[server.trust] * RANKS_PER_LEVEL + at,
      ]),
    )
    const reported = new Set<string>()
    return new Catalog(
      (server) => order.get(server) ?? Number.MAX_SAFE_INTEGER,
      (rule, server, explain) => {
        if (reported.has(explain) || reported.size > 1_000) return
        reported.add(explain)
        this.#parts.log.warn('collision', { server, rule, explain })
        this.record({ kind: 'event', event: 'collision', server, rule, explain }).catch((error: unknown) =>
          this.#parts.log.error('audit.unavailable', { explain: String(error) }),
        )
      },
    )
  }

  deadlineMs(server: string): number {
    return this.#servers.get(server)?.config.deadlineMs ?? 60_000
  }

  /* Inside. */

  #newSession(server: string, principal: string, era: Era, hooks: SessionHooks): SessionPort {
    const runtime = this.#servers.get(server)
    if (runtime === undefined) throw new Error(`no server "${server}"`)
    const { now } = this.#parts.runtime
    if (runtime.config.kind !== 'stdio' || !runtime.config.share)
      return new ServerSession({ runtime, era, hooks, now })
    // One process a principal, never one for two (invariant 2).
    const key = `${server}\n${principal}`
    let shared = this.#shared.get(key)
    if (shared === undefined || shared.session.runtime !== runtime || shared.session.era !== era) {
      const deadlineMs = this.deadlineMs(server)
      const introduce = (link: Link) => introduceGateway(this.relay, { server, principal, deadlineMs }, link)
      shared = new SharedProcess({ runtime, era, now, introduce })
      this.#shared.set(key, shared)
    }
    return shared.join(hooks)
  }

  #inView(view: View): readonly ServerRuntime[] {
    if (view.kind === 'all') return this.#servers.enabled()
    const server = this.#servers.get(view.server)
    return server?.config.enabled ? [server] : []
  }

  #known(view: View): string[] {
    return this.#inView(view)
      .filter((server) => server.knownEra !== undefined)
      .map((server) => server.id)
  }

  /**
   * Servers of a view whose era is known. Waits for one that has not been asked before, never twice: a dead server
   * must not delay the calls to the others. `patient`: the client needs them all, or this one, before it can go on.
   */
  #settledServers(view: View, patient: boolean): readonly string[] | Promise<readonly string[]> {
    const waits: Promise<void>[] = []
    for (const server of this.#inView(view)) {
      // Milliseconds, once: what it said of itself may be on disk.
      if (!server.surfaces.loaded) waits.push(server.surfaces.load())
      if (server.knownEra !== undefined) continue
      const firstMs = patient && server.config.kind === 'stdio' ? LOCAL_ERA_MS : ERA_MS
      const era = server.learnEra({ firstMs, againMs: view.kind === 'one' ? ERA_MS : 0 })
      if (era !== undefined) waits.push(era)
    }
    return waits.length === 0 ? this.#known(view) : Promise.all(waits).then(() => this.#known(view))
  }

  /** For legacy clients, who get their servers once, when they connect. */
  #legacyWorld(): LegacyWorld {
    const gateway = this
    return {
      get relay() {
        return gateway.relay
      },
      servers: (view) => this.#settledServers(view, true),
      excluded: (view) => this.excluded(view),
      openSession: (server, principal, hooks) => this.openSession(server, principal, hooks),
      newCatalog: () => this.newCatalog(),
      deadlineMs: (server) => this.deadlineMs(server),
    }
  }

  #sweep(): void {
    this.#servers.sweep()
    const now = this.#parts.runtime.now()
    for (const [key, shared] of this.#shared) if (shared.unused) this.#shared.delete(key)
    const unused = (session: SessionPort) =>
      session.live === undefined && !session.awaited && now - session.idleSince > MODERN_SESSION_IDLE_MS
    for (const [key, { session }] of this.#bridgedServers) {
      if (!session.closed && !unused(session)) continue
      this.#bridgedServers.delete(key)
      void session.close()
    }
    for (const [key, session] of this.#modernSessions) {
      if (unused(session)) {
        this.#modernSessions.delete(key)
        void session.close()
      }
    }
  }
}

/** A name for a connection in records. */
export function newConversation(): string {
  return randomUUID()
}
