import { hash } from 'node:crypto'
import { canonicalJson, isObject, type JsonObject, type JsonValue } from '@sallyport/controls/json'
import type { SecretText, ServerConfig } from '../config/config.ts'
import type { Exchange } from '../pipeline/exchange.ts'

/** What a grant is bound to: whatever of it changes, the grant is for something else. */
export interface CallKeys {
  /** This very call: principal, server, how it is reached and what is approved to run there, definition of the tool, all that it says (RFC 8785, SHA-256, hex). */
  readonly call: string
  /** The same without what answers a question of its server: what a further round of an allowed call has in common with it. */
  readonly rounds: string
  /** The same tool of the same server in the same conversation, whatever the arguments. */
  readonly tool: string
  /** The same call whatever the tool is defined as by then: what was denied stays denied. */
  readonly denial: string
  /** All arguments, also those that are not shown. */
  readonly arguments: string
}

/**
 * The digests of a call. Two calls have the same if they are the same to the server: of `_meta` only what ties a call to its
 * client's trace is left out.
 *
 * @param pinned what is approved to run or answer as the server, and what that shows of the tool now: a changed one is another
 * @example callKeys(exchange, server, { identity, definition }).call // '9f86d0...'
 */
export function callKeys(
  exchange: Exchange,
  server: ServerConfig | undefined,
  { identity, definition }: { readonly identity: string; readonly definition: JsonObject | undefined },
): CallKeys {
  const { principal, method, name, conversation } = exchange
  const said = saidIn(exchange)
  const { inputResponses: _responses, requestState: _state, ...asked } = said
  const which: JsonValue = [principal, exchange.server ?? '', method, name ?? '']
  const tool: JsonValue = [which, reach(server), identity, definition ?? null]
  return {
    call: digest(['call', tool, said]),
    rounds: digest(['call', tool, asked]),
    tool: digest(['tool', tool, conversation ?? '']),
    denial: digest(['denial', which, said]),
    arguments: digest(['arguments', said]),
  }
}

/** What a call says to its server: its params without its name, and without what only ties it to a trace. */
export function saidIn({ params }: Pick<Exchange, 'params'>): JsonObject {
  const { _meta, name: _name, ...said } = params
  if (!isObject(_meta)) return said
  const meta = Object.fromEntries(
    Object.entries(_meta).filter(([key]) => !TRACES.has(key) && !ENVELOPE.test(key)),
  )
  return Object.keys(meta).length === 0 ? said : { ...said, _meta: meta }
}

/** Another one with every call, and nothing to a tool. */
const TRACES: ReadonlySet<string> = new Set([
  'progressToken',
  'traceparent',
  'tracestate',
  'baggage',
  'claudecode/toolUseId',
  'callId',
  'x-codex-turn-metadata',
  'vscode.conversationId',
  'vscode.requestId',
])
/** What the protocol itself says of a request (2026-07-28, "Request envelope"). */
const ENVELOPE = /^io\.modelcontextprotocol\//

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
