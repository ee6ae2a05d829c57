/**
 * Call limits: may this principal call this tool of this server once more now?
 *
 * Four limits on calls, each optional: calls per principal and tool, per principal, per server (all principals together), and how
 * many calls a conversation has in all. And one on what a server asks of a principal in return. Decides on the times of earlier calls alone, by exact sliding windows: never more
 * than N in any window, for every placement of it. A call passes all of its limits or counts for none. Time is an
 * argument; memory is bounded, and what still counts is never forgotten to make room.
 *
 * Follows CWE-770 and CWE-799. Cannot know: whether two conversations are one person, whether a call is dear or cheap, and
 * what was called before the process began.
 *
 * Costs up to five look-ups in a map, and 8 bytes for each call that counts until its window is over.
 *
 * @example
 * const limits = new CallLimits()
 * const call = { principal: 'p', server: 'files', tool: 'read' }
 * limits.take(call, { tool: { count: 1, windowMs: 60_000 } }, 0) // { admitted: true }
 * limits.take(call, { tool: { count: 1, windowMs: 60_000 } }, 48_000)
 * // { admitted: false, limit: 'tool', most: 1, windowMs: 60000, retryAfterMs: 12000 }
 */
import { Counters } from './counters.ts'
import type { Rate } from './rate.ts'
import { SlidingWindow } from './slidingWindow.ts'

export { CircuitBreaker, type CircuitEntry, type CircuitSettings } from './circuit.ts'
export { Counters } from './counters.ts'
export {
  adviseRate,
  checkRate,
  parseRate,
  RATE_PATTERN,
  type Rate,
  type RateFault,
  showRate,
} from './rate.ts'
export { SlidingWindow } from './slidingWindow.ts'

export interface LimitedCall {
  readonly principal: string
  readonly server: string
  /** Absent for what is no tool call: it counts for the principal and the server. */
  readonly tool?: string | undefined
  readonly conversation?: string | undefined
  /** A question of the server to this principal; it counts for nothing else. */
  readonly question?: true
}

/** The limits that hold for a call; absent ones do not. */
export interface CallRates {
  readonly tool?: Rate | undefined
  readonly principal?: Rate | undefined
  readonly server?: Rate | undefined
  readonly callsPerConversation?: number | undefined
  /** Questions of the server to one principal. */
  readonly question?: Rate | undefined
}

export type Admission =
  | { readonly admitted: true }
  | {
      readonly admitted: false
      readonly limit: 'tool' | 'principal' | 'server' | 'question'
      readonly most: number
      readonly windowMs: number
      /** The same call passes after this, in whole milliseconds rounded up, if nobody else comes before. */
      readonly retryAfterMs: number
    }
  | { readonly admitted: false; readonly limit: 'conversation'; readonly most: number }
  /** More different names are in use than are counted. */
  | { readonly admitted: false; readonly limit: 'names'; readonly retryAfterMs: number }

/** A conversation that says nothing for so long is another one when it goes on. */
export const CONVERSATION_IDLE_MS = 3_600_000

const MAX_PRINCIPALS = 10_000
/** Tools of all servers that one principal calls within a window. */
const MAX_TOOLS = 4_096
const MAX_CONVERSATIONS = 1_024
const MAX_SERVERS = 10_000

const ADMITTED: Admission = Object.freeze({ admitted: true })

/** What a conversation has used of its budget. */
class Budget {
  #used = 0
  idleAtMs = Number.NEGATIVE_INFINITY

  used(nowMs: number): number {
    return this.idleAtMs <= nowMs ? 0 : this.#used
  }

  record(nowMs: number): void {
    this.#used = this.used(nowMs) + 1
    this.idleAtMs = Math.max(this.idleAtMs, nowMs + CONVERSATION_IDLE_MS)
  }
}

/** Everything counted of one principal: nobody's calls take another one's room. */
class Principal {
  /** By server. */
  readonly questions = new Counters<SlidingWindow>(MAX_SERVERS)
  readonly tools = new Counters<SlidingWindow>(MAX_TOOLS)
  readonly conversations = new Counters<Budget>(MAX_CONVERSATIONS)
  all: SlidingWindow | undefined
  idleAtMs = Number.NEGATIVE_INFINITY

  counted(counter: { readonly idleAtMs: number }): void {
    this.idleAtMs = Math.max(this.idleAtMs, counter.idleAtMs)
  }
}

/** The counters of one gateway. */
export class CallLimits {
  readonly #principals = new Counters<Principal>(MAX_PRINCIPALS)
  readonly #servers = new Counters<SlidingWindow>(MAX_SERVERS)

  /** Counts the call, if every one of its limits lets it through. */
  take(call: LimitedCall, rates: CallRates, nowMs: number): Admission {
    if (call.question === true) return this.#takeQuestion(call, rates.question, nowMs)
    const { tool, principal: own, server: total, callsPerConversation: most } = rates
    const perTool = call.tool === undefined ? undefined : tool
    if (perTool === undefined && own === undefined && total === undefined && most === undefined)
      return ADMITTED

    const known = this.#principals.get(call.principal)
    const principal = known ?? new Principal()
    const toolKey = perTool === undefined ? '' : `${call.server} ${call.tool}`
    const toolWindow = perTool && following(principal.tools.get(toolKey), perTool)
    const ownWindow = own && following(principal.all, own)
    const serverWindow = total && following(this.#servers.get(call.server), total)
    const conversation = call.conversation ?? ''
    const budget = most === undefined ? undefined : principal.conversations.get(conversation)

    if (most !== undefined && (budget?.used(nowMs) ?? 0) >= most)
      return { admitted: false, limit: 'conversation', most }
    const refused = latest(nowMs, toolWindow, ownWindow, serverWindow)
    if (refused !== undefined) {
      const limit = refused === toolWindow ? 'tool' : refused === ownWindow ? 'principal' : 'server'
      const { count, windowMs } = refused.rate
      const retryAfterMs = Math.ceil(refused.opensAtMs() - nowMs)
      return { admitted: false, limit, most: count, windowMs, retryAfterMs }
    }
    const roomAtMs = Math.max(
      known === undefined ? this.#principals.roomAtMs(nowMs) : nowMs,
      perTool !== undefined && toolWindow === undefined ? principal.tools.roomAtMs(nowMs) : nowMs,
      total !== undefined && serverWindow === undefined ? this.#servers.roomAtMs(nowMs) : nowMs,
      most !== undefined && budget === undefined ? principal.conversations.roomAtMs(nowMs) : nowMs,
    )
    if (roomAtMs > nowMs)
      return { admitted: false, limit: 'names', retryAfterMs: Math.ceil(roomAtMs - nowMs) }

    if (known === undefined) this.#principals.add(call.principal, principal)
    if (perTool !== undefined) {
      const window = toolWindow ?? added(principal.tools, toolKey, new SlidingWindow(perTool))
      window.record(nowMs)
      principal.counted(window)
    }
    if (own !== undefined) {
      principal.all = ownWindow ?? new SlidingWindow(own)
      principal.all.record(nowMs)
      principal.counted(principal.all)
    }
    if (total !== undefined) {
      const window = serverWindow ?? added(this.#servers, call.server, new SlidingWindow(total))
      window.record(nowMs)
    }
    if (most !== undefined) {
      const counted = budget ?? added(principal.conversations, conversation, new Budget())
      counted.record(nowMs)
      principal.counted(counted)
    }
    return ADMITTED
  }

  #takeQuestion({ principal: name, server }: LimitedCall, rate: Rate | undefined, nowMs: number): Admission {
    if (rate === undefined) return ADMITTED
    const known = this.#principals.get(name)
    const principal = known ?? new Principal()
    const window = following(principal.questions.get(server), rate)
    const opensAtMs = window?.opensAtMs() ?? nowMs
    if (opensAtMs > nowMs) {
      const { count: most, windowMs } = rate
      return {
        admitted: false,
        limit: 'question',
        most,
        windowMs,
        retryAfterMs: Math.ceil(opensAtMs - nowMs),
      }
    }
    const roomAtMs = Math.max(
      known === undefined ? this.#principals.roomAtMs(nowMs) : nowMs,
      window === undefined ? principal.questions.roomAtMs(nowMs) : nowMs,
    )
    if (roomAtMs > nowMs)
      return { admitted: false, limit: 'names', retryAfterMs: Math.ceil(roomAtMs - nowMs) }
    if (known === undefined) this.#principals.add(name, principal)
    const counted = window ?? added(principal.questions, server, new SlidingWindow(rate))
    counted.record(nowMs)
    principal.counted(counted)
    return ADMITTED
  }
}

function following(window: SlidingWindow | undefined, rate: Rate): SlidingWindow | undefined {
  window?.follow(rate)
  return window
}

function added<C extends { readonly idleAtMs: number }>(counters: Counters<C>, key: string, counter: C): C {
  counters.add(key, counter)
  return counter
}

/** The one that opens last, of those that are closed now. */
function latest(nowMs: number, ...windows: (SlidingWindow | undefined)[]): SlidingWindow | undefined {
  let found: SlidingWindow | undefined
  let openAtMs = nowMs
  for (const window of windows) {
    const at = window?.opensAtMs() ?? Number.NEGATIVE_INFINITY
    if (at <= openAtMs) continue
    openAtMs = at
    found = window
  }
  return found
}
