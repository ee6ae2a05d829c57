// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written like this in the file
/** Limits on calls, with the server's own log as the witness: exactly so many reach it, and none that was refused. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type Answer,
  ENVELOPE,
  eventually,
  faultOnPipe,
  type Home,
  makeHome,
  PipeClient,
  postModern,
  startHttpGateway,
} from './harness.ts'
import { startRemote } from './remoteServer.ts'
import { modern, run, Session, send, startWorkers } from './workerClient.ts'

let home: Home
beforeEach(() => {
  home = makeHome()
})
afterEach(() => home.remove())

const calls = (name = 'bad.log') => home.witness(name).filter(({ method }) => method === 'tools/call').length
const ruleOf = (answer: Answer | undefined) =>
  (answer?.result?._meta as Record<string, { rule?: string; retryAfterMs?: number }> | undefined)?.[
    'sallyport/refusal'
  ]
const many = <T>(count: number, make: (at: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, at) => make(at)))
const IN_FLIGHT = { maxInFlightPerClient: 1_000 }

describe('resources that are subscribed to', () => {
  const SERVER = fileURLToPath(new URL('./canaryServer.ts', import.meta.url))
  const connect = (era: 'legacy' | 'modern', more: object, limits: object = {}) => {
    const command = [process.execPath, SERVER, '--era', era, '--log', home.path('raw')]
    const config = home.configure({ servers: { one: { command, era, ...more } }, limits })
    return new PipeClient(home, ['stdio', '--standalone', '--config', config])
  }
  const uris = (count: number) => Array.from({ length: count }, (_, at) => `x://${at}`)
  /** What the server was asked to tell of. */
  const reached = (): string[] => {
    if (!existsSync(home.path('raw'))) return []
    const lines = readFileSync(home.path('raw'), 'utf8').split('\n').filter(Boolean)
    const all = lines.map((line) => JSON.parse(line) as { method?: string; params?: Subscribing })
    const named = all.flatMap(({ method, params }) =>
      method === 'resources/subscribe'
        ? [params?.uri ?? '']
        : (params?.notifications?.resourceSubscriptions ?? []),
    )
    return [...new Set(named)]
  }
  interface Subscribing {
    readonly uri?: string
    readonly notifications?: { readonly resourceSubscriptions?: string[] }
  }

  it.each(['legacy', 'modern'] as const)(
    'count each, however many one request to a %s server names',
    async (era) => {
      const client = connect(era, { totalRate: '5/h' })
      const listen = {
        jsonrpc: '2.0',
        id: 1,
        method: 'subscriptions/listen',
        params: { notifications: { resourceSubscriptions: uris(200) }, _meta: ENVELOPE },
      }
      client.send(JSON.stringify(listen))
      await eventually('five reached it', () => reached().length >= 5)
      expect(reached()).toEqual(uris(5))
      client.child.kill('SIGKILL')
      await client.exited
    },
  )

  it.each(['legacy', 'modern'] as const)(
    'are so many at a %s server as one conversation may have, without any rate, and a modern stream is told what is left out',
    async (era) => {
      const client = connect(era, { rate: 'unlimited' }, { maxSubscriptions: 3 })
      const meta = { ...ENVELOPE, 'io.modelcontextprotocol/logLevel': 'warning' }
      const notifications = { resourceSubscriptions: uris(200) }
      const listen = {
        jsonrpc: '2.0',
        method: 'subscriptions/listen',
        params: { notifications, _meta: meta },
      }
      client.send(JSON.stringify({ id: 1, ...listen }))
      const told = await client.next(({ params }) => params?.logger === 'sallyport')
      expect(told.answer.params?.data).toMatchObject({ rule: 'limits/subscriptions' })
      await eventually('three reached it', () => reached().length >= 3)
      expect(reached()).toEqual(uris(3))
      client.child.kill('SIGKILL')
      await client.exited
    },
  )

  it.each(['legacy', 'modern'] as const)(
    'of a legacy client at a %s server: a place is free again for what was unsubscribed, and for what the server refused',
    async (era) => {
      const client = connect(era, { rate: 'unlimited' }, { maxSubscriptions: 2 })
      await client.initialize()
      const ask = async (method: string, uri: string) =>
        (await client.request(`${method} ${uri}`, method, { uri })).error?.data?.rule
      const subscribe = (uri: string) => ask('resources/subscribe', uri)
      expect([await subscribe('x://0'), await subscribe('x://1')]).toEqual([undefined, undefined])
      expect(await subscribe('x://2')).toBe('limits/subscriptions')
      await ask('resources/unsubscribe', 'x://0')
      expect(await subscribe('x://3')).toBeUndefined()
      expect(await subscribe('x://4')).toBe('limits/subscriptions')
      await eventually('the last one reached it', () => reached().includes('x://3'))
      for (const uri of ['x://2', 'x://4']) expect(reached()).not.toContain(uri)
      await client.close()
    },
  )

  it('count one by one for a legacy client, and others are told when to come again', async () => {
    const client = connect('legacy', { totalRate: '2/h' })
    await client.initialize()
    const answers: Answer[] = []
    for (const uri of uris(4)) answers.push(await client.request(uri, 'resources/subscribe', { uri }))
    expect(answers.map(({ error }) => error?.data?.rule)).toEqual([
      undefined,
      undefined,
      'limits/rate',
      'limits/rate',
    ])
    expect(reached()).toEqual(uris(2))
    await client.close()
  })
})

describe('200 calls at once against a limit of 100', () => {
  it.each(['legacy', 'modern'] as const)(
    'of a client on a pipe and a %s server: exactly 100 reach it',
    async (era) => {
      const servers = { bad: { ...faultOnPipe(home, 'bad', era), rate: '100/h' } }
      const client = new PipeClient(home, [
        'stdio',
        '--standalone',
        '--config',
        home.configure({ servers, limits: IN_FLIGHT }),
      ])
      await client.initialize()
      const answers = await many(200, (at) => client.call(at, 'bad__pid'))
      const refused = answers.filter(({ result }) => result?.isError === true)
      expect([refused.length, calls()]).toEqual([100, 100])
      for (const one of refused) {
        expect(ruleOf(one)).toMatchObject({ rule: 'limits/rate', retryAfterMs: expect.any(Number) })
        expect(one.result?.content?.[0]?.text).toMatch(
          /refused tools\/call bad__pid: the limit of tool "pid" of "bad" is 100\/h for each principal.*Retry after 3\d{3} s/,
        )
      }
      // Others of its tools have their own, and the refused did not count for it.
      expect((await client.call('echo', 'bad__echo')).result?.isError).toBeUndefined()
      await client.close()
    },
  )

  it('over HTTP: exactly 100 reach it, and the refused are answered with 200', async () => {
    const servers = { bad: { ...faultOnPipe(home, 'bad', 'modern'), rate: '100/h' } }
    const gateway = await startHttpGateway(home, { servers, limits: IN_FLIGHT })
    try {
      const answers = await many(200, (at) =>
        postModern(gateway.url, at, 'tools/call', { name: 'bad__pid', arguments: {} }),
      )
      const refused = answers.filter(({ messages }) => messages.at(-1)?.result?.isError === true)
      expect([refused.length, calls()]).toEqual([100, 100])
      expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([200]))
    } finally {
      await gateway.stop()
    }
  })

  it('over three workers, modern calls and legacy sessions of all of them together: exactly 100 reach it', async () => {
    const remote = await startRemote(home, 'far')
    const servers = { far: { url: remote.url, era: 'modern', rate: '100/h' } }
    const gateway = await startWorkers(home, 3, { servers, limits: IN_FLIGHT })
    try {
      const sessions = await Promise.all([1, 2, 3].map(() => Session.open(gateway.url)))
      const own = async (at: number) => {
        const session = sessions[at % 3]
        return session === undefined ? undefined : await session.call(at, 'far__pid')
      }
      const stateless = async (at: number) => {
        const reply = await send(gateway.url, modern('tools/call', { name: 'far__pid', arguments: {} }, at))
        return reply.messages.at(-1)?.result?.content?.[0]?.text
      }
      const texts = await many(200, (at) => (at % 4 === 0 ? own(at) : stateless(at)))
      const refused = texts.filter((text) => text?.includes('limits/rate'))
      expect([refused.length, calls('far.log')]).toEqual([100, 100])
    } finally {
      await gateway.stop()
      remote.stop()
    }
  })
})

describe('who shares a limit', () => {
  it('hosts of one user do, also when their environments make them gateways of their own in the daemon', async () => {
    const servers = {
      bad: { ...faultOnPipe(home, 'bad', 'modern'), env: { MARK: '${env:MARK}' }, rate: '10/h' },
    }
    const file = home.configure({ servers })
    const client = (mark: string) =>
      new PipeClient({ ...home, env: { ...home.env, MARK: mark } }, ['stdio', '--config', file])
    const hosts = [client('one'), client('two')]
    await Promise.all(hosts.map((host) => host.initialize()))
    const answers = await many(20, async (at) => await hosts[at % 2]?.call(at, 'bad__pid'))
    expect(answers.filter((answer) => answer?.result?.isError === true)).toHaveLength(10)
    expect(calls()).toBe(10)
    await Promise.all(hosts.map((host) => host.close()))
    const [daemon] = JSON.parse((await run(home, 'status', '--json')).stdout).gateways
    if (daemon !== undefined) process.kill(daemon.pid)
  })

  it('a change of the limit is in force at once, ends no session, and gives nobody a fresh window', async () => {
    const servers = (rate: string) => ({ bad: { ...faultOnPipe(home, 'bad', 'legacy'), rate } })
    const gateway = await startHttpGateway(home, { servers: servers('5/h') })
    try {
      const session = await Session.open(gateway.url)
      for (const at of [1, 2, 3, 4, 5]) expect(await session.call(at, 'bad__pid')).toMatch(/^\d+$/)
      expect(await session.call(6, 'bad__pid')).toContain('limits/rate')
      const port = new URL(gateway.url).port
      home.configure({ servers: servers('6/h'), listen: { http: `127.0.0.1:${port}` } })
      await eventually('the reload', () => gateway.stderr().includes('config.reloaded'))
      expect(await session.call(7, 'bad__pid')).toMatch(/^\d+$/)
      expect(await session.call(8, 'bad__pid')).toContain('limits/rate')
      expect(calls()).toBe(6)
    } finally {
      await gateway.stop()
    }
  })

  it('in profile observe everything passes, and the record says what would have been refused', async () => {
    const servers = { bad: { ...faultOnPipe(home, 'bad', 'legacy'), rate: '1/h' } }
    const file = home.configure({ servers, profile: 'observe' })
    const client = new PipeClient(home, ['stdio', '--standalone', '--config', file])
    await client.initialize()
    for (const at of [1, 2]) expect((await client.call(at, 'bad__pid')).result?.isError).toBeUndefined()
    await client.close()
    const { stdout } = await run(home, 'audit', 'export', '--config', file)
    expect(stdout).toContain('limits/rate')
    expect(calls()).toBe(2)
  })
})

describe('places at a server', () => {
  it('one more than its limit is refused at once and never sent; a cancelled call gives its place back', async () => {
    const servers = { bad: { ...faultOnPipe(home, 'bad', 'modern'), maxInFlight: 2 } }
    const gateway = await startHttpGateway(home, { servers })
    try {
      const leaving = new AbortController()
      const call = (at: number, tool: string, options: object = {}) =>
        postModern(gateway.url, at, 'tools/call', { name: `bad__${tool}`, arguments: {} }, options)
      const both = [1, 2].map((at) => call(at, 'hang', { signal: leaving.signal }))
      await eventually('both are under way', () => calls() === 2)
      expect(ruleOf((await call(3, 'pid')).messages.at(-1))?.rule).toBe('limits/server-in-flight')
      leaving.abort()
      await Promise.allSettled(both)
      const cancelled = () =>
        home.witness('bad.log').filter(({ method }) => method === 'notifications/cancelled')
      await eventually('both are cancelled there', () => cancelled().length === 2)
      expect((await call(4, 'pid')).messages.at(-1)?.result?.isError).toBeUndefined()
      expect(calls()).toBe(3)
    } finally {
      await gateway.stop()
    }
  })
})

it('an impossible limit is refused at load, with its place', async () => {
  writeFileSync(home.path('sallyport.yaml'), 'version: 1\nservers:\n  a:\n    command: x\n    rate: 0/min\n')
  const { code, stderr } = await run(home, 'servers', '--config', home.path('sallyport.yaml'))
  expect(code).toBe(2)
  expect(stderr).toMatch(/lets nothing through.*sallyport\.yaml:5:11/)
})
