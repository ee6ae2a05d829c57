/** Several conversations with one process (`share: true`): what one does there, no other hears of. */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type RunningGateway, startGateway } from '../../packages/gateway/src/assemble.ts'
import { parseConfig } from '../../packages/gateway/src/config/load.ts'
import type { LegacyConversation } from '../../packages/gateway/src/ingress/port.ts'
import { silentLog } from '../../packages/gateway/src/log.ts'
import { readInbound } from '../../packages/gateway/src/protocol/message.ts'
import { type Answer, ENVELOPE, eventually, type Home, makeHome } from './harness.ts'

const SERVER = fileURLToPath(new URL('./surfaceServer.ts', import.meta.url))
const TOOLS = ['pid', 'steps', 'log', 'hang', 'ask', 'unlock', 'crash']

let home: Home
let running: RunningGateway
beforeEach(() => {
  home = makeHome()
  const tools = TOOLS.map((name) => ({ name, description: name, inputSchema: { type: 'object' } }))
  const late = { name: 'late', description: 'late', inputSchema: { type: 'object' } }
  writeFileSync(home.path('surface.json'), JSON.stringify({ tools, locked: [late], instructions: 'be kind' }))
})
afterEach(async () => {
  await running.close()
  home.remove()
})

const config = (servers: object) =>
  parseConfig(
    Buffer.from(
      JSON.stringify({
        version: 1,
        defaults: { trust: 'trusted', confirm: 'never' },
        audit: { dir: home.path('audit') },
        servers,
      }),
    ),
    home.path('test.json'),
    { env: home.env as Record<string, string>, homeDir: home.dir },
  )

async function start(era: 'legacy' | 'modern' = 'legacy'): Promise<void> {
  const command = [process.execPath, SERVER, '--era', era, '--surface', home.path('surface.json')]
  const parsed = config({ a: { command: [...command, '--log', home.path('a.log')], era, share: true } })
  if (!parsed.ok) throw parsed.error
  const env = home.env as Record<string, string>
  running = await startGateway(parsed.config, { env, homeDir: home.dir, log: silentLog })
}

const starts = () => home.witness('a.log').filter(({ method }) => method === '(start)').length

function read(text: string) {
  const message = readInbound(Buffer.from(text), { maxBytes: 1e6 })
  if (!message.ok) throw new Error(message.explain)
  return message.message
}

/** One legacy client, and everything it ever hears. */
class Conversation {
  readonly heard: Answer[] = []
  readonly #conversation: LegacyConversation
  readonly #waiting: { fits: (answer: Answer) => boolean; resolve: (answer: Answer) => void }[] = []

  constructor(subject: string) {
    this.#conversation = running.gateway.openLegacy(
      { principal: { issuer: 'test', subject }, transport: 'http' },
      { kind: 'all' },
      { send: (bytes) => this.#hear(JSON.parse(bytes.toString()) as Answer), abandon: () => undefined },
    )
  }

  #hear(answer: Answer): void {
    this.heard.push(answer)
    const at = this.#waiting.findIndex(({ fits }) => fits(answer))
    if (at >= 0) this.#waiting.splice(at, 1)[0]?.resolve(answer)
  }

  next(fits: (answer: Answer) => boolean): Promise<Answer> {
    return new Promise((resolve) => this.#waiting.push({ fits, resolve }))
  }

  send(message: object): void {
    this.#conversation.receive(read(JSON.stringify({ jsonrpc: '2.0', ...message })))
  }

  ask(id: string | number, method: string, params: object = {}): Promise<Answer> {
    const answer = this.next((one) => one.id === id && one.method === undefined)
    this.send({ id, method, params })
    return answer
  }

  async open(capabilities: object = { elicitation: {} }): Promise<Answer> {
    const clientInfo = { name: 'c', version: '1' }
    const greeting = await this.ask('init', 'initialize', {
      protocolVersion: '2025-06-18',
      capabilities,
      clientInfo,
    })
    this.send({ method: 'notifications/initialized' })
    return greeting
  }

  async call(id: string | number, name: string, args: object = {}, meta?: object): Promise<string> {
    const params = { name: `a__${name}`, arguments: args, ...(meta === undefined ? {} : { _meta: meta }) }
    return String((await this.ask(id, 'tools/call', params)).result?.content?.[0]?.text)
  }

  close(): Promise<void> {
    return this.#conversation.close('done')
  }
}

async function open(subject: string, capabilities?: object): Promise<Conversation> {
  const conversation = new Conversation(subject)
  await conversation.open(capabilities)
  return conversation
}

describe('a shared server', () => {
  it.each(['legacy', 'modern'] as const)(
    '(%s) is one process for all conversations of one principal, and never for two',
    async (era) => {
      await start(era)
      const [one, two, other] = [await open('ann'), await open('ann', {}), await open('bob')]
      const pid = await one.call(1, 'pid')
      expect(await two.call(1, 'pid')).toBe(pid)
      expect(await other.call(1, 'pid')).not.toBe(pid)
      const modern = new Promise<Answer>((resolve) =>
        running.gateway.callModern(
          { principal: { issuer: 'test', subject: 'ann' }, transport: 'http' },
          { kind: 'all' },
          read(
            JSON.stringify({
              jsonrpc: '2.0',
              id: 1,
              method: 'tools/call',
              params: { name: 'a__pid', arguments: {}, _meta: ENVELOPE },
            }),
          ),
          { notify: () => undefined, finish: (bytes) => resolve(JSON.parse(bytes.toString()) as Answer) },
          {},
        ),
      )
      expect((await modern).result?.content?.[0]?.text).toBe(pid)
      expect(starts()).toBe(2)
      await one.close()
      expect(await two.call(2, 'pid')).toBe(pid)
    },
  )

  it('is told of no client capabilities, and its questions reach nobody', async () => {
    await start()
    const [one, two] = [await open('ann'), await open('ann')]
    await Promise.all([one.call(1, 'pid'), two.call(1, 'pid')])
    expect(await one.call(2, 'ask')).toContain('-32601')
    const greetings = home.witness('a.log').filter(({ method }) => method === 'initialize')
    expect(greetings).toHaveLength(1)
    expect(greetings[0]?.text).toContain('"capabilities":{}')
    for (const { heard } of [one, two])
      expect(heard.map(({ method }) => method)).not.toContain('elicitation/create')
  })

  it.each(['legacy', 'modern'] as const)(
    '(%s) tells no conversation of another one: not its progress, not its logs, not its answers',
    async (era) => {
      await start(era)
      const [one, two] = [await open('ann'), await open('ann')]
      await two.call('own', 'pid')
      const before = two.heard.length
      const waiting = two.ask('hang', 'tools/call', { name: 'a__hang', arguments: {} })
      // The same id and token as the other one's call.
      await one.call('hang', 'steps', {}, { progressToken: 'p' })
      await one.call('log', 'log', { say: 'the password is x' })
      const progress = one.heard.filter(({ method }) => method === 'notifications/progress')
      expect(progress.map(({ params }) => params?.progress)).toEqual([0, 1, 2])
      expect(two.heard.slice(before)).toEqual([])
      expect(JSON.stringify(one.heard)).not.toContain('the password')
      // Nor can it cancel what the other one called under the same id.
      one.send({ method: 'notifications/cancelled', params: { requestId: 'hang' } })
      expect(await one.call('after', 'pid')).toContain('pid by')
      expect(home.witness('a.log').filter(({ method }) => method === 'notifications/cancelled')).toEqual([])
      two.send({ method: 'notifications/cancelled', params: { requestId: 'hang' } })
      await eventually('the cancellation', () =>
        home.witness('a.log').some(({ method }) => method === 'notifications/cancelled'),
      )
      void waiting
    },
  )

  it('tells all of a changed list, refuses subscriptions of one, and comes back after a crash for all', async () => {
    await start()
    const [one, two] = [await open('ann'), await open('ann')]
    await Promise.all([one.call(1, 'pid'), two.call(1, 'pid')])
    const told = [one, two].map((each) =>
      each.next(({ method }) => method === 'notifications/tools/list_changed'),
    )
    await one.call(2, 'unlock')
    await Promise.all(told)
    const { result } = await two.ask('list', 'tools/list')
    expect(JSON.stringify(result)).toContain('a__late')
    await one.call(3, 'crash')
    expect(await two.call(3, 'pid')).toBe(await one.call(4, 'pid'))
    expect(starts()).toBe(2)
  })

  it('is greeted for and listed from memory like any other', async () => {
    await start()
    const one = await open('ann')
    await one.ask('list', 'tools/list')
    expect(starts()).toBe(1)
    await running.close()
    await start()
    const two = new Conversation('ann')
    expect(JSON.stringify(await two.open({ roots: {} }))).toContain('be kind')
    expect(JSON.stringify((await two.ask('list', 'tools/list')).result)).toContain('a__pid')
    expect(starts()).toBe(1)
  })
})

it('a remote server cannot be shared: the configuration says so, and where', async () => {
  await start()
  const parsed = config({ far: { url: 'https://mcp.example.com/mcp', share: true } })
  expect(parsed.ok).toBe(false)
  expect(parsed.ok ? '' : parsed.error.message).toMatch(
    /share works only together with "command".*test\.json:1:\d+/s,
  )
})
