/**
 * What is counted at the doors of a gateway of several workers: the primary counts it, so that a proof is taken once by the
 * gateway and not once by each worker, and whoever guesses has as many attempts as the configuration says.
 */
import type { DoorTally, ProofTaken, Wait } from '../identity/doorTally.ts'
import type { Log } from '../log.ts'
import { type Answers, PrimaryQuestions, type Questions } from './primaryQuestions.ts'

export type TallyAsk =
  | { readonly kind: 'proof'; readonly id: string }
  | { readonly kind: 'failure'; readonly address: string }
/** `waitMs` of a failure that came too often. */
export type TallyReply =
  | { readonly kind: 'proof'; readonly taken: ProofTaken }
  | { readonly kind: 'failure'; readonly waitMs?: number }

export type TallyQuestion = { readonly kind: 'tally' } & Questions<TallyAsk>
export type TallyAnswer = { readonly kind: 'tally' } & Answers<TallyReply>

export interface PrimaryTallyOptions {
  readonly ask: (question: TallyQuestion) => void
  /** What this worker counts of its own: it stands in for a primary that does not answer. */
  readonly own: DoorTally<'here'>
  readonly log: Pick<Log, 'error'>
  readonly patienceMs?: number
}

/** A primary that has not answered by then is not answering. */
const PATIENCE_MS = 2_000

/**
 * A worker's tally. Where the primary does not answer, no proof is taken, and failures are limited by what this worker
 * counted itself: whoever guesses has an attempt more for each worker, and never as many as they like (CWE-307).
 */
export class PrimaryTally implements DoorTally {
  readonly #questions: PrimaryQuestions<TallyAsk, TallyReply>
  readonly #own: DoorTally<'here'>
  readonly #log: Pick<Log, 'error'>
  readonly #patienceMs: number
  #unanswered = false

  constructor({ ask, own, log, patienceMs = PATIENCE_MS }: PrimaryTallyOptions) {
    this.#questions = new PrimaryQuestions((questions) => ask({ kind: 'tally', ...questions }))
    this.#own = own
    this.#log = log
    this.#patienceMs = patienceMs
  }

  async proof(id: string): Promise<ProofTaken> {
    const reply = await this.#ask({ kind: 'proof', id })
    return reply?.kind === 'proof' ? reply.taken : 'unknown'
  }

  async failure(address: string): Promise<Wait> {
    const reply = await this.#ask({ kind: 'failure', address })
    if (reply?.kind !== 'failure') return this.#own.failure(address)
    // Counted here as well, for when the primary falls silent; what it refused counts nowhere.
    if (reply.waitMs === undefined) this.#own.failure(address)
    return reply.waitMs
  }

  answered(answer: TallyAnswer): void {
    this.#questions.answered(answer)
  }

  async #ask(ask: TallyAsk): Promise<TallyReply | undefined> {
    const late = Promise.withResolvers<undefined>()
    const timer = setTimeout(() => late.resolve(undefined), this.#patienceMs)
    try {
      const reply = await Promise.race([this.#questions.ask(ask), late.promise])
      if (reply === undefined) this.#complain(`no answer within ${this.#patienceMs} ms`)
      else this.#unanswered = false
      return reply
    } catch (error) {
      this.#complain(error instanceof Error ? error.message : String(error))
      return undefined
    } finally {
      clearTimeout(timer)
    }
  }

  /** Once, until the primary answers again: whoever guesses must not write the log. */
  #complain(explain: string): void {
    if (this.#unanswered) return
    this.#unanswered = true
    this.#log.error('tally.unanswered', { explain })
  }
}

/** What the primary answers a worker, by its own tally. */
export function replyTo(tally: DoorTally<'here'>, ask: TallyAsk): TallyReply {
  if (ask.kind === 'proof') return { kind: 'proof', taken: tally.proof(ask.id) }
  const waitMs = tally.failure(ask.address)
  return { kind: 'failure', ...(waitMs === undefined ? {} : { waitMs }) }
}
