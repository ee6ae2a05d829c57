/**
 * Hands a whole request over to the worker it belongs to, and its answer back as it comes. That worker decides, records
 * and answers as if it had come to it; here nothing is decided but where to.
 */
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http'
import { NOWHERE } from '../liveSet.ts'
import { ERROR } from '../protocol/errors.ts'
import { handingOver } from './peers.ts'
import type { Refusal } from './refusal.ts'
import type { UnderwayItem } from './underway.ts'
import type { Visit } from './visit.ts'

/** What a connection ends with, and what only the first door has to know: a client's credential goes no further. */
const LEFT_OUT =
  /^(?:connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|content-length|expect|authorization|dpop|cookie|sallyport-.*)$/i
/** A worker that ended is replaced within this, unless it cannot start at all. */
const PATIENCE_MS = 15_000
const AGAIN_MS = 50

const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })

/** Hands over what belongs to a session: where nobody listens any more, there is no such session. */
export function handOverSession(visit: Visit, path: string): void {
  const explain = 'no such session: it ended, or never was; open one with initialize'
  const gone = { status: 404, code: ERROR.notFound, rule: 'session/unknown', explain }
  new HandedOver(visit, path, { patienceMs: 0, gone }).start()
}

/** Hands over a modern request. A worker that is being replaced is waited for. */
export function handOverCall(visit: Visit, path: string): void {
  const explain = 'the worker that has to carry this out is not there: try again in a moment'
  const headers = ['Retry-After', '5']
  const gone = { status: 503, code: ERROR.unavailable, rule: 'gateway/worker', explain, headers }
  new HandedOver(visit, path, { patienceMs: PATIENCE_MS, gone }).start()
}

interface Absence {
  readonly patienceMs: number
  /** What the client is told when nobody listens there. */
  readonly gone: Refusal
}

/**
 * The header lines that go along: no credential does, whichever header carries it.
 *
 * @param keyHeader lower-case name of the header for API keys
 * @example headersToHandOver(['Accept', 'text/event-stream', 'Authorization', 'Bearer x'], undefined) // ['Accept', 'text/event-stream']
 */
export function headersToHandOver(rawHeaders: readonly string[], keyHeader: string | undefined): string[] {
  const headers: string[] = []
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    if (!LEFT_OUT.test(name) && name.toLowerCase() !== keyHeader) headers.push(name, rawHeaders[at + 1] ?? '')
  }
  return headers
}

class HandedOver implements UnderwayItem {
  place = NOWHERE
  readonly #visit: Visit
  readonly #path: string
  readonly #absence: Absence
  /** A session's stream ends when its own worker says so; a shutdown waits for the rest. */
  readonly endsByItself: boolean
  /** Silent streams are kept alive where they are written. */
  lastSentMs = Number.POSITIVE_INFINITY
  readonly expiresMs = Number.POSITIVE_INFINITY
  #outgoing: ClientRequest | undefined
  #timer: NodeJS.Timeout | undefined
  #over = false

  constructor(visit: Visit, path: string, absence: Absence) {
    this.#visit = visit
    this.#path = path
    this.#absence = absence
    this.endsByItself = visit.request.method !== 'GET'
  }

  start(): void {
    const { door, response } = this.#visit
    door.underway.add(this)
    if (!this.endsByItself) door.connections.markEndless(this.#visit.socket)
    response.on('close', () => this.#end())
    this.#send(door.now() + this.#absence.patienceMs)
  }

  keepAlive(): void {}

  /** The gateway is shutting down, and this took longer than it may. */
  abandon(): void {
    const { response } = this.#visit
    this.#end()
    // A stream without an end of its own ends in order; of an answer that is cut off nothing may look whole.
    if (this.endsByItself || !response.headersSent) response.destroy()
    else response.end()
  }

  #send(untilMs: number): void {
    const { request: incoming, message } = this.#visit
    const body = message?.bytes
    const outgoing = request({
      agent,
      socketPath: this.#path,
      method: incoming.method ?? 'POST',
      path: incoming.url ?? '/',
      headers: this.#headers(body?.length),
    })
    this.#outgoing = outgoing
    outgoing.on('response', (answer) => this.#relay(answer))
    outgoing.on('error', (error: NodeJS.ErrnoException) => this.#failed(error, untilMs))
    outgoing.end(body)
  }

  #headers(length: number | undefined): string[] {
    const { request: incoming, caller, door } = this.#visit
    if (caller === undefined || door.peers === undefined) throw new Error('handed over without a caller')
    const headers = [...handingOver(caller, door.peers.secret)]
    headers.push(...headersToHandOver(incoming.rawHeaders, door.identity?.keyHeader))
    if (length !== undefined) headers.push('Content-Length', String(length))
    return headers
  }

  #relay(answer: IncomingMessage): void {
    const { response, door } = this.#visit
    if (this.#over) return
    const headers: string[] = []
    for (let at = 0; at + 1 < answer.rawHeaders.length; at += 2) {
      const name = answer.rawHeaders[at] ?? ''
      if (!/^(?:connection|keep-alive|transfer-encoding|date)$/i.test(name))
        headers.push(name, answer.rawHeaders[at + 1] ?? '')
    }
    if (door.draining) response.shouldKeepAlive = false
    response.writeHead(answer.statusCode ?? 502, headers)
    // A stream's head is news by itself.
    if (answer.headers['content-length'] === undefined) response.flushHeaders()
    answer.on('error', () => response.destroy())
    // Whole, or not at all: an answer that was cut off must not look complete.
    answer.on('close', () => {
      if (!answer.complete && !this.#over) response.destroy()
    })
    answer.on('data', (piece: Buffer) => {
      if (response.write(piece)) return
      answer.pause()
      response.once('drain', () => answer.resume())
    })
    answer.on('end', () => response.end())
  }

  #failed(error: NodeJS.ErrnoException, untilMs: number): void {
    const { response, door } = this.#visit
    if (this.#over) return
    if (response.headersSent) {
      response.destroy()
      return
    }
    const absent = error.code === 'ECONNREFUSED' || error.code === 'ENOENT'
    if (absent && door.now() < untilMs && !door.draining) {
      this.#timer = setTimeout(() => this.#send(untilMs), AGAIN_MS)
      return
    }
    this.#end()
    door.log.warn('worker.hand-over-failed', { code: error.code ?? error.message })
    if (absent) {
      this.#visit.refuse(this.#absence.gone)
      return
    }
    const explain =
      'the worker that carried this out ended before it answered: it may or may not have been done'
    this.#visit.refuse({ status: 503, code: ERROR.unavailable, rule: 'gateway/worker', explain })
  }

  #end(): void {
    if (this.#over) return
    this.#over = true
    clearTimeout(this.#timer)
    this.#visit.door.underway.delete(this)
    // The client left, or there is nothing more to come: there it is as if the client had left.
    this.#outgoing?.destroy()
  }
}
