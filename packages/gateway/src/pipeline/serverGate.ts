/**
 * The last thing before a call is sent: has its server a place for it, and does it answer at all? Places are for all
 * principals together; the circuit is each principal's own, so that one who makes a server fail stops nobody else.
 */
import { CircuitBreaker, type CircuitSettings } from '@sallyport/controls/limits'
import type { Config, ServerConfig } from '../config/config.ts'
import { enforcement } from '../config/trust.ts'
import { showWait } from './controls/limits.ts'
import { countedMethods } from './counted.ts'
import type { Exchange } from './exchange.ts'
import type { Refusal } from './verdict.ts'

/**
 * What a call says of its server. `failed`: no answer in time, no connection, or HTTP 5xx. `left`: nothing, as when its
 * client cancelled it.
 */
export type CallEnd =
  | { readonly kind: 'answered' }
  | { readonly kind: 'failed'; readonly rule: string }
  | { readonly kind: 'left' }

export const LEFT: CallEnd = { kind: 'left' }
export const ANSWERED: CallEnd = { kind: 'answered' }

/** A call's place at its server. */
export interface Passage {
  /** Gives it back, once. */
  end(how: CallEnd): void
}

/** Whether a server's circuit is open for somebody. */
export interface CircuitStatus {
  /** Principals for whom it is. */
  readonly open: number
  /** Until one of them may try again, in milliseconds. */
  readonly retryAfterMs: number
}

export interface GateOptions {
  /** Monotonic, in milliseconds. */
  readonly now: () => number
  /** A circuit opened or closed. */
  readonly event: (exchange: Exchange, event: 'circuit.opened' | 'circuit.closed', explain: string) => void
}

/** Principals whose failures are remembered, for each server. Beyond, a failing server is called as if there were no circuit. */
const MAX_CIRCUITS = 10_000

interface Server {
  maxInFlight: number
  circuit: CircuitSettings | undefined
  inFlight: number
  /** Only of principals whose last call failed. */
  readonly circuits: Map<string, CircuitBreaker>
  /** The rule of the last failure. */
  lastRule: string
}

export class ServerGate {
  readonly #options: GateOptions
  #servers: ReadonlyMap<string, Server> = new Map()
  #counted: ReadonlySet<string> = new Set()
  #enforced = true

  constructor(config: Config, options: GateOptions) {
    this.#options = options
    this.follow(config)
  }

  /** Another configuration is in force: calls under way and failures stay as they are. */
  follow(config: Config): void {
    this.#counted = countedMethods(config)
    this.#enforced = enforcement[config.profile] === 'enforce'
    this.#servers = new Map(
      config.servers.map((server) => [server.id, adjusted(this.#servers.get(server.id), server)]),
    )
  }

  /** A call wants to be sent. `undefined`: what it asks for is not counted. */
  enter(exchange: Exchange): Passage | Refusal | undefined {
    if (exchange.server === undefined || !this.#counted.has(exchange.method)) return undefined
    const server = this.#servers.get(exchange.server)
    if (server === undefined || exchange.direction !== 'client-to-server') return undefined
    if (server.inFlight >= server.maxInFlight) {
      const refusal = fullRefusal(exchange.server, server.inFlight)
      if (this.#enforced) return refusal
      exchange.findings.push({ rule: refusal.rule, severity: 'low' })
    }
    const { circuit: settings } = server
    const entry = settings && server.circuits.get(exchange.principal)?.enter(settings, this.#options.now())
    if (entry?.kind === 'open') {
      const refusal = circuitRefusal(exchange.server, server, entry.retryAfterMs)
      if (this.#enforced) return refusal
      exchange.findings.push({ rule: refusal.rule, severity: 'low' })
    }
    server.inFlight++
    const probe = entry?.kind === 'pass' ? entry.probe : undefined
    let over = false
    return {
      end: (how) => {
        if (over) return
        over = true
        server.inFlight--
        this.#ended(exchange, server, how, probe)
      },
    }
  }

  /** For `sallyport status`; `undefined` where every principal's circuit is closed. */
  circuit(id: string): CircuitStatus | undefined {
    const now = this.#options.now()
    let open = 0
    let earliest = Number.POSITIVE_INFINITY
    for (const circuit of this.#servers.get(id)?.circuits.values() ?? []) {
      const at = circuit.opensAtMs()
      if (at === undefined) continue
      open++
      earliest = Math.min(earliest, at)
    }
    return open === 0 ? undefined : { open, retryAfterMs: Math.max(0, Math.ceil(earliest - now)) }
  }

  #ended(exchange: Exchange, server: Server, how: CallEnd, probe: number | undefined): void {
    const { principal } = exchange
    const known = server.circuits.get(principal)
    if (how.kind === 'left') return known?.left(probe)
    if (how.kind === 'answered') {
      if (known === undefined) return
      server.circuits.delete(principal)
      if (known.answered())
        this.#options.event(exchange, 'circuit.closed', `"${exchange.server}" answers again`)
      return
    }
    const { circuit: settings } = server
    if (settings === undefined) return
    server.lastRule = how.rule
    const circuit = known ?? this.#remember(server, settings, principal)
    if (circuit?.failed(settings, this.#options.now(), probe))
      this.#options.event(
        exchange,
        'circuit.opened',
        `"${exchange.server}" failed ${settings.failures} times in a row (last: ${how.rule})`,
      )
  }

  #remember(server: Server, settings: CircuitSettings, principal: string): CircuitBreaker | undefined {
    const { circuits } = server
    if (circuits.size >= MAX_CIRCUITS) {
      const now = this.#options.now()
      for (const [key, circuit] of circuits) if (circuit.idleAtMs(settings) <= now) circuits.delete(key)
      if (circuits.size >= MAX_CIRCUITS) return undefined
    }
    const circuit = new CircuitBreaker()
    circuits.set(principal, circuit)
    return circuit
  }
}

function adjusted(known: Server | undefined, { maxInFlight, circuit }: ServerConfig): Server {
  const server = known ?? { maxInFlight: 0, circuit, inFlight: 0, circuits: new Map(), lastRule: '' }
  server.maxInFlight = maxInFlight ?? Number.POSITIVE_INFINITY
  server.circuit = circuit
  return server
}

function fullRefusal(server: string, inFlight: number): Refusal {
  return {
    kind: 'refuse',
    rule: 'limits/server-in-flight',
    explain: `${inFlight} calls are under way at "${server}", which is its limit; nothing was sent`,
    remedy: `Wait for an answer, or raise "servers.${server}.maxInFlight".`,
  }
}

function circuitRefusal(id: string, { circuit, lastRule }: Server, retryAfterMs: number): Refusal {
  return {
    kind: 'refuse',
    rule: 'upstream/circuit',
    explain: `"${id}" failed ${circuit?.failures} times in a row for this principal (last: ${lastRule}), so nothing was sent`,
    remedy: `Retry after ${showWait(retryAfterMs)}: one call will try then. "sallyport status" shows the server.`,
    retryAfterMs,
  }
}
