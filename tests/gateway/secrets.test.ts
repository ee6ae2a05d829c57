/** Secrets reach no server that they are not for, and no client, record or log; what only looks like one passes. */
import { createHash, createHmac, hash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keyedDigest } from '../../packages/gateway/src/credentials/guardedTrail.ts'
import { ENVELOPE, type Home, type HttpGateway, makeHome, PipeClient, startHttpGateway } from './harness.ts'
import { PlainClient } from './plainClient.ts'
import { ERAS, type Era } from './poison.ts'

const SERVER = fileURLToPath(new URL('./secretServer.ts', import.meta.url))
/** In pieces, so that no scanner takes this file for a leak. */
const TOKEN = ['ghp_', 'q7Rm2xZp9LdK4vTn', 'q7Rm2xZp9LdK4vTn12ab'].join('')
const OWN = ['canary', 'Zq8-vN3-kP5', 'tR9'].join('-')
const REFERENCE = '$'.concat('{env:OWN_API_KEY}')

let home: Home
let gateway: HttpGateway | undefined
let pipe: PipeClient | undefined
beforeEach(() => {
  home = makeHome()
  home.env.OWN_API_KEY = OWN
})
afterEach(async () => {
  await gateway?.stop()
  gateway = undefined
  pipe?.child.kill('SIGKILL')
  await pipe?.exited.catch(() => undefined)
  pipe = undefined
  home.remove()
})

function server(era: Era, more: object = {}) {
  writeFileSync(home.path('says'), TOKEN)
  const says = ['--says', home.path('says')]
  const command = [process.execPath, SERVER, '--era', era, '--log', home.path('one.log'), ...says]
  return { command, era, trust: 'partial', env: { OWN_API_KEY: REFERENCE }, ...more }
}

/** What the server was asked to do, as its own witness says. */
const received = () =>
  home
    .witness('one.log')
    .filter(({ method }) => !/list$|^initialize$|^server\/|^notifications\//.test(method))

function trail(): string {
  const files = (folder: string): string[] =>
    readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
  return files(home.path('audit'))
    .map((file) => readFileSync(file, 'latin1'))
    .join('\n')
}

/** All forms in which a leak could be seen. */
function leaks(text: string, secret: string): string[] {
  const bytes = Buffer.from(secret)
  return [secret, bytes.toString('hex'), bytes.toString('base64'), encodeURIComponent(secret)].filter(
    (form) => text.includes(form),
  )
}

async function onPipe(era: Era, more: object = {}, capabilities: object = {}): Promise<PipeClient> {
  const config = home.configure({ servers: { one: server(era, more) } })
  pipe = new PipeClient(home, ['stdio', '--standalone', '--config', config])
  await pipe.initialize(capabilities)
  return pipe
}

const base64 = (text: string) => Buffer.from(text).toString('base64')
const ARGUMENTS: readonly (readonly [how: string, args: object, rule: string])[] = [
  ['a token', { text: `use ${TOKEN} please` }, 'secret/github'],
  ['a token in Base64', { text: base64(`the key is ${TOKEN}`) }, 'secret/github'],
  ['a token as a name', { [TOKEN]: 1 }, 'secret/github'],
  ['a token deep inside', { list: [{ deep: TOKEN }] }, 'secret/github'],
  ['an own secret', { text: OWN }, 'secret/own'],
  ['an own secret in Base64', { text: `x${base64(`me:${OWN}`)}` }, 'secret/own'],
  ['an own secret in hex', { text: Buffer.from(OWN).toString('hex') }, 'secret/own'],
  ['an own secret in an address', { text: `https://x.test/?q=${encodeURIComponent(OWN)}` }, 'secret/own'],
  ['an own secret in halves', { first: OWN.slice(0, 9), second: OWN.slice(9) }, 'secret/own'],
]
/** What looks like a secret and is none. */
const SHA = createHash('sha256').update('x').digest('hex')
const BENIGN = [
  SHA,
  `commit ${createHash('sha1').update('x').digest('hex')}`,
  'id 550e8400-e29b-41d4-a716-446655440000',
  `"integrity": "sha512-${createHash('sha512').update('x').digest('base64')}"`,
  'set GITHUB_TOKEN to ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
  'postgres://user:password@localhost:5432/app',
  'const token = await getToken(process.env.API_KEY)',
  'write to ada@example.org, card 4111 1111 1111 1111, +49 30 1234567',
  `data:image/png;base64,${Buffer.from(Array.from({ length: 3000 }, (_, at) => (at * 7919) % 251)).toString('base64')}`,
]

describe.each(ERAS)('a %s server over a pipe', (era) => {
  it('gets no call with a secret in it, in whatever form, and its client is told why', async () => {
    const client = await onPipe(era)
    for (const [at, [how, args, rule]] of ARGUMENTS.entries()) {
      const answer = await client.call(at, 'one__say', args)
      expect(answer.result?.isError, how).toBe(true)
      expect(answer.result?.content?.[0]?.text, how).toContain(`[rule ${rule}]`)
      if (rule !== 'secret/own') expect(answer.result?.content?.[0]?.text, how).toContain('secrets.except')
    }
    const prompt = await client.request('p', 'prompts/get', { name: 'one__hello', arguments: { a: TOKEN } })
    expect(prompt.error?.data).toMatchObject({ rule: 'approvals/waiting', asked: ['secret/github'] })
    const read = await client.request('r', 'resources/read', { uri: `x://one?token=${TOKEN}` })
    expect(read.error?.code).toBeDefined()
    expect(received()).toEqual([])
    for (const secret of [TOKEN, OWN]) {
      expect(leaks(client.lines.join('\n'), secret)).toEqual([])
      expect(leaks(client.stderr, secret)).toEqual([])
      expect(leaks(trail(), secret)).toEqual([])
    }
  })

  it('gets every benign twin, and its answer comes back as it was', async () => {
    const client = await onPipe(era)
    for (const [at, text] of BENIGN.entries()) {
      const answer = await client.call(at, 'one__say', { where: 'echo', text })
      expect(answer.result?.content?.[0]?.text).toBe(text)
    }
    expect(received()).toHaveLength(BENIGN.length)
  })

  it('gets nothing that its references stand for, by whatever name, but what is no secret', async () => {
    const values = { named: 'walnut grove 27', made: 'q7Rm2xZp9LdK4vTn', filed: 'lantern hill 93' }
    writeFileSync(home.path('filed'), values.filed, { mode: 0o600 })
    Object.assign(home.env, { ONE: values.named, TWO: values.made, THREE: 'eu-central-1' })
    const reference = (of: string) => '$'.concat(`{${of}}`)
    const client = await onPipe(era, {
      env: {
        SERVICE_KEY: reference('env:ONE'),
        WORKSPACE: reference('env:TWO'),
        SETTING: reference(`file:${home.path('filed')}`),
        REGION: reference('env:THREE'),
      },
    })
    for (const [how, value] of Object.entries(values)) {
      const answer = await client.call(how, 'one__say', { text: `take ${value}` })
      expect(answer.result?.content?.[0]?.text, how).toContain('[rule secret/own]')
      expect(leaks(client.lines.join('\n') + trail(), value), how).toEqual([])
    }
    expect(received()).toEqual([])
    const benign = await client.call('twin', 'one__say', { where: 'echo', text: 'take eu-central-1' })
    expect(benign.result?.content?.[0]?.text).toBe('take eu-central-1')
    expect(received()).toHaveLength(1)
  })

  it('says a secret in no channel, and all around it stays', async () => {
    const client = await onPipe(era)
    await client.request('level', 'logging/setLevel', { level: 'debug' })
    const SEEN = 'before [redacted:secret/github] after'
    const told = client.next(({ id }) => id === 'result')
    const params = { name: 'one__say', arguments: { where: 'result' } }
    client.send(JSON.stringify({ jsonrpc: '2.0', id: 'result', method: 'tools/call', params }))
    const { line } = await told
    expect(line).toContain(`"text":"${SEEN}"`)
    expect(line).toContain(`"structuredContent":{"deep":[{"text":"${SEEN}"}],"big":12345678901234567890.10}`)
    expect((await client.call('te', 'one__say', { where: 'tool-error' })).result?.content?.[0]?.text).toBe(
      SEEN,
    )
    expect((await client.call('e', 'one__say', { where: 'error' })).error).toEqual({
      code: -32000,
      message: SEEN,
      data: { text: SEEN },
    })
    await client.call('log', 'one__say', { where: 'log' })
    await client.call('pr', 'one__say', { where: 'progress' }, { progressToken: 'pr' })
    await client.call('err', 'one__say', { where: 'stderr' })
    expect((await client.call('own', 'one__say', { where: 'own' })).result?.content?.[0]?.text).toBe(
      'before [redacted:secret/own] after',
    )
    const prompt = await client.request('p', 'prompts/get', { name: 'one__hello' })
    expect(JSON.stringify(prompt.result)).toContain(SEEN)
    const read = await client.request('r', 'resources/read', { uri: 'x://one' })
    expect(JSON.stringify(read.result)).toContain(SEEN)
    const all = client.lines.join('\n')
    expect(all).toMatch(/notifications\/progress.*before \[redacted:secret\/github\] after/)
    if (era === 'legacy')
      expect(all).toMatch(/notifications\/message.*before \[redacted:secret\/github\] after/)
    for (const secret of [TOKEN, OWN]) {
      expect(leaks(all, secret)).toEqual([])
      expect(leaks(client.stderr, secret)).toEqual([])
      expect(leaks(trail(), secret)).toEqual([])
    }
    expect(trail()).toContain('"rule":"secret/github"')
  })
})

describe.each(ERAS.flatMap((client) => ERAS.map((one) => [client, one] as const)))(
  'a %s client and a %s server over HTTP',
  (clientEra, serverEra) => {
    it('is told why no secret is sent, and sees none', async () => {
      gateway = await startHttpGateway(home, { servers: { one: server(serverEra) } })
      const { client } = await PlainClient.connect(`${gateway.url}/one`, clientEra)
      for (const [how, args, rule] of ARGUMENTS) {
        const answer = await client.request('tools/call', { name: 'say', arguments: args })
        expect(answer.result?.content?.[0]?.text, how).toContain(`[rule ${rule}]`)
      }
      expect(received()).toEqual([])
      const say = (where: string, text = '') =>
        client.request('tools/call', { name: 'say', arguments: { where, text } })
      expect((await say('result')).result?.content?.[0]?.text).toBe('before [redacted:secret/github] after')
      expect((await say('error')).error?.message).toBe('before [redacted:secret/github] after')
      expect((await say('own')).result?.content?.[0]?.text).toBe('before [redacted:secret/own] after')
      for (const text of BENIGN) expect((await say('echo', text)).result?.content?.[0]?.text).toBe(text)
      for (const secret of [TOKEN, OWN]) {
        expect(leaks(gateway.stderr(), secret)).toEqual([])
        expect(leaks(trail(), secret)).toEqual([])
      }
    })
  },
)

it('digests of a call in the record are keyed with the installation’s own key: nobody without it can try what was sent', async () => {
  const client = await onPipe('legacy')
  const sent = '{"where":"echo","text":"card 4111 1111 1111 1111"}'
  const answered = client.next(({ id }) => id === 1)
  const params = `{"name":"one__say","arguments":${sent}}`
  client.send(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`)
  const { line } = await answered
  const shown = line.slice('{"jsonrpc":"2.0","id":1,"result":'.length, -1)
  expect(shown).toContain('card 4111')
  const recorded = trail()
  const record = JSON.parse(recorded.split('\n').find((one) => one.includes('"method":"tools/call"')) ?? '')
  const tasks = readFileSync(home.path('.local/share/sallyport/tasks.key'))
  const key = createHmac('sha256', tasks).update('sallyport audit digests').digest('hex')
  const plain = [sent, shown].map((text) => hash('sha256', text, 'hex'))
  expect([record.argumentsDigest, record.resultDigest]).toEqual(plain.map((one) => keyedDigest(one, key)))
  for (const digest of plain) expect(recorded).not.toContain(digest)
}, 30_000)

describe('a question of a server', () => {
  it('is shown without the secret in it, and an answer with one in it does not reach the server', async () => {
    const client = await onPipe('legacy', {}, { elicitation: {} })
    for (const [value, end] of [
      [TOKEN, 'nobody answered'],
      [OWN, 'nobody answered'],
      ['blue', 'answered'],
    ] as const) {
      const asked = client.next(({ method }) => method === 'elicitation/create')
      const called = client.call(value, 'one__say', { where: 'elicit' })
      const { answer } = await asked
      expect(answer.params?.message).toBe('one asks: before [redacted:secret/github] after')
      client.send(
        JSON.stringify({ jsonrpc: '2.0', id: answer.id, result: { action: 'accept', content: { value } } }),
      )
      expect((await called).result?.content?.[0]?.text).toBe(end)
    }
    const answers = received().filter(({ method }) => method === 'response')
    expect(answers).toHaveLength(3)
    for (const secret of [TOKEN, OWN]) {
      expect(leaks(JSON.stringify(answers), secret)).toEqual([])
      expect(leaks(trail(), secret)).toEqual([])
    }
  })
})

describe('the configuration', () => {
  it.each([
    ['an exception of the rule', { secrets: { except: ['secret/github'] } }],
    ['the action for tokens', { secrets: { toServer: { token: 'pass' } } }],
    ['trust', { trust: 'trusted' }],
  ])('lets a token through by %s, but never a secret of its own', async (_how, more) => {
    const client = await onPipe('legacy', more)
    const sent = await client.call(1, 'one__say', { where: 'nothing', text: TOKEN })
    expect(sent.result?.content?.[0]?.text).toBe('done')
    expect(received()).toHaveLength(1)
    const own = await client.call(2, 'one__say', { where: 'nothing', text: OWN })
    expect(own.result?.content?.[0]?.text).toContain('[rule secret/own]')
    expect(received()).toHaveLength(1)
    // What is let through is written down, without the secret.
    expect(leaks(trail(), TOKEN)).toEqual([])
    expect(trail()).toContain('"rule":"secret/github"')
  })

  it('looks for personal data only when asked to', async () => {
    const card = 'pay with 4111 1111 1111 1111, IBAN DE89 3704 0044 0532 0130 00'
    const client = await onPipe('legacy', { secrets: { personal: ['card', 'iban'] } })
    const refused = await client.call(1, 'one__say', { where: 'echo', text: card })
    expect(refused.result?.content?.[0]?.text).toContain('[rule personal/card]')
    expect(received()).toEqual([])
  })

  it('only writes down what it finds in profile observe', async () => {
    const config = home.configure({ profile: 'observe', servers: { one: server('legacy') } })
    pipe = new PipeClient(home, ['stdio', '--standalone', '--config', config])
    await pipe.initialize()
    const answer = await pipe.call(1, 'one__say', { where: 'echo', text: TOKEN })
    expect(answer.result?.content?.[0]?.text).toBe(TOKEN)
    expect(trail()).toContain('"rule":"secret/github"')
    expect(leaks(trail(), TOKEN)).toEqual([])
  })
})

it('a modern client gets progress and logs of its call without the secret in them', async () => {
  gateway = await startHttpGateway(home, { servers: { one: server('modern') } })
  // Not the first call: a server that is being started says other things as well.
  await (await PlainClient.connect(`${gateway.url}/one`, 'modern')).client.request('tools/list')
  for (const where of ['progress', 'log']) {
    const meta = { ...ENVELOPE, progressToken: 1, 'io.modelcontextprotocol/logLevel': 'debug' }
    const response = await fetch(`${gateway.url}/one`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'tools/call',
        'mcp-name': 'say',
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: 'say', arguments: { where }, _meta: meta },
      }),
    })
    const text = await response.text()
    expect(text).toContain('before [redacted:secret/github] after')
    expect(leaks(text, TOKEN)).toEqual([])
  }
})
