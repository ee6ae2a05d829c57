/**
 * Requests of legacy servers to a client (elicitation, sampling, roots, client-side tasks): passed on under an id of
 * ours, answered once, to the server that asked and to no other.
 */

import { randomBytes } from 'node:crypto'
import { isObject, type JsonObject, type JsonValue, spliceMember, writeJson } from '@sallyport/controls/json'
import { logUnrecorded } from '../../audit/unrecorded.ts'
import { LiveMap } from '../../liveMap.ts'
import { bodyOf } from '../../pipeline/body.ts'
import type { Exchange } from '../../pipeline/exchange.ts'
import { decideRequest, decideResponse } from '../../pipeline/run.ts'
import {
  asRefusal,
  type Refusal,
  type ResponseDecision,
  shownOf,
  type Verdict,
} from '../../pipeline/verdict.ts'
import { META } from '../era.ts'
import { ERROR } from '../errors.ts'
import type { Inbound } from '../message.ts'
import { INPUT_REQUIRED_METHODS, methodRow } from '../methods.ts'
import { exposeTaskId, openTaskId } from '../taskIds.ts'
import { neededCapability } from './clientNeeds.ts'
import { ClientTasks } from './clientTasks.ts'
import { recordExchange } from './records.ts'
import type { Relay } from './relay.ts'

/** Questions that one client may have open at a time, of one server and of all: one that floods leaves room. */
const MAX_OPEN_OF_SERVER = 16
const MAX_OPEN = 256
/** Questions to a person or a model, that make no sense any more when the call they belong to is over. */
const WITHIN_CALL = new Set(['elicitation/create', 'sampling/createMessage'])

interface Question {
  readonly asker: Asker
  /** JSON text of the server's own id. */
  readonly serverId: string
  readonly exchange: Exchange
  readonly token: JsonValue | undefined
  /** Lets deadlines run again; `undefined` while controls look at the question and the client has not seen it. */
  release: (() => void) | undefined
}

/** Where the answer goes: the connection of the server that asked, or the gateway on a server's behalf. */
export interface Questioner {
  /** Answers the request `id` of it. `body` is the text from `"result":` or `"error":` on. */
  respond(id: string, body: string): void
  notify(method: string, params: string): void
  /** Holds deadlines while the client thinks; the result ends that. */
  waitForClient(): () => void
  readonly closed: unknown
}

export interface Asker {
  readonly server: string
  readonly link: Questioner
  readonly principal: string
  readonly conversation: string
  readonly host?: string | undefined
  readonly transport: 'stdio' | 'http'
  readonly client: string | undefined
  /** What the client declared at `initialize`. */
  readonly capabilities: JsonObject
  /** Id of the client's request this belongs to, if that is known. */
  readonly relatedTo: string | undefined
  /** True when `relatedTo` is a guess: a server on a pipe does not say to which call its question belongs. */
  readonly guessed?: boolean
}

/** Tells the client that a question is withdrawn. `id`: JSON text. */
function withdrawal(id: string, reason: string): Buffer {
  const params = `{"requestId":${id},"reason":${JSON.stringify(reason)}}`
  return Buffer.from(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":${params}}`)
}

/** What a server gets instead of an answer that may not go to it. */
export function refusedAnswer(rule: string): string {
  return `"error":${writeJson({ code: ERROR.refused, message: 'refused by policy', data: { rule } })}`
}

export class ServerRequests {
  readonly #relay: Relay
  readonly #send: (bytes: Buffer, relatedTo: string | undefined) => void
  /** By the JSON text of the id the client knows. */
  readonly #open = new LiveMap<string, Question>()
  readonly #tasks = new ClientTasks()
  /** Questions of the gateway itself, by the JSON text of their id. */
  readonly #own = new LiveMap<string, (answer: JsonValue | undefined) => void>()

  constructor(relay: Relay, send: (bytes: Buffer, relatedTo: string | undefined) => void) {
    this.#relay = relay
    this.#send = send
  }

  /** A server asks. Refusals go back to the server; the client sees only what may be asked of it. */
  ask(asker: Asker, message: Inbound): void {
    const { link } = asker
    const id = message.id ?? 'null'
    if (message.method === 'ping') return link.respond(id, '"result":{}')
    const exchange = this.#exchangeOf(asker, message)
    const need = neededCapability(message.method, 'legacy')
    if (exchange.row === undefined || need === undefined || !isObject(asker.capabilities[need])) {
      const explain =
        need === undefined ? 'no such method' : `the client did not declare the capability "${need}"`
      return this.#refuse(exchange, link, id, 'server-request/undeclared', explain, ERROR.methodNotFound)
    }
    if (message.method.startsWith('tasks/') && !this.#mayAskForTask(asker.server, message)) {
      return this.#refuse(exchange, link, id, 'tasks/unknown', 'no such task', ERROR.invalidParams)
    }
    const full = this.#full(asker.server)
    if (full !== undefined) {
      return this.#refuse(exchange, link, id, 'server-request/too-many', full, ERROR.tooMany)
    }
    const token = isObject(message.params._meta) ? message.params._meta.progressToken : undefined
    const question: Question = { asker, serverId: id, exchange, token, release: undefined }
    // Random: who could guess the id of another server's question could try to withdraw or answer it.
    const name = `gate-${randomBytes(8).toString('hex')}`
    this.#open.set(JSON.stringify(name), question)
    const verdict = decideResponse(this.#relay.controls.response, exchange, message, (control, error) =>
      this.#relay.log.error('control.failed', { control, method: message.method, explain: String(error) }),
    )
    if (verdict instanceof Promise) verdict.then((settled) => this.#decided(name, question, message, settled))
    else this.#decided(name, question, message, verdict)
  }

  /**
   * Asks on the gateway's own account, with what it wrote itself. Resolves with the result, or `undefined` where there is
   * none: the client answered with an error, is gone, or `signal` ended it; then the client is told that it is withdrawn.
   */
  askOwn(
    method: 'elicitation/create',
    params: JsonObject,
    { relatedTo, signal }: { readonly relatedTo: string | undefined; readonly signal: AbortSignal },
  ): Promise<JsonValue | undefined> {
    const id = JSON.stringify(`gate-${randomBytes(8).toString('hex')}`)
    return new Promise((resolve) => {
      const withdraw = () => {
        if (!this.#own.has(id)) return
        settle(undefined)
        this.#send(withdrawal(id, 'it is settled otherwise'), undefined)
      }
      const settle = (answer: JsonValue | undefined) => {
        this.#own.delete(id)
        signal.removeEventListener('abort', withdraw)
        resolve(answer)
      }
      if (signal.aborted) return resolve(undefined)
      signal.addEventListener('abort', withdraw)
      this.#own.set(id, settle)
      const text = `{"jsonrpc":"2.0","id":${id},"method":${JSON.stringify(method)},"params":${writeJson(params)}}`
      this.#send(Buffer.from(text, 'utf8'), relatedTo)
    })
  }

  #decided(name: string, question: Question, message: Inbound, verdict: ResponseDecision): void {
    const { asker, exchange } = question
    const { link } = asker
    const key = JSON.stringify(name)
    // Withdrawn meanwhile, or its call ended: the client never hears of it.
    if (this.#open.get(key) !== question) return
    const shown = shownOf(verdict, message)
    if (shown === undefined) {
      this.#take(key)
      const rule = 'rule' in verdict ? verdict.rule : 'gateway/refused'
      const explain = 'explain' in verdict ? verdict.explain : 'refused by policy'
      return this.#refuse(exchange, link, question.serverId, rule, explain, ERROR.refused)
    }
    if (link.closed !== undefined) {
      this.#take(key)
      return
    }
    question.release = link.waitForClient()
    const params = 'params' in shown.value ? this.#paramsForClient(name, question, shown) : undefined
    const text = params === undefined ? '' : `,"params":${writeJson(params)}`
    const head = `{"jsonrpc":"2.0","id":${key},"method":${JSON.stringify(message.method)}`
    this.#send(Buffer.from(`${head}${text}}`, 'utf8'), asker.relatedTo)
  }

  /** Progress under the question's own id, and a related task of the server under the id that the client knows. */
  #paramsForClient(name: string, { asker, token }: Question, message: Inbound): JsonObject {
    const { params } = message
    const meta = params._meta
    if (!isObject(meta)) return params
    const related = meta[META.relatedTask]
    const { server, principal } = asker
    const own =
      isObject(related) && typeof related.taskId === 'string' ? { server, taskId: related.taskId } : undefined
    return {
      ...params,
      _meta: {
        ...meta,
        ...(token === undefined ? {} : { progressToken: name }),
        ...(own === undefined || !isObject(related)
          ? {}
          : {
              [META.relatedTask]: {
                ...related,
                taskId: exposeTaskId(this.#relay.taskKey, principal, own),
              },
            }),
      },
    }
  }

  /** A server may ask for the tasks of its own questions alone; its list is filtered when it comes. */
  #mayAskForTask(server: string, message: Inbound): boolean {
    return message.method === 'tasks/list' || this.#tasks.ownerOf(message.params.taskId) === server
  }

  /** Why this server may not ask now. */
  #full(server: string): string | undefined {
    let own = 0
    for (const { asker } of this.#open.values()) if (asker.server === server) own++
    if (own >= MAX_OPEN_OF_SERVER) return `${MAX_OPEN_OF_SERVER} questions of "${server}" are open`
    return this.#open.size >= MAX_OPEN ? `${MAX_OPEN} questions are open` : undefined
  }

  /** The client's answer. False when it answers nothing that is open: late, twice, or never asked. */
  answer(message: Inbound): boolean {
    const { id } = message
    const own = id === undefined ? undefined : this.#own.get(id)
    if (own !== undefined) {
      own(message.kind === 'result' ? message.value.result : undefined)
      return true
    }
    const open = id === undefined ? undefined : this.#open.get(id)
    if (id === undefined || open?.release === undefined) return false
    this.#take(id)
    const { asker, serverId, exchange } = open
    const member = message.kind === 'result' ? 'result' : 'error'
    const value = message.value[member]
    const mine = member === 'result' && isObject(value) ? this.#resultFor(open, value) : undefined
    const raw =
      mine === undefined && message.canonical ? spliceMember(message.bytes, message.value, member) : undefined
    const body = raw?.toString('utf8') ?? writeJson((mine ?? value ?? {}) as JsonValue)
    const asked = { ...exchange, params: bodyOf(message) }
    const verdict = decideRequest(this.#relay.controls.answer, asked, (control, error) =>
      this.#relay.log.error('control.failed', { control, method: exchange.method, explain: String(error) }),
    )
    const settled = (settledVerdict: Verdict) => {
      const refusal = asRefusal(settledVerdict)
      if (refusal !== undefined) return this.#refuseAnswer(asked, asker.link, serverId, refusal)
      this.#record(asked, { outcome: member === 'result' ? 'ok' : 'rpc-error' }, () =>
        asker.link.respond(serverId, `"${member}":${body}`),
      )
    }
    if (verdict instanceof Promise) verdict.then(settled)
    else settled(verdict)
    return true
  }

  /** The server learns that there is no answer, and by which rule; whoever answered reads the rest in the trail. */
  #refuseAnswer(exchange: Exchange, link: Questioner, id: string, { rule, explain }: Refusal): void {
    this.#relay.log.warn('answer.refused', { server: exchange.server, rule, explain })
    this.#record(exchange, { outcome: 'refused', rule, explain, errorCode: ERROR.refused }, () =>
      link.respond(id, refusedAnswer(rule)),
    )
  }

  /** The client's result as this server may see it; `undefined` when it is unchanged. */
  #resultFor({ asker, exchange }: Question, result: JsonObject): JsonObject | undefined {
    const { server, principal } = asker
    if (exchange.method === 'tasks/list') return this.#tasks.onlyOf(server, result)
    if (WITHIN_CALL.has(exchange.method)) this.#tasks.note(server, result)
    const meta = result._meta
    const related = isObject(meta) ? meta[META.relatedTask] : undefined
    if (!isObject(meta) || !isObject(related) || typeof related.taskId !== 'string') return undefined
    const own = openTaskId(this.#relay.taskKey, principal, related.taskId)
    if (own?.server !== server) return undefined
    return { ...result, _meta: { ...meta, [META.relatedTask]: { ...related, taskId: own.taskId } } }
  }

  /** The server whose question made this task of the client's. */
  taskOwner(taskId: JsonValue | undefined): string | undefined {
    return this.#tasks.ownerOf(taskId)
  }

  /** The client reports progress on a server's question. False when the token is not one of ours. */
  progress(params: JsonObject): boolean {
    const token = params.progressToken
    const question = typeof token === 'string' ? this.#open.get(JSON.stringify(token)) : undefined
    if (question?.token === undefined || question.release === undefined) return false
    question.asker.link.notify(
      'notifications/progress',
      writeJson({ ...params, progressToken: question.token }),
    )
    return true
  }

  /**
   * A call of the client is over: so are the questions asked within it, at the client and at the server. One whose
   * call is a guess belongs at most to a call that may ask, and one of a task outlives the call that began it.
   */
  callEnded(id: string, method: string): void {
    for (const [key, question] of this.#open) {
      const { asker, exchange, serverId } = question
      if (asker.relatedTo !== id || !WITHIN_CALL.has(exchange.method)) continue
      if (asker.guessed === true && !INPUT_REQUIRED_METHODS.has(method)) continue
      const meta = exchange.params._meta
      if (isObject(meta) && meta[META.relatedTask] !== undefined) continue
      const reason = 'the call it belongs to is over'
      this.#cancel(key, question, reason)
      if (asker.link.closed !== undefined) continue
      asker.link.respond(serverId, `"error":${writeJson({ code: ERROR.failed, message: reason })}`)
    }
  }

  /** A server withdraws a question of its own, by its own id: the client is told under the id it knows. */
  withdraw(link: Questioner, params: JsonObject): void {
    const serverId = params.requestId === undefined ? undefined : writeJson(params.requestId)
    for (const [id, question] of this.#open) {
      if (question.asker.link === link && question.serverId === serverId)
        this.#cancel(id, question, 'withdrawn by the server')
    }
  }

  /** The connection that asked is gone. */
  dropLink(link: Questioner): void {
    for (const [id, question] of this.#open) {
      if (question.asker.link === link) this.#cancel(id, question, 'the server is gone')
    }
  }

  /** The client is gone: every server that waits is told. */
  close(): void {
    for (const settle of this.#own.values()) settle(undefined)
    for (const [id, question] of this.#open) {
      this.#take(id)
      const error = writeJson({ code: ERROR.failed, message: 'the client is gone' })
      this.#record(question.exchange, { outcome: 'cancelled', explain: 'the client is gone' }, () =>
        question.asker.link.respond(question.serverId, `"error":${error}`),
      )
    }
  }

  #cancel(id: string, question: Question, reason: string): void {
    const shown = question.release !== undefined
    this.#take(id)
    this.#record(question.exchange, { outcome: 'cancelled', explain: reason }, () => {
      if (!shown) return
      this.#send(withdrawal(id, reason), undefined)
    })
  }

  #take(id: string): Question | undefined {
    const question = this.#open.get(id)
    if (question === undefined) return undefined
    this.#open.delete(id)
    question.release?.()
    return question
  }

  #refuse(
    exchange: Exchange,
    link: Questioner,
    id: string,
    rule: string,
    explain: string,
    code: number,
  ): void {
    this.#record(exchange, { outcome: 'refused', rule, explain, errorCode: code }, () =>
      link.respond(id, `"error":${writeJson({ code, message: explain, data: { rule } })}`),
    )
  }

  /** Recorded first; if that fails nothing goes on, the server gets an error and the log says why. */
  #record(exchange: Exchange, ending: Parameters<typeof recordExchange>[2], then: () => void): void {
    recordExchange(this.#relay, exchange, ending).then(then, (error: unknown) =>
      logUnrecorded(this.#relay.log, error),
    )
  }

  #exchangeOf(asker: Asker, message: Inbound): Exchange {
    return {
      principal: asker.principal,
      conversation: asker.conversation,
      host: asker.host,
      transport: asker.transport,
      direction: 'server-to-client',
      era: 'legacy',
      method: message.method,
      row: methodRow(message.method, { era: 'legacy', sender: 'server', type: 'request' }),
      server: asker.server,
      params: message.params,
      requestId: message.id ?? 'null',
      ...(asker.client === undefined ? {} : { client: asker.client }),
      bytes: message.bytes.length,
      startedAt: this.#relay.now(),
      findings: [],
    }
  }
}
