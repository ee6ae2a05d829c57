/**
 * One configured server while the gateway runs: its era, its state, and whether it can start at all. Connections
 * belong to sessions (`session.ts`); this is what they share, and what ends them.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { visible } from '@sallyport/controls/text'
import type { AuditTrail } from '../audit/entry.ts'
import { appendEvent } from '../audit/unrecorded.ts'
import type { Config, ServerConfig } from '../config/config.ts'
import type { LastLook } from '../credentials/lastLook.ts'
import type { Log } from '../log.ts'
import type { Era } from '../protocol/era.ts'
import type { EraVerdicts } from './eraVerdicts.ts'
import { Link, type LinkEvents } from './link.ts'
import { type Patience, ServerEra } from './serverEra.ts'
import { afterCrash, type Backoff, decideStart, NO_CRASHES, type StartGate } from './starts.ts'
import type { ServerSurfaces } from './surface/serverSurfaces.ts'
import type { ListDifference } from './surface/surface.ts'
import type { SurfaceStore } from './surface/surfaceStore.ts'
import type { TransportEvents, TransportFault, UpstreamTransport } from './transport.ts'
import { UpstreamUnavailable } from './unavailable.ts'

/** The way to a server, with its secrets resolved. */
export interface OpenedTransport {
  readonly open: (events: TransportEvents, openRequests: () => readonly number[]) => UpstreamTransport
  /** Takes those secrets out of a text. */
  readonly redact: (text: string) => string
  /** To be asked when the server has answered, before anything of a client is sent; rejects where it may not go on. */
  readonly confirm?: (() => Promise<void>) | undefined
}

/** Opens the way to a server. Secrets are resolved here, late, and go nowhere else. */
export type OpenTransport = (
  server: ServerConfig,
  era: Era,
  maxMessageBytes: number,
  /** Whose calls it will carry (`principalKey`); absent: nobody's, and it gets nobody's credential. */
  principal?: string,
) => Promise<OpenedTransport>

export interface RuntimeContext {
  readonly open: OpenTransport
  readonly starts: StartGate
  readonly eras: EraVerdicts
  readonly surfaces: SurfaceStore
  readonly audit: AuditTrail
  readonly log: Log
  readonly limits: Config['limits']
  /** Whether a message to this server holds one of the gateway's own secrets (`credentials/lastLook.ts`). */
  readonly lastLook: LastLook
  /** Monotonic, in milliseconds. */
  readonly now: () => number
  /** Milliseconds since the epoch. */
  readonly wallClock: () => number
}

/** What `sallyport status` shows of a server. */
export interface ServerStatus {
  readonly id: string
  readonly kind: 'stdio' | 'http'
  readonly trust: string
  readonly era: Era | 'unknown'
  readonly state: 'idle' | 'running' | 'failing' | 'disabled'
  readonly connections: number
  readonly crashes: number
  readonly noiseLines: number
  readonly dropped: number
  readonly lastError?: string
  /** When its surface was last read from it: what clients are shown while it does not run. ISO 8601. */
  readonly surfaceReadAt?: string
}

/** A session that is starting or connected. */
export interface RunningSession {
  readonly live: Link | undefined
  stopIfIdle(): void
  retire(): void
  close(): Promise<void>
}

export interface Run {
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  readonly endedAt: number
}

/** Framing and members around a result of the largest allowed size. */
const MESSAGE_OVERHEAD = 65_536
/** Names of changed items in one record. */
const MAX_NAMES = 32
const MAX_NAMES_CHARS = 1_024

export class ServerRuntime {
  readonly config: ServerConfig
  readonly log: Log
  /** What it said of itself, to answer lists while it does not run. */
  readonly surfaces: ServerSurfaces
  readonly #context: RuntimeContext
  readonly #era: ServerEra
  readonly #sessions = new Set<RunningSession>()
  readonly #stop = new AbortController()
  /** Of a server that cannot start at all, for everyone; each session has its own beside it. */
  #backoff: Backoff = NO_CRASHES
  #wasReady = false
  #retired = false
  #crashes = 0
  #noiseLines = 0
  #dropped = 0
  #lastError: string | undefined
  /** Rule of the last error, where one refused it. */
  #lastRule: string | undefined
  #redact: (text: string) => string = (text) => text

  constructor(config: ServerConfig, context: RuntimeContext) {
    this.config = config
    this.log = context.log
    this.#context = context
    this.surfaces = context.surfaces.of(config, (list, difference) => this.#drifted(list, difference))
    if (config.enabled) void this.surfaces.load()
    this.#era = new ServerEra({
      configured: config.era === 'auto' ? undefined : config.era,
      ask: (fresh) => context.eras.ask(this, fresh),
      now: context.now,
      failed: (error, pauseMs) => this.#eraUnknown(error, pauseMs),
    })
  }

  get id(): string {
    return this.config.id
  }

  /** The era if it is known without asking the server. */
  get knownEra(): Era | undefined {
    return this.#era.known
  }

  /** True once its configuration has changed or the gateway is stopping: it takes no new calls. */
  get retired(): boolean {
    return this.#retired
  }

  /** True when nothing of it is starting or connected. */
  get unused(): boolean {
    return this.#sessions.size === 0
  }

  /** Aborted when nobody wants an answer of this server any more. */
  get signal(): AbortSignal {
    return this.#stop.signal
  }

  wallClock(): number {
    return this.#context.wallClock()
  }

  /** Asks for the era if it is time to; what to wait for, if anything (`ServerEra.learn`). */
  learnEra(patience: Patience): Promise<void> | undefined {
    return this.#retired ? undefined : this.#era.learn(patience)
  }

  /** Waits for the server's turn to start. Rejects at once while it, or this session of it, is in a crash loop. */
  async admitStart(own: Backoff, signal: AbortSignal): Promise<() => void> {
    const shared = this.#backoff
    const backoff = own.notBefore >= shared.notBefore ? own : shared
    const decision = decideStart(this.id, backoff, this.wallClock())
    if (decision.kind === 'refuse') {
      throw new UpstreamUnavailable(this.id, decision.explain, 'See `sallyport status`.')
    }
    if (decision.kind === 'wait') await sleep(decision.waitMs, undefined, { signal })
    return this.config.kind === 'stdio' ? await this.#context.starts.enter(signal) : () => undefined
  }

  /** A link that is not started yet, and what to ask once the server has answered (`OpenedTransport.confirm`). */
  async openLink(
    era: Era,
    events: LinkEvents,
    principal?: string,
  ): Promise<{ readonly link: Link } & Pick<OpenedTransport, 'confirm'>> {
    const maxMessageBytes = this.config.maxResultBytes + MESSAGE_OVERHEAD
    const { open, redact, confirm } = await this.#context.open(this.config, era, maxMessageBytes, principal)
    this.#redact = redact
    const { limits, now } = this.#context
    const budget = { maxBytes: maxMessageBytes, maxDepth: limits.maxDepth, maxKeys: limits.maxKeys }
    const shared = this.config.kind === 'stdio' && this.config.share
    const mostMs = this.config.deadlineCapMs
    const mayLeave = (method: string, text: string) => this.#mayLeave(method, text)
    const options = { era, open, now, redact, budget, events, shared, mostMs, mayLeave }
    return { link: new Link(options), confirm }
  }

  #mayLeave(method: string, text: string): boolean {
    const look = this.#context.lastLook(this.id, method, text)
    if (look === 'clean') return true
    const what = method === '' ? 'an answer' : visible(method)
    const explain = `${what} for "${this.id}" held one of the gateway's own secrets`
    if (look === 'held') this.dropped('secret/own', `${explain}: it was not sent`)
    else this.#event('secret.sent', { rule: 'secret/own' }, explain)
    return look !== 'held'
  }

  /** A session begins to start: from now on it is ended with the server. */
  entered(session: RunningSession): void {
    this.#sessions.add(session)
  }

  /** Nothing of the session is left. */
  left(session: RunningSession): void {
    this.#sessions.delete(session)
  }

  /** A session is connected and has shaken hands. */
  started(): void {
    this.#wasReady = true
    this.#backoff = NO_CRASHES
    this.#failed(undefined)
    this.#doubtEra()
    this.#event('server.started', { era: this.knownEra ?? null })
  }

  /**
   * A session did not get ready. `fault`: how its transport ended, absent when the server refused the handshake. Only
   * what says that the server starts for nobody is held against everybody: a client can make a handshake fail, or the
   * process that is its own crash.
   */
  failedToStart(error: unknown, fault: TransportFault | undefined, run: Run): void {
    this.#failed(error)
    if (fault !== undefined) this.#crashes++
    const never = fault?.code === 'spawn-failed' || (fault?.code === 'exited' && !this.#wasReady)
    if (never && this.#connections === 0) this.#backoff = afterCrash(this.#backoff, run)
    const mayHaveChanged = this.config.era === 'auto' && fault?.code !== 'spawn-failed'
    if (mayHaveChanged && this.#connections === 0 && !this.#retired) this.#era.recheck()
    this.log.warn('server.start-failed', { server: this.id, explain: this.#lastError })
    this.#event('server.start-failed', {}, this.#lastError)
  }

  #failed(error: unknown): void {
    this.#lastError = error === undefined ? undefined : explain(error)
    this.#lastRule = error instanceof UpstreamUnavailable ? error.rule : undefined
  }

  /** Why clients do not see it now, fit for any of them: nothing of what it runs. */
  get whyUnseen(): string {
    return this.#lastRule === 'pins/identity'
      ? `waits for a person, since what it runs is not what was approved: sallyport review ${this.id}`
      : 'cannot be reached now'
  }

  /** A connection that was up has ended by itself. */
  lost(why: string): void {
    this.#failed(undefined)
    this.#lastError = why
    this.#crashes++
    this.log.warn('server.lost', { server: this.id, explain: why })
    this.#event('server.lost', {}, why)
  }

  dropped(rule: string, why: string): void {
    this.#dropped++
    this.log.warn('message.dropped', { server: this.id, rule, explain: why })
    const dropped = { kind: 'event', event: 'message.dropped', server: this.id, rule, explain: why } as const
    appendEvent(this.#context.audit, this.log, dropped)
  }

  noise(preview: string, bytes: number): void {
    this.#noiseLines++
    // The first line is news, a thousand of them are a nuisance: the transport limits the rate it reports at.
    this.log.warn('server.noise', { server: this.id, bytes, preview })
  }

  /** A message that belongs to no call and to no client is the operator's to see. */
  unrelated(method: string): void {
    this.log.info('server.message', { server: this.id, method: this.#redact(method) })
  }

  /** Ends what nobody has used for long. */
  stopIdle(): void {
    for (const session of this.#sessions) session.stopIfIdle()
  }

  /** Takes no new calls; its connections end when the calls on them have, at the latest after the server's deadline. */
  retire(): void {
    this.#retired = true
    this.#stop.abort(this.stopping())
    for (const session of this.#sessions) session.retire()
  }

  /** Ends what is only starting, or being asked for its era; what is connected goes on. */
  endStarts(): void {
    this.#stop.abort(this.stopping())
    for (const session of this.#sessions) if (session.live === undefined) void session.close()
  }

  /** Ends everything of it now. */
  async close(): Promise<void> {
    this.#retired = true
    this.#stop.abort(this.stopping())
    await Promise.all([...[...this.#sessions].map((session) => session.close()), this.#era.settled()])
    await this.surfaces.settled()
  }

  /** What those who wait for it are told when it is ended. */
  stopping(): UpstreamUnavailable {
    return new UpstreamUnavailable(this.id, `"${this.id}" is being stopped`, 'Try again, or connect anew.')
  }

  status(): ServerStatus {
    const connections = this.#connections
    const state = connections > 0 ? 'running' : this.#lastError === undefined ? 'idle' : 'failing'
    const { readAt } = this.surfaces
    return {
      id: this.id,
      kind: this.config.kind,
      trust: this.config.trust,
      era: this.knownEra ?? 'unknown',
      state: this.config.enabled ? state : 'disabled',
      connections,
      crashes: this.#crashes,
      noiseLines: this.#noiseLines,
      dropped: this.#dropped,
      ...(this.#lastError === undefined ? {} : { lastError: visible(this.#lastError) }),
      ...(readAt === undefined ? {} : { surfaceReadAt: new Date(readAt).toISOString() }),
    }
  }

  get #connections(): number {
    let live = 0
    for (const session of this.#sessions) if (session.live !== undefined) live++
    return live
  }

  /**
   * A local server is not started to be asked for its era while it is not needed: what was true yesterday is believed
   * until it runs, and asked again beside that.
   */
  #doubtEra(): void {
    const { config } = this
    if (config.kind !== 'stdio' || config.era !== 'auto' || this.#retired) return
    if (this.#context.eras.believed(this) === 'expired') this.#era.recheck()
  }

  /** Names come from the server: shown to people, they are made visible, and there may be twenty thousand. */
  #drifted(list: string, { changed, gone }: ListDifference): void {
    const names = (all: ReadonlySet<string>) =>
      visible([...all].slice(0, MAX_NAMES).join(' ').slice(0, MAX_NAMES_CHARS))
    const details = { list, changed: names(changed), gone: names(gone) }
    this.log.warn('surface.drifted', { server: this.id, ...details })
    this.#event('surface.drifted', details)
  }

  #eraUnknown(error: unknown, pauseMs: number): void {
    if (this.#retired) return
    this.#failed(error)
    this.log.warn('era.unknown', { server: this.id, explain: this.#lastError, askedAgainInMs: pauseMs })
  }

  #event(event: string, details: Readonly<Record<string, string | null>>, why?: string): void {
    const explain = why === undefined ? {} : { explain: why }
    appendEvent(this.#context.audit, this.log, { kind: 'event', event, server: this.id, details, ...explain })
  }
}

function explain(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
