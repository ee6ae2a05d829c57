import { hash } from 'node:crypto'
import { canonicalJson, type JsonObject, type JsonValue } from '@sallyport/controls/json'
import type { SecretText, ServerConfig } from '../config/config.ts'
import type { Exchange } from '../pipeline/exchange.ts'

/** What a grant is bound to: whatever of it changes, the grant is for something else. */
export interface CallKeys {
  /** This very call: principal, server and how it is reached, definition of the tool, arguments (RFC 8785, SHA-256, hex). */
  readonly call: string
  /** The same tool of the same server in the same conversation, whatever the arguments. */
  readonly tool: string
}

/**
 * The digests of a call. Two calls have the same if they are the same to the server: what only ties a call to its client's
 * trace (`_meta`) and the rounds of an input request is left out.
 *
 * @param definition what its server shows of the tool now: a changed one is another tool
 * @example callKeys(exchange, server, definition).call // '9f86d0...'
 */
export function callKeys(
  exchange: Exchange,
  server: ServerConfig | undefined,
  definition: JsonObject | undefined,
): CallKeys {
  const { principal, method, name, params, conversation } = exchange
  const { _meta, inputResponses: _responses, requestState: _state, ...said } = params
  const tool: JsonValue = [
    principal,
    exchange.server ?? '',
    reach(server),
    method,
    name ?? '',
    definition ?? null,
  ]
  return {
    call: digest(['call', tool, said]),
    tool: digest(['tool', tool, conversation ?? '']),
  }
}

/**
 * The retry of an allowed call with the state that its server gave with a question (2026-07-28, "Multi Round-Trip
 * Requests"): the same call, and no other state.
 */
export function continuationKey(call: string, requestState: string): string {
  return digest(['continuation', call, requestState])
}

/** What is started or called under a server's name. */
function reach(server: ServerConfig | undefined): JsonValue {
  if (server === undefined) return null
  if (server.kind === 'http') return ['http', server.url, sources(server.headers)]
  return ['stdio', server.cwd ?? '', [...server.command], sources(server.env)]
}

/** References, never what they stand for: another account is another server. */
function sources(texts: Readonly<Record<string, SecretText>>): JsonValue {
  return Object.entries(texts).map(([name, { source }]) => [name, source])
}

function digest(value: JsonValue): string {
  return hash('sha256', canonicalJson(value), 'hex')
}
