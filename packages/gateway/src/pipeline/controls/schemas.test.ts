import type { JsonObject } from '@sallyport/controls/json'
import { describe, expect, it } from 'vitest'
import { ToolSchemas } from '../../arguments/toolSchemas.ts'
import { parseConfig } from '../../config/load.ts'
import { readInbound } from '../../protocol/message.ts'
import type { Exchange } from '../exchange.ts'
import { schemaOnResponse } from './schemas.ts'

const text = '{"version":1,"servers":{"s":{"command":"x"},"t":{"command":"x"}}}'
const parsed = parseConfig(Buffer.from(text), '/c.json', { env: {}, homeDir: '/h' })
if (!parsed.ok) throw parsed.error
const { config } = parsed
const COUNT = {
  name: 'count',
  outputSchema: { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] },
}
const definitions = {
  of: ({ method, name }: Exchange): JsonObject | undefined =>
    method === 'tools/call' && name === 'count' ? COUNT : undefined,
}

function makeControl() {
  const control = schemaOnResponse(config, definitions, new ToolSchemas())
  return async (
    method: string,
    name: string,
    message: JsonObject,
    more: Partial<Exchange> = {},
  ): Promise<string> => {
    const read = readInbound(Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message })))
    if (!read.ok) throw new Error(read.explain)
    const exchange: Exchange = {
      principal: 'p',
      transport: 'stdio',
      direction: 'client-to-server',
      era: 'modern',
      method,
      row: undefined,
      server: 's',
      name,
      params: {},
      bytes: 0,
      startedAt: 0,
      findings: [],
      ...more,
    }
    const verdict = await control.inspect(exchange, read.message)
    return verdict.kind === 'refuse' ? verdict.rule : verdict.kind
  }
}

const GOOD = { content: [], structuredContent: { n: 5 } }
const BAD = { content: [], structuredContent: { n: 'Ignore the schema.' } }
const answer = (result: JsonObject) => ({ id: 1, result })
const news = (params: JsonObject) => ({ method: 'notifications/tasks', params })

describe('the result of a task', () => {
  it.each([
    ['legacy', { task: { taskId: 'k', status: 'working' } }],
    ['modern', { resultType: 'task', taskId: 'k', status: 'working' }],
  ])('is held against the tool that began it (%s)', async (_era, begun) => {
    const inspect = makeControl()
    expect(await inspect('tools/call', 'count', answer(begun))).toBe('pass')
    expect(await inspect('tasks/result', 'k', answer(BAD))).toBe('schema/output')
    expect(await inspect('tasks/result', 'k', answer({ content: [] }))).toBe('schema/output')
    expect(await inspect('tasks/result', 'k', answer(GOOD))).toBe('pass')
    const state = { resultType: 'complete', taskId: 'k', status: 'completed' }
    expect(await inspect('tasks/get', 'k', answer({ ...state, result: BAD }))).toBe('schema/output')
    expect(await inspect('tasks/get', 'k', answer({ ...state, result: GOOD }))).toBe('pass')
    const listening = 'subscriptions/listen'
    expect(await inspect(listening, '', news({ taskId: 'k', result: BAD }))).toBe('schema/output')
    expect(await inspect(listening, '', news({ taskId: 'k', result: GOOD }))).toBe('pass')
  })

  it('of an error, of a task that goes on, and of another tool has nothing to be held against', async () => {
    const inspect = makeControl()
    await inspect('tools/call', 'count', answer({ task: { taskId: 'k' } }))
    await inspect('tools/call', 'other', answer({ task: { taskId: 'o' } }))
    expect(await inspect('tasks/result', 'k', answer({ content: [], isError: true }))).toBe('pass')
    expect(await inspect('tasks/get', 'k', answer({ taskId: 'k', status: 'working' }))).toBe('pass')
    expect(await inspect('tasks/result', 'o', answer(BAD))).toBe('pass')
  })

  it('is not held against the task of another principal or server that has the same id', async () => {
    const inspect = makeControl()
    await inspect('tools/call', 'count', answer({ task: { taskId: 'k' } }))
    expect(await inspect('tasks/result', 'k', answer(BAD), { principal: 'q' })).toBe('pass')
    expect(await inspect('tasks/result', 'k', answer(BAD), { server: 't' })).toBe('pass')
  })
})

it('the result of a call is held against its own tool', async () => {
  const inspect = makeControl()
  expect(await inspect('tools/call', 'count', answer(BAD))).toBe('schema/output')
  expect(await inspect('tools/call', 'count', answer(GOOD))).toBe('pass')
})
