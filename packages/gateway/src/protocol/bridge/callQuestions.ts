/**
 * What a legacy server asks within one call of a modern client: kept open until a retry of the client brings the answer. Each
 * question is an exchange of its own: recorded once, with what became of it, before the server hears.
 */
import { isObject, type JsonObject, writeJson } from '@sallyport/controls/json'
import { logUnrecorded } from '../../audit/unrecorded.ts'
import type { Ending, Exchange } from '../../pipeline/exchange.ts'
import { decideRequest, decideResponse } from '../../pipeline/run.ts'
import { asRefusal, type ResponseDecision, shownOf, type Verdict } from '../../pipeline/verdict.ts'
import type { Link } from '../../upstream/link.ts'
import { ERROR } from '../errors.ts'
import type { Inbound } from '../message.ts'
import { methodRow } from '../methods.ts'
import { neededCapability } from './clientNeeds.ts'
import { recordExchange } from './records.ts'
import type { Relay } from './relay.ts'
import { refusedAnswer } from './serverRequests.ts'

const MAX_QUESTIONS = 16
const CALL_OVER = 'the call it belongs to is over'

/** The request of the client that is to bring the questions home, or was the last to. */
export interface AskedRequest {
  readonly exchange: Exchange
  /** What it declares: a client says anew with every request what it can be asked. */
  readonly capabilities: JsonObject
}

interface Question {
  readonly link: Link
  /** JSON text of the server's own id. */
  readonly serverId: string
  readonly exchange: Exchange
  /** The capability that a client must declare to be asked this. */
  readonly need: string
  /** As the client is asked; `undefined` while controls look at it. */
  wanted: JsonObject | undefined
  /** A client answers what it was asked, not what it guesses. */
  isShown: boolean
}

export class CallQuestions {
  readonly #relay: Relay
  readonly #request: () => AskedRequest
  readonly #ready: () => void
  /** By the key that the client knows. */
  readonly #open = new Map<string, Question>()
  #asked = 0
  #over = false

  /** `ready`: called when one more may be shown. */
  constructor(relay: Relay, request: () => AskedRequest, ready: () => void) {
    this.#relay = relay
    this.#request = request
    this.#ready = ready
  }

  /** Is there something to ask the client? */
  get isWaiting(): boolean {
    return [...this.#open.values()].some(({ wanted }) => wanted !== undefined)
  }

  /** A server asks. Refusals go back to the server; the client sees only what may be asked of it. */
  ask(message: Inbound, link: Link): void {
    const { method } = message
    const serverId = message.id ?? 'null'
    if (method === 'ping') return link.respond(serverId, '"result":{}')
    const { capabilities } = this.#request()
    const exchange = this.#exchangeOf(message)
    const need = neededCapability(method, 'modern')
    const question: Question = {
      link,
      serverId,
      exchange,
      need: need ?? '',
      wanted: undefined,
      isShown: false,
    }
    if (need === undefined || !isObject(capabilities[need])) return this.#refuseUndeclared(question)
    if (this.#over) return this.#refuse(question, 'bridge/unrelated', CALL_OVER, ERROR.failed)
    if (this.#open.size >= MAX_QUESTIONS) {
      const explain = `${MAX_QUESTIONS} questions of this call are open`
      return this.#refuse(question, 'server-request/too-many', explain, ERROR.tooMany)
    }
    const key = `input-${++this.#asked}`
    this.#open.set(key, question)
    const verdict = decideResponse(this.#relay.controls.response, exchange, message, this.#failedIn(method))
    const settled = (decision: ResponseDecision) => this.#decided(key, question, message, decision)
    if (verdict instanceof Promise) verdict.then(settled)
    else settled(verdict)
  }

  /** All that may be asked now, by its key. They count as shown. */
  show(): JsonObject {
    const requests: JsonObject = {}
    for (const [key, question] of this.#open) {
      if (question.wanted === undefined) continue
      question.isShown = true
      requests[key] = question.wanted
    }
    return requests
  }

  /**
   * What a retry brings goes to the server. What it leaves open is asked again, unless it does not declare any more that
   * it can be asked that.
   */
  answer(responses: JsonObject): void {
    const { capabilities } = this.#request()
    for (const [key, question] of [...this.#open]) {
      const answer = Object.hasOwn(responses, key) ? responses[key] : undefined
      const isAnswered = question.isShown && isObject(answer)
      if (!isAnswered && isObject(capabilities[question.need])) continue
      this.#open.delete(key)
      if (isAnswered) this.#answered(question, answer)
      else this.#refuseUndeclared(question)
    }
  }

  /** The server withdraws a question of its own. `serverId`: JSON text. */
  withdraw(serverId: string): void {
    for (const [key, question] of [...this.#open]) {
      if (question.serverId !== serverId) continue
      this.#open.delete(key)
      this.#record(question.exchange, { outcome: 'cancelled', explain: 'withdrawn by the server' })
    }
  }

  /** Deadlines of the server that waits do not run until the function it returns is called. */
  holdDeadlines(): (() => void) | undefined {
    const [question] = this.#open.values()
    return question?.link.waitForClient()
  }

  /** The call is over: so is everything asked within it. */
  end(reason: string = CALL_OVER): void {
    this.#over = true
    for (const [key, { exchange, link, serverId }] of [...this.#open]) {
      this.#open.delete(key)
      this.#record(exchange, { outcome: 'cancelled', explain: reason }, () => {
        if (link.closed !== undefined) return
        link.respond(serverId, `"error":${writeJson({ code: ERROR.failed, message: reason })}`)
      })
    }
  }

  #decided(key: string, question: Question, message: Inbound, decision: ResponseDecision): void {
    // Withdrawn meanwhile, or its call ended: the client never hears of it.
    if (this.#open.get(key) !== question) return
    const shown = shownOf(decision, message)
    if (shown === undefined) {
      this.#open.delete(key)
      const rule = 'rule' in decision ? decision.rule : 'gateway/refused'
      const explain = 'explain' in decision ? decision.explain : 'refused by policy'
      return this.#refuse(question, rule, explain, ERROR.refused)
    }
    question.wanted = asModernQuestion(shown)
    this.#ready()
  }

  /** What the client answered passes the controls before the server gets it. */
  #answered({ exchange, link, serverId }: Question, answer: JsonObject): void {
    const { method } = exchange
    const asked: Exchange = { ...exchange, params: answer }
    const verdict = decideRequest(this.#relay.controls.answer, asked, this.#failedIn(method))
    const settled = (settledVerdict: Verdict) => {
      const refusal = asRefusal(settledVerdict)
      if (refusal === undefined) {
        const give = () => link.respond(serverId, `"result":${writeJson(answer)}`)
        return this.#record(asked, { outcome: 'ok' }, give)
      }
      const { rule, explain } = refusal
      this.#relay.log.warn('answer.refused', { server: exchange.server, rule, explain })
      this.#record(asked, { outcome: 'refused', rule, explain, errorCode: ERROR.refused }, () =>
        link.respond(serverId, refusedAnswer(rule)),
      )
    }
    if (verdict instanceof Promise) verdict.then(settled)
    else settled(verdict)
  }

  #refuseUndeclared(question: Question): void {
    const { need } = question
    const explain = need === '' ? 'no such method' : `the client did not declare the capability "${need}"`
    this.#refuse(question, 'server-request/undeclared', explain, ERROR.methodNotFound)
  }

  #refuse({ exchange, link, serverId }: Question, rule: string, explain: string, code: number): void {
    this.#record(exchange, { outcome: 'refused', rule, explain, errorCode: code }, () =>
      link.respond(serverId, `"error":${writeJson({ code, message: explain, data: { rule } })}`),
    )
  }

  /** Recorded first; if that fails nothing goes on, and the log says why. */
  #record(exchange: Exchange, ending: Ending, then?: () => void): void {
    recordExchange(this.#relay, exchange, ending).then(then, (error: unknown) =>
      logUnrecorded(this.#relay.log, error),
    )
  }

  #failedIn(method: string): (control: string, error: unknown) => void {
    return (control, error) =>
      this.#relay.log.error('control.failed', { control, method, explain: String(error) })
  }

  /** The same as for a legacy client (`ServerRequests`), with the credential and the trace of the call it belongs to. */
  #exchangeOf({ id, method, params, bytes }: Inbound): Exchange {
    return {
      ...this.#request().exchange,
      direction: 'server-to-client',
      era: 'legacy',
      method,
      row: methodRow(method, { era: 'legacy', sender: 'server', type: 'request' }),
      name: undefined,
      exposedName: undefined,
      params,
      arguments: undefined,
      requestId: id ?? 'null',
      consent: undefined,
      bytes: bytes.length,
      startedAt: this.#relay.now(),
      findings: [],
    }
  }
}

/** The question as a modern client is asked it, within `inputRequests`. */
function asModernQuestion({ method, params, value }: Inbound): JsonObject {
  const { elicitationId: _id, ...rest } = params
  const form = method === 'elicitation/create' && rest.mode === undefined ? { mode: 'form' } : {}
  return 'params' in value ? { method, params: { ...rest, ...form } } : { method }
}
