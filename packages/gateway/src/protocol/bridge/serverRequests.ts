/**
 * Requests of legacy servers to a client (elicitation, sampling, roots, client-side tasks): passed on under an id of
 * ours, answered once, to the server that asked and to no other.
 */
import { isObject, type JsonObject, type JsonValue, spliceMember, writeJson } from '@sallyport/controls/json'
import type { Exchange } from '../../pipeline/exchange.ts'
import { decideResponse } from '../../pipeline/run.ts'
import { ERROR } from '../errors.ts'
import type { Inbound } from '../message.ts'
import { methodRow } from '../methods.ts'
import { recordExchange } from './records.ts'
import type { Relay } from './relay.ts'

/** Questions of servers that one client may have open at a time. */
const MAX_OPEN = 64

/** The client capability a server's request needs. */
const NEEDS: ReadonlyMap<string, string> = new Map([
  ['elicitation/create', 'elicitation'],
  ['sampling/createMessage', 'sampling'],
  ['roots/list', 'roots'],
  ['tasks/get', 'tasks'],
  ['tasks/result', 'tasks'],
  ['tasks/cancel', 'tasks'],
  ['tasks/list', 'tasks'],
])

interface Question {
  readonly asker: Asker
  /** JSON text of the server's own id. */
  readonly serverId: string
  readonly exchange: Exchange
  readonly token: JsonValue | undefined
  readonly release: () => void
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
  readonly transport: 'stdio' | 'http'
  readonly client: string | undefined
  /** What the client declared at `initialize`. */
  readonly capabilities: JsonObject
  /** Id of the client's request this belongs to, if that is known. */
  readonly relatedTo: string | undefined
}

export class ServerRequests {
  readonly #relay: Relay
  readonly #send: (bytes: Buffer, relatedTo: string | undefined) => void
  readonly #open = new Map<string, Question>()
  #last = 0

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
    const need = NEEDS.get(message.method)
    if (exchange.row === undefined || need === undefined || !isObject(asker.capabilities[need])) {
      const explain =
        need === undefined ? 'no such method' : `the client did not declare the capability "${need}"`
      return this.#refuse(exchange, link, id, 'server-request/undeclared', explain, ERROR.methodNotFound)
    }
    if (this.#open.size >= MAX_OPEN) {
      return this.#refuse(
        exchange,
        link,
        id,
        'server-request/too-many',
        `${MAX_OPEN} questions are open`,
        ERROR.tooMany,
      )
    }
    const verdict = decideResponse(this.#relay.controls.response, exchange, message, (control, error) =>
      this.#relay.log.error('control.failed', { control, method: message.method, explain: String(error) }),
    )
    if (verdict instanceof Promise)
      verdict.then((settled) => this.#admitted(asker, message, exchange, settled))
    else this.#admitted(asker, message, exchange, verdict)
  }

  #admitted(asker: Asker, message: Inbound, exchange: Exchange, verdict: { readonly kind: string }): void {
    const { link } = asker
    const id = message.id ?? 'null'
    if (verdict.kind !== 'pass') {
      const rule = 'rule' in verdict && typeof verdict.rule === 'string' ? verdict.rule : 'gateway/refused'
      return this.#refuse(exchange, link, id, rule, 'refused by policy', ERROR.refused)
    }
    if (link.closed !== undefined) return
    const number = ++this.#last
    const meta = isObject(message.params._meta) ? message.params._meta : undefined
    const token = meta?.progressToken
    this.#open.set(`"gate-${number}"`, {
      asker,
      serverId: id,
      exchange,
      token,
      release: link.waitForClient(),
    })
    const params =
      token === undefined
        ? message.value.params
        : { ...message.params, _meta: { ...meta, progressToken: number } }
    const text = params === undefined ? '' : `,"params":${writeJson(params)}`
    const head = `{"jsonrpc":"2.0","id":"gate-${number}","method":${JSON.stringify(message.method)}`
    this.#send(Buffer.from(`${head}${text}}`, 'utf8'), asker.relatedTo)
  }

  /** The client's answer. False when it answers nothing that is open: late, twice, or never asked. */
  answer(message: Inbound): boolean {
    const question = message.id === undefined ? undefined : this.#take(message.id)
    if (question === undefined) return false
    const member = message.kind === 'result' ? 'result' : 'error'
    const raw = message.canonical ? spliceMember(message.bytes, message.value, member) : undefined
    const body = raw?.toString('utf8') ?? writeJson((message.value[member] ?? {}) as JsonValue)
    this.#record(question.exchange, { outcome: member === 'result' ? 'ok' : 'rpc-error' }, () =>
      question.asker.link.respond(question.serverId, `"${member}":${body}`),
    )
    return true
  }

  /** The client reports progress on a server's question. False when the token is not one of ours. */
  progress(params: JsonObject): boolean {
    const token = params.progressToken
    const question = typeof token === 'number' ? this.#open.get(`"gate-${token}"`) : undefined
    if (question?.token === undefined) return false
    question.asker.link.notify(
      'notifications/progress',
      writeJson({ ...params, progressToken: question.token }),
    )
    return true
  }

  /** The server withdraws its question: the client is told under the id it knows. */
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
    for (const [id, question] of this.#open) {
      this.#take(id)
      const error = writeJson({ code: ERROR.failed, message: 'the client is gone' })
      this.#record(question.exchange, { outcome: 'cancelled', explain: 'the client is gone' }, () =>
        question.asker.link.respond(question.serverId, `"error":${error}`),
      )
    }
  }

  #cancel(id: string, question: Question, reason: string): void {
    this.#take(id)
    this.#record(question.exchange, { outcome: 'cancelled', explain: reason }, () => {
      const params = `{"requestId":${id},"reason":${JSON.stringify(reason)}}`
      this.#send(
        Buffer.from(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":${params}}`),
        undefined,
      )
    })
  }

  #take(id: string): Question | undefined {
    const question = this.#open.get(id)
    if (question === undefined) return undefined
    this.#open.delete(id)
    question.release()
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
      this.#relay.log.error('audit.unavailable', { explain: String(error) }),
    )
  }

  #exchangeOf(asker: Asker, message: Inbound): Exchange {
    return {
      principal: asker.principal,
      conversation: asker.conversation,
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
