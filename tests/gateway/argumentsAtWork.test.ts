/**
 * Queries and addresses at a server that runs whatever it is sent: its own log, and a listener, say what reached it. And
 * the same calls where a gateway only observes.
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, type Home, type HttpGateway, makeHome, startHttpGateway } from './harness.ts'
import { PlainClient } from './plainClient.ts'

const SERVER = fileURLToPath(new URL('workingServer.ts', import.meta.url))
const NAMES = fileURLToPath(new URL('rebindingNames.ts', import.meta.url))

const textOf = ({ result, error }: Answer): string =>
  error?.message ?? result?.content?.map(({ text }) => text).join('\n') ?? ''

let web: Server
let requests = 0
let port = 0

beforeAll(async () => {
  web = createServer((_, response) => {
    requests++
    response.end('a page')
  })
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve))
  port = (web.address() as AddressInfo).port
})
afterAll(() => web.close())

async function start(profile: string): Promise<{ home: Home; gateway: HttpGateway }> {
  const home = makeHome()
  const config = {
    profile,
    servers: {
      work: {
        command: [process.execPath, SERVER, '--log', home.path('work.log')],
        // Its first tools are pinned at first sight; nobody vouches for it.
        trust: 'partial',
        arguments: {
          count_notes: { sql: { sql: { dialect: 'sqlite', mode: 'read', tables: ['notes'] } } },
          fetch_local: { url: { url: { allowPrivate: true, allowHosts: ['127.0.0.1'], ports: [port] } } },
        },
      },
    },
  }
  const env = { ...home.env, NODE_OPTIONS: `--import ${NAMES}` }
  return { home, gateway: await startHttpGateway({ ...home, env }, config) }
}

describe.each(['legacy', 'modern'] as const)('for a %s client', (era) => {
  let home: Home
  let gateway: HttpGateway
  let client: PlainClient

  beforeAll(async () => {
    ;({ home, gateway } = await start('balanced'))
    client = (await PlainClient.connect(`${gateway.url}/work`, era)).client
    await client.request('tools/list')
  })
  afterAll(async () => {
    await gateway.stop()
    home.remove()
  })

  const call = async (name: string, args: object) =>
    textOf(await client.request('tools/call', { name, arguments: args }))

  it.each([
    ['read_query', "SELECT * FROM notes; INSERT INTO notes VALUES (3, 'x')", 'sql/multiple'],
    ['read_query', 'DROP TABLE notes', 'sql/ddl'],
    ['read_query', "SELECT 1 --\n; ATTACH 'x.db' AS x", 'sql/multiple'],
    ['count_notes', 'SELECT sql FROM sqlite_master', 'sql/'],
    ['count_notes', 'not a query', 'sql/'],
  ])('%s does not run %j', async (name, sql, rule) => {
    expect(await call(name, { sql })).toContain(`[rule ${rule}`)
    expect(home.witness('work.log').filter(({ text }) => text === sql)).toEqual([])
  })

  it('queries that read are run, semicolons in their texts and all', async () => {
    expect(await call('read_query', { sql: "SELECT id FROM notes WHERE body = 'milk; eggs'" })).toBe(
      '[{"id":1}]',
    )
    expect(await call('count_notes', { sql: 'SELECT count(*) AS n FROM notes;' })).toBe('[{"n":2}]')
  })

  it.each([
    ['fetch', (at: number) => `http://127.0.0.1:${at}/`, 'url/loopback'],
    ['fetch', (at: number) => `http://0x7f.1:${at}/`, 'url/'],
    ['fetch', (at: number) => `http://here.example:${at}/`, 'url/loopback'],
    ['fetch', (at: number) => `http://flips.example:${at}/`, 'url/loopback'],
    ['fetch', () => 'http://169.254.169.254/latest/meta-data/', 'url/metadata'],
    ['fetch', () => 'file:///etc/passwd', 'url/scheme'],
    ['fetch_local', (at: number) => `http://localhost:${at}/`, 'url/host-not-allowed'],
    ['fetch_local', (at: number) => `http://127.0.0.1:${at + 1}/`, 'url/port'],
  ])('%s is sent to none of what is not its own', async (name, address, rule) => {
    const before = requests
    const url = address(port)
    expect(await call(name, { url })).toContain(`[rule ${rule}`)
    expect(home.witness('work.log').filter(({ text }) => text === url)).toEqual([])
    expect(requests).toBe(before)
  })

  it('the one address of this machine that is declared is fetched', async () => {
    expect(await call('fetch_local', { url: `http://127.0.0.1:${port}/` })).toBe('a page')
  })
})

it('a gateway that observes sends it all, and writes down what it would have refused', async () => {
  const { home, gateway } = await start('observe')
  try {
    const { client } = await PlainClient.connect(`${gateway.url}/work`, 'modern')
    await client.request('tools/list')
    const use = async (name: string, args: object) =>
      textOf(await client.request('tools/call', { name, arguments: args }))
    expect(await use('fetch', { url: `http://127.0.0.1:${port}/` })).toBe('a page')
    expect(await use('read_query', { sql: 'SELECT 1 AS n; SELECT 2 AS n' })).not.toContain('[rule')
    expect(await use('read_query', { sql: 'SELECT 1 AS n', more: 1 })).toBe('[{"n":1}]')
    expect(home.witness('work.log')).toHaveLength(3)
  } finally {
    await gateway.stop()
    home.remove()
  }
})
