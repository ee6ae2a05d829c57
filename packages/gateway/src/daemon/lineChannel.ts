/**
 * Lines of JSON over a socket for as long as two sides shake hands; afterwards the socket is handed on with every byte
 * that came behind the last line.
 */
import type { Socket } from 'node:net'

/** The other side ended, sent what is no message, too much, or nothing in time. */
export class HandshakeError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'HandshakeError'
  }
}

export type HandshakeMessage = Readonly<Record<string, unknown>>

export interface Bounds {
  readonly maxBytes: number
  readonly deadlineMs: number
}

const NEWLINE = 0x0a

/** Speaks lines on `socket`, which must have no reader yet. One `next` at a time. */
export class LineChannel {
  readonly #socket: Socket
  #failure: Error | undefined
  #fail: ((error: Error) => void) | undefined

  constructor(socket: Socket) {
    this.#socket = socket
    // For the whole life of the socket: an error without a listener would end the process.
    socket.on('error', (error) => this.#ended(error))
    socket.on('close', () => this.#ended(new HandshakeError('the other side closed the connection')))
  }

  send(message: HandshakeMessage): void {
    this.#socket.write(`${JSON.stringify(message)}\n`)
  }

  /** The next line. Bytes behind it stay in the socket. Rejects with `HandshakeError`; the socket is destroyed then. */
  async next(bounds: Bounds): Promise<HandshakeMessage> {
    try {
      return parse(await this.#line(bounds))
    } catch (error) {
      this.#socket.destroy()
      throw error
    }
  }

  #line({ maxBytes, deadlineMs }: Bounds): Promise<Buffer> {
    const socket = this.#socket
    const parts: Buffer[] = []
    let held = 0
    return new Promise<Buffer>((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure)
      const stop = () => {
        clearTimeout(timer)
        socket.off('data', take)
        socket.off('end', end)
        this.#fail = undefined
      }
      const refuse = (error: Error) => {
        stop()
        reject(error)
      }
      const take = (chunk: Buffer) => {
        const newline = chunk.indexOf(NEWLINE)
        const part = newline < 0 ? chunk : chunk.subarray(0, newline)
        held += part.length
        if (held > maxBytes) return refuse(new HandshakeError(`a line of over ${maxBytes} bytes`))
        parts.push(part)
        if (newline < 0) return
        stop()
        socket.pause()
        const rest = chunk.subarray(newline + 1)
        if (rest.length > 0) socket.unshift(rest)
        resolve(Buffer.concat(parts))
      }
      const end = () => refuse(new HandshakeError('the other side ended the connection'))
      const timer = setTimeout(
        () => refuse(new HandshakeError(`nothing came within ${deadlineMs} ms`)),
        deadlineMs,
      )
      this.#fail = refuse
      socket.on('data', take)
      socket.on('end', end)
      socket.resume()
    })
  }

  #ended(error: Error): void {
    this.#failure ??= error
    this.#fail?.(error)
  }
}

function parse(line: Buffer): HandshakeMessage {
  let value: unknown
  try {
    value = JSON.parse(line.toString('utf8'))
  } catch (error) {
    throw new HandshakeError('a line that is not JSON', { cause: error })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new HandshakeError('a line that is no JSON object')
  return value as HandshakeMessage
}
