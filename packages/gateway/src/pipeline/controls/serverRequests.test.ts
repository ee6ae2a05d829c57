import { isObject, type JsonObject } from '@sallyport/controls/json'
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../config/load.ts'
import { LimitBook } from '../../limits/limitBook.ts'
import { readInbound } from '../../protocol/message.ts'
import type { Exchange } from '../exchange.ts'
import { answerPolicies } from './answerPolicy.ts'
import { serverRequests } from './serverRequests.ts'

const parsed = parseConfig(
  Buffer.from(
    '{"version":1,"servers":{"s":{"command":"x","trust":"partial","ask":{"sampling":false,"elicitation":true}}}}',
  ),
  '/c.json',
  { env: {}, homeDir: '/h' },
)
if (!parsed.ok) throw parsed.error
const { config } = parsed
let now = 0
const limiter = () => new LimitBook(config, () => now)
const control = serverRequests(answerPolicies(config), {
  take: () => ({ admitted: true }),
  follow: () => undefined,
})

const exchange = (method: string): Exchange => ({
  principal: '["local","me"]',
  transport: 'http',
  direction: 'client-to-server',
  era: 'modern',
  method,
  row: undefined,
  server: 's',
  params: {},
  bytes: 0,
  startedAt: 0,
  findings: [],
})

async function inspect(method: string, result: JsonObject) {
  const read = readInbound(Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, result })))
  if (!read.ok) throw new Error(read.explain)
  return await control.inspect(exchange(method), read.message)
}

const SAMPLING = { method: 'sampling/createMessage', params: { messages: [], includeContext: 'allServers' } }
const PASSWORD = {
  method: 'elicitation/create',
  params: { message: 'Log in', requestedSchema: { properties: { password: { type: 'string' } } } },
}
const NAME = {
  method: 'elicitation/create',
  params: { message: 'Who?', requestedSchema: { properties: { name: { type: 'string' } } } },
}
const many = Object.fromEntries(Array.from({ length: 300 }, (_v, at) => [`f${at}`, { type: 'string' }]))

describe.each([
  ['a call', 'tools/call', 'input_required'],
  ['a task', 'tasks/get', 'complete'],
] as const)('what %s waits for', (_, method, resultType) => {
  it.each<[string, unknown, string]>([
    ['an answer of the model that may not be asked', { k: SAMPLING }, 'server-request/not-allowed'],
    ['a password', { k: PASSWORD }, 'elicitation/secret'],
    [
      'a password under an empty choice',
      {
        k: {
          ...PASSWORD,
          params: {
            ...PASSWORD.params,
            requestedSchema: { properties: { password: { type: 'string', enum: [] } } },
          },
        },
      },
      'elicitation/secret',
    ],
    [
      'a form that nobody can fill in',
      { k: { ...NAME, params: { message: 'All', requestedSchema: { properties: many } } } },
      'elicitation/secret',
    ],
    [
      'a question in an unknown mode',
      { k: { ...NAME, params: { mode: 'URL', url: 'http://a@evil.example', message: 'x' } } },
      'server-request/not-allowed',
    ],
    [
      'a question of an unknown kind',
      { k: { ...NAME, method: 'elicitation/create2' } },
      'server-request/not-allowed',
    ],
    [
      'a question written otherwise',
      { k: { ...SAMPLING, method: 'sampling/createmessage' } },
      'server-request/not-allowed',
    ],
    ['questions as a list', [SAMPLING], 'server-request/not-allowed'],
    ['a list as a question', { k: [SAMPLING] }, 'server-request/not-allowed'],
    [
      'a list as what is asked',
      { k: { method: 'elicitation/create', params: [] } },
      'server-request/not-allowed',
    ],
  ])('is refused: %s', async (_what, inputRequests, rule) => {
    const verdict = await inspect(method, { resultType, inputRequests } as JsonObject)
    expect(verdict).toMatchObject({ kind: 'refuse', rule })
  })

  it('is asked in the name of the server where it may be', async () => {
    const verdict = await inspect(method, { resultType, inputRequests: { k: NAME } } as JsonObject)
    expect(verdict).toMatchObject({ kind: 'rewrite' })
    expect(JSON.stringify(verdict)).toContain('s asks: Who?')
  })

  it.each(['sallyport-approval', 'sallyport-sign-in'])('is no question of ours: %s', async (key) => {
    const verdict = await inspect(method, {
      resultType,
      inputRequests: { [key]: NAME, k: NAME },
    } as JsonObject)
    const body = verdict.kind === 'rewrite' && isObject(verdict.body) ? verdict.body : {}
    expect(Object.keys(body.inputRequests ?? {})).toEqual([`server:${key}`, 'k'])
  })
})

it('a task that is looked at again and again does not use up what may be asked', async () => {
  for (let look = 0; look < 50; look++)
    expect(
      await inspect('tasks/get', { resultType: 'complete', inputRequests: { k: NAME } } as JsonObject),
    ).toMatchObject({ kind: 'rewrite' })
})

describe('how often a server asks', () => {
  const asked = { resultType: 'input_required', inputRequests: { k: NAME } } as JsonObject
  const ask = async (to: ReturnType<typeof serverRequests>, body: JsonObject = asked, principal = 'p') => {
    const read = readInbound(Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, result: body })))
    if (!read.ok) throw new Error(read.explain)
    return await to.inspect({ ...exchange('tools/call'), principal }, read.message)
  }

  it('is limited for each principal, exactly, and says until when', async () => {
    now = 0
    const control = serverRequests(answerPolicies(config), limiter())
    for (let at = 0; at < 20; at++) expect(await ask(control)).toMatchObject({ kind: 'rewrite' })
    now = 30_000
    expect(await ask(control)).toMatchObject({
      kind: 'refuse',
      rule: 'server-request/rate',
      retryAfterMs: 30_000,
      reached: true,
      remedy: expect.stringContaining('servers.s.ask.rate'),
    })
    expect(await ask(control, asked, 'another')).toMatchObject({ kind: 'rewrite' })
    now = 60_000
    expect(await ask(control)).toMatchObject({ kind: 'rewrite' })
  })

  it('counts each question of an answer, and one that is refused for something else not at all', async () => {
    now = 0
    const control = serverRequests(answerPolicies(config), limiter())
    for (let at = 0; at < 50; at++)
      expect(await ask(control, { ...asked, inputRequests: { k: PASSWORD } } as JsonObject)).toMatchObject({
        rule: 'elicitation/secret',
      })
    const ten = Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`k${at}`, NAME]))
    const many = { ...asked, inputRequests: ten } as JsonObject
    expect(await ask(control, many)).toMatchObject({ kind: 'rewrite' })
    expect(await ask(control, many)).toMatchObject({ kind: 'rewrite' })
    expect(await ask(control)).toMatchObject({ rule: 'server-request/rate' })
  })

  it('is what the configuration says, and is waited for where another process counts', async () => {
    now = 0
    const text =
      '{"version":1,"servers":{"s":{"command":"x","ask":{"rate":"1/10s"}},"t":{"command":"x","ask":{"rate":"unlimited"}}}}'
    const read = parseConfig(Buffer.from(text), '/c.json', { env: {}, homeDir: '/h' })
    if (!read.ok) throw read.error
    const book = new LimitBook(read.config, () => now)
    const far = {
      take: async (call: Parameters<LimitBook['take']>[0]) => book.take(call),
      follow: () => undefined,
    }
    const control = serverRequests(answerPolicies(read.config), far)
    expect(await ask(control)).toMatchObject({ kind: 'rewrite' })
    expect(await ask(control)).toMatchObject({ rule: 'server-request/rate', retryAfterMs: 10_000 })
    for (let at = 0; at < 100; at++)
      expect(book.take({ principal: 'p', server: 't', question: true }).admitted).toBe(true)
    // Questions count for no call, and calls for no question.
    expect(book.take({ principal: 'p', server: 's', tool: 'x' }).admitted).toBe(true)
  })

  it('is only written down in profile observe', async () => {
    now = 0
    const text = '{"version":1,"profile":"observe","servers":{"s":{"command":"x","ask":{"rate":"1/min"}}}}'
    const read = parseConfig(Buffer.from(text), '/c.json', { env: {}, homeDir: '/h' })
    if (!read.ok) throw read.error
    const control = serverRequests(answerPolicies(read.config), new LimitBook(read.config, () => now))
    await ask(control)
    expect(await ask(control)).toMatchObject({ kind: 'pass' })
  })
})
