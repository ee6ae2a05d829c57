/**
 * Limits of a gateway of several workers. The primary counts, so that the limit is one limit: the calls of a principal come
 * in at all workers, and no share of a window can be dealt out without letting through too many or too few.
 */
import type { Admission, LimitedCall } from '@sallyport/controls/limits'
import type { CallLimiter } from '../limits/limitBook.ts'
import { type Answers, PrimaryQuestions, type Questions } from './primaryQuestions.ts'

export type LimitQuestion = { readonly kind: 'limits' } & Questions<LimitedCall>
export type LimitAnswer = { readonly kind: 'limits' } & Answers<Admission>

/**
 * A worker's limiter: asks the primary. A primary that does not answer refuses: the control that waits for it has a budget,
 * and fails closed.
 */
export class PrimaryLimits implements CallLimiter {
  readonly #questions: PrimaryQuestions<LimitedCall, Admission>

  constructor(ask: (question: LimitQuestion) => void) {
    this.#questions = new PrimaryQuestions((questions) => ask({ kind: 'limits', ...questions }))
  }

  take(call: LimitedCall): Promise<Admission> {
    return this.#questions.ask(call)
  }

  /** The primary follows the configuration itself. */
  follow(): void {}

  answered(answer: LimitAnswer): void {
    this.#questions.answered(answer)
  }
}
