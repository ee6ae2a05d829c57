/**
 * What is counted at the doors of a gateway of several workers: the primary counts it, so that a proof is taken once by the
 * gateway and not once by each worker, and whoever guesses has as many attempts as the configuration says.
 */
import type { DoorTally, ProofTaken, Wait } from '../identity/doorTally.ts'
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

/** A primary that has not answered by then is not answering. */
const PATIENCE_MS = 2_000

/** A worker's tally. Where the primary does not answer, no proof is taken, and a failure is one like any other. */
export class PrimaryTally implements DoorTally {
  readonly #questions: PrimaryQuestions<TallyAsk, TallyReply>
  readonly #patienceMs: number

  constructor(ask: (question: TallyQuestion) => void, patienceMs = PATIENCE_MS) {
    this.#questions = new PrimaryQuestions((questions) => ask({ kind: 'tally', ...questions }))
    this.#patienceMs = patienceMs
  }

  async proof(id: string): Promise<ProofTaken> {
    const reply = await this.#ask({ kind: 'proof', id })
    return reply?.kind === 'proof' ? reply.taken : 'unknown'
  }

  async failure(address: string): Promise<Wait> {
    const reply = await this.#ask({ kind: 'failure', address })
    return reply?.kind === 'failure' ? reply.waitMs : undefined
  }

  answered(answer: TallyAnswer): void {
    this.#questions.answered(answer)
  }

  async #ask(ask: TallyAsk): Promise<TallyReply | undefined> {
    const late = Promise.withResolvers<undefined>()
    const timer = setTimeout(() => late.resolve(undefined), this.#patienceMs)
    try {
      return await Promise.race([this.#questions.ask(ask), late.promise])
    } catch {
      return undefined
    } finally {
      clearTimeout(timer)
    }
  }
}

/** What the primary answers a worker, by its own tally. */
export function replyTo(tally: DoorTally<'here'>, ask: TallyAsk): TallyReply {
  if (ask.kind === 'proof') return { kind: 'proof', taken: tally.proof(ask.id) }
  const waitMs = tally.failure(ask.address)
  return { kind: 'failure', ...(waitMs === undefined ? {} : { waitMs }) }
}
