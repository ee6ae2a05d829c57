/**
 * Arguments that must not reach a server, and their benign twins that must: both eras on both sides. What the server itself
 * was asked is the witness. With servers from npm: `npmFiles.test.ts`, `npmFetch.test.ts`, `npmSql.test.ts`.
 */
import { createServer, type Server } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { JsonObject } from '@sallyport/controls/json'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, type Home, type HttpGateway, makeHome, startHttpGateway, textOf } from './harness.ts'
import { type ManyServers, type Said, startManyServers } from './manyServers.ts'
import { PlainClient } from './plainClient.ts'

const ERAS = ['legacy', 'modern'] as const
const NAMES = fileURLToPath(new URL('rebindingNames.ts', import.meta.url))

const closed: JsonObject = {
  type: 'object',
  properties: {
    title: { type: 'string', maxLength: 40 },
    count: { type: 'integer', minimum: 1 },
    kind: { enum: ['note', 'task'] },
    code: { type: 'string', pattern: '^([a-z]+)+$' },
  },
  required: ['title'],
  additionalProperties: false,
}
const texts = (...names: string[]): JsonObject => ({
  type: 'object',
  properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
})
const tool = (name: string, inputSchema: JsonObject, more: JsonObject = {}): JsonObject => ({
  name,
  description: `Does ${name.replaceAll('_', ' ')}.`,
  inputSchema,
  ...more,
})
const numbers: JsonObject = {
  outputSchema: { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] },
}
const SHOP: Said = {
  serverInfo: { name: 'shop', version: '1' },
  instructions: 'A shop.',
  tools: [
    tool('add_note', closed),
    tool('open_note', texts('title')),
    tool('store', texts('path')),
    tool('store_all', { type: 'object', properties: { files: { type: 'array' } } }),
    tool('fetch_page', texts('url')),
    tool('read_query', texts('sql')),
    tool('mail', texts('to')),
    tool('git_log', texts('branch')),
    tool('odd', { type: 'object', properties: { a: { pattern: '(?<=x)y' } } }),
    tool('far', { type: 'object', properties: { a: { $ref: 'https://attacker.example/s' } } }),
    tool('good_number', texts('a'), numbers),
    tool('bad_number', texts('a'), numbers),
    tool('no_number', texts('a'), numbers),
    tool('failed_number', texts('a'), numbers),
    tool('task_number', texts('a'), numbers),
    tool('odd_number', texts('a'), numbers),
    tool('bad_failure', texts('a'), numbers),
  ],
  prompts: [{ name: 'look', description: 'Looks.', arguments: [{ name: 'path', required: false }] }],
  resources: [],
  templates: [{ uriTemplate: 'notes://{name}', name: 'notes' }],
  results: new Map<string, JsonObject>([
    ['good_number', { content: [], structuredContent: { n: 9 } }],
    ['bad_number', { content: [], structuredContent: { n: 'SECRET' } }],
    ['task_number', { content: [], structuredContent: { n: 'SECRET' }, task: null }],
    ['odd_number', { content: [], structuredContent: { n: 'SECRET' }, resultType: 'odd' }],
    [
      'bad_failure',
      { content: [{ type: 'text', text: 'failed' }], structuredContent: { n: 'SECRET' }, isError: true },
    ],
    ['no_number', { content: [{ type: 'text', text: 'none' }] }],
    ['failed_number', { content: [{ type: 'text', text: 'failed' }], isError: true }],
  ]),
}

/** Stands for a long text that no test is named after. */
const HUGE = '<a hundred kilobytes>'

const DECLARED = {
  store: { path: { path: { roots: ['/project/data'], flavour: 'posix' } } },
  store_all: { 'files.*.path': { path: { roots: ['/project/data'] } } },
  mail: { to: { format: 'email' } },
  git_log: { branch: { command: {} } },
}

const isRefused = ({ result, error }: Answer): boolean =>
  error !== undefined || (result?._meta as JsonObject | undefined)?.['sallyport/refusal'] !== undefined

let home: Home
let gateway: HttpGateway
let servers: ManyServers
let listener: Server
let connections = 0

beforeAll(async () => {
  home = makeHome()
  servers = await startManyServers()
  listener = createServer((socket) => {
    connections++
    socket.destroy()
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const entries = ERAS.map((era) => {
    servers.says(era, SHOP)
    return [era, { url: servers.url(era), era, trust: 'partial', arguments: DECLARED }]
  })
  servers.says('watched', SHOP)
  const config = { servers: Object.fromEntries(entries) }
  const env = { ...home.env, NODE_OPTIONS: `--import ${NAMES}` }
  gateway = await startHttpGateway({ ...home, env }, config)
})

afterAll(async () => {
  await gateway.stop()
  await servers.close()
  listener.close()
  home.remove()
})

describe.each(ERAS.flatMap((client) => ERAS.map((server) => [client, server] as const)))(
  'for a %s client and a %s server',
  (client, server) => {
    let calls: PlainClient

    beforeAll(async () => {
      calls = (await PlainClient.connect(`${gateway.url}/${server}`, client)).client
      await calls.request('tools/list')
      await calls.request('prompts/list')
    })
    afterAll(() => calls.close())

    const use = async (method: string, params: object): Promise<{ answer: Answer; reached: number }> => {
      const before = servers.reached(server).length
      const answer = await calls.request(method, params)
      return { answer, reached: servers.reached(server).length - before }
    }
    const call = (name: string, args: unknown) => {
      const text = JSON.stringify(args).replaceAll(HUGE, `${'a'.repeat(100_000)}!`)
      return use('tools/call', { name, arguments: JSON.parse(text) })
    }

    // Tool, what is refused, its rule, the benign twin.
    it.each<[string, unknown, string, unknown]>([
      ['add_note', { title: 'a', extra: 1 }, 'schema/undeclared', { title: 'a' }],
      [
        'add_note',
        JSON.parse('{"title":"a","__proto__":{"x":1}}'),
        'schema/undeclared',
        { title: '__proto__' },
      ],
      ['add_note', { title: 'a', constructor: 1 }, 'schema/undeclared', { title: 'constructor' }],
      ['add_note', { title: 7 }, 'schema/arguments', { title: '7' }],
      ['add_note', {}, 'schema/arguments', { title: '' }],
      ['add_note', { title: 'a', count: 0 }, 'schema/arguments', { title: 'a', count: 1 }],
      ['add_note', { title: 'a', count: 1.5 }, 'schema/arguments', { title: 'a', count: 2 }],
      ['add_note', { title: 'a', kind: 'NOTE' }, 'schema/arguments', { title: 'a', kind: 'note' }],
      ['add_note', { title: HUGE }, 'schema/arguments', { title: 'x'.repeat(40) }],
      ['add_note', { title: 'a', code: HUGE }, 'schema/arguments', { title: 'a', code: 'aaa' }],
      ['store', { path: '../data-evil/x' }, 'path/parent', { path: 'sub/x..txt' }],
      ['store', { path: '/project/data-evil/x' }, 'path/sibling', { path: '/project/data/x' }],
      ['store', { path: '%2e%2e/x' }, 'path/encoded', { path: '100%25.txt' }],
      ['store', { path: '/etc/passwd' }, 'path/absolute', { path: 'etc/passwd' }],
      ['store', { path: 'a\0.txt' }, 'path/nul', { path: 'a0.txt' }],
      [
        'store_all',
        { files: [{ path: 'a' }, { path: '../../b' }] },
        'path/parent',
        { files: [{ path: 'a' }, { path: 'b' }] },
      ],
      ['mail', { to: 'a@b.example\r\nBcc: c@d.example' }, 'format/email', { to: 'a@b.example' }],
      ['git_log', { branch: '--output=/tmp/x' }, 'command/option', { branch: 'main' }],
      ['git_log', { branch: 'main; id' }, 'command/metacharacter', { branch: 'feature/a-b' }],
      [
        'read_query',
        { sql: 'SELECT 1; DROP TABLE notes' },
        'sql/multiple',
        { sql: 'SELECT id FROM notes WHERE a = 1' },
      ],
      [
        'read_query',
        { sql: 'DELETE FROM notes' },
        'sql/write',
        { sql: "SELECT 'DELETE FROM notes' AS x FROM notes" },
      ],
      [
        'fetch_page',
        { url: 'file:///etc/passwd' },
        'url/scheme',
        { url: 'https://93.184.215.14/etc/passwd' },
      ],
      [
        'fetch_page',
        { url: 'http://169.254.169.254/latest/meta-data' },
        'url/metadata',
        { url: 'https://public.example/latest' },
      ],
      ['fetch_page', { url: 'http://[::ffff:169.254.169.254]/' }, 'url/', { url: 'https://public.example/' }],
      [
        'fetch_page',
        { url: 'http://2130706433/' },
        'url/loopback',
        { url: 'https://public.example/2130706433' },
      ],
      ['fetch_page', { url: '127.1/admin' }, 'url/loopback', { url: 'public.example/127.1' }],
      ['fetch_page', { url: 'http://here.example/' }, 'url/loopback', { url: 'http://public.example/' }],
      ['fetch_page', { url: 'http://both.example/' }, 'url/loopback', { url: 'http://public.example:8080/' }],
      ['fetch_page', { url: 'http://metadata.example/' }, 'url/', { url: 'http://public.example/metadata' }],
      ['fetch_page', { url: 'http://mapped.example/' }, 'url/', { url: 'http://public.example/mapped' }],
      ['odd', { a: 'xy' }, 'schema/unusable', undefined],
      ['far', { a: 'xy' }, 'schema/unusable', undefined],
    ])('%s %j is not sent (%s); %s', async (name, bad, rule, twin) => {
      const refused = await call(name, bad)
      expect(textOf(refused.answer)).toContain(`[rule ${rule}`)
      expect(isRefused(refused.answer)).toBe(true)
      expect(refused.reached).toBe(0)
      if (twin === undefined) return
      const passed = await call(name, twin)
      expect(textOf(passed.answer)).toBe('done')
      expect(passed.reached).toBe(1)
    })

    it('numbers beyond a double are checked and sent as they are written', async () => {
      const passed = await call('add_note', { title: 'a', count: 9007199254740992 })
      expect(passed.reached).toBe(1)
    })

    it('a refusal repeats no value', async () => {
      const { answer } = await call('add_note', { title: 'a', kind: 'hunter2-hunter2' })
      expect(textOf(answer)).not.toContain('hunter2')
      expect(textOf(answer)).toContain('"/kind"')
    })

    it('what the schema leaves open passes', async () => {
      expect((await call('open_note', { title: 'a', more: [1] })).reached).toBe(1)
    })

    it.each([
      ['bad_number', 'schema/output'],
      ['no_number', 'schema/output'],
      ['task_number', 'schema/output'],
      ['odd_number', 'schema/output'],
    ])('the structured result of %s is withheld (%s)', async (name, rule) => {
      const { answer } = await call(name, {})
      expect(textOf(answer)).toContain(`[rule ${rule}]`)
      expect(JSON.stringify(answer)).not.toContain('SECRET')
    })

    it('a structured result as declared is shown, and an error needs none', async () => {
      expect((await call('good_number', {})).answer.result?.structuredContent).toEqual({ n: 9 })
      expect(textOf((await call('failed_number', {})).answer)).toBe('failed')
      const { answer } = await call('bad_failure', {})
      expect(textOf(answer)).toBe('failed')
      expect(JSON.stringify(answer)).not.toContain('SECRET')
    })

    it.each([
      ['notes://%2e%2e/%2e%2e/etc/passwd', 'path/encoded'],
      ['notes://../../etc/passwd', 'path/parent'],
      ['notes://a%00b', 'path/nul'],
    ])('resource %s is not read (%s)', async (uri, rule) => {
      const { answer, reached } = await use('resources/read', { uri })
      expect(answer.error?.data?.rule).toBe(rule)
      expect(reached).toBe(0)
    })

    it('a resource with dots and percent signs of its own is read', async () => {
      for (const uri of ['notes://a..b', 'notes://100%25', 'notes://a/../b'])
        expect((await use('resources/read', { uri })).reached).toBe(1)
    })

    it('a prompt gets no path that hides where it leads', async () => {
      const get = (path: string) => use('prompts/get', { name: 'look', arguments: { path } })
      const refused = await get('%2e%2e/%2e%2e/etc/passwd')
      expect(refused.answer.error?.data?.rule).toBe('path/encoded')
      expect(refused.reached).toBe(0)
      expect((await get('notes/a.txt')).reached).toBe(1)
    })
  },
)

it('a name that turns to this machine is refused when it does, and nothing was connected to', async () => {
  const { client } = await PlainClient.connect(`${gateway.url}/modern`, 'modern')
  await client.request('tools/list')
  const { port } = listener.address() as { port: number }
  const call = async (host: string) => {
    const url = `http://${host}:${port}/`
    return textOf(await client.request('tools/call', { name: 'fetch_page', arguments: { url } }))
  }
  expect(await call('turns.example')).toBe('done')
  expect(await call('turns.example')).toContain('[rule url/loopback]')
  expect(await call('flips.example')).toContain('[rule url/loopback]')
  expect(connections).toBe(0)
})
