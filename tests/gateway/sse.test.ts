/** A client of HTTP+SSE (2024-11-05) and real servers of either era: what it asks, is asked, cancels and leaves behind. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js'
import { type CallToolResult, ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  eventually,
  faultOnPipe,
  type Home,
  type HttpGateway,
  makeHome,
  processesWith,
  startHttpGateway,
} from './harness.ts'

let home: Home
let gateway: HttpGateway
let origin: string
beforeAll(async () => {
  home = makeHome()
  gateway = await startHttpGateway(home, {
    servers: { old: faultOnPipe(home, 'old', 'legacy'), new: faultOnPipe(home, 'new', 'modern') },
  })
  origin = new URL(gateway.url).origin
})
afterAll(async () => {
  await gateway?.stop()
  home?.remove()
})

async function connect(path = '/sse'): Promise<Client> {
  const client = new Client({ name: 'test-sse', version: '1' }, { capabilities: { elicitation: {} } })
  client.setRequestHandler(ElicitRequestSchema, ({ params }) => ({
    action: 'accept',
    content: { name: `answer to ${params.message}` },
  }))
  await client.connect(new SSEClientTransport(new URL(path, origin)))
  return client
}

const textOf = (result: unknown) => JSON.stringify((result as CallToolResult).content)
const cancelled = (server: string) =>
  home.witness(`${server}.log`).filter(({ method }) => method === 'notifications/cancelled').length
const hanging = (server: string) => home.witness(`${server}.log`).filter(({ name }) => name === 'hang').length

it('is asked what a server wants to know, on its stream, and its answer reaches that server', async () => {
  const client = await connect()
  expect(textOf(await client.callTool({ name: 'old__ask', arguments: {} }))).toContain(
    'answer to old asks: name?',
  )
  await client.close()
})

it('hears of progress in order, and of nothing that belongs to another stream', async () => {
  const [one, other] = [await connect(), await connect('/sse/new')]
  const told: number[][] = [[], []]
  const [first, second] = await Promise.all([
    one.callTool({ name: 'old__slow', arguments: { steps: 5, ms: 20, tag: 'one' } }, undefined, {
      onprogress: ({ progress }) => void told[0]?.push(progress),
    }),
    other.callTool({ name: 'slow', arguments: { steps: 3, ms: 20, tag: 'two' } }, undefined, {
      onprogress: ({ progress }) => void told[1]?.push(progress),
    }),
  ])
  expect([textOf(first), textOf(second)]).toEqual([
    expect.stringContaining('slow one'),
    expect.stringContaining('slow two'),
  ])
  // The SDK drops progress that it reads together with the answer: some may be missing, at the end only.
  for (const [at, steps] of [5, 3].entries()) {
    expect(told[at]).toEqual([1, 2, 3, 4, 5].slice(0, told[at]?.length))
    expect(told[at]?.length).toBeLessThanOrEqual(steps)
  }
  await Promise.all([one.close(), other.close()])
})

it.each(['old', 'new'])(
  'that cancels or leaves ends its calls at "%s", and what was started for it',
  async (server) => {
    const client = await connect()
    const before = hanging(server)
    const abort = new AbortController()
    const call = client.callTool({ name: `${server}__hang`, arguments: {} }, undefined, {
      signal: abort.signal,
    })
    const failed = expect(call).rejects.toThrow()
    await eventually('the call arrives', () => hanging(server) === before + 1)
    abort.abort('enough')
    await failed
    await eventually('the server is told', () => cancelled(server) >= 1)

    const told = cancelled(server)
    const left = expect(client.callTool({ name: `${server}__hang`, arguments: {} })).rejects.toThrow()
    await eventually('the second call arrives', () => hanging(server) === before + 2)
    await client.close()
    await left
    // A legacy server runs for this conversation alone: it ends with it. A modern one goes on, and is told.
    if (server === 'old')
      await eventually('it is gone', () => processesWith(home.path('old.log')).length === 0)
    else await eventually('the server is told again', () => cancelled(server) > told)
  },
)

it('finds nothing at a path that is not its own, nor without the stream', async () => {
  const response = await fetch(`${origin}/sse`, { headers: { accept: 'text/event-stream' } })
  const reader = response.body?.getReader()
  const head = new TextDecoder().decode((await reader?.read())?.value)
  const [path = ''] = /\/messages\/\S+/.exec(head) ?? []
  const post = () =>
    fetch(origin + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"jsonrpc":"2.0","id":1,"method":"ping"}',
    })
  expect((await post()).status).toBe(202)
  await reader?.cancel()
  let status = 202
  for (const until = Date.now() + 20_000; status !== 404 && Date.now() < until; ) ({ status } = await post())
  expect(status).toBe(404)
})
