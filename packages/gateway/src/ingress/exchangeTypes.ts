/**
 * A request and its response as the door uses them: Node's own, or those of a plain request (`plain/`).
 */
import type { IncomingMessage } from 'node:http'
import type { PlainRequest } from './plain/plainRequest.ts'

/** What a request says of itself, and where it came from. Enough for everything that is decided by its head. */
export type RequestHead = Pick<
  IncomingMessage,
  'method' | 'url' | 'rawHeaders' | 'socket' | 'httpVersionMajor' | 'httpVersionMinor'
>

/** A request with its body. */
export type DoorRequest = IncomingMessage | PlainRequest

/** What answers are written to: the part of `ServerResponse` that this door uses, with the same meaning. */
export interface DoorResponse {
  readonly destroyed: boolean
  readonly headersSent: boolean
  readonly writableEnded: boolean
  /** Bytes that have not left this process. */
  readonly writableLength: number
  readonly writableNeedDrain: boolean
  /** Set to `false` before the head is written: the connection ends with this answer. */
  shouldKeepAlive: boolean
  /** `headers`: names and values in turn. Without a `Content-Length` the body is chunked. */
  writeHead(status: number, headers: string[]): unknown
  writeContinue(): unknown
  flushHeaders(): unknown
  /** False: wait for `drain` before more is written. */
  write(piece: Buffer): boolean
  end(piece?: Buffer): unknown
  destroy(): unknown
  /** The answer is through, or its connection is gone. */
  on(event: 'close', listener: () => void): unknown
  once(event: 'drain', listener: () => void): unknown
}
