/**
 * Door 1 over a pipe: newline-delimited messages on stdin and stdout (MCP "stdio transport", both eras).
 *
 * The first message decides nothing for good: each request of a modern client says so itself; `initialize` opens the
 * one legacy conversation a connection can have. Nothing but messages ever reaches stdout.
 */

import type { Readable, Writable } from 'node:stream'
import { type JsonBudget, writeJson } from '@sallyport/controls/json'
import { LiveMap } from '../liveMap.ts'
import type { Log } from '../log.ts'
import { claimsModern } from '../protocol/envelope.ts'
import { ERROR, errorBytes } from '../protocol/errors.ts'
import { LineFrames } from '../protocol/lineFrames.ts'
import { type Inbound, readInbound } from '../protocol/message.ts'
import type { Caller, Front, LegacyConversation, ModernCall, View } from './port.ts'

export interface StdioIngressOptions {
  readonly input: Readable
  readonly output: Writable
  readonly front: Front
  readonly caller: Caller
  readonly view: View
  /** Names this connection in records. */
  readonly conversation: string
  readonly budget: Partial<JsonBudget> & { readonly maxBytes: number }
  readonly log: Log
}

export interface StdioIngress {
  /** Resolves when the client closed its end (or broke the pipe) and everything it started is ended. */
  readonly ended: Promise<void>
  /** Ends the connection from our side. */
  close(reason: string): Promise<void>
}

const NEWLINE = Buffer.from('\n')
/** What may wait for a client that does not read, in bytes; then the connection ends. */
const MAX_WAITING = 64 * 1024 * 1024

/** Serves one client on a pipe. */
export function serveStdio(options: StdioIngressOptions): StdioIngress {
  return new PipeConnection(options)
}

class PipeConnection implements StdioIngress {
  readonly ended: Promise<void>
  readonly #options: StdioIngressOptions
  readonly #modern = new LiveMap<string, ModernCall>()
  #legacy: LegacyConversation | undefined
  #resolveEnded: () => void = () => undefined
  #closing: Promise<void> | undefined

  constructor(options: StdioIngressOptions) {
    this.#options = options
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve
    })
    const { input, output } = options
    const frames = new LineFrames(options.budget.maxBytes, {
      line: (line) => this.#line(line),
      tooLong: () => undefined,
      resumed: (bytes) => this.#overlong(bytes),
    })
    input.on('data', (chunk: Buffer) => frames.push(chunk))
    input.on('end', () => void this.close('the client closed its end'))
    input.on('error', () => void this.close('the client broke the pipe'))
    output.on('error', () => void this.close('the client broke the pipe'))
  }

  close(reason: string): Promise<void> {
    this.#closing ??= this.#end(reason)
    return this.#closing
  }

  async #end(reason: string): Promise<void> {
    for (const call of this.#modern.values()) call.cancel(reason)
    this.#modern.clear()
    await this.#legacy?.close(reason)
    this.#resolveEnded()
  }

  #line(line: Buffer): void {
    if (this.#closing !== undefined || line.length === 0) return
    const read = readInbound(line, this.#options.budget)
    if (!read.ok) return this.#refuse(read.id, read.code, read.rule, read.explain)
    this.#message(read.message)
  }

  #overlong(bytes: number): void {
    const explain = `a message of ${bytes} bytes is over the limit of ${this.#options.budget.maxBytes}`
    this.#refuse(null, ERROR.parse, 'json/too-large', explain)
  }

  #message(message: Inbound): void {
    const modern = claimsModern(message.params)
    if (message.kind === 'request' && this.#isUnderway(message, modern)) return
    if (message.kind === 'request' && modern) return this.#callModern(message)
    if (message.kind === 'notification') {
      if (message.method === 'notifications/cancelled' && this.#cancelModern(message)) return
      if (modern) {
        return this.#options.front.notifyModern(this.#options.caller, this.#options.view, message)
      }
    }
    if (message.kind === 'request' && this.#legacy === undefined) {
      if (message.method !== 'initialize' && message.method !== 'ping') {
        const explain = 'the first request is "initialize", or carries "params._meta" with a protocol version'
        return this.#refuse(message.id ?? null, ERROR.invalidRequest, 'relay/not-initialized', explain)
      }
      this.#legacy = this.#openLegacy()
    }
    if (this.#legacy !== undefined) return this.#legacy.receive(message)
    this.#record('relay/not-initialized', 'a message came before anything it could belong to')
  }

  /**
   * One pipe has one set of ids, whichever era a request is of: two answers under one id could not be told apart, nor whom a
   * cancellation means. Two of the legacy conversation are refused by itself, which knows the request that goes on.
   */
  #isUnderway({ id = 'null' }: Inbound, modern: boolean): boolean {
    const underway = this.#modern.has(id) || (modern && this.#legacy?.answers(id) === true)
    if (underway) {
      const explain = `a request with id ${id} is in flight`
      this.#refuse(id, ERROR.invalidRequest, 'message/duplicate-id', explain)
    }
    return underway
  }

  #openLegacy(): LegacyConversation {
    const { front, caller, view } = this.#options
    return front.openLegacy(caller, view, { send: (bytes) => this.#write(bytes), abandon: () => undefined })
  }

  #callModern(message: Inbound): void {
    const id = message.id ?? 'null'
    const { front, caller, view, conversation } = this.#options
    let over = false
    const call = front.callModern(
      caller,
      view,
      message,
      {
        notify: (bytes) => this.#write(bytes),
        finish: (bytes) => {
          over = true
          this.#modern.delete(id)
          this.#write(bytes)
        },
      },
      { conversation },
    )
    if (!over) this.#modern.set(id, call)
  }

  #cancelModern(message: Inbound): boolean {
    const { requestId, reason } = message.params
    const id = requestId === undefined ? undefined : writeJson(requestId)
    const call = id === undefined ? undefined : this.#modern.get(id)
    if (call === undefined || id === undefined) return false
    this.#modern.delete(id)
    call.cancel(typeof reason === 'string' ? reason.slice(0, 200) : 'cancelled by the client')
    return true
  }

  #write(bytes: Buffer): void {
    if (this.#closing !== undefined) return
    const { output, log } = this.#options
    if (output.writableLength + bytes.length > MAX_WAITING) {
      log.warn('client.stalled', { waiting: output.writableLength })
      void this.close('the client does not read its answers')
      return
    }
    output.write(Buffer.concat([bytes, NEWLINE]))
  }

  #refuse(id: string | null, code: number, rule: string, explain: string): void {
    const answer = errorBytes(id, code, explain, { rule })
    this.#record(rule, explain).then(
      () => this.#write(answer),
      () =>
        this.#write(
          errorBytes(id, ERROR.unavailable, 'the audit trail cannot be written', {
            rule: 'audit/unavailable',
          }),
        ),
    )
  }

  #record(rule: string, explain: string): Promise<void> {
    const { front, caller, conversation } = this.#options
    const principal = JSON.stringify([caller.principal.issuer, caller.principal.subject])
    return front.record({ kind: 'event', event: 'ingress.refused', principal, conversation, rule, explain })
  }
}
