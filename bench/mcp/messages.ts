/**
 * The one conversation the benchmark has: a client calls one tool, whose answer names the call. It is a modern one
 * (2026-07-28), or legacy where a peer speaks nothing else.
 *
 * Requests and answers are built once and patched in place, so that client and upstream cost as little as they can and
 * the proxy between them dominates. Every call has an id and a nonce of its own, and its answer repeats both: a proxy
 * that answers the wrong caller, or from a cache, is found out.
 */

export const REVISION = '2026-07-28'

/** What the legacy conversations negotiate. */
export const LEGACY_REVISION = '2025-06-18'

/** The tool's own name at the upstream. It takes about 1 KB of arguments and returns `bytes` of text. */
export const TOOL = 'lookup'

/** Answers with so many progress notifications first. Each carries the time it was written. */
export const EVENTS_TOOL = 'count'

/** Ids have ten digits from here on, so that a request keeps its length whatever its id is. */
export const FIRST_ID = 1_000_000_000

const SENTENCE =
  'The quarterly report lists 14 open items, of which "renewal" and "audit" are due before the 30th; see notes/2026-Q4.md.\n'

/** Prose of exactly `bytes` ASCII characters, with the quotes and line ends that real results have. */
export function prose(bytes: number): string {
  return SENTENCE.repeat(Math.ceil(bytes / SENTENCE.length)).slice(0, bytes)
}

export interface RequestPlan {
  /** The name the client calls: `lookup`, or `up__lookup` where servers are aggregated. */
  readonly tool: string
  /** Size of the request's body. */
  readonly requestBytes: number
  /** Size of the text in the answer. */
  readonly resultBytes: number
  /** Default: modern. */
  readonly era?: 'legacy'
}

/** One request as bytes, and where its ten-digit id stands in them. */
export interface RequestTemplate {
  readonly bytes: Buffer
  readonly idOffsets: readonly number[]
}

/** What every modern request says of its client. */
export const ENVELOPE = {
  'io.modelcontextprotocol/protocolVersion': REVISION,
  'io.modelcontextprotocol/clientInfo': { name: 'bench-load', version: '1.0.0' },
  'io.modelcontextprotocol/clientCapabilities': {},
}

/** How a legacy client opens a conversation: it waits for the answer of the first, and then sends the second. */
export const HANDSHAKE = [
  JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: {
      protocolVersion: LEGACY_REVISION,
      capabilities: {},
      clientInfo: { name: 'bench-load', version: '1.0.0' },
    },
  }),
  JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }),
] as const

/** The body of a `tools/call` of `plan.requestBytes`; its id and its nonce are both the ten digits of the id. */
export function requestTemplate(plan: RequestPlan): RequestTemplate {
  const build = (query: string) =>
    JSON.stringify({
      jsonrpc: '2.0',
      id: FIRST_ID,
      method: 'tools/call',
      params: {
        name: plan.tool,
        arguments: { nonce: String(FIRST_ID), bytes: plan.resultBytes, query },
        ...(plan.era === 'legacy' ? {} : { _meta: ENVELOPE }),
      },
    })
  const room = Math.max(0, plan.requestBytes - build('').length)
  let query = prose(room)
  // Quotes and line ends take two bytes each in JSON.
  while (JSON.stringify(query).length - 2 > room) query = query.slice(0, -1)
  const bytes = Buffer.from(build(query))
  const digits = String(FIRST_ID)
  const first = bytes.indexOf(digits)
  return { bytes, idOffsets: [first, bytes.indexOf(digits, first + digits.length)] }
}

/** Writes the ten digits of `id` into a template's places. */
export function stampId(bytes: Buffer, idOffsets: readonly number[], id: number): void {
  const digits = String(id)
  for (const offset of idOffsets) bytes.write(digits, offset, 'latin1')
}

const expectedProse = new Map<number, string>()

/** The text a call with this nonce must be answered with. */
export function expectedText(nonce: string, resultBytes: number): string {
  let body = expectedProse.get(resultBytes)
  if (body === undefined) {
    body = prose(resultBytes)
    expectedProse.set(resultBytes, body)
  }
  return `answer ${nonce}: ${body}`
}

/** What the load generator found wrong with an answer, or `undefined`. */
export function faultOf(body: string, id: number, resultBytes: number, era?: 'legacy'): string | undefined {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch (error) {
    return `call ${id}: the answer is not JSON (${error instanceof Error ? error.message : String(error)})`
  }
  const answer = value as {
    id?: unknown
    error?: { message?: unknown }
    result?: { resultType?: unknown; isError?: unknown; content?: { text?: unknown }[] }
  }
  if (answer.id !== id) return `call ${id}: answered with id ${JSON.stringify(answer.id)}`
  if (answer.error) return `call ${id}: answered with the error ${JSON.stringify(answer.error.message)}`
  if (era !== 'legacy' && answer.result?.resultType !== 'complete')
    return `call ${id}: resultType is not "complete"`
  const text = answer.result?.content?.[0]?.text
  if (answer.result?.isError === true) return `call ${id}: tool error: ${String(text).slice(0, 200)}`
  if (text !== expectedText(String(id), resultBytes)) {
    return `call ${id}: another call's or an altered text: ${JSON.stringify(String(text).slice(0, 60))}`
  }
  return undefined
}
