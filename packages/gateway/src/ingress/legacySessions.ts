/**
 * The legacy sessions of this door: unguessable, bound to a principal, its client and a view, bounded in number and idle
 * time, ended when the authority of their caller is revoked.
 *
 * A session is not authentication (MCP, "Security Best Practices": session hijacking): every request says anew who is
 * calling, and the session of another principal does not exist for it. None is ever ended to make room for another.
 */
import { randomBytes } from 'node:crypto'
import { ERROR } from '../protocol/errors.ts'
import type { Door } from './door.ts'
import { authorityEnded, recordEnded } from './endedAuthority.ts'
import { LegacySession } from './legacySession.ts'
import { type Caller, principalKey, type View } from './port.ts'
import type { Refusal } from './refusal.ts'
import { SseSession } from './sseSession.ts'
import type { Visit } from './visit.ts'

/** Whoever was revoked is gone within this. */
const SWEEP_MS = 5_000

/** A session of either legacy transport. */
type Session = LegacySession | SseSession

interface Refused {
  readonly refuse: Refusal
}

export class LegacySessions {
  readonly #sessions = new Map<string, Session>()
  readonly #maxSessions: number
  readonly #idleMs: number
  readonly #newId: () => string
  readonly #timer: NodeJS.Timeout
  /** Ended, and not yet gone behind the front. */
  readonly #ending = new Set<Promise<void>>()

  constructor(options: {
    readonly maxSessions: number
    readonly sessionIdleMs: number
    readonly now: () => number
    /** 32 letters of base64url that nobody guesses. Default: all random. */
    readonly newId?: () => string
  }) {
    this.#maxSessions = options.maxSessions
    this.#idleMs = options.sessionIdleMs
    this.#newId = options.newId ?? (() => randomBytes(24).toString('base64url'))
    const sweep = (): void => this.#sweep(options.now())
    this.#timer = setInterval(sweep, Math.max(10, Math.min(options.sessionIdleMs / 4, SWEEP_MS)))
    this.#timer.unref()
  }

  get size(): number {
    return this.#sessions.size
  }

  /** Opens a session, or refuses because there are as many as there may be. */
  open(door: Door, caller: Caller, view: View, revision: string): LegacySession | Refused {
    return this.#add((id) => new LegacySession(door, id, caller, view, revision))
  }

  /** Opens a session of HTTP+SSE, whose stream answers `visit`; or refuses likewise. */
  openSse(visit: Visit, caller: Caller, view: View): SseSession | Refused {
    return this.#add((id) => new SseSession(visit, id, caller, view))
  }

  /** The caller's session of that id on that view; nothing tells apart an unknown one and another's. */
  find(id: string, caller: Caller, view: View): LegacySession | undefined {
    const session = this.#of(id, caller)
    return session instanceof LegacySession && sameView(session.view, view) ? session : undefined
  }

  /** The caller's HTTP+SSE session of that id. */
  findSse(id: string, caller: Caller): SseSession | undefined {
    const session = this.#of(id, caller)
    return session instanceof SseSession ? session : undefined
  }

  /** Ends a session now; what is behind the front ends in its own time, and `close` waits for it. */
  end(session: Session, reason: string, status = 404): void {
    this.#sessions.delete(session.id)
    const ending = session.close(reason, status).catch((error: unknown) => {
      session.door.log.error('http.session-close-failed', {
        conversation: session.conversationId,
        error: error instanceof Error ? error.message : String(error),
      })
    })
    this.#ending.add(ending)
    void ending.then(() => this.#ending.delete(ending))
  }

  /** Ends all of them; resolves when nothing of them is left. */
  async close(reason: string): Promise<void> {
    clearInterval(this.#timer)
    for (const session of [...this.#sessions.values()]) this.end(session, reason, 503)
    await Promise.all(this.#ending)
  }

  #add<S extends Session>(make: (id: string) => S): S | Refused {
    if (this.#sessions.size >= this.#maxSessions) {
      const explain = `all ${this.#maxSessions} sessions (listen.maxSessions) are taken: idle ones end by themselves, try again later`
      const headers = ['Retry-After', '30']
      return { refuse: { status: 503, code: ERROR.unavailable, rule: 'session/full', explain, headers } }
    }
    // 192 bits: RFC 9110 gives it no secrecy, but nobody guesses it.
    const session = make(this.#newId())
    this.#sessions.set(session.id, session)
    return session
  }

  #of(id: string, caller: Caller): Session | undefined {
    const session = this.#sessions.get(id)
    if (session === undefined || session.closed) return undefined
    // Another client of the same person has a session of its own (2025-11-25, "Session Hijacking").
    if (session.caller.authority?.client !== caller.authority?.client) return undefined
    if (session.principal !== principalKey(caller.principal)) return undefined
    session.renew(caller)
    return session
  }

  #sweep(now: number): void {
    for (const session of this.#sessions.values()) {
      const standing = session.door.identity?.standing(session.caller) ?? 'holds'
      if (standing === 'revoked' || (standing === 'expired' && session instanceof SseSession)) {
        recordEnded(session.door, session.caller, standing, session.conversationId)
        this.end(session, authorityEnded(standing))
      } else if (session.busy) session.lastUsedMs = now
      else if (now - session.lastUsedMs >= this.#idleMs) {
        session.door.log.info('http.session-idle', { conversation: session.conversationId })
        this.end(session, 'it was idle')
      }
    }
  }
}

function sameView(one: View, other: View): boolean {
  if (one.kind === 'all' || other.kind === 'all') return one.kind === other.kind
  return one.server === other.server
}
