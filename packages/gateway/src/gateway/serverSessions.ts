/**
 * The sessions that are open to servers, and for whom. What belongs to one principal, conversation or declaration of
 * capabilities is never handed to another one (invariant 2): each key below names everything a session may know.
 */
import { canonicalJson } from '@sallyport/controls/json'
import { BridgedServer } from '../protocol/bridge/bridgedServer.ts'
import type { ModernRequest, ModernWorld } from '../protocol/bridge/modernRequest.ts'
import type { Relay } from '../protocol/bridge/relay.ts'
import { introduceGateway } from '../protocol/bridge/sharedGreeting.ts'
import type { Era } from '../protocol/era.ts'
import type { Link } from '../upstream/link.ts'
import type { Servers } from '../upstream/servers.ts'
import { ServerSession, type SessionHooks, type SessionPort } from '../upstream/session.ts'
import { SharedProcess } from '../upstream/sharedProcess.ts'
import { UpstreamUnavailable } from '../upstream/unavailable.ts'

export interface ServerSessionsParts {
  readonly servers: Servers
  readonly relay: Relay
  /** A principal's connection to a server was lost: what it offered is not known any more. */
  readonly lost: (principal: string, server: string) => void
}

/** Sessions of modern clients that nobody used for this long are ended. */
const IDLE_MS = 10 * 60_000
/** Different capabilities one client may declare to one legacy server at a time: each is a session of its own. */
const MAX_DECLARATIONS = 8

export class ServerSessions {
  readonly #parts: ServerSessionsParts
  readonly #modern = new Map<string, SessionPort>()
  readonly #bridged = new Map<string, BridgedServer>()
  readonly #shared = new Map<string, SharedProcess>()

  constructor(parts: ServerSessionsParts) {
    this.#parts = parts
  }

  /** A new session, which whoever opens it closes. Its server's era is known; if not, it is taken for a legacy one. */
  open(server: string, principal: string, hooks: SessionHooks): SessionPort {
    return this.#open(server, principal, this.#parts.servers.get(server)?.knownEra ?? 'legacy', hooks)
  }

  /** A modern server's connection for this principal and conversation. */
  modern(server: string, principal: string, conversation: string | undefined): SessionPort {
    const key = `${server}\n${conversation ?? ''}\n${principal}`
    const known = this.#modern.get(key)
    if (known !== undefined) return known
    const { servers, lost } = this.#parts
    const session = this.#open(server, principal, 'modern', {
      handshake: () => Promise.resolve(),
      // On a pipe a modern server's log message names no request: it is not a guess's to deliver.
      notification: (message) => servers.get(server)?.unrelated(message.method),
      request: () => undefined,
      lost: () => lost(principal, server),
      busy: () => false,
    })
    this.#modern.set(key, session)
    return session
  }

  /**
   * A legacy server's session for a modern client: for this principal, conversation and what the request declares.
   * Throws `UpstreamUnavailable` when the client keeps too many different declarations in use.
   */
  bridged(world: ModernWorld, server: string, request: ModernRequest): BridgedServer {
    const { principal, conversation, envelope } = request
    // What a client declared decides what a server may ask of it: never shared between different declarations.
    const declared = canonicalJson(envelope.capabilities)
    const scope = `${server}\n${conversation ?? ''}\n${principal}\n`
    const key = scope + declared
    const known = this.#bridged.get(key)
    if (known !== undefined && !known.session.closed) return known
    this.#makeRoom(server, scope)
    const bridged = new BridgedServer(
      world,
      request,
      (hooks) => this.open(server, principal, hooks),
      () => this.#parts.lost(principal, server),
    )
    this.#bridged.set(key, bridged)
    return bridged
  }

  /** Forgets those of servers that a new configuration replaced. They end by themselves, with the calls on them. */
  forgetRetired(): void {
    for (const [key, { runtime }] of this.#modern) if (runtime.retired) this.#modern.delete(key)
    for (const [key, { session }] of this.#bridged) if (session.runtime.retired) this.#bridged.delete(key)
  }

  /** To be called now and then: ends what modern clients, who never say goodbye, do not use any more. */
  sweep(): void {
    const now = this.#parts.relay.now()
    for (const [key, shared] of this.#shared) if (shared.unused) this.#shared.delete(key)
    const unused = (session: SessionPort) =>
      session.live === undefined && !session.awaited && now - session.idleSince > IDLE_MS
    for (const [key, { session }] of this.#bridged) {
      if (!session.closed && !unused(session)) continue
      this.#bridged.delete(key)
      void session.close()
    }
    for (const [key, session] of this.#modern) {
      if (!unused(session)) continue
      this.#modern.delete(key)
      void session.close()
    }
  }

  #open(server: string, principal: string, era: Era, hooks: SessionHooks): SessionPort {
    const { servers, relay } = this.#parts
    const runtime = servers.get(server)
    if (runtime === undefined) throw new Error(`no server "${server}"`)
    const { now } = relay
    if (runtime.config.kind !== 'stdio' || !runtime.config.share)
      return new ServerSession({ runtime, era, hooks, now, principal })
    // One process a principal, never one for two (invariant 2).
    const key = `${server}\n${principal}`
    let shared = this.#shared.get(key)
    if (shared === undefined || shared.session.runtime !== runtime || shared.session.era !== era) {
      const { deadlineMs } = runtime.config
      const introduce = (link: Link) => introduceGateway(relay, { server, principal, deadlineMs }, link)
      shared = new SharedProcess({ runtime, era, now, introduce })
      this.#shared.set(key, shared)
    }
    return shared.join(hooks)
  }

  /** A client that declares something else with every request would start a process each time. */
  #makeRoom(server: string, scope: string): void {
    const own = [...this.#bridged].filter(([key, { session }]) => key.startsWith(scope) && !session.closed)
    if (own.length < MAX_DECLARATIONS) return
    const [key, unused] = own.find(([, bridged]) => !bridged.inUse) ?? []
    if (key === undefined || unused === undefined) {
      throw new UpstreamUnavailable(
        server,
        `"${server}" is in use by this client under ${own.length} different declarations of capabilities`,
        'Declare the same capabilities in every request, or wait until one is done.',
      )
    }
    this.#bridged.delete(key)
    void unused.session.close()
  }
}
