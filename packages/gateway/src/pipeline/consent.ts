/**
 * Consent, as a call sees it: is there a permission for exactly this, and if not, who can be asked and how.
 */
import type { JsonObject, JsonValue } from '@sallyport/controls/json'
import type { Exchange } from './exchange.ts'
import type { Ask, Refusal } from './verdict.ts'

/** How long somebody waits for a call. */
export interface Patience {
  /** In milliseconds from now; absent: not known. */
  readonly patienceMs?: number | undefined
  /** Nobody waits for the call any more. */
  readonly signal?: AbortSignal | undefined
}

/** The ways in which this call can wait for a person. */
export interface WaysToAsk extends Patience {
  /**
   * Puts a form to the client while the call waits (legacy era). Resolves with the result of the elicitation, or
   * `undefined` where there is none (an error, the client went away). Ends early when `signal` aborts.
   */
  readonly form?: ((params: JsonObject, signal: AbortSignal) => Promise<JsonValue | undefined>) | undefined
  /** The client calls again with the answer (modern era). */
  readonly again?: boolean | undefined
  /** Tells the client what is waited for, where it listens. */
  readonly say?: ((text: string) => void) | undefined
  readonly signal: AbortSignal
}

/** What came of asking. */
export type Consent =
  /** A permission may be there now: the call is decided on anew, as it would be sent now. */
  | { readonly kind: 'answered' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** The client is to be asked, and calls again: `params` of an elicitation, good until `expiresAt` (ms since the epoch). */
  | {
      readonly kind: 'again'
      readonly ticket: string
      readonly params: JsonObject
      readonly askedAt: number
      readonly expiresAt: number
    }

/** What the pipeline needs of the approvals (`approvals/approvals.ts`). */
export interface ConsentGate {
  /**
   * Takes the permission for this very call, if there is one that covers all that is asked. A single use is used up by it.
   * `undefined`: there is none, and a person can be asked. A promise also while another process holds the file in which
   * permissions are kept.
   */
  use(
    exchange: Exchange,
    asks: readonly Ask[],
    patience?: Patience,
  ): 'granted' | Refusal | undefined | Promise<'granted' | Refusal | undefined>
  /** Asks a person. `waiting` is what the call is answered with should its client give up first. */
  ask(
    exchange: Exchange,
    asks: readonly [Ask, ...Ask[]],
    ways: WaysToAsk,
    waiting: (refusal: Refusal) => void,
  ): Promise<Consent>
  /** The server wants input within a call that was allowed: the retry with this state is part of it. */
  goesOn(exchange: Exchange, requestState: string, patience?: Patience): void | Promise<void>
}
