/** Time: a hung call is cut and cancelled at its server, a talking one too in the end, and a server that fails is left alone for a while. */
import { writeFileSync } from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type Answer,
  eventually,
  faultOnPipe,
  type Home,
  makeHome,
  PipeClient,
  postModern,
  startHttpGateway,
} from './harness.ts'
import { startRemote } from './remoteServer.ts'
import { run, Session, until } from './workerClient.ts'

let home: Home
beforeEach(() => {
  home = makeHome()
})
afterEach(() => home.remove())

const textOf = (answer: Answer | undefined) => answer?.result?.content?.[0]?.text ?? ''
const methods = (name: string) => home.witness(`${name}.log`).map(({ method }) => method)
const count = (name: string, method: string) => methods(name).filter((one) => one === method).length

// Deadlines hold for a server's first answer, too: short ones would be met by its start on a busy machine.
describe('a call that hangs', () => {
  it.each([
    ['legacy', 'legacy'],
    ['legacy', 'modern'],
    ['modern', 'legacy'],
    ['modern', 'modern'],
  ] as const)(
    'of a %s client at a %s server is cut at the deadline, and the server hears of it',
    async (client, era) => {
      const gateway = await startHttpGateway(home, {
        servers: { bad: { ...faultOnPipe(home, 'bad', era), deadline: '5s' } },
      })
      try {
        const answer = await callHttp(gateway.url, client, 'bad__hang')
        expect(textOf(answer)).toMatch(
          /"bad" did not answer within \d{4,} ms; the call was cancelled there.*upstream\/deadline.*"servers\.bad\.deadline"/,
        )
        await eventually('the cancellation', () => count('bad', 'notifications/cancelled') === 1)
        expect(textOf(await callHttp(gateway.url, client, 'bad__pid'))).toMatch(/^\d+$/)
      } finally {
        await gateway.stop()
      }
    },
  )

  it.each([
    ['legacy', 'legacy'],
    ['legacy', 'modern'],
    ['modern', 'legacy'],
    ['modern', 'modern'],
  ] as const)(
    'of a %s client at a %s server is cut at the deadline of its tool, and no other tool is',
    async (client, era) => {
      const gateway = await startHttpGateway(home, {
        servers: { bad: { ...faultOnPipe(home, 'bad', era), deadline: '1h', deadlines: { 'han*': '4s' } } },
      })
      try {
        expect(textOf(await callHttp(gateway.url, client, 'bad__hang'))).toMatch(
          /did not answer within \d{4,} ms.*upstream\/deadline.*raise "servers\.bad\.deadlines\["han\*"\]"/,
        )
        await eventually('the cancellation', () => count('bad', 'notifications/cancelled') === 1)
        expect(textOf(await callHttp(gateway.url, client, 'bad__pid'))).toMatch(/^\d+$/)
      } finally {
        await gateway.stop()
      }
    },
  )

  it('at a modern server over HTTP is cut by closing its stream', async () => {
    const remote = await startRemote(home, 'far')
    const servers = { far: { url: remote.url, era: 'modern', deadline: '5s' } }
    const client = new PipeClient(home, ['stdio', '--standalone', '--config', home.configure({ servers })])
    try {
      await client.initialize()
      expect(textOf(await client.call(1, 'far__hang'))).toContain('upstream/deadline')
      await eventually('the closed stream', () => count('far', '(client left)') === 1)
    } finally {
      await client.close()
      remote.stop()
    }
  })
})

describe('a call that reports progress', () => {
  it.each(['legacy', 'modern'] as const)(
    'of a %s server lives beyond its deadline, up to the cap, which the answer names',
    async (era) => {
      const own = { ...faultOnPipe(home, 'bad', era), deadline: '5s', deadlineCap: '12s' }
      const client = new PipeClient(home, [
        'stdio',
        '--standalone',
        '--config',
        home.configure({ servers: { bad: own } }),
      ])
      await client.initialize()
      const startedAt = performance.now()
      const answer = await client.call(1, 'bad__slow', { steps: 10_000, ms: 100 }, { progressToken: 't' })
      expect(performance.now() - startedAt).toBeGreaterThan(11_900)
      expect(textOf(answer)).toMatch(
        /"bad" did not finish within \d{4,} ms, the most a call may take in all.*"servers\.bad\.deadlineCap"/,
      )
      await eventually('the cancellation', () => count('bad', 'notifications/cancelled') === 1)
      await client.close()
    },
  )
})

/** A modern server on a pipe whose tool always wants to know something first. */
const ASKING = `
const done = { ttlMs: 0, cacheScope: 'private', resultType: 'complete' }
const question = { method: 'elicitation/create', params: { mode: 'form', message: 'who?', requestedSchema: { type: 'object', properties: {} } } }
process.stdin.on('data', (chunk) => {
  for (const line of String(chunk).split('\\n').filter(Boolean)) {
    const { id, method } = JSON.parse(line)
    const say = (result) => console.log(JSON.stringify({ jsonrpc: '2.0', id, result: { ...done, ...result } }))
    if (method === 'server/discover') say({ supportedVersions: ['2026-07-28'], capabilities: { tools: {} } })
    else if (method === 'tools/list') say({ tools: [{ name: 'ask', inputSchema: { type: 'object' } }] })
    else if (method === 'tools/call') say({ resultType: 'input_required', requestState: 's', inputRequests: { a: question } })
  }
})`

it('a person who never answers what a server asks holds a call no longer than its cap', async () => {
  writeFileSync(home.path('asking.mjs'), ASKING)
  const own = {
    command: [process.execPath, home.path('asking.mjs')],
    era: 'modern',
    deadline: '5s',
    deadlineCap: '8s',
  }
  const client = new PipeClient(home, [
    'stdio',
    '--standalone',
    '--config',
    home.configure({ servers: { bad: own } }),
  ])
  await client.initialize({ elicitation: {} })
  const asked = client.next(({ method }) => method === 'elicitation/create')
  const answer = client.call(1, 'bad__ask')
  await asked
  expect(textOf(await answer)).toMatch(/the most a call may take in all/)
  await client.close()
})

/** A modern server over HTTP that answers with 503 while it is down, and counts what reaches it. */
class Flaky {
  down = true
  reached = 0
  readonly #server: Server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text
    })
    request.on('end', () => this.#answer(JSON.parse(body), response))
  })

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/mcp`
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  #answer(
    { id, method, params }: { id: unknown; method: string; params: { name?: string } },
    response: ServerResponse,
  ): void {
    const done = { resultType: 'complete', ttlMs: 0, cacheScope: 'private' }
    const say = (result: object) => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ jsonrpc: '2.0', id, result: { ...done, ...result } }))
    }
    if (method === 'server/discover')
      return say({ supportedVersions: ['2026-07-28'], capabilities: { tools: {} } })
    if (method === 'tools/list')
      return say({
        tools: ['work', 'moan'].map((name) => ({ name, description: name, inputSchema: { type: 'object' } })),
      })
    this.reached++
    if (params.name === 'moan') return say({ content: [{ type: 'text', text: 'no' }], isError: true })
    if (!this.down) return say({ content: [{ type: 'text', text: 'done' }] })
    response.statusCode = 503
    response.end()
  }
}

describe('a server that fails again and again', () => {
  it('is called no more for its pause, tried once then, and back at once when it answers; status shows it', async () => {
    const flaky = new Flaky()
    const servers = {
      web: { url: await flaky.listen(), era: 'modern', circuit: { failures: 3, pause: '10s' } },
    }
    const gateway = await startHttpGateway(home, { servers })
    const call = async (name = 'web__work') =>
      (await postModern(gateway.url, 1, 'tools/call', { name, arguments: {} })).messages.at(-1)
    try {
      // What a tool reports is no failure of its server.
      for (let turn = 0; turn < 6; turn++) expect(textOf(await call('web__moan'))).toBe('no')
      for (let turn = 0; turn < 3; turn++) expect(textOf(await call())).toContain('upstream/http-status')
      const reached = flaky.reached
      const refused = await call()
      expect(textOf(refused)).toMatch(
        /"web" failed 3 times in a row for this principal \(last: upstream\/http-status\), so nothing was sent.*upstream\/circuit.*Retry after \d/,
      )
      expect(refused?.result?._meta).toMatchObject({
        'sallyport/refusal': { retryAfterMs: expect.any(Number) },
      })
      expect(flaky.reached).toBe(reached)
      expect((await run(home, 'status')).stdout).toContain('circuit open')
      // Lists go on: they are how a client sees what there is.
      const list = await postModern(gateway.url, 2, 'tools/list', {})
      expect(list.messages.at(-1)?.result?.tools).toHaveLength(2)
      flaky.down = false
      await until('it is tried again', async () => textOf(await call()) === 'done')
      expect((await run(home, 'status')).stdout).not.toContain('circuit open')
      const { stdout } = await run(home, 'audit', 'export', '--config', home.path('sallyport.json'))
      for (const event of ['circuit.opened', 'circuit.closed'])
        expect(stdout.split('\n').filter((line) => line.includes(event))).toHaveLength(1)
    } finally {
      await gateway.stop()
      flaky.close()
    }
  })

  it.each(['legacy', 'modern'] as const)(
    'so is a %s one that hangs: what comes after is not sent',
    async (era) => {
      const own = {
        ...faultOnPipe(home, 'bad', era),
        deadline: '5s',
        circuit: { failures: 2, pause: '1h' },
      }
      const client = new PipeClient(home, [
        'stdio',
        '--standalone',
        '--config',
        home.configure({ servers: { bad: own } }),
      ])
      await client.initialize()
      for (const at of [1, 2])
        expect(textOf(await client.call(at, 'bad__hang'))).toContain('upstream/deadline')
      expect(textOf(await client.call(3, 'bad__pid'))).toContain('upstream/circuit')
      expect(count('bad', 'tools/call')).toBe(2)
      await client.close()
    },
  )
})

/** One call over HTTP of a client of this era; its last message. */
async function callHttp(url: string, era: 'legacy' | 'modern', name: string): Promise<Answer | undefined> {
  if (era === 'modern')
    return (await postModern(url, 1, 'tools/call', { name, arguments: {} })).messages.at(-1)
  const session = await Session.open(url)
  const params = { name, arguments: {} }
  return (await session.send({ jsonrpc: '2.0', id: 1, method: 'tools/call', params })).messages.at(-1)
}
