import { parseJson } from '@sallyport/controls/json'
import { describe, expect, it } from 'vitest'
import type { ServerConfig } from '../config/config.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import { callKeys, continuationKey } from './callKeys.ts'

const SERVER = {
  id: 'mail',
  kind: 'stdio',
  command: ['mail'],
  env: { USER: { source: 'ada', secret: false } },
}
const DEFINITION = { name: 'send', inputSchema: { type: 'object' } }
const params = (args: string) => {
  const read = parseJson(Buffer.from(`{"name":"mail__send","arguments":${args},"_meta":{"progressToken":1}}`))
  if (!read.ok) throw new Error(read.fault.explain)
  return read.value as Exchange['params']
}
const exchange = (more: Partial<Exchange> = {}, args = '{"to":"ada","n":1}'): Exchange => ({
  principal: '["local","ada"]',
  conversation: 'c1',
  transport: 'stdio',
  direction: 'client-to-server',
  era: 'legacy',
  method: 'tools/call',
  row: undefined,
  server: 'mail',
  name: 'send',
  params: params(args),
  bytes: 0,
  startedAt: 0,
  findings: [],
  ...more,
})
const keys = (
  one: Exchange,
  server: object = SERVER,
  definition: object | null = DEFINITION,
  identity = 'v1',
) =>
  callKeys(one, server as unknown as ServerConfig, {
    identity,
    definition: (definition ?? undefined) as never,
  })
const base = keys(exchange())

describe('a permission for a call', () => {
  it.each<[string, ReturnType<typeof keys>]>([
    ['another argument', keys(exchange({}, '{"to":"eve","n":1}'))],
    ['one argument more', keys(exchange({}, '{"to":"ada","n":1,"bcc":"eve"}'))],
    ['a text for a number', keys(exchange({}, '{"to":"ada","n":"1"}'))],
    [
      'a number that only a big enough integer tells apart',
      keys(exchange({}, '{"to":"ada","n":9007199254740993}')),
    ],
    ['another principal', keys(exchange({ principal: '["local","eve"]' }))],
    ['another tool', keys(exchange({ name: 'delete' }))],
    ['another server', keys(exchange({ server: 'post' }))],
    ['a changed definition', keys(exchange(), SERVER, { ...DEFINITION, description: 'Sends.' })],
    ['another version of its program, approved since', keys(exchange(), SERVER, DEFINITION, 'v1 v2')],
    ['no definition', keys(exchange(), SERVER, null)],
    ['another program', keys(exchange(), { ...SERVER, command: ['mail', '--as', 'eve'] })],
    ['another account', keys(exchange(), { ...SERVER, env: { USER: { source: 'eve', secret: false } } })],
    [
      'another address',
      keys(exchange(), { id: 'mail', kind: 'http', url: 'https://mail.example', headers: {} }),
    ],
  ])('does not cover %s', (_, other) => {
    expect(other.call).not.toBe(base.call)
  })

  it('covers the same call again, whatever only ties it to its trace', () => {
    const again = exchange({ params: { ...params('{"n":1,"to":"ada"}'), _meta: { traceparent: 'x' } } })
    expect(keys(again).call).toBe(base.call)
  })

  it('tells integers beyond what doubles hold apart', () => {
    const big = (digits: string) => keys(exchange({}, `{"n":${digits}}`)).call
    expect(big('9007199254740993')).not.toBe(big('9007199254740992'))
  })
})

it('a permission for a tool in a conversation is for that one, and for any arguments', () => {
  expect(keys(exchange({}, '{"to":"eve"}')).tool).toBe(base.tool)
  expect(keys(exchange({ conversation: 'c2' })).tool).not.toBe(base.tool)
  expect(keys(exchange({ principal: '["local","eve"]' })).tool).not.toBe(base.tool)
  expect(base.tool).not.toBe(base.call)
})

it('what goes on within an allowed call is for the state its server gave', () => {
  expect(continuationKey(base.call, 'a')).not.toBe(continuationKey(base.call, 'b'))
  expect(continuationKey(base.call, 'a')).not.toBe(base.call)
})
