/** MCP Apps of many servers behind one endpoint: which page shows what a tool answers, for a client of either era. */
import { fileURLToPath } from 'node:url'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Home, type HttpGateway, makeHome, startHttpGateway } from './harness.ts'

const SERVER = fileURLToPath(new URL('./extensionServer.ts', import.meta.url))
const VIEW = 'ui://clock/view.html'

let home: Home
let gateway: HttpGateway

beforeAll(async () => {
  home = makeHome()
  const server = (name: string, era: string, trust: string) => ({
    command: [process.execPath, SERVER, '--name', name, '--era', era],
    era,
    trust,
  })
  gateway = await startHttpGateway(home, {
    servers: {
      stranger: server('stranger', 'legacy', 'partial'),
      own: server('own', 'modern', 'trusted'),
      third: server('third', 'modern', 'partial'),
    },
  })
})
afterAll(async () => {
  await gateway?.stop()
  home?.remove()
})

async function connect(era: 'legacy' | 'modern', path = ''): Promise<Client> {
  const mode = era === 'legacy' ? 'legacy' : { pin: '2026-07-28' as const }
  const client = new Client({ name: 'test-apps', version: '1' }, { versionNegotiation: { mode } })
  await client.connect(new StreamableHTTPClientTransport(new URL(gateway.url + path)))
  return client
}

const pageOf = async (client: Client) => {
  const { contents } = await client.readResource({ uri: VIEW })
  return contents.map((part) => ('text' in part ? part.text : '')).join()
}

describe.each(['modern', 'legacy'] as const)('a %s client', (era) => {
  it('reads a page that no list but that of the tools names, and never from a stranger that names it too', async () => {
    const client = await connect(era)
    expect(await pageOf(client)).toContain('<title>own</title>')
    await client.close()
  })

  it("sees the page with its owner's tool, and other servers' tools without it", async () => {
    const client = await connect(era)
    const { tools } = await client.listTools()
    expect(tools.map(({ name, _meta }) => [name, _meta?.ui])).toEqual([
      ['stranger__clock', undefined],
      ['own__clock', { resourceUri: VIEW, visibility: ['model', 'app'] }],
      ['third__clock', undefined],
    ])
    const { content } = await client.callTool({ name: 'stranger__clock', arguments: {} })
    expect(content).toEqual([{ type: 'text', text: 'time of stranger' }])
    await client.close()
  })

  it('sees page and tool of one server at its own path', async () => {
    const client = await connect(era, '/stranger')
    const { tools } = await client.listTools()
    expect(tools[0]?._meta?.ui).toEqual({ resourceUri: VIEW, visibility: ['model', 'app'] })
    expect(await pageOf(client)).toContain('<title>stranger</title>')
    await client.close()
  })
})
