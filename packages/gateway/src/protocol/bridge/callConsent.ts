/**
 * The consent of one call: a permission is taken for exactly what would be sent now; without one a person is asked, once,
 * and then everything is decided anew.
 */
import type { JsonObject } from '@sallyport/controls/json'
import { visible } from '@sallyport/controls/text'
import type { HostBudget } from '../../hosts/timeBudgets.ts'
import type { Consent, ConsentGate, Patience, WaysToAsk } from '../../pipeline/consent.ts'
import type { Exchange } from '../../pipeline/exchange.ts'
import type { Ask, Refusal } from '../../pipeline/verdict.ts'
import { APPROVAL_INPUT } from '../ownInputs.ts'
import { fits, sealApproval, takeApart } from './approvalState.ts'
import { hostBudget } from './hostBudget.ts'
import { requestDigest } from './sealedHandle.ts'

/** What becomes of the call. */
export interface ConsentSteps {
  /** There is a permission, and it is taken: send it, now. */
  granted(): void
  refused(refusal: Refusal): void
  /** A person answered: look at the call anew, as it would be sent now (invariant 4). */
  lookAgain(): void
  /** The client is to call again with its person's answer: the result that asks for it. */
  interrupted(result: JsonObject, explain: string): void
  /** How this client can be asked. */
  ways(): Omit<WaysToAsk, 'signal'>
  failed(error: unknown): void
}

/** What it works with of the gateway. */
export interface ConsentWorld {
  readonly consent: ConsentGate
  readonly config: { readonly hosts: readonly HostBudget[] }
  /** Monotonic, in milliseconds. */
  readonly now: () => number
  /** Seals the state of a client that calls again. */
  readonly taskKey: Buffer
}

export class CallConsent {
  readonly #relay: ConsentWorld
  readonly #exchange: Exchange
  readonly #steps: ConsentSteps
  readonly #asking = new AbortController()
  #waiting: Refusal | undefined
  #wasAsked = false

  constructor(relay: ConsentWorld, exchange: Exchange, steps: ConsentSteps) {
    this.#relay = relay
    this.#exchange = exchange
    this.#steps = steps
  }

  /** While a person is asked: what the call is answered with if its client gives up first. */
  get waiting(): Refusal | undefined {
    return this.#waiting
  }

  /** Nobody waits for the call any more. */
  end(): void {
    this.#asking.abort()
  }

  /** It goes on with a permission that covers all of this, or a person is asked. */
  need(asks: readonly Ask[]): void {
    const settled = (used: 'granted' | Refusal | undefined) => {
      if (this.#asking.signal.aborted) return
      if (used === 'granted') this.#steps.granted()
      else if (used !== undefined) this.#steps.refused(used)
      else if (this.#wasAsked) this.#steps.refused(NOT_COVERED)
      else this.#ask(asks)
    }
    try {
      const used = this.#relay.consent.use(this.#exchange, asks, this.#patience())
      if (used instanceof Promise) used.then(settled, (error: unknown) => this.#failed(error))
      else settled(used)
    } catch (error) {
      this.#failed(error)
    }
  }

  /** The server wants to know something within the call: the retry with it is part of what was allowed. */
  goesOn(requestState: string): boolean | Promise<boolean> {
    const failed = (error: unknown) => {
      this.#failed(error)
      return false
    }
    try {
      const kept = this.#relay.consent.goesOn(this.#exchange, requestState, this.#patience())
      return kept instanceof Promise ? kept.then(() => true, failed) : true
    } catch (error) {
      return failed(error)
    }
  }

  #patience(): Patience & { readonly signal: AbortSignal } {
    const { config, now } = this.#relay
    const { silentMs } = hostBudget(config.hosts, this.#exchange) ?? {}
    return {
      patienceMs: silentMs === undefined ? undefined : silentMs - (now() - this.#exchange.startedAt),
      signal: this.#asking.signal,
    }
  }

  #ask(asks: readonly Ask[]): void {
    const [first, ...more] = asks
    if (first === undefined) return this.#failed(new Error('nothing to ask about'))
    this.#wasAsked = true
    this.#note(asks)
    const { consent } = this.#relay
    const steps = this.#steps.ways()
    const ways: WaysToAsk = {
      ...this.#patience(),
      ...steps,
      again: steps.again === true && fits(takeApart(this.#exchange.params).answers),
      signal: this.#asking.signal,
    }
    const waiting = (refusal: Refusal) => {
      this.#waiting = refusal
    }
    consent
      .ask(this.#exchange, [first, ...more], ways, waiting)
      .finally(() => {
        this.#waiting = undefined
      })
      .then(
        (answer) => this.#asked(answer),
        (error: unknown) => this.#failed(error),
      )
  }

  /** The record says what was asked. */
  #note(asks: readonly Ask[]): void {
    const { findings } = this.#exchange
    for (const { rule, subject: about } of asks) {
      const subject = about === undefined ? undefined : visible(about.slice(0, 300))
      if (findings.some((one) => one.rule === rule && one.subject === subject)) continue
      findings.push({ rule, severity: 'info', ...(subject === undefined ? {} : { subject }) })
    }
  }

  #asked(answer: Consent): void {
    if (this.#asking.signal.aborted) return
    if (answer.kind === 'refused') return this.#steps.refused(answer.refusal)
    if (answer.kind === 'answered') return this.#steps.lookAgain()
    const { ticket, params, askedAt, expiresAt } = answer
    const { principal, method, params: called } = this.#exchange
    const { call, answers } = takeApart(called)
    const digest = requestDigest(method, call)
    const result = {
      resultType: 'input_required',
      inputRequests: { [APPROVAL_INPUT]: { method: 'elicitation/create', params } },
      requestState: sealApproval(this.#relay.taskKey, {
        ticket,
        principal,
        digest,
        askedAt,
        expiresAt,
        answers,
      }),
    }
    this.#steps.interrupted(result, `a person is asked, ticket ${ticket}`)
  }

  /** What was allowed cannot be read or kept: then nothing is. */
  #failed(error: unknown): void {
    if (this.#asking.signal.aborted) return
    this.#steps.failed(error)
    this.#steps.refused(CONSENT_DOWN)
  }
}

/** What was asked before and is asked again is asked once, as it is now. */
export function together(before: readonly Ask[], now: readonly Ask[]): readonly Ask[] {
  const isAgain = ({ rule, subject }: Ask) => now.some((one) => one.rule === rule && one.subject === subject)
  return [...before.filter((ask) => !isAgain(ask)), ...now]
}

const CONSENT_DOWN: Refusal = {
  kind: 'refuse',
  rule: 'approvals/unavailable',
  explain: 'what a person allowed cannot be read or kept, and without it nothing is allowed',
  remedy: "The gateway's log names the error; it is about the file consent.sqlite in the state folder.",
}

/** It was asked and answered, and what would be sent now is not covered: another one used it up, or something changed. */
const NOT_COVERED: Refusal = {
  kind: 'refuse',
  rule: 'approvals/not-covered',
  explain:
    'what a person allowed does not cover this call as it would be sent now: it was for one call and another one used it, or the tool changed meanwhile',
  remedy: 'Call again to have it asked again.',
}
