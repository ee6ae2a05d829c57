/**
 * One server as one conversation uses it: started when first needed, shaken hands with, started again after a crash,
 * stopped when idle. Everyone who asks while it starts waits for the same start.
 */
import type { JsonObject } from '@sallyport/controls/json'
import type { ServerConfig } from '../config/config.ts'
import { gatewayMeta } from '../protocol/envelope.ts'
import type { Era } from '../protocol/era.ts'
import type { Inbound } from '../protocol/message.ts'
import type { Link, LinkEvents } from './link.ts'
import type { ServerRuntime } from './serverRuntime.ts'
import { afterCrash, type Backoff, NO_CRASHES } from './starts.ts'
import { SurfaceViews } from './surface/surfaceViews.ts'
import { TransportError, type TransportFault } from './transport.ts'
import { UpstreamUnavailable } from './unavailable.ts'

export interface SessionHooks {
  /**
   * Legacy handshake on a fresh link; rejects when the server does not take part. `greeting`: somebody else has shaken
   * hands for several conversations, and this is the server's answer.
   */
  handshake(link: Link, greeting?: JsonObject): Promise<void>
  notification(message: Inbound): void
  request(message: Inbound, link: Link): void
  /** The connection ended by itself. */
  lost(explain: string): void
  /** True while it must not be stopped for being idle (a subscription is open). */
  busy(): boolean
}

/** A conversation's way to a server: a session of its own, or a part in a shared process. */
export type SessionPort = Pick<
  ServerSession,
  | 'runtime'
  | 'era'
  | 'server'
  | 'views'
  | 'shared'
  | 'live'
  | 'closed'
  | 'idleSince'
  | 'awaited'
  | 'onStart'
  | 'hold'
  | 'link'
  | 'close'
>

export class ServerSession {
  readonly runtime: ServerRuntime
  readonly era: Era
  /** What its users were shown of the server. */
  readonly views: SurfaceViews
  /** True when other conversations use the same process. */
  readonly shared: boolean = false
  readonly #hooks: SessionHooks
  readonly #now: () => number
  readonly #principal: string | undefined
  readonly #stop = new AbortController()
  #link: Link | undefined
  /** The link whose handshake is under way. */
  #opening: Link | undefined
  #starting: Promise<Link> | undefined
  /** A link that is being ended. */
  #leaving: Promise<void> | undefined
  #backoff: Backoff = NO_CRASHES
  #holds = 0
  readonly #onStart = new Set<() => void>()
  #startedAt = 0
  #lastUsed: number

  constructor(options: {
    runtime: ServerRuntime
    era: Era
    hooks: SessionHooks
    now: () => number
    /** Whose calls it carries (`principalKey`): the one whose credential its connection gets. */
    principal?: string
  }) {
    this.runtime = options.runtime
    this.era = options.era
    this.views = new SurfaceViews(options.runtime.surfaces)
    this.#hooks = options.hooks
    this.#now = options.now
    this.#principal = options.principal
    this.#lastUsed = options.now()
  }

  get server(): ServerConfig {
    return this.runtime.config
  }

  /** The live connection, if there is one; starts nothing. */
  get live(): Link | undefined {
    return this.#link !== undefined && this.#link.closed === undefined ? this.#link : undefined
  }

  get closed(): boolean {
    return this.#stop.signal.aborted
  }

  /** For sessions nobody will use again. */
  get idleSince(): number {
    return (this.live?.openCalls ?? 0) > 0 ? this.#now() : this.#lastUsed
  }

  /**
   * The connection, started if need be. Throws or rejects with `UpstreamUnavailable` or `TransportError`; the next call
   * tries again.
   */
  link(): Link | Promise<Link> {
    this.#lastUsed = this.#now()
    if (this.closed) throw this.runtime.stopping()
    if (this.runtime.retired) throw outdated(this.server.id)
    const live = this.live
    if (live !== undefined) return live
    this.#starting ??= this.#begin()
    return this.#starting
  }

  /** True while somebody waits for its next start. */
  get awaited(): boolean {
    return this.#onStart.size > 0
  }

  /** Calls back at every start from now on, until the function it returns is called. Starts nothing. */
  onStart(started: () => void): () => void {
    this.#onStart.add(started)
    return () => this.#onStart.delete(started)
  }

  /** Keeps it from being stopped for being idle, until the function it returns is called. */
  hold(): () => void {
    this.#holds++
    let held = true
    return () => {
      if (held) this.#holds--
      held = false
    }
  }

  /** Stops the process or session if nothing used it for the server's `idleMs`; the next call starts it again. */
  stopIfIdle(): void {
    const link = this.live
    if (link === undefined || link.kind !== 'stdio' || link.busy || this.#holds > 0 || this.#hooks.busy())
      return
    if (this.#now() - this.#lastUsed < this.server.idleMs) return
    this.runtime.log.info('server.idle', { server: this.server.id })
    this.#leave(link)
  }

  /** The configuration changed: the connection ends with its last open call, at the latest at the server's deadline. */
  retire(): void {
    const link = this.live
    // While it starts, someone waits for it: `#start` retires what it has opened.
    if (link === undefined) return
    const end = () => {
      clearTimeout(timer)
      if (this.#link !== link) return
      this.#leave(link)
      this.#hooks.lost('its configuration changed')
    }
    const timer = setTimeout(end, this.server.deadlineMs).unref()
    link.whenQuiet(end)
  }

  /** Ends it at once, also in the middle of a start. */
  async close(): Promise<void> {
    this.#stop.abort(this.runtime.stopping())
    const link = this.#link
    this.#link = undefined
    const start = this.#starting?.then(
      () => undefined,
      () => undefined,
    )
    await Promise.all([link?.close(), this.#opening?.close(), start, this.#leaving])
    this.runtime.left(this)
  }

  #begin(): Promise<Link> {
    this.runtime.entered(this)
    return this.#start().finally(() => {
      this.#starting = undefined
      this.#settle()
    })
  }

  async #start(): Promise<Link> {
    const { runtime } = this
    const { signal } = this.#stop
    const release = await runtime.admitStart(this.#backoff, signal).catch((error: unknown) => {
      throw signal.aborted ? signal.reason : error
    })
    let link: Link | undefined
    this.#startedAt = runtime.wallClock()
    try {
      // Closed while it waited for its turn: nothing is started that nobody would end.
      signal.throwIfAborted()
      const events: LinkEvents = {
        notification: (message) => this.#hooks.notification(message),
        request: (message) => link !== undefined && this.#hooks.request(message, link),
        dropped: (rule, explain) => runtime.dropped(rule, explain),
        noise: (preview, bytes) => runtime.noise(preview, bytes),
        closed: (fault) => link !== undefined && this.#ended(link, fault),
      }
      const opened = await runtime.openLink(this.era, events, this.#principal)
      link = opened.link
      this.#opening = link
      signal.throwIfAborted()
      await this.#ready(link, opened.confirm)
      if (link.closed !== undefined) throw new TransportError(link.closed)
      this.#link = link
      runtime.started()
      for (const started of [...this.#onStart]) started()
      if (runtime.retired) this.retire()
      return link
    } catch (error) {
      this.#link = undefined
      const fault = faultOf(error, link)
      // A person has to do something first: that is no crash, and nothing to wait longer for each time.
      const unsigned = link?.refusedAccess
      if (!signal.aborted && unsigned === undefined) this.#failed(error, fault)
      await link?.close()
      if (unsigned !== undefined && !signal.aborted) throw accessRefused(this.server.id, unsigned)
      throw signal.aborted ? signal.reason : error
    } finally {
      this.#opening = undefined
      release()
    }
  }

  /** Starts it and shakes hands; rejects when that takes too long or the session is closed meanwhile. */
  async #ready(link: Link, confirm: (() => Promise<void>) | undefined): Promise<void> {
    const { signal } = this.#stop
    const { id, startDeadlineMs } = this.server
    let timer: NodeJS.Timeout | undefined
    const ended = Promise.withResolvers<never>()
    const stop = () => ended.reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    timer = setTimeout(() => ended.reject(late(id, startDeadlineMs)), startDeadlineMs)
    try {
      await Promise.race([this.#shakeHands(link, confirm), ended.promise])
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
    }
  }

  async #shakeHands(link: Link, confirm: (() => Promise<void>) | undefined): Promise<void> {
    await link.start()
    await this.#hooks.handshake(link)
    if (confirm === undefined) return
    // A modern server shakes no hands: that it answers shows that what it runs is there by now.
    if (link.era === 'modern') await answered(link, this.server.startDeadlineMs)
    await confirm()
  }

  #failed(error: unknown, fault: TransportFault | undefined): void {
    const run = { startedAt: this.#startedAt, endedAt: this.runtime.wallClock() }
    // What may not be started has not crashed: once a person lets it, it starts at once.
    const refused = error instanceof UpstreamUnavailable && error.rule === 'pins/identity'
    if (!refused) this.#backoff = afterCrash(this.#backoff, run)
    this.runtime.failedToStart(error, fault, run)
  }

  /** A link is over, by itself unless we had let go of it before. */
  #ended(link: Link, fault: TransportFault): void {
    if (this.#link !== link) return
    this.#link = undefined
    this.#settle()
    if (fault.code === 'closed') return
    const run = { startedAt: this.#startedAt, endedAt: this.runtime.wallClock() }
    this.#backoff = afterCrash(this.#backoff, run)
    this.runtime.lost(fault.explain)
    this.#hooks.lost(fault.explain)
  }

  /** Lets go of a link that nobody uses any more. */
  #leave(link: Link): void {
    this.#link = undefined
    const leaving = link
      .close()
      .catch((error: unknown) =>
        this.runtime.log.error('upstream.close', { server: this.server.id, explain: String(error) }),
      )
      .finally(() => {
        if (this.#leaving === leaving) this.#leaving = undefined
        this.#settle()
      })
    this.#leaving = leaving
  }

  #settle(): void {
    const isGone = this.#link === undefined && this.#starting === undefined && this.#leaving === undefined
    if (isGone) this.runtime.left(this)
  }
}

/** Resolves when a modern server says something, were it an error; or when it will not. */
function answered(link: Link, deadlineMs: number): Promise<void> {
  return new Promise((resolve) => {
    link.call({
      method: 'server/discover',
      params: () => JSON.stringify({ _meta: gatewayMeta() }),
      deadlineMs,
      hooks: {
        notification: () => undefined,
        request: () => undefined,
        answer: () => resolve(),
        failed: () => resolve(),
      },
    })
  })
}

/** How the transport of a failed start ended; `undefined` when the server lives and refused. */
function faultOf(error: unknown, link: Link | undefined): TransportFault | undefined {
  const fault = error instanceof TransportError ? error.fault : link?.closed
  return fault?.code === 'closed' ? undefined : fault
}

function late(server: string, ms: number): UpstreamUnavailable {
  return new UpstreamUnavailable(
    server,
    `"${server}" did not get ready within ${ms} ms`,
    `If it needs longer to start, raise "servers.${server}.startDeadline".`,
  )
}

function accessRefused(
  server: string,
  { code, explain, remedy = '', link }: TransportFault,
): UpstreamUnavailable {
  return new UpstreamUnavailable(server, `"${server}": ${explain}`, remedy, {
    rule: `upstream/${code}`,
    link,
  })
}

function outdated(server: string): UpstreamUnavailable {
  return new UpstreamUnavailable(
    server,
    `the configuration of "${server}" has changed`,
    'Connect again: this connection knows the server as it was.',
  )
}
