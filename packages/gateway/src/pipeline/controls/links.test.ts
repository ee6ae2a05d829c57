import type { JsonObject } from '@sallyport/controls/json'
import { expect, it } from 'vitest'
import { parseConfig } from '../../config/load.ts'
import { readInbound } from '../../protocol/message.ts'
import type { Exchange } from '../exchange.ts'
import { answerPolicies } from './answerPolicy.ts'
import { links } from './links.ts'

const text = '{"version":1,"servers":{"s":{"command":"x","trust":"untrusted"}}}'
const parsed = parseConfig(Buffer.from(text), '/c.json', { env: {}, homeDir: '/h' })
if (!parsed.ok) throw parsed.error
const control = links(answerPolicies(parsed.config), (one) => one)

async function shown(result: JsonObject): Promise<string> {
  const read = readInbound(Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, result })))
  if (!read.ok) throw new Error(read.explain)
  const exchange: Exchange = {
    principal: 'p',
    transport: 'stdio',
    direction: 'client-to-server',
    era: 'modern',
    method: 'tools/call',
    row: undefined,
    server: 's',
    params: {},
    bytes: 0,
    startedAt: 0,
    findings: [],
  }
  const verdict = await control.inspect(exchange, read.message)
  return JSON.stringify(verdict.kind === 'rewrite' ? verdict.body : result)
}

const PICTURE = '![x](https://evil.example/p.png)'

it('a picture of a foreign host is not fetched from the name of a member either', async () => {
  expect(await shown({ structuredContent: { [PICTURE]: { deep: 1 } } })).toContain('hxxps://evil.example')
  expect(await shown({ structuredContent: { deep: PICTURE } })).toContain('hxxps://evil.example')
})

it('names that are addresses, and plain names, stay as they are', async () => {
  const result = { structuredContent: { 'https://a.example/page': { title: 'A page' }, plain: 1 } }
  expect(await shown(result)).toBe(JSON.stringify(result))
})
