/**
 * One HTTP request at the door and the way its answer leaves.
 */
import type { Socket } from 'node:net'
import type { Era } from '../protocol/era.ts'
import { ERROR, errorBytes } from '../protocol/errors.ts'
import type { Inbound } from '../protocol/message.ts'
import { drainBody } from './body.ts'
import type { Door } from './door.ts'
import type { DoorRequest, DoorResponse } from './exchangeTypes.ts'
import type { Head } from './head.ts'
import type { Caller } from './port.ts'
import { type Refusal, refusalEntry } from './refusal.ts'

/** A year (RFC 6797, 6.1). */
export const STRICT_TRANSPORT = ['Strict-Transport-Security', 'max-age=31536000'] as const

const LONGEST_STALLS = 20

export class Visit {
  readonly door: Door
  readonly request: DoorRequest
  readonly response: DoorResponse
  readonly socket: Socket
  readonly head: Head
  readonly startedMs: number
  /** The route's name, for the record. */
  route = 'unknown'
  caller: Caller | undefined
  era: Era | undefined
  /** The message, once it was read. */
  message: Inbound | undefined
  conversation: string | undefined
  /** Set when the client waits for `100 Continue` before it sends the body. */
  expectsContinue = false
  /** The foreign origin this page may use us from; its answers carry CORS headers. */
  crossOrigin: string | undefined

  #longest: NodeJS.Timeout | undefined

  constructor(door: Door, request: DoorRequest, response: DoorResponse, head: Head) {
    this.door = door
    this.request = request
    this.response = response
    this.socket = request.socket
    this.head = head
    this.startedMs = door.now()
  }

  /** True when nobody reads the answer any more. */
  get gone(): boolean {
    return this.response.destroyed || this.response.writableEnded
  }

  /** Sends a whole JSON answer. */
  answer(status: number, bytes: Buffer, extra?: readonly string[]): void {
    if (this.gone) return
    this.#writeJsonHead(status, bytes.length, extra)
    this.response.end(this.request.method === 'HEAD' ? undefined : bytes)
    if (this.response.writableLength > 0) this.watchStall()
  }

  /** Sends a whole JSON answer to a POST in pieces, which leave together: Node gathers what one turn writes. */
  answerParts(status: number, parts: readonly Buffer[]): void {
    if (this.gone) return
    const length = parts.reduce((sum, part) => sum + part.length, 0)
    this.#writeJsonHead(status, length)
    for (const part of parts) this.response.write(part)
    this.response.end()
    if (this.response.writableLength > 0) this.watchStall()
  }

  #writeJsonHead(status: number, length: number, extra?: readonly string[]): void {
    const headers = ['Content-Type', 'application/json', 'Content-Length', String(length)]
    headers.push('X-Content-Type-Options', 'nosniff')
    if (extra !== undefined) headers.push(...extra)
    this.addCommon(headers)
    this.response.writeHead(status, headers)
  }

  /** Sends an answer without a body. */
  answerEmpty(status: number, extra?: readonly string[]): void {
    if (this.gone) return
    const headers = status === 204 ? [] : ['Content-Length', '0']
    if (extra !== undefined) headers.push(...extra)
    this.addCommon(headers)
    this.response.writeHead(status, headers)
    this.response.end()
  }

  /** Adds what every answer carries, as far as it applies to this one. */
  addCommon(headers: string[]): void {
    if (this.door.draining) this.response.shouldKeepAlive = false
    if (this.door.strictTransport) headers.push(...STRICT_TRANSPORT)
    if (this.crossOrigin === undefined) return
    headers.push('Access-Control-Allow-Origin', this.crossOrigin, 'Vary', 'Origin')
    headers.push('Access-Control-Expose-Headers', 'Mcp-Session-Id, MCP-Protocol-Version, WWW-Authenticate')
  }

  /**
   * Cuts the client off when it reads nothing for `stalledClientMs`. Node measures progress of the write itself, destroys
   * the socket if there is none, and sets its own timeout again when the response is through. It renews that with whatever the
   * client sends, too: so what is not through after `LONGEST_STALLS` of them is cut off in any case.
   */
  watchStall(): void {
    const { stalledClientMs } = this.door.listen
    this.socket.setTimeout(stalledClientMs)
    if (this.#longest !== undefined) return
    this.#longest = setTimeout(() => this.socket.destroy(), stalledClientMs * LONGEST_STALLS)
    this.response.on('close', () => clearTimeout(this.#longest))
  }

  /** The client has read everything so far. */
  endStall(): void {
    this.socket.setTimeout(0)
    clearTimeout(this.#longest)
    this.#longest = undefined
  }

  /** Records a refusal, then answers it. `id` is the JSON text of the request's id where it could be read. */
  refuse(refusal: Refusal, id: string | null = requestId(this.message)): void {
    if (refusal.close) this.door.connections.endWith(this.socket, this.response)
    this.recordAndRefuse(refusal, id).catch((error: unknown) => {
      this.door.log.error('http.refusal-failed', {
        error: error instanceof Error ? error.message : String(error),
      })
      this.response.destroy()
    })
  }

  private async recordAndRefuse(refusal: Refusal, id: string | null): Promise<void> {
    const { door, request } = this
    const sent = await this.recordRefusal(refusal)
    // A connection that is closed with a body still arriving is reset, and the client never sees why.
    const patient = refusal.close !== 'at-once' && !this.expectsContinue
    if (!request.complete && patient) await drainBody(request)
    if (!request.complete) door.connections.endWith(this.socket, this.response)
    this.answer(sent.status, errorBytes(id, sent.code, sent.explain, sent.data), sent.headers)
  }

  /** Records a refusal; resolves to what the client is told: that, or that nothing is answered without a record. */
  async recordRefusal(refusal: Refusal): Promise<Refusal> {
    const { door, request } = this
    try {
      await door.front.record(
        refusalEntry(refusal, {
          httpMethod: request.method ?? '',
          route: this.route,
          durationMs: door.now() - this.startedMs,
          caller: this.caller,
          conversation: this.conversation,
          era: this.era,
          message: this.message,
        }),
      )
    } catch (error) {
      door.log.error('http.refusal-unrecorded', { rule: refusal.rule, error: (error as Error).message })
      return AUDIT_UNAVAILABLE
    }
    return refusal
  }
}

/** The id an error answers: that of a request. An answer's id is one of ours. */
function requestId(message: Inbound | undefined): string | null {
  return message?.kind === 'request' ? (message.id ?? null) : null
}

const AUDIT_UNAVAILABLE: Refusal = {
  status: 503,
  code: ERROR.unavailable,
  rule: 'audit/unavailable',
  explain: 'the audit trail cannot be written, so nothing is answered: see the gateway log',
  headers: ['Retry-After', '5'],
}
