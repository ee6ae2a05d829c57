/**
 * The gateway as a whole: configuration in, doors and servers wired together. It decides nothing itself.
 */
import type { JsonObject, JsonValue } from '@sallyport/controls/json'
import { redactValue } from '@sallyport/controls/secrets'
import { type ItemKind, listOfKind } from '@sallyport/controls/surface'
import { Approvals } from './approvals/approvals.ts'
import type { ConsentStore } from './approvals/consentStore.ts'
import type { DesktopNotice } from './approvals/desktopNotice.ts'
import { addRule, ruleToAdd } from './approvals/ruleToAdd.ts'
import type { TaskToolStore } from './arguments/taskToolStore.ts'
import { TaskTools } from './arguments/taskTools.ts'
import { ToolSchemas } from './arguments/toolSchemas.ts'
import type { AuditEntry, AuditTrail } from './audit/entry.ts'
import { appendEvent } from './audit/unrecorded.ts'
import { callDeadline } from './config/callDeadline.ts'
import type { Config } from './config/config.ts'
import type { ConfigWorld } from './config/load.ts'
import { type LastLook, lastLook } from './credentials/lastLook.ts'
import type { OwnSecrets } from './credentials/ownSecrets.ts'
import { secretSources } from './credentials/secretSources.ts'
import { describeEffects } from './flow/describeEffects.ts'
import { FlowBook } from './flow/flowBook.ts'
import { ToolFlow } from './flow/toolFlow.ts'
import { Catalogs } from './gateway/catalogs.ts'
import type { GatewayStatus } from './gateway/gatewayStatus.ts'
import { ServerSessions } from './gateway/serverSessions.ts'
import { excludedServers, settleServers } from './gateway/serversInView.ts'
import { scopesInSight } from './identity/scopes.ts'
import type {
  Caller,
  Front,
  LegacyConversation,
  LegacyPort,
  ModernCall,
  ModernContext,
  ModernReply,
  View,
} from './ingress/port.ts'
import { principalKey, principalOf } from './ingress/port.ts'
import type { CallLimiter } from './limits/limitBook.ts'
import type { Log } from './log.ts'
import { PinBook } from './pins/pinBook.ts'
import type { PinStore } from './pins/pinStore.ts'
import { AccessBook } from './pipeline/accessBook.ts'
import type { InjectionParts } from './pipeline/controls/injection.ts'
import type { Exchange } from './pipeline/exchange.ts'
import { Flights } from './pipeline/flights.ts'
import {
  answerControls,
  dispatchControls,
  lastControls,
  requestControls,
  responseControls,
} from './pipeline/order.ts'
import { ServerGate } from './pipeline/serverGate.ts'
import { Subscriptions } from './pipeline/subscriptions.ts'
import type { BridgedServer } from './protocol/bridge/bridgedServer.ts'
import { FindingLog } from './protocol/bridge/findingLog.ts'
import { FindingNews } from './protocol/bridge/findingNews.ts'
import type { Excluded } from './protocol/bridge/greeting.ts'
import type { LegacyWorld } from './protocol/bridge/legacyClient.ts'
import { LegacyFront } from './protocol/bridge/legacyFront.ts'
import { isMergedList, noteLinks, noteResult } from './protocol/bridge/lists.ts'
import { callModern } from './protocol/bridge/modernFront.ts'
import type { ModernRequest, ModernWorld } from './protocol/bridge/modernRequest.ts'
import { noteModern, surfaceOf } from './protocol/bridge/modernSurface.ts'
import { Parking } from './protocol/bridge/parking.ts'
import { recordEvent } from './protocol/bridge/records.ts'
import type { Relay } from './protocol/bridge/relay.ts'
import type { Catalog } from './protocol/catalog.ts'
import type { Era } from './protocol/era.ts'
import type { Inbound } from './protocol/message.ts'
import type { ServerCertificate } from './upstream/http.ts'
import type { RuntimeContext } from './upstream/serverRuntime.ts'
import { Servers } from './upstream/servers.ts'
import type { SessionHooks, SessionPort } from './upstream/session.ts'

export interface GatewayParts {
  readonly config: Config
  readonly audit: AuditTrail
  readonly log: Log
  readonly taskKey: Buffer
  readonly pins: PinStore
  readonly limiter: CallLimiter
  /** Where texts go that a person should look at (`pipeline/controls/injection.ts`). */
  readonly review: Omit<InjectionParts, 'policyOf'>
  /** What the gateway itself keeps secret. */
  readonly secrets: OwnSecrets
  /** What persons were asked and allowed. */
  readonly consent: ConsentStore
  readonly notice: DesktopNotice
  /** Which tools began which tasks. */
  readonly taskTools?: TaskToolStore
  /** What a configuration is read with. */
  readonly world: ConfigWorld
  readonly runtime: Omit<RuntimeContext, 'audit' | 'log' | 'limits' | 'lastLook'>
}

const SWEEP_MS = 5_000
const TIDY_MS = 60 * 60_000

/** One gateway: what the doors call (`Front`) and what the four era cells are given (`ModernWorld`, `LegacyWorld`). */
export class Gateway implements Front, ModernWorld {
  readonly #parts: GatewayParts
  readonly #servers: Servers
  readonly #relay: { -readonly [Key in keyof Relay]: Relay[Key] }
  readonly #legacy = new Set<LegacyConversation>()
  readonly #sessions: ServerSessions
  readonly #catalogs: Catalogs
  readonly #pins: PinBook
  readonly #flowBook: FlowBook
  #flow: ToolFlow
  #tidiedAt = 0
  readonly #schemas: ToolSchemas
  readonly #held = new Subscriptions()
  #lastLook: LastLook
  readonly parking = new Parking()
  readonly #sweeper: NodeJS.Timeout
  readonly #startedAt: string
  #closed = false

  constructor(parts: GatewayParts) {
    const { config, audit, log, taskKey, runtime } = parts
    const findingLog = new FindingLog(runtime.now)
    const news = new FindingNews(findingLog)
    this.#parts = parts
    this.#schemas = new ToolSchemas(new TaskTools(parts.taskTools))
    this.#pins = new PinBook({
      store: parts.pins,
      config: () => this.#relay.config,
      audit,
      log,
      now: runtime.wallClock,
      found: (found) => news.ofServer(found),
    })
    this.#flowBook = new FlowBook({
      store: parts.consent,
      log,
      now: runtime.wallClock,
      shared: config.listen.workers > 1,
    })
    this.#flow = new ToolFlow(config)
    this.#lastLook = lastLook(secretSources(config, parts.secrets))
    this.#relay = {
      config,
      controls: this.#controls(config),
      audit,
      log,
      now: runtime.now,
      taskKey,
      flights: new Flights(),
      held: this.#held,
      findingLog,
      news,
      gate: new ServerGate(config, {
        now: runtime.now,
        event: (exchange, event, explain) =>
          recordEvent(this.#relay, exchange, event, 'upstream/circuit', explain),
      }),
      pins: this.#pins,
      consent: new Approvals({
        store: parts.consent,
        config: () => this.#relay.config,
        audit,
        log,
        now: runtime.wallClock,
        definition: (exchange) => this.#pins.definitions.of(exchange),
        identity: (server) => this.#pins.approvedIdentity(server),
        effect: (exchange) => this.#effectOf(exchange),
        redact: (value) => redactValue(parts.secrets.redactOwnIn(value)) as JsonValue,
        notify: ({ server }) => parts.notice.tell(server),
        rule: ({ principal, server = '', name = '', method }, reasons) =>
          method === 'tools/call' && principalOf(principal).issuer === 'local'
            ? ruleToAdd(this.#relay.config, { server, name }, reasons, parts.world)
            : undefined,
        addRule: (rule) => addRule(rule, parts.world),
      }),
      wallClock: runtime.wallClock,
      scopes: scopesInSight(config),
    }
    const look: LastLook = (...message) => this.#lastLook(...message)
    this.#servers = new Servers(config.servers, {
      ...runtime,
      audit,
      log,
      limits: config.limits,
      lastLook: look,
    })
    this.#catalogs = new Catalogs({
      config: () => this.#relay.config,
      audit,
      log,
    })
    this.#sessions = new ServerSessions({
      servers: this.#servers,
      relay: this.#relay,
      lost: (principal, server) => this.#catalogs.forget(principal, server),
    })
    this.#pins.follow((server, kind) => this.#reviewed(server, kind))
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
    await settleServers(this.#servers, { kind: 'all' }, true)
  }

  /** Takes over a new, valid configuration. Calls under way end as they began; changed servers get new connections. */
  async reload(config: Config): Promise<void> {
    const before = new Map(this.#servers.enabled().map((runtime) => [runtime.id, runtime]))
    this.#relay.config = config
    this.#parts.limiter.follow(config)
    this.#relay.gate.follow(config)
    this.#relay.controls = this.#controls(config)
    this.#lastLook = lastLook(secretSources(config, this.#parts.secrets))
    this.#servers.replace(config.servers)
    void this.#parts.runtime.surfaces.tidy(config.servers)
    // What goes on with a changed server goes on with new sessions; the old ones end with the calls on them. A legacy
    // conversation keeps its other servers; the changed one refuses until the client connects again.
    this.#sessions.forgetRetired()
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
      servers: this.#servers.statuses().map((status) => ({
        ...status,
        review: this.#pins.counts(status.id),
        circuit: this.#relay.gate.circuit(status.id),
      })),
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

  /** Looks at who vouches for an origin (`PinBook.admitCertificate`). */
  admitCertificate(origin: string, certificate: ServerCertificate): Promise<string | undefined> {
    return this.#pins.admitCertificate(origin, certificate)
  }

  /** Looks at what would be started under a server's entry (`PinBook.admit`). */
  admit(...of: Parameters<PinBook['admit']>): ReturnType<PinBook['admit']> {
    return this.#pins.admit(...of)
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
    this.#pins.close()
    this.#flowBook.close()
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
      answers: (id) => relay.answers(id),
      renew: (renewed) => relay.renew(renewed),
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
    context: ModernContext,
  ): ModernCall {
    return callModern(this, caller, view, message, reply, context)
  }

  notifyModern(caller: Caller, _view: View, message: Inbound): void {
    // The modern era has no client notification but the cancellation its own transport handles.
    appendEvent(this.#parts.audit, this.#parts.log, {
      kind: 'event',
      event: 'message.dropped',
      principal: principalKey(caller.principal),
      rule: 'method/unknown',
      explain: `notification ${message.method} means nothing here`,
    })
  }

  record(entry: AuditEntry): Promise<void> {
    return this.#parts.audit.append(entry)
  }

  /* LegacyWorld and ModernWorld: what the cells call. */

  servers(view: View): readonly string[] | Promise<readonly string[]> {
    return settleServers(this.#servers, view, view.kind === 'one')
  }

  eraOf(server: string): Era | undefined {
    return this.#servers.get(server)?.knownEra
  }

  excluded(view: View): readonly Excluded[] {
    return excludedServers(this.#servers, view)
  }

  openSession(server: string, principal: string, hooks: SessionHooks): SessionPort {
    return this.#sessions.open(server, principal, hooks)
  }

  session(server: string, principal: string, conversation: string | undefined): SessionPort {
    return this.#sessions.modern(server, principal, conversation)
  }

  bridged(server: string, request: ModernRequest): BridgedServer {
    return this.#sessions.bridged(this, server, request)
  }

  wallClock(): number {
    return this.#parts.runtime.wallClock()
  }

  noteAnswer(request: ModernRequest, server: string, result: JsonObject, said: JsonObject): void {
    const { method } = request.message
    const catalog = this.catalog(request.principal)
    if (isMergedList(method) || method === 'server/discover')
      noteModern(surfaceOf(this, request, server), method, request.message.params, said)
    if (isMergedList(method)) noteResult(method, server, result, catalog)
    else noteLinks(server, result, catalog)
  }

  catalog(principal: string): Catalog {
    return this.#catalogs.of(principal)
  }

  newCatalog(): Catalog {
    return this.#catalogs.make()
  }

  deadlineMs(server: string, tool?: string): number {
    const config = this.#servers.get(server)?.config
    return config === undefined ? 60_000 : callDeadline(config, tool).deadlineMs
  }

  /* Inside. */

  /** For legacy clients, who get their servers once, when they connect. */
  #legacyWorld(): LegacyWorld {
    const gateway = this
    return {
      get relay() {
        return gateway.relay
      },
      servers: (view) => settleServers(this.#servers, view, true),
      excluded: (view) => this.excluded(view),
      openSession: (server, principal, hooks) => this.openSession(server, principal, hooks),
      newCatalog: () => this.newCatalog(),
      deadlineMs: (server, tool) => this.deadlineMs(server, tool),
    }
  }

  /** For a person who is asked: what the tool does, and how that is known. */
  #effectOf(exchange: Exchange): string | undefined {
    const { server, name, method } = exchange
    if (server === undefined || name === undefined || method !== 'tools/call') return undefined
    const effects = this.#flow.effects(server, name, this.#pins.definitions.of(exchange))
    return effects === undefined ? undefined : describeEffects(effects)
  }

  #controls(config: Config): Relay['controls'] {
    const gates = {
      pins: this.#pins,
      access: new AccessBook(config),
      limiter: this.#parts.limiter,
      held: this.#held,
      review: this.#parts.review,
      secrets: secretSources(config, this.#parts.secrets),
      schemas: this.#schemas,
      redact: this.#parts.secrets.redact,
      flow: { book: this.#flowBook, flow: this.#toolFlow(config) },
      scopes: scopesInSight(config),
    }
    return {
      request: requestControls(config, gates),
      dispatch: dispatchControls(config, gates),
      last: lastControls(config, gates),
      response: responseControls(config, gates),
      answer: answerControls(config, gates),
    }
  }

  /** What tools do is a matter of the configuration: a new one judges anew. */
  #toolFlow(config: Config): ToolFlow {
    this.#flow = new ToolFlow(config)
    return this.#flow
  }

  /** A person decided on items of a server: its clients list again what they may see now. */
  #reviewed(server: string, kind: ItemKind): void {
    const lists = listOfKind(kind)
    const runtime = this.#servers.get(server)
    if (lists === undefined || runtime === undefined) return
    this.#catalogs.clear()
    runtime.surfaces.announce(lists)
  }

  /** What was asked is kept for a while, and no longer. */
  #tidy(): void {
    const now = this.#parts.runtime.wallClock()
    if (now - this.#tidiedAt < TIDY_MS) return
    this.#tidiedAt = now
    try {
      this.#parts.consent.tidy(now)
    } catch (error) {
      this.#parts.log.error('approvals.not-tidied', { explain: String(error) })
    }
  }

  #sweep(): void {
    this.#servers.sweep()
    this.#sessions.sweep()
    this.#flowBook.sweep()
    this.#tidy()
  }
}
