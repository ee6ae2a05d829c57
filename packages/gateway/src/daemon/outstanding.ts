/**
 * Which requests of the client have no answer yet, so that the relay can answer them when the daemon is gone.
 *
 * This is no second reading of the messages: nothing is decided by it while the daemon lives. An id that is missed here
 * costs one error answer at the end (the client sees the end of the stream instead), an id too many is an answer to a
 * question that nobody asked, which clients drop. So it looks where programs write the id, and parses small lines only.
 */
import { isUtf8 } from 'node:buffer'
import { type LineEdge, LineEdges } from './lineEdges.ts'

/** More are refused by the gateway anyway (`limits.maxInFlightPerClient`); bounds what a client without sense can cost. */
const MAX_TRACKED = 100_000
const ID = String.raw`("(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*)`
/** `{"jsonrpc":"2.0","id":7,"method"`: the head of most requests, and of each answer of the gateway. */
const HEAD = new RegExp(String.raw`^\{"jsonrpc":"2\.0","id":${ID},"(method|result|error)"`)
const NOTIFICATION = /^\{"jsonrpc":"2\.0","method":"([^"\\]*)"/
/** `..."jsonrpc":"2.0","id":7}`: how the SDK ends its requests. One brace behind it: it closes the message itself. */
const TAIL = new RegExp(String.raw`,"jsonrpc":"2\.0","id":${ID}\}\s*$`)
const METHOD_FIRST = /^\{"method":"/

export class Outstanding {
  /** JSON text of an id, bytes as latin1 -> how often it was sent without an answer. */
  readonly #ids = new Map<string, number>()
  readonly #toDaemon = new LineEdges((edge) => this.#sent(edge))
  readonly #toClient = new LineEdges((edge) => this.#answered(edge))

  /** Bytes on their way from the client to the daemon. */
  sent(chunk: Buffer): void {
    this.#toDaemon.push(chunk)
  }

  /** Bytes on their way to the client. */
  received(chunk: Buffer): void {
    this.#toClient.push(chunk)
  }

  /** True when the last line to the client is not complete: whatever is written now would become part of it. */
  get clientMidLine(): boolean {
    return this.#toClient.midLine
  }

  /** Ids without an answer as bytes of JSON, in the order they were sent. */
  ids(): readonly Buffer[] {
    return [...this.#ids.keys()].map((id) => Buffer.from(id, 'latin1')).filter(isJsonText)
  }

  #sent({ head, tail, whole }: LineEdge): void {
    const text = head.toString('latin1')
    const first = HEAD.exec(text)
    if (first?.[1] !== undefined) {
      if (first[2] === 'method') this.#add(first[1])
      return
    }
    if (NOTIFICATION.test(text) && !text.startsWith('{"jsonrpc":"2.0","method":"notifications/cancelled"')) {
      // A request that has its id behind the parameters, or a notification.
      if (whole === undefined || !whole.includes('"id"')) return
    } else if (METHOD_FIRST.test(text)) {
      const last = TAIL.exec(tail.toString('latin1'))
      if (last?.[1] !== undefined) return this.#add(last[1])
    }
    if (whole !== undefined) this.#parse(whole)
  }

  #answered({ head }: LineEdge): void {
    const found = HEAD.exec(head.toString('latin1'))
    if (found?.[1] !== undefined && found[2] !== 'method') this.#remove(found[1])
  }

  #parse(line: Buffer): void {
    let message: unknown
    try {
      message = JSON.parse(line.toString('utf8'), keepDigits)
    } catch {
      // Not JSON: the daemon refuses it, with the id `null`, and so there is nothing to remember.
      return
    }
    if (typeof message !== 'object' || message === null) return
    const { id, method, params } = message as { id?: unknown; method?: unknown; params?: unknown }
    if (method === 'notifications/cancelled' && typeof params === 'object' && params !== null) {
      const { requestId } = params as { requestId?: unknown }
      const cancelled = textOf(requestId)
      if (cancelled !== undefined) this.#remove(cancelled)
    } else if (typeof method === 'string') {
      const asked = textOf(id)
      if (asked !== undefined) this.#add(asked)
    }
  }

  #add(id: string): void {
    if (this.#ids.size >= MAX_TRACKED) return
    const key = plain(id)
    this.#ids.set(key, (this.#ids.get(key) ?? 0) + 1)
  }

  #remove(id: string): void {
    const key = plain(id)
    const left = (this.#ids.get(key) ?? 0) - 1
    if (left > 0) this.#ids.set(key, left)
    else this.#ids.delete(key)
  }
}

/** The text of a number that was an id: 9007199254740993 read and written again is another request's id. */
class Digits {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

function keepDigits(key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const isId = key === 'id' || key === 'requestId'
  return isId && typeof value === 'number' ? new Digits(context?.source ?? String(value)) : value
}

/** An id that looked like one and is none (`1.2.3`, half a character): our answer must not become garbage by it. */
function isJsonText(bytes: Buffer): boolean {
  if (!isUtf8(bytes)) return false
  try {
    JSON.parse(bytes.toString('utf8'))
    return true
  } catch {
    return false
  }
}

/** JSON text of an id, bytes as latin1; `undefined` when it is none. */
function textOf(id: unknown): string | undefined {
  if (id instanceof Digits) return id.text
  return typeof id === 'string' ? Buffer.from(JSON.stringify(id), 'utf8').toString('latin1') : undefined
}

/** The gateway answers `"\u0041"` as `"A"`. */
function plain(id: string): string {
  if (!id.includes('\\')) return id
  try {
    return textOf(JSON.parse(Buffer.from(id, 'latin1').toString('utf8'))) ?? id
  } catch {
    // No JSON text: it is nobody's id, and no answer will name it.
    return id
  }
}
