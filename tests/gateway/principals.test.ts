/** Two callers at one gateway, with everything about them equal but who they are: neither ever sees the other (invariant 2). */
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { monotonic, type RunningGateway, startGateway } from '../../packages/gateway/src/assemble.ts'
import { parseConfig } from '../../packages/gateway/src/config/load.ts'
import { headerValues } from '../../packages/gateway/src/ingress/head.ts'
import { type HttpIngress, openHttpIngress } from '../../packages/gateway/src/ingress/http.ts'
import { silentLog } from '../../packages/gateway/src/log.ts'
import { faultOnPipe, type Home, makeHome, postModern } from './harness.ts'

const FIXTURE = fileURLToPath(new URL('../../conformance/fixture/main.ts', import.meta.url))
const FORM = { 'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } } }
const TASKS = {
  'io.modelcontextprotocol/clientCapabilities': { extensions: { 'io.modelcontextprotocol/tasks': {} } },
}

let home: Home
let running: RunningGateway
let ingress: HttpIngress
let url: string

beforeAll(async () => {
  home = makeHome()
  const env = { ...home.env }
  const text = {
    version: 1,
    defaults: { trust: 'trusted', confirm: 'never' },
    servers: {
      old: faultOnPipe(home, 'old', 'legacy'),
      fresh: faultOnPipe(home, 'fresh', 'modern'),
      few: {
        ...faultOnPipe(home, 'few', 'modern'),
        rate: '3/h',
        deadline: '5s',
        circuit: { failures: 2, pause: '1h' },
      },
      fix: { command: [process.execPath, FIXTURE, '--stdio', '--era', 'modern'], era: 'modern' },
    },
    listen: { http: '127.0.0.1:0' },
    limits: { maxInFlightPerClient: 1000 },
    audit: { dir: home.path('audit') },
  }
  const parsed = parseConfig(Buffer.from(JSON.stringify(text)), home.path('test.json'), {
    env,
    homeDir: home.dir,
  })
  if (!parsed.ok) throw parsed.error
  running = await startGateway(parsed.config, { env, homeDir: home.dir, log: silentLog })
  ingress = await openHttpIngress({
    config: parsed.config.listen,
    limits: parsed.config.limits,
    front: running.gateway,
    log: silentLog,
    now: monotonic,
    identify: (request) => ({
      principal: { issuer: 'test', subject: String(headerValues(request.rawHeaders, 'x-who')[0]) },
      transport: 'http',
    }),
  })
  url = `http://127.0.0.1:${ingress.address.port}/mcp`
})

afterAll(async () => {
  await ingress.close()
  await running.close()
  home.remove()
})

const as = (who: string, meta: object = {}) => ({ headers: { 'x-who': who }, meta })
const ask = async (who: string, id: string | number, method: string, params: object, meta: object = {}) => {
  const { messages } = await postModern(url, id, method, params, as(who, meta))
  return messages.at(-1)
}

describe('two principals', () => {
  it('never share a local server’s process', async () => {
    const pid = async (who: string, server: string) =>
      (await ask(who, 1, 'tools/call', { name: `${server}__pid`, arguments: {} }))?.result?.content?.[0]?.text
    for (const server of ['old', 'fresh']) {
      expect(await pid('ann', server)).toBe(await pid('ann', server))
      expect(await pid('ann', server)).not.toBe(await pid('bob', server))
    }
  })

  it('never use up each other’s limits, and never open each other’s circuits', async () => {
    const text = async (who: string, tool: string) =>
      (await ask(who, 1, 'tools/call', { name: `few__${tool}`, arguments: {} }))?.result?.content?.[0]?.text
    const pids = async (who: string) =>
      (await Promise.all([1, 2, 3, 4, 5].map(() => text(who, 'pid')))).toSorted()
    const passed = [/^\d+$/, /^\d+$/, /^\d+$/, /limits\/rate/, /limits\/rate/].map((fits) =>
      expect.stringMatching(fits),
    )
    expect(await pids('ann')).toEqual(passed)
    for (let turn = 0; turn < 2; turn++) expect(await text('ann', 'hang')).toContain('upstream/deadline')
    expect(await text('ann', 'echo')).toContain('upstream/circuit')
    expect(await pids('bob')).toEqual(passed)
    expect(await text('bob', 'echo')).toContain('"name":"echo"')
  })

  it('get their own answers and progress, whatever ids and tokens they use, in any order', async () => {
    const call = fc.record({
      who: fc.constantFrom('ann', 'bob'),
      server: fc.constantFrom('old', 'fresh'),
      id: fc.constantFrom<string | number>(1, '1', 'x'),
      ms: fc.integer({ min: 1, max: 6 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 2, maxLength: 24 }), async (calls) => {
        const answers = await Promise.all(
          calls.map(({ who, server, id, ms }, at) => {
            const args = { tag: `${who}-${at}`, ms }
            return postModern(
              url,
              id,
              'tools/call',
              { name: `${server}__slow`, arguments: args },
              as(who, { progressToken: 'same' }),
            )
          }),
        )
        answers.forEach(({ messages }, at) => {
          const { who, id } = calls[at] ?? {}
          expect(messages.at(-1)?.id).toBe(id)
          expect(messages.at(-1)?.result?.content?.[0]?.text).toBe(`slow ${who}-${at}`)
          expect(messages.slice(0, -1).every((one) => one.params?.progressToken === 'same')).toBe(true)
          expect(messages.slice(0, -1).map((one) => one.params?.progress)).toEqual(
            [1, 2, 3].slice(0, messages.length - 1),
          )
        })
      }),
      { numRuns: 15 },
    )
  })

  it('cannot use each other’s tasks', async () => {
    const started = await ask(
      'ann',
      1,
      'tools/call',
      { name: 'fix__slow_compute', arguments: { seconds: 1 } },
      TASKS,
    )
    const taskId = started?.result?.taskId
    expect(taskId).toMatch(/^fix\./)
    const header = { 'mcp-name': String(taskId) }
    const get = (who: string) =>
      postModern(url, 2, 'tasks/get', { taskId }, { headers: { 'x-who': who, ...header }, meta: TASKS })
    expect((await get('ann')).messages[0]?.result?.taskId).toBe(taskId)
    expect((await get('bob')).messages[0]?.error).toMatchObject({ code: -32602 })
  })

  it('cannot go on with each other’s parked calls', async () => {
    const call = { name: 'old__ask', arguments: {} }
    const first = await ask('ann', 1, 'tools/call', call, FORM)
    const [key = ''] = Object.keys(first?.result?.inputRequests as object)
    const inputResponses = { [key]: { action: 'accept', content: { name: 'Ann' } } }
    const retry = { ...call, inputResponses, requestState: first?.result?.requestState }
    expect((await ask('bob', 1, 'tools/call', retry, FORM))?.error?.code).toBe(-32602)
    expect((await ask('ann', 1, 'tools/call', retry, FORM))?.result?.content?.[0]?.text).toContain('Ann')
  })

  it('cannot use each other’s sessions: not to call, not to listen, not to end', async () => {
    const post = (who: string, body: object, session?: string) =>
      fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          'x-who': who,
          ...(session === undefined ? {} : { 'mcp-session-id': session }),
        },
        body: JSON.stringify({ jsonrpc: '2.0', ...body }),
      })
    const params = {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 't', version: '1' },
    }
    const opened = await post('ann', { id: 1, method: 'initialize', params })
    await opened.text()
    const session = opened.headers.get('mcp-session-id') ?? ''
    expect(session).not.toBe('')
    const call = { id: 2, method: 'tools/call', params: { name: 'old__pid', arguments: {} } }
    expect((await post('bob', call, session)).status).toBe(404)
    for (const method of ['GET', 'DELETE']) {
      const headers = { 'mcp-session-id': session, accept: 'text/event-stream', 'x-who': 'bob' }
      expect((await fetch(url, { method, headers })).status, method).toBe(404)
    }
    const own = await post('ann', call, session)
    expect(own.status).toBe(200)
    expect(await own.text()).toMatch(/"text":"\d+"/)
  })
})
