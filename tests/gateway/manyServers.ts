/**
 * Many small servers behind one HTTP port, one a path, of either era. What each says can be changed while it runs, and
 * what was asked of it is counted: hundreds of servers for the price of one process.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { JsonObject } from '@sallyport/controls/json'

/** What a server says of itself. */
export interface Said {
  readonly serverInfo: JsonObject
  readonly instructions: string
  readonly tools: readonly JsonObject[]
  readonly prompts: readonly JsonObject[]
  readonly resources: readonly JsonObject[]
  readonly templates: readonly JsonObject[]
  /** Results of tools, by name; all others say "done". */
  readonly results?: ReadonlyMap<string, JsonObject>
}

export interface ManyServers {
  url(name: string): string
  /** From now on this is what the server says. */
  says(name: string, said: Said): void
  /** Names of what was called, got or read of it, in order. */
  reached(name: string): readonly string[]
  close(): Promise<void>
}

interface Message {
  readonly id?: unknown
  readonly method: string
  readonly params?: { readonly name?: string; readonly uri?: string; readonly _meta?: JsonObject }
}

const META = 'io.modelcontextprotocol/'
const CAPABILITIES = { tools: {}, prompts: {}, resources: { subscribe: true } }
const COMPLETE = { resultType: 'complete', ttlMs: 0, cacheScope: 'private' }

export async function startManyServers(): Promise<ManyServers> {
  const said = new Map<string, Said>()
  const asked = new Map<string, string[]>()
  const http = createServer((request, response) => {
    if (request.method !== 'POST') {
      response.writeHead(405).end()
      return
    }
    let body = ''
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk
    })
    request.on('end', () => {
      const name = (request.url ?? '').slice(1)
      const message = JSON.parse(body) as Message
      const { id, method, params } = message
      if (id === undefined) {
        response.writeHead(202).end()
        return
      }
      if (USES.has(method)) asked.set(name, [...(asked.get(name) ?? []), params?.name ?? params?.uri ?? ''])
      const now = said.get(name)
      const result = now === undefined ? undefined : answer(now, message)
      const modern = params?._meta?.[`${META}protocolVersion`] !== undefined
      const text = JSON.stringify({
        jsonrpc: '2.0',
        id,
        ...(result === undefined
          ? { error: { code: -32601, message: 'no such method' } }
          : { result: modern ? { ...COMPLETE, ...result } : result }),
      })
      response.writeHead(200, { 'content-type': 'application/json' }).end(text)
    })
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  return {
    url: (name) => `http://127.0.0.1:${port}/${name}`,
    says: (name, what) => void said.set(name, what),
    reached: (name) => asked.get(name) ?? [],
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve())
        http.closeAllConnections()
      }),
  }
}

const USES: ReadonlySet<string> = new Set([
  'tools/call',
  'prompts/get',
  'resources/read',
  'resources/subscribe',
])

function answer(said: Said, { method, params }: Message): object | undefined {
  const { serverInfo, instructions, tools, prompts, resources, templates } = said
  switch (method) {
    case 'initialize':
      return { protocolVersion: '2025-11-25', capabilities: CAPABILITIES, serverInfo, instructions }
    case 'server/discover': {
      const meta = { [`${META}serverInfo`]: serverInfo }
      return { supportedVersions: ['2026-07-28'], capabilities: CAPABILITIES, instructions, _meta: meta }
    }
    case 'ping':
    case 'resources/subscribe':
      return {}
    case 'tools/list':
      return { tools }
    case 'prompts/list':
      return { prompts }
    case 'resources/list':
      return { resources }
    case 'resources/templates/list':
      return { resourceTemplates: templates }
    case 'tools/call':
      return said.results?.get(params?.name ?? '') ?? { content: [{ type: 'text', text: 'done' }] }
    case 'prompts/get':
      return { messages: [{ role: 'user', content: { type: 'text', text: 'done' } }] }
    case 'resources/read':
      return { contents: [{ uri: params?.uri, text: 'done' }] }
    default:
      return undefined
  }
}
