/**
 * Remote servers over Streamable HTTP, both eras.
 */
import type { Era } from '../protocol/era.ts'
import type { HttpOptions } from './http/client.ts'
import { LegacyHttp } from './http/legacy.ts'
import { ModernHttp } from './http/modern.ts'
import type { TransportEvents, UpstreamTransport } from './transport.ts'

export type { HeaderRecord, HttpOptions } from './http/client.ts'
export { HttpPools, type PoolsOptions } from './http/pools.ts'
export type { RetryPolicy } from './http/retry.ts'
export type { OnSecure, ServerCertificate } from './http/wire/certificate.ts'

/**
 * Opens a transport to a server that speaks Streamable HTTP in this era. Nothing is sent before the first message.
 * Throws a `TransportError` when the URL cannot be used. Follows MCP "Transports" of 2025-11-25 and of 2026-07-28.
 *
 * `failed` may follow a `message` that was delivered for the same request when that message does not carry the
 * request's id (an error with `id: null`): then no other can come.
 *
 * @example
 * const transport = openHttp({ serverId: 'api', url: 'https://api.example/mcp', era: 'modern', headers: () => ({}),
 *   maxMessageBytes: 1 << 20, connectTimeoutMs: 10_000, log, pools }, events)
 * await transport.start()
 * transport.send({ kind: 'request', id: 1, method: 'tools/list', text, headers: { 'mcp-method': 'tools/list', ... } })
 */
export function openHttp(
  options: HttpOptions & { readonly era: Era },
  events: TransportEvents,
): UpstreamTransport {
  return options.era === 'modern' ? new ModernHttp(options, events) : new LegacyHttp(options, events)
}
