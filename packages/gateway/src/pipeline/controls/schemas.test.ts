import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JsonObject } from '@sallyport/controls/json'
import { describe, expect, it } from 'vitest'
import { TaskToolStore } from '../../arguments/taskToolStore.ts'
import { TaskTools } from '../../arguments/taskTools.ts'
import { ToolSchemas } from '../../arguments/toolSchemas.ts'
import type { Config } from '../../config/config.ts'
import { parseConfig } from '../../config/load.ts'
import { readInbound } from '../../protocol/message.ts'
import type { Exchange, Finding } from '../exchange.ts'
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
    method !== 'tools/call' ? undefined : name === 'count' ? COUNT : name === 'other' ? { name } : undefined,
}

const fail = (event: string) => {
  throw new Error(event)
}

function makeControl(tasks = new TaskTools(), of: Config = config) {
  const control = schemaOnResponse(of, definitions, new ToolSchemas(tasks))
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
    expect(await inspect('tasks/result', 'k', answer(BAD), { principal: 'q' })).toBe('tasks/unknown-tool')
    expect(await inspect('tasks/result', 'k', answer(BAD), { server: 't' })).toBe('tasks/unknown-tool')
  })

  it('that began at another worker or before a restart is held against its tool all the same', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-test-'))
    const log = { debug: fail, info: fail, warn: fail, error: fail }
    const stores = [1, 2].map(
      () => new TaskToolStore({ path: join(folder, 'tasks.sqlite'), log, now: () => 1 }),
    )
    const [first, second] = stores.map((store) => makeControl(new TaskTools(store)))
    await first?.('tools/call', 'count', answer({ task: { taskId: 'secret-id' } }))
    expect(await second?.('tasks/result', 'secret-id', answer(BAD))).toBe('schema/output')
    expect(await second?.('tasks/result', 'secret-id', answer(GOOD))).toBe('pass')
    expect(await second?.('tasks/result', 'secret-id', answer(GOOD), { principal: 'q' })).toBe(
      'tasks/unknown-tool',
    )
    for (const store of stores) store.close()
    for (const name of readdirSync(folder)) {
      expect(readFileSync(join(folder, name), 'latin1')).not.toContain('secret-id')
      expect(statSync(join(folder, name)).mode & 0o077).toBe(0)
    }
    rmSync(folder, { recursive: true })
  })

  it('of a tool that nobody knows is withheld if it has structure, and reported where that is configured', async () => {
    const inspect = makeControl()
    expect(await inspect('tasks/result', 'x', answer(GOOD))).toBe('tasks/unknown-tool')
    expect(await inspect('tasks/result', 'x', answer({ content: [{ type: 'text', text: 'done' }] }))).toBe(
      'pass',
    )
    expect(await inspect('tasks/get', 'x', answer({ taskId: 'x', status: 'completed', result: GOOD }))).toBe(
      'tasks/unknown-tool',
    )
    expect(await inspect('tasks/get', 'x', answer({ taskId: 'x', status: 'working' }))).toBe('pass')
    expect(await inspect('tasks/result', 'x', answer({ ...GOOD, isError: true }))).toBe('pass')
    const trusted = parseConfig(
      Buffer.from('{"version":1,"servers":{"s":{"command":"x","trust":"trusted"}}}'),
      '/c.json',
      { env: {}, homeDir: '/h' },
    )
    if (!trusted.ok) throw trusted.error
    const findings: Finding[] = []
    expect(
      await makeControl(undefined, trusted.config)('tasks/result', 'x', answer(GOOD), { findings }),
    ).toBe('pass')
    expect(findings.map(({ rule }) => rule)).toEqual(['tasks/unknown-tool'])
  })

  it('of a tool whose definition this client was not shown yet is not shown either', async () => {
    const inspect = makeControl()
    await inspect('tools/call', 'unseen', answer({ task: { taskId: 'u' } }))
    expect(await inspect('tasks/result', 'u', answer(GOOD))).toBe('tasks/unknown-tool')
  })
})

it('the result of a call is held against its own tool', async () => {
  const inspect = makeControl()
  expect(await inspect('tools/call', 'count', answer(BAD))).toBe('schema/output')
  expect(await inspect('tools/call', 'count', answer(GOOD))).toBe('pass')
})
