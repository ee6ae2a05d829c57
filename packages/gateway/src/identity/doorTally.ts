/**
 * What is counted of whoever comes to the doors, whatever way they come in: proofs that were used, and credentials that were
 * no good. Of several processes one counts for all.
 */
import type { Rate } from '@sallyport/controls/limits'
import { FailedAttempts } from './failedAttempts.ts'
import { FRESH_MS } from './tokens/freshness.ts'
import { ReplayStore } from './tokens/replayStore.ts'

/** A proof may come as early as its window allows, and again as late. */
const PROOF_KEPT_MS = 2 * FRESH_MS
const MAX_PROOFS = 100_000

/** `used`: it was taken before. `full`: too many are remembered to tell. `unknown`: who counts does not answer. */
export type ProofTaken = 'taken' | 'used' | 'full' | 'unknown'

/** How long to wait, in milliseconds, where there were too many. */
export type Wait = number | undefined

/** Counts here, or asks who does. */
export interface DoorTally<Where extends 'here' | 'anywhere' = 'anywhere'> {
  /** Takes a proof of possession (RFC 9449, 11.1), by an id that no other proof has. */
  proof(id: string): ProofTaken | (Where extends 'here' ? never : Promise<ProofTaken>)
  /** Counts a credential that was no good, by the network address it came from. */
  failure(address: string): Wait | (Where extends 'here' ? never : Promise<Wait>)
}

/** Counts in this process. */
export class LocalTally implements DoorTally<'here'> {
  readonly #proofs = new ReplayStore({ maxEntries: MAX_PROOFS, windowMs: PROOF_KEPT_MS })
  readonly #failures: FailedAttempts
  readonly #now: () => number

  /** @param rate of failures of one address; absent: none is refused */
  constructor(rate: Rate | undefined, now: () => number) {
    this.#failures = new FailedAttempts(rate)
    this.#now = now
  }

  proof(id: string): ProofTaken {
    return this.#proofs.take(id, this.#now())
  }

  failure(address: string): Wait {
    return this.#failures.note(address, this.#now())
  }
}
