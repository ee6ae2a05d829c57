/**
 * What is kept from clients until a person decides: one item a hold, with what a person needs to judge it.
 */
import type { TextFinding } from '@sallyport/controls/detection'
import type { DriftClass, ItemKind } from '@sallyport/controls/surface'

/**
 * `waiting`: nothing is known against it but that nobody approved it; gone when the server is again what was approved.
 * `blocked`: a finding or a person stands against it; stays, whatever the server says next, until a person lifts it
 * (invariant 6).
 */
export type HoldState = 'waiting' | 'blocked'

export interface Hold {
  readonly server: string
  readonly kind: ItemKind
  readonly name: string
  readonly state: HoldState
  /** Why it is held: an id of `docs/rules.md`. */
  readonly rule: string
  /** One sentence for a person. */
  readonly explain: string
  /** The version that is held: `itemDigest` and `contentDigest`. */
  readonly hash: string
  readonly content: string
  /** The approved version it was compared with. */
  readonly base?: string
  readonly classes: readonly DriftClass[]
  readonly findings: readonly TextFinding[]
  /** ISO 8601, UTC. */
  readonly since: string
}
