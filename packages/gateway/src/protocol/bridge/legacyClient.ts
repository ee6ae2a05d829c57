/**
 * The client of one legacy conversation: what is known of it, its requests that are open, and the ways they are
 * answered. Every answer is on record before it leaves, and none follows a cancellation.
 */

import { randomUUID } from 'node:crypto'
import type { JsonObject } from '@sallyport/controls/json'
import { logUnrecorded } from '../../audit/unrecorded.ts'
import type { Caller, LegacyPort, View } from '../../ingress/port.ts'
import { principalKey } from '../../ingress/port.ts'
import { LiveMap } from '../../liveMap.ts'
import type { Ending, Exchange } from '../../pipeline/exchange.ts'
import type { Refusal } from '../../pipeline/verdict.ts'
import type { SessionHooks, SessionPort } from '../../upstream/session.ts'
import type { Catalog } from '../catalog.ts'
import { describe } from '../envelope.ts'
import { ERROR, errorBytes } from '../errors.ts'
import type { LogLevelName } from '../logLevels.ts'
import type { Inbound } from '../message.ts'
import { methodRow } from '../methods.ts'
import { correlationOf } from './correlation.ts'
import { elicitsForms, elicitsUrls } from './elicits.ts'
import type { Excluded } from './greeting.ts'
import { inSight } from './inSight.ts'
import { resultBytes } from './messageBytes.ts'
import { auditDownBytes, recordEvent, recordExchange } from './records.ts'
import type { Relay, RelayedCall } from './relay.ts'
import type { Asker } from './serverRequests.ts'

/** What a legacy conversation needs of the gateway. */
export interface LegacyWorld {
  readonly relay: Relay
  /** Servers of a view whose era is known; asks those where it is not yet. */
  servers(view: View): readonly string[] | Promise<readonly string[]>
  /** Servers of a view that cannot be reached now, and why. */
  excluded(view: View): readonly Excluded[]
  openSession(server: string, principal: string, hooks: SessionHooks): SessionPort
  newCatalog(): Catalog
  /** `tool`: the server's own name of the tool that is called. */
  deadlineMs(server: string, tool?: string): number
}

/** A message, or what stands for one that the gateway asks on its own account. */
export type Said = Pick<Inbound, 'method' | 'params'> & {
  readonly id?: string | undefined
  readonly bytes: number | Buffer
}

/** A request of the client without an answer, from the moment it comes. */
export interface OpenRequest {
  readonly message: Inbound
  /** The server it went to, once that is known. */
  server: string | undefined
  call: RelayedCall | undefined
  /** Gives its place back. */
  readonly leave: () => void
}

export class LegacyClient {
  /** Names the conversation. */
  readonly id = randomUUID()
  readonly principal: string
  readonly view: View
  readonly #relay: Relay
  #caller: Caller
  readonly #port: LegacyPort
  /** By the JSON text of their id. */
  readonly #open = new LiveMap<string, OpenRequest>()
  #name: string | undefined
  #capabilities: JsonObject = {}
  #gone = false
  /** What it asked for with `logging/setLevel`. */
  logLevel: LogLevelName | undefined

  constructor(relay: Relay, caller: Caller, view: View, port: LegacyPort) {
    this.#relay = relay
    this.#caller = caller
    this.principal = principalKey(caller.principal)
    this.view = view
    this.#port = port
  }

  /** What it says of itself at `initialize`. */
  introduce(clientInfo: JsonObject, capabilities: JsonObject): void {
    this.#name = describe(clientInfo)
    this.#capabilities = capabilities
  }

  /** Whether it may hear of a server, or of what that one lists. */
  sees(server: string, list?: string): boolean {
    return inSight(this.#relay, { view: this.view, authority: this.#caller.authority }, server, list)
  }

  /** It comes with another authority from now on; it is the same principal. */
  renew(caller: Caller): void {
    this.#caller = caller
  }

  /** It can be asked with a form. */
  get elicitsForms(): boolean {
    return elicitsForms(this.#capabilities)
  }

  /** It can have its person open an address. */
  get elicitsUrls(): boolean {
    return elicitsUrls(this.#capabilities)
  }

  /** True once it left. */
  get gone(): boolean {
    return this.#gone
  }

  /** It left: its calls are cancelled, and nobody is answered any more. */
  leave(reason: string): void {
    this.#gone = true
    for (const { call, leave } of this.#open.values()) {
      leave()
      call?.cancel(reason)
    }
    this.#open.clear()
  }

  /** Enters a request on the books. `leave` gives its place in flight back. */
  enter(message: Inbound, leave: () => void): OpenRequest {
    const request: OpenRequest = { message, server: undefined, call: undefined, leave }
    this.#open.set(message.id ?? 'null', request)
    return request
  }

  /** The open request with this id. */
  find(id: string): OpenRequest | undefined {
    return this.#open.get(id)
  }

  /** The only open call to a server: what a server on a pipe sends meanwhile most likely belongs to it. */
  onlyCallTo(server: string): string | undefined {
    let found: string | undefined
    for (const [id, request] of this.#open) {
      if (request.server !== server) continue
      if (found !== undefined) return undefined
      found = id
    }
    return found
  }

  /** The client cancels a request. */
  cancel(id: string, reason: string): void {
    const request = this.#open.get(id)
    // Late: the answer is on its way, as the specification allows. And an opening may not be cancelled.
    if (request === undefined || request.message.method === 'initialize') return
    this.#settle(id)
    if (request.call !== undefined) return request.call.cancel(reason)
    this.recordCancelled(id, this.exchange(request.message), reason)
  }

  /** Records a request that ends without an answer, then lets the door forget it. */
  recordCancelled(id: string, exchange: Exchange, reason: string): void {
    recordExchange(this.#relay, exchange, { outcome: 'cancelled', explain: reason }).then(
      () => this.abandon(id),
      (error: unknown) => {
        logUnrecorded(this.#relay.log, error)
        this.abandon(id)
      },
    )
  }

  /** Takes a request off the books; false when it was cancelled or answered before. */
  #settle(id: string): boolean {
    const request = this.#open.get(id)
    if (request === undefined) return false
    this.#open.delete(id)
    request.leave()
    return true
  }

  /** The client as a server's question sees it. */
  asker(server: string, relatedTo: string | undefined): Omit<Asker, 'link'> {
    return {
      server,
      principal: this.principal,
      conversation: this.id,
      host: this.#caller.host,
      transport: this.#caller.transport,
      client: this.#name,
      capabilities: this.#capabilities,
      relatedTo,
    }
  }

  /** A message of it as controls and record see it. */
  exchange(said: Said, server?: string, own?: string): Exchange {
    const { method, params, id, bytes } = said
    const row = methodRow(method, { era: 'legacy', sender: 'client', type: 'request' })
    const named = row?.name === undefined ? undefined : params[row.name.member]
    const correlation = correlationOf(params)
    return {
      principal: this.principal,
      ...(this.#caller.authority === undefined ? {} : { authority: this.#caller.authority }),
      conversation: this.id,
      ...(this.#caller.host === undefined ? {} : { host: this.#caller.host }),
      transport: this.#caller.transport,
      direction: 'client-to-server',
      era: 'legacy',
      method,
      row,
      ...(server === undefined ? {} : { server }),
      ...(own === undefined ? {} : { name: own }),
      ...(typeof named === 'string' ? { exposedName: named } : {}),
      params,
      ...(params.arguments === undefined ? {} : { arguments: params.arguments }),
      ...(id === undefined ? {} : { requestId: id }),
      ...(this.#name === undefined ? {} : { client: this.#name }),
      ...(correlation === undefined ? {} : { correlation }),
      bytes: typeof bytes === 'number' ? bytes : bytes.length,
      startedAt: this.#relay.now(),
      findings: [],
    }
  }

  /** Sends what is no answer: a notification or a server's question. */
  send(bytes: Buffer, relatedTo: string | undefined): void {
    if (this.#gone) return
    this.#port.send(bytes, relatedTo === undefined ? { final: false } : { relatedTo, final: false })
  }

  /** Sends the answer to the request `id`, which is on record, unless it was cancelled or answered before. */
  answer(bytes: Buffer, id: string): void {
    if (this.#settle(id)) this.#port.send(bytes, { relatedTo: id, final: true })
  }

  /** The request `id` ends without an answer: the client cancelled it. */
  abandon(id: string): void {
    this.#port.abandon(id)
  }

  /** Records how an exchange ended, then answers it. */
  finish(message: Inbound, exchange: Exchange, bytes: Buffer, ending: Ending): void {
    const id = message.id ?? 'null'
    recordExchange(this.#relay, exchange, ending).then(
      () => {
        if (this.#open.has(id)) {
          const refused = ending.outcome === 'refused' ? ending : undefined
          this.#relay.findingLog.tell(exchange, this.logLevel, refused, (notice) => this.send(notice, id))
        }
        this.answer(bytes, id)
      },
      (error: unknown) => {
        logUnrecorded(this.#relay.log, error)
        this.answer(auditDownBytes(id), id)
      },
    )
  }

  /** Answers without a server. */
  answerSelf(message: Inbound, result: JsonObject): void {
    const bytes = resultBytes(message.id ?? 'null', result)
    this.finish(message, this.exchange(message), bytes, { outcome: 'ok' })
  }

  refuse(message: Inbound, refusal: Refusal, data?: JsonObject): void {
    const { rule, explain, remedy } = refusal
    const code = refusal.code ?? ERROR.refused
    const body = data ?? { rule, ...(remedy === undefined ? {} : { remedy }) }
    const bytes = errorBytes(message.id ?? null, code, explain, body)
    const ending: Ending = { outcome: 'refused', rule, explain, errorCode: code }
    this.finish(message, this.exchange(message), bytes, ending)
  }

  /** Answered beside the request that has this id already, which goes on. */
  refuseDuplicate(message: Inbound, id: string): void {
    const explain = `a request with id ${id} is in flight`
    const rule = 'message/duplicate-id'
    const bytes = errorBytes(id, ERROR.invalidRequest, explain, { rule })
    const ending: Ending = { outcome: 'refused', rule, explain, errorCode: ERROR.invalidRequest }
    recordExchange(this.#relay, this.exchange(message), ending).then(
      () => this.#port.send(bytes, { relatedTo: id, final: false }),
      (error: unknown) => logUnrecorded(this.#relay.log, error),
    )
  }

  /** Whatever throws in routing ends this request, not the gateway. */
  failed(message: Inbound, error: unknown): void {
    this.#relay.log.error('route.failed', { method: message.method, explain: String(error) })
    const explain = 'the gateway could not find the server for it'
    this.refuse(message, refusal('gateway/failed', explain, ERROR.failed))
  }

  /** Something of the client was not passed on. */
  dropped(said: Said, rule: string, explain: string): void {
    recordEvent(this.#relay, this.exchange(said), 'message.dropped', rule, explain)
  }
}

/** A refusal whose code the specification fixes. */
export function refusal(rule: string, explain: string, code: number): Refusal {
  return { kind: 'refuse', rule, explain, code }
}
