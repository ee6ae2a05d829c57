import type { Socket } from 'node:net'
import type { PlainText } from './readPlain.ts'

/** A request that came whole (`readPlain.ts`), in the words of `IncomingMessage`. */
export class PlainRequest {
  readonly method = 'POST'
  readonly httpVersionMajor = 1
  readonly httpVersionMinor = 1
  readonly complete = true
  readonly url: string
  readonly rawHeaders: string[]
  readonly socket: Socket
  readonly body: Buffer

  constructor(socket: Socket, { target, rawHeaders, bodyStart }: PlainText, bytes: Buffer) {
    this.socket = socket
    this.url = target
    this.rawHeaders = rawHeaders
    this.body = bytes.subarray(bodyStart)
  }
}
