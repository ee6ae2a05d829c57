/** MCP logging through the gateway: each client of either era gets the levels it asked for, and what was found in its own calls. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type Answer,
  faultOnPipe,
  type Home,
  type HttpGateway,
  makeHome,
  PipeClient,
  postModern,
  startHttpGateway,
} from './harness.ts'
import { Session } from './workerClient.ts'

let home: Home
let gateway: HttpGateway
beforeEach(async () => {
  home = makeHome()
  gateway = await startHttpGateway(home, {
    servers: {
      old: faultOnPipe(home, 'old', 'legacy'),
      now: faultOnPipe(home, 'now', 'modern'),
      few: { ...faultOnPipe(home, 'few', 'modern'), rate: '1/h' },
    },
  })
})
afterEach(async () => {
  await gateway.stop()
  home.remove()
})

interface Log {
  readonly level: string
  readonly logger: string
  readonly data: unknown
}
/** A client: what comes on the stream of a call of a tool. */
type Client = (tool: string, id?: number) => Promise<Answer[]>

const logsOf = (messages: readonly Answer[], logger: string) =>
  messages
    .filter(({ method }) => method === 'notifications/message')
    .map(({ params }) => params as unknown as Log)
    .filter((log) => log.logger === logger)
const levelsOf = (messages: readonly Answer[], logger: string) =>
  logsOf(messages, logger).map(({ level }) => level)

async function legacy(level?: string): Promise<Client> {
  const session = await Session.open(gateway.url)
  if (level !== undefined) {
    const body = { jsonrpc: '2.0', id: 'level', method: 'logging/setLevel', params: { level } }
    expect((await session.send(body)).messages.at(-1)?.result).toEqual({})
  }
  return async (name, id = 1) => {
    const params = { name, arguments: {} }
    return (await session.send({ jsonrpc: '2.0', id, method: 'tools/call', params })).messages
  }
}

const modern =
  (level?: string): Client =>
  async (name, id = 1) => {
    const meta = level === undefined ? {} : { 'io.modelcontextprotocol/logLevel': level }
    return (await postModern(gateway.url, id, 'tools/call', { name, arguments: {} }, { meta })).messages
  }

describe('clients of both eras at one gateway', () => {
  it('each gets the levels it asked for, of servers of both eras, whatever the others asked for', async () => {
    const clients: readonly (readonly [Client, readonly string[]])[] = [
      [await legacy('debug'), ['debug', 'warning']],
      [await legacy('error'), []],
      [await legacy('warning'), ['warning']],
      [modern('debug'), ['debug', 'warning']],
      [modern('warning'), ['warning']],
      [modern('emergency'), []],
      [modern(), []],
    ]
    for (const tool of ['old__log', 'now__log']) {
      // One after another, since a server on a pipe does not say to which call a log belongs; then all in turn once more.
      for (const turn of [1, 2]) {
        for (const [client, levels] of clients) {
          const messages = await client(tool, turn)
          expect(levelsOf(messages, 'fault')).toEqual(levels)
          expect(messages.at(-1)?.result?.content?.[0]?.text).toBe('logged')
        }
      }
    }
  })

  it('a level that is none is refused, and changes nothing', async () => {
    const session = await Session.open(gateway.url)
    const set = (level: string) =>
      session.send({ jsonrpc: '2.0', id: level, method: 'logging/setLevel', params: { level } })
    await set('error')
    expect((await set('warn')).messages.at(-1)?.error?.code).toBe(-32602)
    const params = { name: 'old__log', arguments: {} }
    const reply = await session.send({ jsonrpc: '2.0', id: 1, method: 'tools/call', params })
    expect(levelsOf(reply.messages, 'fault')).toEqual([])
  })

  it('what was found in a call is told to the client that made it and asked for it, before the answer, once', async () => {
    await modern()('few__pid')
    const clients: readonly (readonly [Client, number])[] = [
      [await legacy('debug'), 1],
      [await legacy('error'), 0],
      [await legacy(), 0],
      [modern('info'), 1],
      [modern('critical'), 0],
      [modern(), 0],
    ]
    const all = await Promise.all(
      clients.map(async ([client, count]) => [await client('few__pid'), count] as const),
    )
    for (const [messages, count] of all) {
      const told = logsOf(messages, 'sallyport')
      expect(told).toHaveLength(count)
      for (const log of told)
        expect(log).toEqual({
          level: 'warning',
          logger: 'sallyport',
          data: {
            rule: 'limits/rate',
            explain: expect.stringContaining('the limit of tool "pid" of "few" is 1/h'),
            server: 'few',
            name: 'few__pid',
          },
        })
      const answer = messages.at(-1)
      expect([answer?.id, answer?.result?.isError]).toEqual([1, true])
    }
    expect(home.witness('few.log').filter(({ method }) => method === 'tools/call')).toHaveLength(1)
  })

  it('so is a refusal before any server was chosen; one with an HTTP status of its own keeps it', async () => {
    const params = { name: 'nobody__x', arguments: {} }
    const meta = { 'io.modelcontextprotocol/logLevel': 'debug' }
    const { messages } = await postModern(gateway.url, 1, 'tools/call', params, { meta })
    const client = await legacy('debug')
    const old = await client('nobody__x')
    for (const said of [messages, old]) {
      const rules = logsOf(said, 'sallyport').map(({ data }) => (data as { readonly rule: string }).rule)
      expect(said.at(-1)?.error?.code).toBe(-32602)
      expect(rules).toEqual(['route/unknown-tool'])
    }
    const unknown = await postModern(gateway.url, 1, 'vendor/none', {}, { meta })
    expect(unknown.status).toBe(404)
  })
})

it('on a pipe, too: a call that is refused says why at the level that was asked for, and the next level ends it', async () => {
  const file = home.configure({ servers: { few: { ...faultOnPipe(home, 'few', 'legacy'), rate: '1/h' } } })
  const client = new PipeClient(home, ['stdio', '--standalone', '--config', file])
  await client.initialize()
  const told = () => client.lines.filter((line) => line.includes('"logger":"sallyport"')).length
  await client.call(1, 'few__pid')
  await client.call(2, 'few__pid')
  expect(told()).toBe(0)
  await client.request('a', 'logging/setLevel', { level: 'warning' })
  await client.call(3, 'few__pid')
  expect(told()).toBe(1)
  await client.request('b', 'logging/setLevel', { level: 'critical' })
  await client.call(4, 'few__pid')
  expect(told()).toBe(1)
  await client.close()
})
