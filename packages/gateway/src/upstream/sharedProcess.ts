/**
 * One process of a local server for all conversations of one principal (`share: true`). What it says on its own belongs
 * to nobody in particular, so nobody gets it: no question reaches a client, no log does. Answers, progress and
 * cancellations are told apart by our own ids.
 */
import type { JsonObject } from '@sallyport/controls/json'
import type { ServerConfig } from '../config/config.ts'
import type { Era } from '../protocol/era.ts'
import type { Inbound } from '../protocol/message.ts'
import type { Link } from './link.ts'
import type { ServerRuntime } from './serverRuntime.ts'
import { ServerSession, type SessionHooks, type SessionPort } from './session.ts'
import { SurfaceViews } from './surface/surfaceViews.ts'

export interface SharedProcessOptions {
  readonly runtime: ServerRuntime
  readonly era: Era
  /** Monotonic, in milliseconds. */
  readonly now: () => number
  /** Shakes hands with a legacy server in the gateway's own name; its answer to `initialize`. */
  readonly introduce: (link: Link) => Promise<JsonObject>
}

export class SharedProcess {
  readonly session: ServerSession
  readonly #members = new Set<SharedMember>()
  readonly #runtime: ServerRuntime
  #greeting: JsonObject | undefined

  constructor({ runtime, era, now, introduce }: SharedProcessOptions) {
    this.#runtime = runtime
    const hooks: SessionHooks = {
      handshake: async (link) => {
        this.#greeting = link.era === 'legacy' ? await introduce(link) : undefined
      },
      notification: (message) => this.#heard(message),
      request: (message, link) => this.#asked(message, link),
      lost: (explain) => {
        for (const member of [...this.#members]) member.lost(explain)
      },
      busy: () => [...this.#members].some((member) => member.busy()),
    }
    this.session = new ServerSession({ runtime, era, hooks, now })
  }

  /** True when nobody uses it and nothing of it runs. */
  get unused(): boolean {
    return this.#members.size === 0 && this.session.live === undefined
  }

  /** What the server answered to `initialize`. */
  get greeting(): JsonObject | undefined {
    return this.#greeting
  }

  /** A conversation begins to use it. */
  join(hooks: SessionHooks): SessionPort {
    const member = new SharedMember(this, hooks, () => this.#members.delete(member))
    this.#members.add(member)
    return member
  }

  /** That a list changed is news for everyone; whose log or task it is cannot be told. */
  #heard(message: Inbound): void {
    if (!message.method.endsWith('/list_changed')) return this.#runtime.unrelated(message.method)
    for (const member of [...this.#members]) member.heard(message)
  }

  #asked(message: Inbound, link: Link): void {
    const id = message.id ?? 'null'
    if (message.method === 'ping') return link.respond(id, '"result":{}')
    const explain = 'a shared server can ask no client: it cannot be told whose question this is'
    this.#runtime.dropped('bridge/unrelated', explain)
    link.respond(id, `"error":${JSON.stringify({ code: -32601, message: explain })}`)
  }
}

/** One conversation's use of a shared process. */
class SharedMember implements SessionPort {
  readonly shared = true
  readonly views: SurfaceViews
  readonly #process: SharedProcess
  readonly #hooks: SessionHooks
  readonly #left: () => void
  /** The connection this conversation has been introduced to. */
  #met: Link | undefined
  #meeting: Promise<Link> | undefined
  #closed = false

  constructor(process: SharedProcess, hooks: SessionHooks, left: () => void) {
    this.#process = process
    this.#hooks = hooks
    this.#left = left
    this.views = new SurfaceViews(process.session.runtime.surfaces)
  }

  get runtime(): ServerRuntime {
    return this.#process.session.runtime
  }

  get era(): Era {
    return this.#process.session.era
  }

  get server(): ServerConfig {
    return this.#process.session.server
  }

  get live(): Link | undefined {
    const { live } = this.#process.session
    return live === this.#met ? live : undefined
  }

  get closed(): boolean {
    return this.#closed || this.#process.session.closed
  }

  get idleSince(): number {
    return this.#process.session.idleSince
  }

  get awaited(): boolean {
    return this.#process.session.awaited
  }

  onStart(started: () => void): () => void {
    return this.#process.session.onStart(started)
  }

  hold(): () => void {
    return this.#process.session.hold()
  }

  link(): Link | Promise<Link> {
    if (this.#closed) throw this.runtime.stopping()
    const link = this.#process.session.link()
    if (!(link instanceof Promise) && link === this.#met) return link
    this.#meeting ??= this.#meet(link).finally(() => {
      this.#meeting = undefined
    })
    return this.#meeting
  }

  /** The process goes on for the others, and for those who come until it is idle. */
  async close(): Promise<void> {
    this.#closed = true
    this.#left()
  }

  heard(message: Inbound): void {
    this.#hooks.notification(message)
  }

  lost(explain: string): void {
    if (this.#met === undefined) return
    this.#hooks.lost(explain)
    this.#met = undefined
  }

  busy(): boolean {
    return this.#hooks.busy()
  }

  async #meet(starting: Link | Promise<Link>): Promise<Link> {
    const link = await starting
    await this.#hooks.handshake(link, this.#process.greeting)
    this.#met = link
    return link
  }
}
