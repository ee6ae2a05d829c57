/**
 * One server as one conversation uses it: started when first needed, shaken hands with, started again after a crash,
 * stopped when idle. Everyone who asks while it starts waits for the same start.
 */
import type { ServerConfig } from '../config/config.ts'
import type { Era } from '../protocol/era.ts'
import type { Inbound } from '../protocol/message.ts'
import type { Link, LinkEvents } from './link.ts'
import type { ServerRuntime } from './servers.ts'
import { TransportError } from './transport.ts'
import { UpstreamUnavailable } from './unavailable.ts'

export interface SessionHooks {
  /** Legacy handshake on a fresh link; rejects when the server does not take part. */
  handshake(link: Link): Promise<void>
  notification(message: Inbound): void
  request(message: Inbound, link: Link): void
  /** The connection ended by itself. */
  lost(explain: string): void
  /** True while it must not be stopped for being idle (a subscription is open). */
  busy(): boolean
}

export class ServerSession {
  readonly runtime: ServerRuntime
  readonly era: Era
  readonly #hooks: SessionHooks
  readonly #now: () => number
  #link: Link | undefined
  #starting: Promise<Link> | undefined
  #lastUsed: number
  #closed = false

  constructor(options: { runtime: ServerRuntime; era: Era; hooks: SessionHooks; now: () => number }) {
    this.runtime = options.runtime
    this.era = options.era
    this.#hooks = options.hooks
    this.#now = options.now
    this.#lastUsed = options.now()
  }

  get server(): ServerConfig {
    return this.runtime.config
  }

  /** The live connection, if there is one; starts nothing. */
  get live(): Link | undefined {
    return this.#link !== undefined && this.#link.closed === undefined ? this.#link : undefined
  }

  /**
   * The connection, started if need be. Rejects with `UpstreamUnavailable` or `TransportError`; the next call tries
   * again.
   */
  link(): Link | Promise<Link> {
    this.#lastUsed = this.#now()
    const live = this.live
    if (live !== undefined) return live
    if (this.#closed)
      throw new UpstreamUnavailable(this.server.id, `"${this.server.id}" is being stopped`, 'Try again.')
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined
    })
    return this.#starting
  }

  /** Stops the process or session if nothing used it for the server's `idleMs`; the next call starts it again. */
  stopIfIdle(): void {
    const link = this.live
    if (link === undefined || link.kind !== 'stdio' || link.openCalls > 0 || this.#hooks.busy()) return
    if (this.#now() - this.#lastUsed < this.server.idleMs) return
    this.#link = undefined
    this.runtime.log.info('server.idle', { server: this.server.id })
    void link.close()
  }

  get closed(): boolean {
    return this.#closed
  }

  /** For sessions nobody will use again. */
  get idleSince(): number {
    return (this.live?.openCalls ?? 0) > 0 ? this.#now() : this.#lastUsed
  }

  async close(): Promise<void> {
    this.#closed = true
    const starting = this.#starting
    const link = this.#link
    this.#link = undefined
    await link?.close()
    // A start under way ends by itself: `#start` sees `#closed` and closes what it opened.
    await starting?.then(
      (late) => late.close(),
      () => undefined,
    )
  }

  async #start(): Promise<Link> {
    const { runtime } = this
    const release = await runtime.admitStart()
    let link: Link | undefined
    let known = false
    try {
      const events: LinkEvents = {
        notification: (message) => this.#hooks.notification(message),
        request: (message) => link !== undefined && this.#hooks.request(message, link),
        dropped: (rule, explain) => runtime.dropped(rule, explain),
        noise: (preview, bytes) => runtime.noise(preview, bytes),
        closed: (fault) => {
          if (this.#link !== link || link === undefined || !known) return
          this.#link = undefined
          if (fault.code === 'closed') return
          runtime.lost(fault.explain)
          this.#hooks.lost(fault.explain)
        },
      }
      link = await runtime.openLink(this.era, events)
      await within(runtime.config.startDeadlineMs, this.server.id, this.#shakeHands(link))
      if (this.#closed)
        throw new UpstreamUnavailable(this.server.id, `"${this.server.id}" is being stopped`, 'Try again.')
      known = true
      this.#link = link
      if (link.closed !== undefined) throw new TransportError(link.closed)
      runtime.started()
      return link
    } catch (error) {
      this.#link = undefined
      runtime.failedToStart(error)
      await link?.close()
      throw error
    } finally {
      release()
    }
  }

  async #shakeHands(link: Link): Promise<void> {
    await link.start()
    await this.#hooks.handshake(link)
  }
}

async function within(ms: number, server: string, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new UpstreamUnavailable(
            server,
            `"${server}" did not get ready within ${ms} ms`,
            `If it needs longer to start, raise "servers.${server}.startDeadline".`,
          ),
        ),
      ms,
    )
  })
  try {
    await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
