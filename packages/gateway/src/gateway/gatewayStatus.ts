import type { CircuitStatus } from '../pipeline/serverGate.ts'
import type { Excluded } from '../protocol/bridge/greeting.ts'
import type { ServerStatus } from '../upstream/serverRuntime.ts'

/** A server, with how many of its items wait for a person and how many are blocked, and for how many its circuit is open. */
export type ReviewedStatus = ServerStatus & {
  readonly circuit?: CircuitStatus | undefined
  readonly review: { readonly waiting: number; readonly blocked: number }
}

/** What a running gateway says of itself; `sallyport status` shows it. */
export interface GatewayStatus {
  readonly pid: number
  /** ISO 8601. */
  readonly startedAt: string
  readonly profile: string
  /** The configuration file, or `built-in defaults`. */
  readonly config: string
  readonly auditHealthy: boolean
  readonly inFlight: number
  readonly conversations: number
  readonly servers: readonly ReviewedStatus[]
  /** Servers that no client sees now, and why. */
  readonly excluded: readonly Excluded[]
}
