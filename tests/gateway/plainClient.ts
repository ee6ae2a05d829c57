/** The plainest HTTP client of either era: what it is sent is looked at by nobody before the test. */
import { encodeSentinel } from '../../packages/gateway/src/protocol/sentinel.ts'
import { type Answer, ENVELOPE } from './harness.ts'

export class PlainClient {
  readonly #url: string
  readonly #headers: Readonly<Record<string, string>>
  readonly #modern: boolean
  #last = 0

  private constructor(url: string, headers: Readonly<Record<string, string>>, modern: boolean) {
    this.#url = url
    this.#headers = headers
    this.#modern = modern
  }

  /** Connects and resolves with the client and the greeting. */
  static async connect(
    url: string,
    era: 'legacy' | 'modern',
    capabilities: object = {},
  ): Promise<{ readonly client: PlainClient; readonly greeting: Answer }> {
    if (era === 'modern') {
      const client = new PlainClient(url, { 'mcp-protocol-version': '2026-07-28' }, true)
      return { client, greeting: await client.request('server/discover') }
    }
    const version = '2025-11-25'
    const clientInfo = { name: 'test', version: '1' }
    const hello = { protocolVersion: version, capabilities, clientInfo }
    const { answer, headers } = await post(url, {}, { id: 0, method: 'initialize', params: hello })
    const session = headers.get('mcp-session-id') ?? ''
    const client = new PlainClient(url, { 'mcp-protocol-version': version, 'mcp-session-id': session }, false)
    await post(url, client.#headers, { method: 'notifications/initialized' })
    return { client, greeting: answer }
  }

  async request(method: string, params: object = {}): Promise<Answer> {
    const id = ++this.#last
    if (!this.#modern) return (await post(this.#url, this.#headers, { id, method, params })).answer
    const { name, uri } = params as { readonly name?: string; readonly uri?: string }
    const called = name ?? uri
    const headers = {
      ...this.#headers,
      'mcp-method': method,
      ...(called === undefined ? {} : { 'mcp-name': encodeSentinel(called) }),
    }
    return (await post(this.#url, headers, { id, method, params: { ...params, _meta: ENVELOPE } })).answer
  }

  async close(): Promise<void> {
    const session = this.#headers['mcp-session-id']
    if (session !== undefined)
      await fetch(this.#url, { method: 'DELETE', headers: { 'mcp-session-id': session } })
  }
}

async function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  message: object,
): Promise<{ readonly answer: Answer; readonly headers: Headers }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: '2.0', ...message }),
  })
  const text = await response.text()
  const data = response.headers.get('content-type')?.startsWith('text/event-stream')
    ? /^data: (\{.*"(?:result|error)".*)$/m.exec(text)?.[1]
    : text
  return { answer: JSON.parse(data || '{}') as Answer, headers: response.headers }
}
