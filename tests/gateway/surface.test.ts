/** What clients are shown of servers that do not run, and what happens when those are started by a call. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startGateway } from '../../packages/gateway/src/assemble.ts'
import { parseConfig } from '../../packages/gateway/src/config/load.ts'
import { silentLog } from '../../packages/gateway/src/log.ts'
import { readInbound } from '../../packages/gateway/src/protocol/message.ts'
import { SALLYPORT } from '../program.ts'
import {
  type Answer,
  ENVELOPE,
  eventually,
  type Home,
  makeHome,
  PipeClient,
  processesWith,
} from './harness.ts'

const SERVER = fileURLToPath(new URL('./surfaceServer.ts', import.meta.url))

let home: Home
const clients: PipeClient[] = []
beforeEach(() => {
  home = makeHome()
})
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()))
  home.remove()
})

const tool = (name: string, description = name) => ({ name, description, inputSchema: { type: 'object' } })

/** What the server `name` says of itself from its next start on. */
function says(name: string, said: object): void {
  writeFileSync(home.path(`${name}.surface.json`), JSON.stringify(said))
}

/** Config entry of a server that says what `says` made it say. */
function server(name: string, era: 'legacy' | 'modern' = 'legacy', more: object = {}) {
  const surface = home.path(`${name}.surface.json`)
  const log = home.path(`${name}.log`)
  return {
    command: [process.execPath, SERVER, '--era', era, '--surface', surface, '--log', log],
    era,
    ...more,
  }
}

/** How often a server was started. */
const starts = (name: string) =>
  home.witness(`${name}.log`).filter(({ method }) => method === '(start)').length
const received = (name: string, method: string) =>
  home.witness(`${name}.log`).filter((one) => one.method === method).length

function connect(config: string, args: readonly string[] = []): PipeClient {
  const client = new PipeClient(home, ['stdio', '--standalone', '--config', config, ...args])
  clients.push(client)
  return client
}

async function leave(client: PipeClient): Promise<void> {
  clients.splice(clients.indexOf(client), 1)
  await client.close()
}

async function tools(client: PipeClient, id: string | number = 'tools'): Promise<string[]> {
  const { result } = await client.request(id, 'tools/list', {})
  return ((result?.tools ?? []) as { name: string }[]).map(({ name }) => name)
}

/** Reads the server's surface once, so that it is remembered. */
async function warm(
  config: string,
  args: readonly string[] = [],
  era: 'legacy' | 'modern' = 'legacy',
): Promise<void> {
  const client = connect(config, args)
  if (era === 'legacy') await client.initialize()
  else await client.request('discover', 'server/discover', { _meta: ENVELOPE })
  await client.request('warm', 'tools/list', era === 'legacy' ? {} : { _meta: ENVELOPE })
  await leave(client)
}

/** Runs a command to its end. */
function run(args: readonly string[]): string {
  return execFileSync(process.execPath, [SALLYPORT, ...args], {
    env: home.env,
    cwd: home.dir,
    encoding: 'utf8',
  })
}

const cacheFolder = () => home.path('.cache/sallyport/surfaces')
const cacheFiles = () => readdirSync(cacheFolder())

describe('a local server that was seen before', () => {
  it('is listed and greets without being started, and the first call starts it', async () => {
    says('a', { tools: [tool('one')], instructions: 'be kind' })
    const config = home.configure({ servers: { a: server('a') } })
    await warm(config)
    expect(starts('a')).toBe(1)
    const client = connect(config)
    const greeting = await client.initialize()
    expect(String(greeting.result?.instructions)).toContain('be kind')
    expect(await tools(client)).toEqual(['a__one'])
    expect(starts('a')).toBe(1)
    const called = await client.call(1, 'a__one')
    expect(called.result?.content?.[0]?.text).toMatch(/^one by \d+$/)
    expect(starts('a')).toBe(2)
    expect(client.lines.join('\n')).not.toContain('list_changed')
  })

  it('is kept in a private file', async () => {
    says('a', { tools: [tool('one')] })
    await warm(home.configure({ servers: { a: server('a') } }))
    expect(cacheFiles()).toHaveLength(1)
    expect(statSync(cacheFolder()).mode & 0o777).toBe(0o700)
    for (const name of cacheFiles()) expect(statSync(`${cacheFolder()}/${name}`).mode & 0o777).toBe(0o600)
  })

  it('has its tool gone when it starts: the call is refused unsent, the client told, and the next list is the new one', async () => {
    says('a', { tools: [tool('one'), tool('two')] })
    const config = home.configure({ servers: { a: server('a') } })
    await warm(config)
    says('a', { tools: [tool('two')] })
    const client = connect(config)
    await client.initialize()
    expect(await tools(client)).toEqual(['a__one', 'a__two'])
    const told = client.next((message) => message.method === 'notifications/tools/list_changed')
    const { result } = await client.call(1, 'a__one')
    expect(result?.isError).toBe(true)
    expect(result?.content?.[0]?.text).toContain('surface/gone')
    expect(received('a', 'tools/call')).toBe(0)
    await told
    expect(await tools(client, 'again')).toEqual(['a__two'])
  })

  it('has its tool changed when it starts: that call is refused unsent, one to an unchanged tool and one made again are not', async () => {
    says('a', { tools: [tool('one', 'Reads a file.'), tool('same')] })
    const config = home.configure({ servers: { a: server('a') } })
    await warm(config)
    says('a', { tools: [tool('same'), tool('one', 'Reads any file.')] })
    const client = connect(config)
    await client.initialize()
    await tools(client)
    const [changed, same] = await Promise.all([client.call(1, 'a__one'), client.call(2, 'a__same')])
    expect(changed.result?.content?.[0]?.text).toContain('surface/changed')
    expect(same.result?.content?.[0]?.text).toContain('same by')
    expect(received('a', 'tools/call')).toBe(1)
    expect((await client.call(3, 'a__one')).result?.content?.[0]?.text).toContain('one by')
    expect(client.lines.filter((line) => line.includes('list_changed'))).toHaveLength(1)
  })

  it('has its tool changed when another one starts it: the call of the changed one is refused all the same, once', async () => {
    says('a', { tools: [tool('one', 'Reads a file.'), tool('two'), tool('same')] })
    const config = home.configure({ servers: { a: server('a') } })
    await warm(config)
    says('a', { tools: [tool('same'), tool('one', 'Reads any file.')] })
    const client = connect(config)
    await client.initialize()
    await tools(client)
    const text = async (id: number, name: string) => (await client.call(id, name)).result?.content?.[0]?.text
    expect(await text(1, 'a__same')).toContain('same by')
    expect(await text(2, 'a__one')).toContain('surface/changed')
    expect(await text(3, 'a__two')).toContain('surface/gone')
    expect(received('a', 'tools/call')).toBe(1)
    expect(await text(4, 'a__one')).toContain('one by')
  })

  it('has its tool changed when another one starts it: who lists again has seen it', async () => {
    says('a', { tools: [tool('one', 'Reads a file.'), tool('same')] })
    const config = home.configure({ servers: { a: server('a') } })
    await warm(config)
    says('a', { tools: [tool('same'), tool('one', 'Reads any file.')] })
    const client = connect(config)
    await client.initialize()
    await tools(client)
    await client.call(1, 'a__same')
    expect(await tools(client, 'again')).toEqual(['a__same', 'a__one'])
    expect((await client.call(2, 'a__one')).result?.content?.[0]?.text).toContain('one by')
  })

  it('that does not list any more after its start gets no call', async () => {
    says('a', { tools: [tool('one')] })
    const config = home.configure({ servers: { a: server('a', 'legacy', { deadline: '1s' }) } })
    await warm(config)
    says('a', { tools: [tool('one')], mute: true })
    const client = connect(config)
    await client.initialize()
    await tools(client)
    const { result } = await client.call(1, 'a__one')
    expect(result?.isError).toBe(true)
    expect(received('a', 'tools/call')).toBe(0)
  })

  it('under another configuration is another server: nothing of the old one is shown, and its file is gone', async () => {
    says('a', { tools: [tool('one')] })
    says('b', { tools: [tool('other')] })
    await warm(home.configure({ servers: { a: server('a') } }))
    const before = cacheFiles()
    const config = home.configure({ servers: { a: server('b') } })
    const client = connect(config)
    await client.initialize()
    expect(await tools(client)).toEqual(['a__other'])
    expect(starts('b')).toBe(1)
    await leave(client)
    expect(cacheFiles()).toHaveLength(1)
    expect(cacheFiles()).not.toEqual(before)
  })

  it('under another environment reference or value is another server too', async () => {
    says('a', { tools: [tool('one')] })
    await warm(home.configure({ servers: { a: server('a', 'legacy', { env: { MODE: 'x' } }) } }))
    const client = connect(home.configure({ servers: { a: server('a', 'legacy', { env: { MODE: 'y' } }) } }))
    await client.initialize()
    await tools(client)
    expect(starts('a')).toBe(2)
  })

  it.each([
    ['cut short', (bytes: Buffer) => bytes.subarray(0, bytes.length - 7)],
    [
      'of another version',
      (bytes: Buffer) => Buffer.from(bytes.toString('latin1').replace('surfaces 1', 'surfaces 9'), 'latin1'),
    ],
    [
      'altered',
      (bytes: Buffer) => Buffer.from(bytes.toString('latin1').replace('be kind', 'be evil'), 'latin1'),
    ],
    ['empty', () => Buffer.alloc(0)],
  ])('whose file is %s is asked, with a line in the log, and its file is mended', async (_what, spoil) => {
    says('a', { tools: [tool('one')], instructions: 'be kind' })
    const config = home.configure({ servers: { a: server('a') } })
    await warm(config)
    const [name] = cacheFiles()
    const path = `${cacheFolder()}/${name}`
    writeFileSync(path, spoil(readFileSync(path)))
    const client = connect(config)
    const greeting = await client.initialize()
    expect(JSON.stringify(greeting)).not.toContain('evil')
    expect(await tools(client)).toEqual(['a__one'])
    expect(starts('a')).toBe(2)
    expect(client.stderr).toContain('surface.ignored')
    await leave(client)
    const third = connect(config)
    await third.initialize()
    expect(await tools(third)).toEqual(['a__one'])
    expect(starts('a')).toBe(2)
  })
})

describe.each(['legacy', 'modern'] as const)(
  'a %s server that was seen before, for a modern client',
  (era) => {
    async function ask(client: PipeClient, id: string | number, method: string, params: object = {}) {
      return await client.request(id, method, { ...params, _meta: ENVELOPE })
    }
    const names = (answer: Answer) =>
      ((answer.result?.tools ?? []) as { name: string }[]).map(({ name }) => name)

    it.each([
      ['all servers', [] as string[], 'a__'],
      ['one server', ['--server', 'a'], ''],
    ])(
      'is discovered, listed and listened to without being started, and the first call starts it (%s)',
      async (_view, args, prefix) => {
        says('a', { tools: [tool('one')], instructions: 'be kind' })
        const config = home.configure({ servers: { a: server('a', era) } })
        await warm(config, args, 'modern')
        const before = starts('a')
        const client = connect(config, args)
        expect(JSON.stringify(await ask(client, 1, 'server/discover'))).toContain('be kind')
        const acknowledged = client.next(
          ({ method }) => method === 'notifications/subscriptions/acknowledged',
        )
        void ask(client, 'listen', 'subscriptions/listen', {
          notifications: { toolsListChanged: true },
        }).catch(() => undefined)
        expect((await acknowledged).answer.params?.notifications).toEqual({ toolsListChanged: true })
        const listed = await ask(client, 2, 'tools/list')
        expect(names(listed)).toEqual([`${prefix}one`])
        expect(listed.result?.resultType).toBe('complete')
        expect(starts('a')).toBe(before)
        const called = await ask(client, 3, 'tools/call', { name: `${prefix}one`, arguments: {} })
        expect(called.result?.content?.[0]?.text).toMatch(/^one by \d+$/)
        expect(starts('a')).toBe(before + 1)
        expect(client.lines.join('\n')).not.toContain('list_changed')
      },
    )

    it('has its tool changed when it starts: the call is refused unsent, who listens is told, and the next list is the new one', async () => {
      says('a', { tools: [tool('one'), tool('two')] })
      const config = home.configure({ servers: { a: server('a', era) } })
      await warm(config, [], 'modern')
      says('a', { tools: [tool('one', 'Other.')] })
      const client = connect(config)
      const acknowledged = client.next(({ method }) => method === 'notifications/subscriptions/acknowledged')
      void ask(client, 'listen', 'subscriptions/listen', { notifications: { toolsListChanged: true } }).catch(
        () => undefined,
      )
      await acknowledged
      expect(names(await ask(client, 1, 'tools/list'))).toEqual(['a__one', 'a__two'])
      const told = client.next(({ method }) => method === 'notifications/tools/list_changed')
      const [one, two] = await Promise.all([
        ask(client, 2, 'tools/call', { name: 'a__one', arguments: {} }),
        ask(client, 3, 'tools/call', { name: 'a__two', arguments: {} }),
      ])
      expect(one.result?.content?.[0]?.text).toContain('surface/changed')
      expect(two.result?.content?.[0]?.text).toContain('surface/gone')
      expect(received('a', 'tools/call')).toBe(0)
      expect((await told).answer.params?._meta).toEqual({
        'io.modelcontextprotocol/subscriptionId': 'listen',
      })
      expect(names(await ask(client, 4, 'tools/list'))).toEqual(['a__one'])
      expect(
        (await ask(client, 5, 'tools/call', { name: 'a__one', arguments: {} })).result?.isError,
      ).toBeUndefined()
    })

    it('has its tool changed when another one starts it: the call of the changed one is refused all the same, once', async () => {
      says('a', { tools: [tool('one'), tool('same')] })
      const config = home.configure({ servers: { a: server('a', era) } })
      await warm(config, [], 'modern')
      says('a', { tools: [tool('one', 'Other.'), tool('same')] })
      const client = connect(config)
      await ask(client, 1, 'tools/list')
      const text = async (id: number, name: string) =>
        (await ask(client, id, 'tools/call', { name, arguments: {} })).result?.content?.[0]?.text
      expect(await text(2, 'a__same')).toContain('same by')
      expect(await text(3, 'a__one')).toContain('surface/changed')
      expect(received('a', 'tools/call')).toBe(1)
      expect(await text(4, 'a__one')).toContain('one by')
    })

    it('goes on being listened to when it is stopped for being idle, and started again', async () => {
      says('a', { tools: [tool('one')] })
      const config = home.configure({ servers: { a: server('a', era, { idle: '1s' }) } })
      await warm(config, [], 'modern')
      const client = connect(config)
      const acknowledged = client.next(({ method }) => method === 'notifications/subscriptions/acknowledged')
      void ask(client, 'listen', 'subscriptions/listen', { notifications: { toolsListChanged: true } }).catch(
        () => undefined,
      )
      await acknowledged
      await ask(client, 1, 'tools/list')
      const { result } = await ask(client, 2, 'tools/call', { name: 'a__one', arguments: {} })
      const pid = Number(/\d+/.exec(String(result?.content?.[0]?.text))?.[0])
      await eventually('the idle server to stop', () => !processesWith(SERVER).includes(pid), 30_000)
      expect(names(await ask(client, 3, 'tools/list'))).toEqual(['a__one'])
      says('a', { tools: [tool('one'), tool('new')] })
      const told = client.next(({ method }) => method === 'notifications/tools/list_changed')
      await ask(client, 4, 'tools/call', { name: 'a__one', arguments: {} })
      await told
      expect(names(await ask(client, 5, 'tools/list'))).toEqual(['a__one', 'a__new'])
    })
  },
)

describe('a call that waits for its server to start', () => {
  it.each(['legacy', 'modern'] as const)(
    'tells so to a client that asked for progress, and progress grows from there (%s client)',
    async (era) => {
      says('a', { tools: [tool('steps')] })
      const config = home.configure({ servers: { a: server('a') } })
      await warm(config, [], era)
      says('a', { tools: [tool('steps')], startMs: 2_500 })
      const client = connect(config)
      const meta = { progressToken: 'p', ...(era === 'modern' ? ENVELOPE : {}) }
      if (era === 'legacy') await client.initialize()
      await client.request('list', 'tools/list', era === 'modern' ? { _meta: ENVELOPE } : {})
      const told = client.next(({ method }) => method === 'notifications/progress')
      const called = client.call(1, 'a__steps', {}, meta)
      const { answer } = await told
      expect(answer.params).toMatchObject({ progressToken: 'p', message: 'starting a' })
      expect((await called).result?.content?.[0]?.text).toBe('stepped')
      const progress = client.lines
        .map((line) => JSON.parse(line) as Answer)
        .filter(({ method }) => method === 'notifications/progress')
        .map(({ params }) => Number(params?.progress))
      expect(progress.slice(-2)).toEqual([1, 2])
      expect(progress).toEqual([...new Set(progress)].sort((a, b) => a - b))
    },
  )
})

describe('the commands', () => {
  it('say of a server that does not run since when its lists are known', async () => {
    says('a', { tools: [tool('one')] })
    const config = home.configure({ servers: { a: server('a') } })
    expect(run(['servers', '--config', config])).toMatch(/a +trusted +legacy +not started +/)
    await warm(config)
    expect(run(['servers', '--config', config])).toMatch(/not started, lists as of 20\d\d-/)
    const [known] = JSON.parse(run(['servers', '--config', config, '--json'])).servers
    expect(known).toMatchObject({ id: 'a', state: 'idle' })
    const client = connect(config)
    await client.initialize()
    expect(run(['status', '--config', config])).toMatch(/a +not started, lists as of 20\d\d-/)
    await client.call(1, 'a__one')
    expect(run(['status', '--config', config])).toMatch(/a +running/)
    expect(run(['servers', '--config', config])).toMatch(/a +trusted +legacy +running/)
  })
})

/** Principals at one gateway in this process. */
describe('two principals', () => {
  it('never see each other’s remembered surface: what one was shown starts the server for the other', async () => {
    says('a', { tools: [tool('one')] })
    const file = home.configure({ servers: { a: server('a') } })
    const env = home.env as Record<string, string>
    const parsed = parseConfig(readFileSync(file), file, { env, homeDir: home.dir })
    if (!parsed.ok) throw parsed.error
    const running = await startGateway(parsed.config, { env, homeDir: home.dir, log: silentLog })
    const list = (subject: string, id: number) =>
      new Promise<string>((resolve) => {
        const message = { jsonrpc: '2.0', id, method: 'tools/list', params: { _meta: ENVELOPE } }
        const read = readInbound(Buffer.from(JSON.stringify(message)), { maxBytes: 10_000 })
        if (!read.ok) throw new Error(read.explain)
        running.gateway.callModern(
          { principal: { issuer: 'test', subject }, transport: 'http' },
          { kind: 'all' },
          read.message,
          { notify: () => undefined, finish: (bytes) => resolve(bytes.toString()) },
          { conversation: `${subject} ${id}` },
        )
      })
    try {
      await list('ann', 1)
      expect(starts('a')).toBe(1)
      // The server is another one by now; who has seen nothing gets what it is.
      says('a', { tools: [tool('two')] })
      expect(await list('ann', 2)).toContain('a__one')
      expect(starts('a')).toBe(1)
      const bobs = await list('bob', 1)
      expect(bobs).toContain('a__two')
      expect(bobs).not.toContain('a__one')
      expect(starts('a')).toBe(2)
      expect(await list('ann', 3)).toContain('a__one')
    } finally {
      await running.close()
    }
  })
})

describe('many known servers', () => {
  it('ten are greeted for and listed without a single process, and a gateway killed meanwhile loses none of it', async () => {
    const names = Array.from({ length: 10 }, (_, at) => `s${at}`)
    for (const name of names) says(name, { tools: [tool('one')], instructions: `I am ${name}` })
    // The era is not configured: that it is known is remembered too.
    const entries = names.map((name) => [name, { ...server(name), era: 'auto' }])
    const config = home.configure({ servers: Object.fromEntries(entries) })
    await warm(config)
    const all = () => names.reduce((sum, name) => sum + starts(name), 0)
    const before = all()
    // Yesterday's verdicts are believed of servers that would have to be started to be asked.
    const eras = home.path('.cache/sallyport/eras.json')
    const known = JSON.parse(readFileSync(eras, 'utf8')) as Record<string, { until: number }>
    for (const one of Object.values(known)) one.until = 1
    writeFileSync(eras, JSON.stringify(known))
    const killed = connect(config)
    await killed.initialize()
    await killed.call(1, 's0__one')
    killed.child.kill('SIGKILL')
    clients.splice(clients.indexOf(killed), 1)
    await killed.exited
    await eventually(
      'the servers of the killed gateway to end',
      () => processesWith(home.path('s0.log')).length === 0,
      30_000,
    )
    const started = all()
    expect(started).toBeGreaterThan(before)
    const client = connect(config)
    const greeting = await client.initialize()
    for (const name of names) expect(String(greeting.result?.instructions)).toContain(`I am ${name}`)
    expect(await tools(client)).toHaveLength(10)
    expect(names.flatMap((name) => processesWith(home.path(`${name}.log`))).length).toBe(0)
    expect(all()).toBe(started)
  })
})

describe('a remote server that was seen before', () => {
  it('is listed at once, also while it does not answer, and its client is told when it is another one', async () => {
    let names = ['one']
    let silent = false
    const asked: string[] = []
    const remote = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => {
        body += chunk.toString()
      })
      request.on('end', () => {
        if (silent) return
        const { id, method } = JSON.parse(body || '{}') as { id?: number; method?: string }
        asked.push(String(method))
        if (id === undefined) return response.writeHead(202).end()
        const capabilities = { tools: {} }
        const results: Record<string, object> = {
          initialize: {
            protocolVersion: '2025-11-25',
            capabilities,
            serverInfo: { name: 'r', version: '1' },
          },
          'tools/list': { tools: names.map((name) => tool(name)) },
          'tools/call': { content: [{ type: 'text', text: 'called' }] },
        }
        const result = results[String(method)]
        const answer = result === undefined ? { error: { code: -32601, message: 'no' } } : { result }
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(JSON.stringify({ jsonrpc: '2.0', id, ...answer }))
      })
    })
    await new Promise<void>((resolve) => remote.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(remote.address() as AddressInfo).port}/mcp`
    try {
      const config = home.configure({ servers: { r: { url, era: 'legacy' } } })
      await warm(config)
      silent = true
      const deaf = connect(config)
      await deaf.initialize()
      expect(await tools(deaf)).toEqual(['r__one'])
      remote.closeAllConnections()
      await leave(deaf)
      silent = false
      names = ['two']
      const client = connect(config)
      const told = client.next(({ method }) => method === 'notifications/tools/list_changed')
      await client.initialize()
      expect(await tools(client)).toEqual(['r__one'])
      await told
      // Looked at behind the client's back, and refused all the same: it has not listed again.
      expect((await client.call(1, 'r__one')).result?.content?.[0]?.text).toContain('surface/gone')
      expect(asked).not.toContain('tools/call')
      expect(await tools(client, 'again')).toEqual(['r__two'])
      expect((await client.call(1, 'r__two')).result?.content?.[0]?.text).toBe('called')
    } finally {
      remote.closeAllConnections()
      remote.close()
    }
  })
})
