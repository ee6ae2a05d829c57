/** What the benchmark's upstreams answer, in the era they are asked in: one tool, precomputed but for the id and the nonce. */
import { EVENTS_TOOL, expectedText, LEGACY_REVISION, REVISION, TOOL } from './messages.ts'

const META = { 'io.modelcontextprotocol/serverInfo': { name: 'bench-upstream', version: '1.0.0' } }
const CACHE = { ttlMs: 600_000, cacheScope: 'public' }

const TOOLS = [
  {
    name: TOOL,
    title: 'Look up',
    description: 'Looks up what is known for a query and returns it as text.',
    inputSchema: {
      type: 'object',
      properties: {
        nonce: { type: 'string', description: 'Repeated in the answer.' },
        bytes: { type: 'integer', minimum: 0, description: 'Size of the answer.' },
        query: { type: 'string', description: 'What to look up.' },
      },
      required: ['nonce', 'bytes', 'query'],
      additionalProperties: false,
    },
    annotations: { readOnlyHint: true, openWorldHint: false },
  },
  {
    name: EVENTS_TOOL,
    title: 'Count',
    description: 'Counts up, a progress notification at a time.',
    inputSchema: {
      type: 'object',
      properties: {
        nonce: { type: 'string', description: 'Repeated in the answer.' },
        events: { type: 'integer', minimum: 1, description: 'How far.' },
        gapMs: { type: 'number', minimum: 0, description: 'Between two of them.' },
      },
      required: ['nonce', 'events', 'gapMs'],
      additionalProperties: false,
    },
    annotations: { readOnlyHint: true, openWorldHint: false },
  },
]

const RESULTS: Readonly<Record<string, object>> = {
  'server/discover': {
    supportedVersions: [REVISION],
    capabilities: { tools: {} },
    resultType: 'complete',
    ...CACHE,
    _meta: META,
  },
  'tools/list': { tools: TOOLS, resultType: 'complete', ...CACHE, _meta: META },
}

const LEGACY_RESULTS: Readonly<Record<string, object>> = {
  initialize: {
    protocolVersion: LEGACY_REVISION,
    capabilities: { tools: {} },
    serverInfo: { name: 'bench-upstream', version: '1.0.0' },
  },
  'tools/list': { tools: TOOLS },
  ping: {},
}

export interface Request {
  readonly id?: number | string
  readonly method: string
  readonly params?: {
    readonly name?: string
    readonly arguments?: { readonly nonce: string; readonly bytes: number }
    readonly _meta?: object
  }
}

/** The answer to one message, all ASCII, or `undefined` for a notification. */
export function answerTo(text: string): string | undefined {
  return answerToRequest(JSON.parse(text))
}

/** The same for a message that was parsed. */
export function answerToRequest({ id, method, params }: Request): string | undefined {
  if (id === undefined) return undefined
  const modern = params?._meta !== undefined && VERSION_KEY in params._meta
  if (method === 'tools/call' && params?.name === TOOL && params.arguments) {
    return callAnswer(id, params.arguments.nonce, params.arguments.bytes, modern)
  }
  const result = (modern ? RESULTS : LEGACY_RESULTS)[method]
  if (result) return JSON.stringify({ result, jsonrpc: '2.0', id })
  return JSON.stringify({
    jsonrpc: '2.0',
    id,
    error: { code: -32602, message: `cannot answer this ${method}` },
  })
}

const VERSION_KEY = 'io.modelcontextprotocol/protocolVersion'
const NONCE = '@@nonce@@'
const ID = 4_000_000_001
const partsBySize = [
  new Map<number, readonly [string, string, string]>(),
  new Map<number, readonly [string, string, string]>(),
] as const

/** One call's answer, written as an SDK server would (`JSON.stringify`, `result` first). */
function callAnswer(id: number | string, nonce: string, resultBytes: number, modern: boolean): string {
  const known = partsBySize[modern ? 1 : 0]
  let parts = known.get(resultBytes)
  if (parts === undefined) {
    const content = [{ type: 'text', text: expectedText(NONCE, resultBytes) }]
    const text = JSON.stringify({
      result: modern ? { content, resultType: 'complete', _meta: META } : { content },
      jsonrpc: '2.0',
      id: ID,
    })
    const [head = '', rest = ''] = text.split(NONCE)
    const [middle = '', tail = ''] = rest.split(String(ID))
    parts = [head, middle, tail]
    known.set(resultBytes, parts)
  }
  return `${parts[0]}${nonce}${parts[1]}${JSON.stringify(id)}${parts[2]}`
}
