/**
 * One keep-alive HTTP/1.1 connection of the load generator: a request out, its answer in, nothing else.
 *
 * Written on `node:net` because an HTTP client would cost more than the proxies that are to be measured. Reads answers
 * with a length, chunked ones, and a single-message event stream.
 */
import { connect, type Socket } from 'node:net'

export interface HttpAnswer {
  readonly status: number
  /** The JSON-RPC message; taken out of its `data:` line if it came as an event. */
  readonly body: Buffer
  /** `Mcp-Session-Id`, where the answer has one. */
  readonly session: string | undefined
}

export interface HttpConnection {
  /** Sends one request and resolves with its answer. One at a time. */
  exchange(request: Buffer): Promise<HttpAnswer>
  close(): void
}

interface Head {
  readonly status: number
  readonly length: number | 'chunked'
  readonly events: boolean
  readonly session: string | undefined
}

const HEAD_END = Buffer.from('\r\n\r\n')
const CHUNKS_END = Buffer.from('\r\n0\r\n\r\n')
const NO_CHUNKS = Buffer.from('0\r\n\r\n')
const EMPTY = Buffer.alloc(0)

/** Opens a connection. Rejects when there is none; `exchange` rejects when it breaks. */
export async function openConnection(host: string, port: number): Promise<HttpConnection> {
  const socket = await connected(host, port)
  let waiting: { resolve(answer: HttpAnswer): void; reject(error: Error): void } | undefined
  let head: Head | undefined
  let parts: Buffer[] = []
  let received = 0

  const fail = (error: Error) => {
    waiting?.reject(error)
    waiting = undefined
    socket.destroy()
  }
  socket.on('error', fail)
  socket.on('close', () => fail(new Error(`the server at ${host}:${port} closed the connection`)))
  socket.on('data', (chunk: Buffer) => {
    let bytes = chunk
    if (head === undefined) {
      if (received > 0) bytes = Buffer.concat([...parts, chunk])
      const end = bytes.indexOf(HEAD_END)
      if (end < 0) {
        parts = [bytes]
        received = bytes.length
        return
      }
      const read = readHead(bytes.toString('latin1', 0, end))
      if (read instanceof Error) return fail(read)
      head = read
      bytes = bytes.subarray(end + HEAD_END.length)
      parts = []
      received = 0
    }
    if (bytes.length > 0) parts.push(bytes)
    received += bytes.length
    const body = wholeBody(head, parts, received)
    if (body === undefined) return
    const { status, events, session } = head
    const answered = waiting
    head = undefined
    waiting = undefined
    parts = []
    received = 0
    if (answered === undefined) return fail(new Error('an answer came that nothing was asked for'))
    answered.resolve({ status, body: events ? dataOf(body) : body, session })
  })

  return {
    exchange(request) {
      const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>()
      if (socket.destroyed) reject(new Error('the connection is closed'))
      else {
        waiting = { resolve, reject }
        socket.write(request)
      }
      return promise
    },
    close: () => socket.destroy(),
  }
}

function connected(host: string, port: number): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const socket = connect({ host, port, noDelay: true })
  socket.once('error', reject)
  socket.once('connect', () => {
    socket.removeListener('error', reject)
    resolve(socket)
  })
  return promise
}

function readHead(text: string): Head | Error {
  const lower = text.toLowerCase()
  const status = Number(lower.slice(9, 12))
  if (!lower.startsWith('http/1.1 ') || !Number.isInteger(status)) {
    return new Error(`not an HTTP/1.1 answer: ${JSON.stringify(text.slice(0, 40))}`)
  }
  const session = /\r\nmcp-session-id: (\S+)/i.exec(text)?.[1]
  const events = lower.includes('\r\ncontent-type: text/event-stream')
  if (lower.includes('\r\ntransfer-encoding: chunked')) return { status, length: 'chunked', events, session }
  const length = /\r\ncontent-length: (\d+)/.exec(lower)?.[1]
  if (length === undefined)
    return new Error(`an answer without a length: ${JSON.stringify(text.slice(0, 200))}`)
  return { status, length: Number(length), events, session }
}

/** The body when all of it is here. */
function wholeBody(head: Head, parts: Buffer[], received: number): Buffer | undefined {
  if (head.length !== 'chunked') {
    if (received < head.length) return undefined
    return parts.length === 1 ? parts[0] : Buffer.concat(parts)
  }
  if (received === NO_CHUNKS.length && Buffer.concat(parts).equals(NO_CHUNKS)) return EMPTY
  const last = parts.at(-1) ?? EMPTY
  if (last.length >= CHUNKS_END.length) {
    if (!last.subarray(-CHUNKS_END.length).equals(CHUNKS_END)) return undefined
    return unchunk(Buffer.concat(parts))
  }
  const all = Buffer.concat(parts)
  return all.subarray(-CHUNKS_END.length).equals(CHUNKS_END) ? unchunk(all) : undefined
}

function unchunk(bytes: Buffer): Buffer {
  const parts: Buffer[] = []
  let at = 0
  while (at < bytes.length) {
    const lineEnd = bytes.indexOf('\r\n', at)
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16)
    if (!(size > 0)) break
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size))
    at = lineEnd + 2 + size + 2
  }
  return Buffer.concat(parts)
}

/** The last message of an event stream: the answer. */
function dataOf(stream: Buffer): Buffer {
  const at = stream.lastIndexOf('data: ')
  if (at < 0) return stream
  const end = stream.indexOf('\n', at)
  return stream.subarray(at + 6, end < 0 ? undefined : end)
}
