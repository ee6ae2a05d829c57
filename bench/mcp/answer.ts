/** What the benchmark's upstreams answer: one tool, precomputed but for the id and the nonce. */
import { expectedText, REVISION, TOOL } from './messages.ts'

const META = { 'io.modelcontextprotocol/serverInfo': { name: 'bench-upstream', version: '1.0.0' } }
const CACHE = { ttlMs: 600_000, cacheScope: 'public' }

const RESULTS: Readonly<Record<string, object>> = {
  'server/discover': {
    supportedVersions: [REVISION],
    capabilities: { tools: {} },
    resultType: 'complete',
    ...CACHE,
    _meta: META,
  },
  'tools/list': {
    tools: [
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
    ],
    resultType: 'complete',
    ...CACHE,
    _meta: META,
  },
}

interface Request {
  readonly id?: number | string
  readonly method: string
  readonly params?: {
    readonly name?: string
    readonly arguments?: { readonly nonce: string; readonly bytes: number }
  }
}

/** The answer to one message, all ASCII, or `undefined` for a notification. */
export function answerTo(text: string): string | undefined {
  const { id, method, params }: Request = JSON.parse(text)
  if (id === undefined) return undefined
  if (method === 'tools/call' && params?.name === TOOL && params.arguments) {
    return callAnswer(id, params.arguments.nonce, params.arguments.bytes)
  }
  const result = RESULTS[method]
  if (result) return JSON.stringify({ result, jsonrpc: '2.0', id })
  return JSON.stringify({
    jsonrpc: '2.0',
    id,
    error: { code: -32602, message: `cannot answer this ${method}` },
  })
}

const NONCE = '@@nonce@@'
const ID = 4_000_000_001
const partsBySize = new Map<number, readonly [string, string, string]>()

/** One call's answer, written as an SDK server would (`JSON.stringify`, `result` first). */
function callAnswer(id: number | string, nonce: string, resultBytes: number): string {
  let parts = partsBySize.get(resultBytes)
  if (parts === undefined) {
    const content = [{ type: 'text', text: expectedText(NONCE, resultBytes) }]
    const text = JSON.stringify({
      result: { content, resultType: 'complete', _meta: META },
      jsonrpc: '2.0',
      id: ID,
    })
    const [head = '', rest = ''] = text.split(NONCE)
    const [middle = '', tail = ''] = rest.split(String(ID))
    parts = [head, middle, tail]
    partsBySize.set(resultBytes, parts)
  }
  return `${parts[0]}${nonce}${parts[1]}${JSON.stringify(id)}${parts[2]}`
}
