/**
 * Looks at passphrases one after the other, and at so many of a network that are wrong.
 *
 * Each takes a tenth of a second of a core, so they stand in a short line. Only wrong ones count, over all workers, and a
 * right one clears the count; a network that is over it is not looked at for a while (CWE-307). Other networks are never
 * kept out by it.
 */
import type { OwnerPassphrase } from './owner.ts'
import type { Attempts } from './store/attempts.ts'

const WINDOW_MS = 5 * 60_000
const WRONG_PER_NETWORK = 5
const MAX_WAITING = 16

export class PassphraseDoor {
  readonly #owner: OwnerPassphrase
  readonly #attempts: Attempts
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  constructor(owner: OwnerPassphrase, attempts: Attempts) {
    this.#owner = owner
    this.#attempts = attempts
  }

  async look(passphrase: string, network: string): Promise<'right' | 'wrong' | 'too-many'> {
    if (this.#waiting >= MAX_WAITING) return 'too-many'
    this.#waiting++
    // What comes after one that failed is looked at all the same.
    const turn = this.#last.then(() => this.#look(passphrase, network))
    this.#last = turn.catch(() => undefined)
    try {
      return await turn
    } finally {
      this.#waiting--
    }
  }

  async #look(passphrase: string, network: string): Promise<'right' | 'wrong' | 'too-many'> {
    if (this.#attempts.count('sign-in', network, WINDOW_MS) >= WRONG_PER_NETWORK) return 'too-many'
    // Before it is looked at: other workers look at the same time.
    this.#attempts.note('sign-in', network)
    if (!(await this.#owner.matches(passphrase))) return 'wrong'
    this.#attempts.forget('sign-in', network)
    return 'right'
  }
}
