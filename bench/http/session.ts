/** Opens a legacy session over Streamable HTTP (MCP 2025-06-18, "Session Management"). */
import { HANDSHAKE, LEGACY_REVISION } from '../mcp/messages.ts'
import type { HttpConnection } from './connection.ts'

/** Says hello; the headers every later request of the session carries. Rejects when the server does not take it. */
export async function openSession(connection: HttpConnection, url: URL): Promise<string[]> {
  const [initialize, initialized] = HANDSHAKE
  const greeting = await connection.exchange(postOf(url, initialize, []))
  if (greeting.status !== 200)
    throw new Error(`initialize: HTTP ${greeting.status} ${greeting.body.toString('latin1', 0, 200)}`)
  const session = greeting.session === undefined ? [] : [`mcp-session-id: ${greeting.session}`]
  const answer = await connection.exchange(
    postOf(url, initialized, [`mcp-protocol-version: ${LEGACY_REVISION}`, ...session]),
  )
  if (answer.status >= 300) throw new Error(`notifications/initialized: HTTP ${answer.status}`)
  return session
}

/** A POST of one message, as bytes. */
export function postOf(url: URL, body: string, headers: readonly string[]): Buffer {
  const lines = [
    `POST ${url.pathname}${url.search} HTTP/1.1`,
    `host: ${url.host}`,
    'content-type: application/json',
    'accept: application/json, text/event-stream',
    ...headers,
    `content-length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ]
  return Buffer.from(lines.join('\r\n'))
}
