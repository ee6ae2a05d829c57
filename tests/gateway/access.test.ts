import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Answer,
  ENVELOPE,
  faultOnPipe,
  type Home,
  type HttpGateway,
  makeHome,
  PipeClient,
  startHttpGateway,
} from './harness.ts'
import { type ManyServers, type Said, startManyServers } from './manyServers.ts'
import { PlainClient } from './plainClient.ts'
import { ERAS } from './poison.ts'

const tool = (name: string, annotations: object = {}) => ({
  name,
  description: `Does ${name}.`,
  inputSchema: { type: 'object' },
  annotations,
})
const SAID = {
  serverInfo: { name: 'db', version: '1' },
  instructions: '',
  tools: [
    tool('query', { readOnlyHint: true }),
    tool('drop_table', { destructiveHint: true }),
    tool('merge_rows'),
    tool('admin'),
    tool('export'),
    tool('write_note'),
  ],
  prompts: [{ name: 'summary' }, { name: 'private' }],
  resources: [
    { uri: 'file:///project/readme.md', name: 'readme' },
    { uri: 'file:///etc/passwd', name: 'passwd' },
  ],
  templates: [
    { uriTemplate: 'file:///project/{path}', name: 'project' },
    { uriTemplate: 'file:///etc/{path}', name: 'etc' },
  ],
} as unknown as Said

const SERVER = {
  tools: { deny: ['drop_*'], hide: ['admin'], ask: ['merge_*'] },
  prompts: { allow: ['summary'] },
  resources: { deny: ['file:///etc/*'] },
}
const RULES = [
  { when: 'tool.name == "export" && args.to.startsWith("/tmp/")', do: 'allow' },
  { when: 'tool.name == "export"', do: 'deny', reason: 'exports go to /tmp' },
  { when: 'tool.name == "write_note" && tool.readOnly', do: 'deny', reason: 'it lies' },
]

const ruleIn = ({ result, error }: Answer): unknown =>
  error?.data?.rule ??
  (result?._meta as Record<string, { readonly rule?: string }> | undefined)?.['sallyport/refusal']?.rule ??
  (result === undefined ? error?.code : 'answered')

interface Use {
  readonly what: string
  readonly method: string
  readonly params: Record<string, unknown>
  readonly rule: string
}

const call = (name: string, args: object, rule: string, what = `tool ${name}`): Use => ({
  what,
  method: 'tools/call',
  params: { name, arguments: args },
  rule,
})
const read = (uri: string, rule: string): Use => ({
  what: uri,
  method: 'resources/read',
  params: { uri },
  rule,
})

const USES: readonly Use[] = [
  call('query', {}, 'answered'),
  call('drop_table', {}, 'access/deny'),
  call('admin', {}, 'access/hidden'),
  call('merge_rows', {}, 'approvals/waiting'),
  call('export', { to: '/tmp/x' }, 'answered', 'an export that a rule allows'),
  call('export', { to: '/home/x' }, 'access/rule', 'an export that a rule denies'),
  call('export', {}, 'access/rule-failed', 'an export about which a rule has no answer'),
  call('export', { to: 7 }, 'access/rule-failed', 'an export with another type'),
  call('write_note', {}, 'answered', 'a tool whose definition is asked about'),
  { what: 'prompt summary', method: 'prompts/get', params: { name: 'summary' }, rule: 'answered' },
  { what: 'prompt private', method: 'prompts/get', params: { name: 'private' }, rule: 'access/not-allowed' },
  read('file:///project/readme.md', 'answered'),
  read('file:///etc/passwd', 'access/deny'),
  read('file:///etc/%70asswd', 'access/deny'),
  read('file:///project/%2e%2e/etc/passwd', 'access/deny'),
  read('FILE:///etc/passwd', 'access/deny'),
  {
    what: 'a completion of a denied template',
    method: 'completion/complete',
    params: {
      ref: { type: 'ref/resource', uri: 'file:///etc/{path}' },
      argument: { name: 'path', value: 'p' },
    },
    rule: 'access/deny',
  },
  {
    what: 'a completion of a prompt that is not allowed',
    method: 'completion/complete',
    params: { ref: { type: 'ref/prompt', name: 'private' }, argument: { name: 'a', value: 'p' } },
    rule: 'access/not-allowed',
  },
]

describe.each(ERAS)('a %s server', (serverEra) => {
  describe.each(ERAS)('and a %s client', (clientEra) => {
    let home: Home
    let servers: ManyServers
    let gateway: HttpGateway
    const connect = async (at: string) => (await PlainClient.connect(`${gateway.url}${at}`, clientEra)).client

    beforeAll(async () => {
      home = makeHome()
      servers = await startManyServers()
      servers.says('db', SAID)
      const db = { url: servers.url('db'), era: serverEra, trust: 'trusted', ...SERVER }
      gateway = await startHttpGateway(home, { servers: { db }, rules: RULES })
    })
    afterAll(async () => {
      await gateway.stop()
      await servers.close()
      home.remove()
    })

    it.each([
      ['tools/list', 'tools', 'name', ['query', 'merge_rows', 'export', 'write_note']],
      ['prompts/list', 'prompts', 'name', ['summary']],
      ['resources/list', 'resources', 'uri', ['file:///project/readme.md']],
      ['resources/templates/list', 'resourceTemplates', 'uriTemplate', ['file:///project/{path}']],
    ] as const)('%s leaves out what cannot be used', async (method, member, key, names) => {
      const client = await connect('/db')
      const { result = {} } = await client.request(method)
      expect((result[member] as Record<string, unknown>[]).map((entry) => entry[key])).toEqual(names)
    })

    // First of all of a client that never listed: the definition that a rule asks about is not known yet.
    it.each([...USES])('$what: $rule', async ({ method, params, rule }) => {
      const client = await connect('/db')
      const before = servers.reached('db').length
      const answer = await client.request(method, params)
      if (method === 'completion/complete' || rule !== 'answered') {
        expect(ruleIn(answer), JSON.stringify(answer)).toBe(rule)
        expect(servers.reached('db').length).toBe(before)
      } else expect(answer.result?.isError ?? answer.error, JSON.stringify(answer)).toBeUndefined()
    })

    // For a modern server a subscription is made into a stream: another way than that of a call.
    it.runIf(clientEra === 'legacy')('resources that are denied are not subscribed to', async () => {
      const client = await connect('/db')
      const subscribe = async (uri: string) => ruleIn(await client.request('resources/subscribe', { uri }))
      expect(await subscribe('file:///etc/passwd')).toBe('access/deny')
      expect(await subscribe('file:///project/%2e%2e/etc/passwd')).toBe('access/deny')
    })

    it.runIf(clientEra === 'modern' && serverEra === 'legacy')(
      'resources that are denied are not followed by a stream either, and not acknowledged',
      async () => {
        const uris = ['file:///project/readme.md', 'file:///etc/passwd', 'file:///project/%2e%2e/etc/passwd']
        const stop = new AbortController()
        const response = await fetch(`${gateway.url}/db`, {
          method: 'POST',
          signal: stop.signal,
          headers: {
            'content-type': 'application/json',
            accept: 'application/json, text/event-stream',
            'mcp-protocol-version': '2026-07-28',
            'mcp-method': 'subscriptions/listen',
          },
          body: JSON.stringify({
            jsonrpc: '2.0',
            id: 1,
            method: 'subscriptions/listen',
            params: { notifications: { resourceSubscriptions: uris }, _meta: ENVELOPE },
          }),
        })
        let text = ''
        const decoder = new TextDecoder()
        for await (const chunk of response.body ?? []) {
          text += decoder.decode(chunk as Uint8Array)
          if (text.includes('subscriptions/acknowledged')) break
        }
        stop.abort()
        expect(text).toContain('"resourceSubscriptions":["file:///project/readme.md"]')
        expect(servers.reached('db')).toContain('file:///project/readme.md')
        expect(servers.reached('db').filter((name) => name.includes('passwd'))).toEqual([])
      },
    )

    it('is guarded under its aggregated names too', async () => {
      const client = await connect('')
      const { result = {} } = await client.request('tools/list')
      const names = (result.tools as { readonly name: string }[]).map(({ name }) => name)
      expect(names).toEqual(['db__query', 'db__merge_rows', 'db__export', 'db__write_note'])
      const before = servers.reached('db').length
      for (const [name, rule] of [
        ['db__drop_table', 'access/deny'],
        ['db__admin', 'access/hidden'],
        ['db__merge_rows', 'approvals/waiting'],
      ] as const)
        expect(ruleIn(await client.request('tools/call', { name, arguments: {} }))).toBe(rule)
      expect(servers.reached('db').length).toBe(before)
    })
  })
})

it.each(ERAS)('a %s server is not started for a call that a list denies', async (era) => {
  const home = makeHome()
  try {
    const files = { ...faultOnPipe(home, 'files', era), tools: { deny: ['crash'] } }
    const config = home.configure({ servers: { files } })
    const client = async () => {
      const pipe = new PipeClient(home, ['stdio', '--standalone', '--config', config])
      await pipe.initialize()
      return pipe
    }
    const first = await client()
    await first.request(1, 'tools/list')
    await first.close()
    const received = home.witness('files.log').length
    expect(received).toBeGreaterThan(0)
    const second = await client()
    expect(ruleIn(await second.call(1, 'files__crash'))).toBe('access/deny')
    expect(home.witness('files.log').length).toBe(received)
    expect(ruleIn(await second.call(2, 'files__echo', { text: 'x' }))).toBe('answered')
    expect(home.witness('files.log').length).toBeGreaterThan(received)
    await second.close()
  } finally {
    home.remove()
  }
})

describe('access', () => {
  let home: Home
  let servers: ManyServers
  beforeAll(async () => {
    home = makeHome()
    servers = await startManyServers()
    servers.says('db', SAID)
  })
  afterAll(async () => {
    await servers.close()
    home.remove()
  })
  const used = async (config: object, name: string, args: object = {}) => {
    const db = { url: servers.url('db'), era: 'modern', trust: 'trusted' }
    const gateway = await startHttpGateway(home, { servers: { db }, ...config })
    try {
      const { client } = await PlainClient.connect(`${gateway.url}/db`, 'modern')
      return ruleIn(await client.request('tools/call', { name, arguments: args }))
    } finally {
      await gateway.stop()
    }
  }

  it.each<[string, object, string]>([
    [
      'for another principal does not count',
      { access: [{ principals: ['corp *'], tools: { deny: ['*'] } }] },
      'answered',
    ],
    [
      'for everybody of this machine counts',
      { access: [{ principals: ['local *'], tools: { deny: ['*'] } }] },
      'access/deny',
    ],
    [
      'for another trust level does not count',
      { access: [{ trust: ['untrusted'], tools: { deny: ['*'] } }] },
      'answered',
    ],
    [
      'for this trust level counts',
      { access: [{ trust: ['trusted'], tools: { deny: ['*'] } }] },
      'access/deny',
    ],
    [
      'for other servers does not count',
      { access: [{ servers: ['files*'], tools: { deny: ['*'] } }] },
      'answered',
    ],
    [
      'by the principal in a rule counts',
      { rules: [{ when: 'principal.issuer == "local"', do: 'deny' }] },
      'access/rule',
    ],
    [
      'is only written down by the profile observe',
      { profile: 'observe', access: [{ tools: { deny: ['*'] } }] },
      'answered',
    ],
  ])('%s', async (_, config, rule) => {
    expect(await used(config, 'query')).toBe(rule)
  })
})
