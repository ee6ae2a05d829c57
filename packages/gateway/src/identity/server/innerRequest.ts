/**
 * The request as the protocol engine gets to see it: made anew from what we read, with the origin that is configured.
 *
 * The engine builds addresses from `Host` and `X-Forwarded-*`; here they always say `publicUrl` (AS-META-002: a caller who
 * names another host would else get metadata that sends its readers there).
 */
import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'

export interface InnerRequest {
  readonly target: string
  readonly body?: Buffer
  readonly contentType?: string
  readonly cookie: string | undefined
  /** What the answer should be: pages for people, JSON for programs. */
  readonly accept: 'text/html' | 'application/json'
}

/** Headers of the caller that the engine needs, beside those made here. */
const PASSED = ['authorization', 'sec-fetch-site', 'user-agent'] as const

export function innerRequest(outer: IncomingMessage, origin: URL, inner: InnerRequest): IncomingMessage {
  // No socket of the caller's: a message that ends before all of it is read would end the connection.
  const request = new IncomingMessage(new Socket())
  request.complete = true
  request.method = outer.method ?? 'GET'
  request.url = inner.target
  request.httpVersion = '1.1'
  request.httpVersionMajor = 1
  request.httpVersionMinor = 1
  const { headers } = request
  headers.host = origin.host
  headers['x-forwarded-proto'] = origin.protocol.slice(0, -1)
  headers.accept = inner.accept
  if (inner.cookie !== undefined) headers.cookie = inner.cookie
  for (const name of PASSED) {
    const value = outer.headers[name]
    if (typeof value === 'string') headers[name] = value
  }
  if (inner.body !== undefined) {
    headers['content-length'] = String(inner.body.length)
    if (inner.contentType !== undefined) headers['content-type'] = inner.contentType
    request.push(inner.body)
  }
  request.push(null)
  return request
}

const BODY_MAX_BYTES = 32 * 1024

/** The body of a request, `undefined` where it is longer than any request here has to be. */
export async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request) {
    length += (chunk as Buffer).length
    // Read on: a connection that is closed with a body still arriving is reset, and the client never sees the answer.
    if (length <= BODY_MAX_BYTES) chunks.push(chunk as Buffer)
    else if (length > 16 * BODY_MAX_BYTES) break
  }
  return length > BODY_MAX_BYTES ? undefined : Buffer.concat(chunks)
}
