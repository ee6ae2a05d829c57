/** The client behind the gateway: the plain requests of an SDK, so that what the suite sees is the gateway's own doing. */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import type { MeasuredRevision } from '../cells.ts'

export interface Tool {
  readonly name: string
  readonly inputSchema: unknown
}

export interface GateClient {
  listTools(): Promise<readonly Tool[]>
  /** The result, as far as somebody wants to know it. */
  callTool(name: string, args: object): Promise<unknown>
  request(method: string, params: object): Promise<Record<string, unknown>>
  close(): Promise<void>
}

/** Connects with the handshake (or without one) of the revision; every form that a server sends is accepted. */
export async function openGateClient(url: string, revision: MeasuredRevision): Promise<GateClient> {
  return revision === '2025-11-25' ? await openLegacy(url) : openModern(url)
}

/** The SDK, which keeps the session, its stream, and fills in the defaults of a form. */
async function openLegacy(url: string): Promise<GateClient> {
  const client = new Client(
    { name: 'conformance', version: '1.0.0' },
    {
      capabilities: { elicitation: { form: { applyDefaults: true } } },
      versionNegotiation: { mode: 'legacy' },
    },
  )
  client.setRequestHandler('elicitation/create', () => ({ action: 'accept', content: {} }))
  await client.connect(new StreamableHTTPClientTransport(new URL(url)))
  return {
    listTools: async () => (await client.listTools()).tools,
    callTool: async (name, args) => await client.callTool({ name, arguments: { ...args } }),
    request: () => Promise.reject(new Error('no scenario of this revision needs another request')),
    close: () => client.close(),
  }
}

const ENVELOPE = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'conformance', version: '1.0.0' },
  'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } },
}

/** No SDK: that would drop invalid tools, and it could not be told what the gateway did of it. */
function openModern(url: string): GateClient {
  let id = 0
  let tools: readonly Tool[] = []
  const send = async (method: string, params: Record<string, unknown>): Promise<Record<string, unknown>> => {
    const name = params.name ?? params.uri
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': method,
        ...(typeof name === 'string' && { 'mcp-name': name }),
        ...mirrored(tools.find((tool) => tool.name === params.name)?.inputSchema, params.arguments),
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: ++id, method, params: { ...params, _meta: ENVELOPE } }),
    })
    const answer = answerIn(await response.text())
    if (answer.result === undefined) throw new Error(`${method}: ${JSON.stringify(answer.error)}`)
    if (answer.result.resultType !== 'input_required') return answer.result
    const { inputRequests, requestState } = answer.result as InputRequired
    const accept = { action: 'accept', content: { confirmed: true } }
    const inputResponses = Object.fromEntries(Object.keys(inputRequests ?? {}).map((key) => [key, accept]))
    return send(method, { ...params, inputResponses, ...(requestState !== undefined && { requestState }) })
  }
  return {
    async listTools() {
      tools = (await send('tools/list', {})).tools as readonly Tool[]
      return tools
    },
    callTool: async (name, args) => await send('tools/call', { name, arguments: args }),
    request: (method, params) => send(method, { ...params }),
    close: () => Promise.resolve(),
  }
}

/** `Mcp-Param-*` of the arguments that the schema names (Streamable HTTP 2026-07-28, "Custom headers from tool parameters"). */
function mirrored(schema: unknown, args: unknown): Record<string, string> {
  const { properties = {} } = (schema ?? {}) as { properties?: Record<string, Record<string, unknown>> }
  const headers: Record<string, string> = {}
  for (const [key, value] of Object.entries((args ?? {}) as Record<string, unknown>)) {
    const name = properties[key]?.['x-mcp-header']
    if (typeof name !== 'string' || value === null) continue
    const text = String(value)
    const isPlain = /^[!-~](?:[ -~]*[!-~])?$|^$/.test(text)
    headers[`mcp-param-${name}`] = isPlain ? text : `=?base64?${Buffer.from(text).toString('base64')}?=`
  }
  return headers
}

interface InputRequired {
  readonly inputRequests?: object
  readonly requestState?: string
}

interface Answer {
  readonly result?: Record<string, unknown>
  readonly error?: unknown
}

/** The answer, as a body or as the last event of a stream. */
function answerIn(text: string): Answer {
  return JSON.parse(
    text.startsWith('{') ? text : ([...text.matchAll(/^data: (\{.*)$/gm)].at(-1)?.[1] ?? '{}'),
  )
}
