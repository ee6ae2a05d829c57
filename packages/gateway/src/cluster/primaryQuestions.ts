/**
 * Questions of a worker to its primary, all of one turn of the event loop in one message: a message costs more than what is
 * asked. Each gets its own answer, or none; what was left out is rejected, never taken for a yes.
 */

/** What one turn wants to know: `asks[i]` is answered by `answers[i]`. */
export interface Questions<Ask> {
  readonly turn: number
  readonly asks: readonly Ask[]
}

export interface Answers<Answer> {
  readonly turn: number
  readonly answers: readonly Answer[]
}

/** More than this wait for the primary: it is not answering, and more would only cost memory. */
const MAX_WAITING = 100_000

interface Waiting<Ask, Answer> {
  readonly ask: Ask
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: Error) => void
}

export class PrimaryQuestions<Ask, Answer> {
  readonly #send: (questions: Questions<Ask>) => void
  readonly #asked = new Map<number, readonly Waiting<Ask, Answer>[]>()
  #next: Waiting<Ask, Answer>[] = []
  #turns = 0
  #waiting = 0

  constructor(send: (questions: Questions<Ask>) => void) {
    this.#send = send
  }

  ask(ask: Ask): Promise<Answer> {
    if (this.#waiting >= MAX_WAITING)
      return Promise.reject(new Error('too many questions wait for the primary'))
    this.#waiting++
    return new Promise((resolve, reject) => {
      if (this.#next.length === 0) setImmediate(() => this.#sendAll())
      this.#next.push({ ask, resolve, reject })
    })
  }

  answered({ turn, answers }: Answers<Answer>): void {
    const asked = this.#asked.get(turn)
    if (asked === undefined) return
    this.#asked.delete(turn)
    this.#waiting -= asked.length
    for (const [at, { resolve, reject }] of asked.entries()) {
      const answer = answers[at]
      if (answer === undefined) reject(new Error('the primary left a question out'))
      else resolve(answer)
    }
  }

  #sendAll(): void {
    const turn = ++this.#turns
    const asked = this.#next
    this.#next = []
    this.#asked.set(turn, asked)
    this.#send({ turn, asks: asked.map(({ ask }) => ask) })
  }
}
