/**
 * The configured servers and what is known of each while the gateway runs: era, state, crashes. Connections belong to
 * sessions (`session.ts`); this is what they share.
 */
import { visible } from '@sallyport/controls/text'
import type { AuditTrail } from '../audit/entry.ts'
import type { Config, ServerConfig } from '../config/config.ts'
import type { Log } from '../log.ts'
import type { Era } from '../protocol/era.ts'
import type { EraVerdicts } from './eraVerdicts.ts'
import { Link, type LinkEvents } from './link.ts'
import { afterCrash, type Backoff, decideStart, NO_CRASHES, type StartGate } from './starts.ts'
import { TransportError, type TransportEvents, type UpstreamTransport } from './transport.ts'
import { UpstreamUnavailable } from './unavailable.ts'

/** Opens the way to a server. Secrets are resolved here, late, and go nowhere else. */
export type OpenTransport = (
  server: ServerConfig,
  era: Era,
  maxMessageBytes: number,
) => Promise<(events: TransportEvents, openRequests: () => readonly number[]) => UpstreamTransport>

export interface RuntimeContext {
  readonly open: OpenTransport
  readonly starts: StartGate
  readonly eras: EraVerdicts
  readonly audit: AuditTrail
  readonly log: Log
  readonly limits: Config['limits']
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
}

/** Framing and members around a result of the largest allowed size. */
const MESSAGE_OVERHEAD = 65_536

export class ServerRuntime {
  readonly config: ServerConfig
  readonly log: Log
  readonly #context: RuntimeContext
  #backoff: Backoff = NO_CRASHES
  #startedAt = 0
  #connections = 0
  #crashes = 0
  #noiseLines = 0
  #dropped = 0
  #lastError: string | undefined
  #knownEra: Era | undefined
  #asking: Promise<Era> | undefined

  constructor(config: ServerConfig, context: RuntimeContext) {
    this.config = config
    this.log = context.log
    this.#context = context
    this.#knownEra = config.era === 'auto' ? undefined : config.era
  }

  get id(): string {
    return this.config.id
  }

  /** The era if it is known without asking the server. */
  get knownEra(): Era | undefined {
    return this.#knownEra
  }

  /** The server's era: from the configuration, from an earlier verdict that has not expired, else asked. */
  async era(): Promise<Era> {
    if (this.#knownEra !== undefined) return this.#knownEra
    this.#asking ??= this.#context.eras.ask(this).finally(() => {
      this.#asking = undefined
    })
    try {
      this.#knownEra = await this.#asking
      return this.#knownEra
    } catch (error) {
      this.#lastError = explain(error)
      throw error
    }
  }

  /** An upgraded server may have changed its era: a verdict does not outlive a failed start. */
  forgetEra(): void {
    if (this.config.era !== 'auto') return
    this.#knownEra = undefined
    this.#context.eras
      .forget(this.config)
      .catch((error: unknown) => this.log.warn('era.cache', { server: this.id, explain: String(error) }))
  }

  /** Waits for the server's turn to start. Rejects at once while it is in a crash loop. */
  async admitStart(): Promise<() => void> {
    const decision = decideStart(this.id, this.#backoff, this.#context.wallClock())
    if (decision.kind === 'refuse') {
      throw new UpstreamUnavailable(this.id, decision.explain, 'See `sallyport status`.')
    }
    if (decision.kind === 'wait') await new Promise((resolve) => setTimeout(resolve, decision.waitMs))
    return this.config.kind === 'stdio' ? await this.#context.starts.enter() : () => undefined
  }

  /** A link that is not started yet. */
  async openLink(era: Era, events: LinkEvents): Promise<Link> {
    const maxMessageBytes = this.config.maxResultBytes + MESSAGE_OVERHEAD
    const open = await this.#context.open(this.config, era, maxMessageBytes)
    this.#startedAt = this.#context.wallClock()
    const { limits, now } = this.#context
    return new Link({
      era,
      open,
      now,
      budget: { maxBytes: maxMessageBytes, maxDepth: limits.maxDepth, maxKeys: limits.maxKeys },
      events: {
        ...events,
        closed: (fault) => {
          if (this.#connections > 0) this.#connections--
          events.closed(fault)
        },
      },
    })
  }

  started(): void {
    this.#connections++
    this.#lastError = undefined
    this.#event('server.started', { era: this.#knownEra ?? null })
  }

  failedToStart(error: unknown): void {
    this.#lastError = explain(error)
    this.#crashed()
    this.forgetEra()
    this.log.warn('server.start-failed', { server: this.id, explain: this.#lastError })
    this.#event('server.start-failed', {}, this.#lastError)
  }

  /** A connection that was up has ended by itself. */
  lost(why: string): void {
    this.#lastError = why
    this.#crashed()
    this.log.warn('server.lost', { server: this.id, explain: why })
    this.#event('server.lost', {}, why)
  }

  dropped(rule: string, why: string): void {
    this.#dropped++
    this.log.warn('message.dropped', { server: this.id, rule, explain: why })
    this.#context.audit
      .append({ kind: 'event', event: 'message.dropped', server: this.id, rule, explain: why })
      .catch((error: unknown) => this.log.error('audit.unavailable', { explain: String(error) }))
  }

  noise(preview: string, bytes: number): void {
    this.#noiseLines++
    // The first line is news, a thousand of them are a nuisance: the transport limits the rate it reports at.
    this.log.warn('server.noise', { server: this.id, bytes, preview })
  }

  status(): ServerStatus {
    const state = this.#connections > 0 ? 'running' : this.#lastError === undefined ? 'idle' : 'failing'
    return {
      id: this.id,
      kind: this.config.kind,
      trust: this.config.trust,
      era: this.#knownEra ?? 'unknown',
      state: this.config.enabled ? state : 'disabled',
      connections: this.#connections,
      crashes: this.#crashes,
      noiseLines: this.#noiseLines,
      dropped: this.#dropped,
      ...(this.#lastError === undefined ? {} : { lastError: visible(this.#lastError) }),
    }
  }

  #crashed(): void {
    this.#crashes++
    const endedAt = this.#context.wallClock()
    this.#backoff = afterCrash(this.#backoff, { startedAt: this.#startedAt, endedAt })
  }

  #event(event: string, details: Readonly<Record<string, string | null>>, why?: string): void {
    this.#context.audit
      .append({
        kind: 'event',
        event,
        server: this.id,
        details,
        ...(why === undefined ? {} : { explain: why }),
      })
      .catch((error: unknown) => this.log.error('audit.unavailable', { explain: String(error) }))
  }
}

function explain(error: unknown): string {
  if (error instanceof TransportError || error instanceof UpstreamUnavailable) return error.message
  return error instanceof Error ? error.message : String(error)
}

/** The servers of the running configuration, in its order. */
export class Servers {
  #runtimes = new Map<string, ServerRuntime>()
  readonly #context: RuntimeContext

  constructor(configs: readonly ServerConfig[], context: RuntimeContext) {
    this.#context = context
    this.replace(configs)
  }

  /** Takes over a new configuration; servers whose entry did not change keep what is known of them. */
  replace(configs: readonly ServerConfig[]): void {
    const next = new Map<string, ServerRuntime>()
    for (const config of configs) {
      const known = this.#runtimes.get(config.id)
      const same = known !== undefined && JSON.stringify(known.config) === JSON.stringify(config)
      next.set(config.id, same ? known : new ServerRuntime(config, this.#context))
    }
    this.#runtimes = next
  }

  get(id: string): ServerRuntime | undefined {
    return this.#runtimes.get(id)
  }

  /** Enabled servers, in the order of the configuration. */
  enabled(): ServerRuntime[] {
    return [...this.#runtimes.values()].filter((runtime) => runtime.config.enabled)
  }

  statuses(): ServerStatus[] {
    return [...this.#runtimes.values()].map((runtime) => runtime.status())
  }
}
