/**
 * What every call came to. A call carries a value that no other has; an answer must bring that value back, to the one that sent
 * it, and no answer or error may speak of another's.
 */
import type { Answer } from '../gateway/harness.ts'

/** What was sent this short a time before the end may not have been read any more, and the end is answer enough. */
const JUST_SENT_MS = 5_000

/** Beyond this a call that nobody answered is a hang: the servers' deadline is 5 s, the rest is for a loaded machine. */
export const HANG_MS = 60_000

export interface Tally {
  readonly calls: number
  /** Answered with their own value. */
  readonly answered: number
  /** Answered with an error or a refusal. */
  readonly refused: number
  /** Ended with the connection that they were sent on, which was cut or whose gateway was killed. */
  readonly cut: number
}

type Outcome = 'answered' | 'refused' | 'cut'

export interface OpenCall {
  /** Sent as an argument and expected back; also the id of its request. */
  readonly value: string
  answer(answer: Answer): void
  cut(): void
  /** The connection ended by itself, without an answer: a violation, unless the call had only just been sent. */
  silence(why: string): void
}

const VALUE = /v\d+x[0-9a-z]+z/g

export class Ledger {
  readonly #open = new Map<string, { readonly since: number; readonly where: string }>()
  readonly #outcomes: Record<Outcome, number> = { answered: 0, refused: 0, cut: 0 }
  readonly #served = new Set<string>()
  readonly #run: string
  #count = 0
  /** What must not happen, as it happened. */
  readonly violations: string[] = []
  /** Values of calls whose answer arrived: each must be in the audit trail. */
  readonly answeredValues = new Set<string>()

  /** `run` tells the values of this run from those of another. */
  constructor(run: string) {
    this.#run = run
  }

  /** A call of `client` to `tool`. */
  open(client: string, tool: string): OpenCall {
    const where = `${client}, ${tool}`
    const value = `v${++this.#count}x${this.#run}z`
    const since = performance.now()
    this.#open.set(value, { since, where })
    const end = (outcome: Outcome) => {
      if (!this.#open.delete(value)) return this.violate(`${where}: ${value} was answered twice`)
      this.#outcomes[outcome]++
    }
    return {
      value,
      answer: (answer) => {
        const text = JSON.stringify(answer)
        const foreign = [...text.matchAll(VALUE)].find(([found]) => found !== value)
        if (foreign !== undefined) this.violate(`${where}: ${value} got ${foreign[0]}: ${text.slice(0, 500)}`)
        const said = answer.result?.content?.[0]?.text
        if (answer.error !== undefined || answer.result?.isError === true) return end('refused')
        if (said !== `slow ${value}`)
          this.violate(`${where}: ${value} got another answer: ${text.slice(0, 500)}`)
        this.answeredValues.add(value)
        this.#served.add(client)
        end('answered')
      },
      cut: () => end('cut'),
      silence: (why) => {
        if (performance.now() - since > JUST_SENT_MS)
          this.violate(`${where}: ${value} got no answer, not even an error: ${why}`)
        end('cut')
      },
    }
  }

  /** From now on it counts anew who was answered. */
  countAnew(): void {
    this.#served.clear()
  }

  /** Those of the clients that got none of their answers since. */
  unserved(clients: readonly string[]): string[] {
    return clients.filter((client) => !this.#served.has(client))
  }

  violate(what: string): void {
    this.violations.push(what)
  }

  get openCalls(): number {
    return this.#open.size
  }

  get tally(): Tally {
    return { calls: this.#count, ...this.#outcomes }
  }

  /** Notes every call that has been open for too long; each is told once. */
  noteHangs(): void {
    for (const [value, { since, where }] of this.#open) {
      if (performance.now() - since < HANG_MS) continue
      this.violate(`${where}: ${value} hangs`)
      this.#open.delete(value)
    }
  }
}
