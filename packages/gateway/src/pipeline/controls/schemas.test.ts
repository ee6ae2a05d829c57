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

function trusted(): Config {
  const text = '{"version":1,"servers":{"s":{"command":"x","trust":"trusted"}}}'
  const read = parseConfig(Buffer.from(text), '/c.json', { env: {}, homeDir: '/h' })
  if (!read.ok) throw read.error
  return read.config
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
    if (verdict.kind === 'rewrite')
      return JSON.stringify(verdict.body).includes('structuredContent') ? 'rewrite' : 'without structure'
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
    await inspect('tools/call', 'count', answer({ task: { taskId: 'k', status: 'working' } }))
    await inspect('tools/call', 'other', answer({ task: { taskId: 'o', status: 'working' } }))
    expect(await inspect('tasks/result', 'k', answer({ content: [], isError: true }))).toBe('pass')
    expect(await inspect('tasks/get', 'k', answer({ taskId: 'k', status: 'working' }))).toBe('pass')
    expect(await inspect('tasks/result', 'o', answer(BAD))).toBe('pass')
  })

  it('is not held against the task of another principal or server that has the same id', async () => {
    const inspect = makeControl()
    await inspect('tools/call', 'count', answer({ task: { taskId: 'k', status: 'working' } }))
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
    expect(await inspect('tasks/result', 'x', answer({ content: [], isError: true }))).toBe('pass')
    expect(await inspect('tasks/result', 'x', answer({ ...GOOD, isError: true }))).toBe('without structure')
    const findings: Finding[] = []
    expect(await makeControl(undefined, trusted())('tasks/result', 'x', answer(GOOD), { findings })).toBe(
      'pass',
    )
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

const TASK = { taskId: 'k', status: 'working' }
const MARKS: readonly JsonObject[] = [
  { task: null },
  { task: {} },
  { task: false },
  { task: TASK },
  { task: { ...TASK, status: 'odd' } },
  { resultType: 'foo' },
  { resultType: 'task' },
  { resultType: 'task', ...TASK },
  { resultType: 'input_required', inputRequests: {}, requestState: 's' },
  { resultType: 'input_required' },
]

describe('no mark of an answer takes a result past its schema', () => {
  it.each(MARKS)('%j', async (mark) => {
    const inspect = makeControl()
    await inspect('tools/call', 'count', answer({ task: { taskId: 'b', status: 'working' } }))
    expect(await inspect('tools/call', 'count', answer({ ...BAD, ...mark }))).toBe('schema/output')
    expect(await inspect('tasks/result', 'b', answer({ ...BAD, ...mark }))).toBe('schema/output')
    const done = { taskId: 'b', status: 'completed' }
    expect(await inspect('tasks/get', 'b', answer({ ...done, result: { ...BAD, ...mark } }))).toBe(
      'schema/output',
    )
    const findings: Finding[] = []
    const reporting = makeControl(undefined, trusted())
    expect(await reporting('tools/call', 'count', answer({ ...BAD, ...mark }), { findings })).toBe('pass')
    expect(findings.map(({ rule }) => rule)).toEqual(['schema/output'])
  })

  it.each([
    { task: TASK },
    { resultType: 'task', ...TASK },
    { resultType: 'input_required', inputRequests: { a: {} } },
    { resultType: 'input_required', requestState: 's' },
  ])('a task and a question without structure are shown: %j', async (body) => {
    expect(await makeControl()('tools/call', 'count', answer(body))).toBe('pass')
  })

  it.each([
    { task: { ...TASK, result: BAD } },
    { resultType: 'task', ...TASK, result: BAD },
    { ...GOOD, result: BAD },
  ])('nor does a place beside it: %j', async (body) => {
    expect(await makeControl()('tools/call', 'count', answer(body))).toBe('schema/output')
  })

  it('nor the state or the list of tasks', async () => {
    const inspect = makeControl()
    await inspect('tools/call', 'count', answer({ task: TASK }))
    expect(await inspect('tasks/get', 'k', answer({ ...TASK, ...BAD }))).toBe('schema/output')
    const list = (...tasks: JsonObject[]) => inspect('tasks/list', '', answer({ tasks }))
    expect(await list(TASK, { ...TASK, result: BAD })).toBe('schema/output')
    expect(await list({ ...TASK, taskId: 'x', result: GOOD })).toBe('tasks/unknown-tool')
    expect(await list(TASK, { ...TASK, result: GOOD })).toBe('pass')
  })

  it('an error is shown without structure that does not fit', async () => {
    const inspect = makeControl()
    const failed = { ...BAD, isError: true }
    expect(await inspect('tools/call', 'count', answer(failed))).toBe('without structure')
    expect(await inspect('tools/call', 'count', answer({ ...GOOD, isError: true }))).toBe('pass')
    expect(await inspect('tools/call', 'count', answer({ content: [], isError: true }))).toBe('pass')
    await inspect('tools/call', 'count', answer({ task: TASK }))
    expect(await inspect('tasks/result', 'k', answer(failed))).toBe('without structure')
    expect(await inspect('tasks/get', 'k', answer({ ...TASK, result: failed }))).toBe('without structure')
    const findings: Finding[] = []
    const reporting = makeControl(undefined, trusted())
    expect(await reporting('tools/call', 'count', answer(failed), { findings })).toBe('pass')
    expect(findings.map(({ rule }) => rule)).toEqual(['schema/output'])
  })
})

describe('an id that a server gives again for another tool', () => {
  it.each([
    ['count', 'other'],
    ['other', 'count'],
  ])('%s, then %s: takes no result past a schema', async (first, second) => {
    const inspect = makeControl()
    for (const name of [first, second]) await inspect('tools/call', name, answer({ task: TASK }))
    expect(await inspect('tasks/result', 'k', answer(BAD))).toBe('tasks/unknown-tool')
    expect(await inspect('tasks/result', 'k', answer({ content: [] }))).toBe('pass')
  })

  it('for the same tool is that tool', async () => {
    const inspect = makeControl()
    for (let at = 0; at < 2; at++) await inspect('tools/call', 'count', answer({ task: TASK }))
    expect(await inspect('tasks/result', 'k', answer(GOOD))).toBe('pass')
  })

  it('at another worker counts as well', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-test-'))
    const log = { debug: fail, info: fail, warn: fail, error: fail }
    const stores = [1, 2].map(
      () => new TaskToolStore({ path: join(folder, 'tasks.sqlite'), log, now: () => 1 }),
    )
    const [first, second] = stores.map((store) => makeControl(new TaskTools(store)))
    await first?.('tools/call', 'other', answer({ task: TASK }))
    expect(await first?.('tasks/result', 'k', answer(BAD))).toBe('pass')
    await second?.('tools/call', 'count', answer({ task: TASK }))
    expect(await second?.('tasks/result', 'k', answer(BAD))).toBe('tasks/unknown-tool')
    expect(await first?.('tasks/result', 'k', answer(BAD))).toBe('tasks/unknown-tool')
    for (const store of stores) store.close()
    rmSync(folder, { recursive: true })
  })
})
