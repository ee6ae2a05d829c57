/** Clients of one era, servers of the other: translated both ways, and nothing that crosses can be forged. */
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type Answer,
  ENVELOPE,
  eventually,
  faultOnPipe,
  type Home,
  makeHome,
  PipeClient,
  processesWith,
} from './harness.ts'

const FIXTURE = fileURLToPath(new URL('../../conformance/fixture/main.ts', import.meta.url))

let home: Home
let gate: PipeClient
beforeEach(() => {
  home = makeHome()
})
afterEach(async () => {
  await gate.close()
  home.remove()
})

function start(servers: object, more: object = {}): PipeClient {
  gate = new PipeClient(home, ['stdio', '--standalone', '--config', home.configure({ servers, ...more })])
  return gate
}

const fixture = (era: 'legacy' | 'modern') => ({
  command: [process.execPath, FIXTURE, '--stdio', '--era', era, '--log', home.path('fix.log')],
  era,
  trust: 'trusted',
})
const text = (answer: Answer) => answer.result?.content?.[0]?.text
const callsTo = (name: string) =>
  home.witness('bad.log').filter((line) => line.method === 'tools/call' && line.name === name)
const names = (answer: Answer) => ((answer.result?.tools ?? []) as { name: string }[]).map(({ name }) => name)
const parsed = () => gate.lines.map((line) => JSON.parse(line) as Answer)

describe('a legacy client of a modern server', () => {
  it('opens, lists and calls it like any other, sees nothing of the other era, and its progress under its own token', async () => {
    start({ bad: faultOnPipe(home, 'bad', 'modern') })
    const opened = await gate.initialize()
    expect(opened.result?.protocolVersion).toBe('2025-11-25')
    const list = await gate.request(1, 'tools/list')
    expect(list.result).not.toHaveProperty('ttlMs')
    expect(list.result).not.toHaveProperty('resultType')
    expect(text(await gate.call(2, 'bad__slow', { tag: 'x' }, { progressToken: 'mine' }))).toBe('slow x')
    const progress = parsed().filter((one) => one.method === 'notifications/progress')
    expect(progress.map((one) => one.params?.progressToken)).toEqual(['mine', 'mine', 'mine'])
    expect(text(await gate.call(3, 'bad__echo', { n: 1 }))).toContain(
      '"io.modelcontextprotocol/protocolVersion":"2026-07-28"',
    )
    await gate.request(4, 'ping')
  })

  it('is asked what the server wants to know, and the answer goes with the next round', async () => {
    start({ fix: fixture('modern') })
    await gate.initialize({ elicitation: {} })
    const asked = gate.next((answer) => answer.method === 'elicitation/create')
    const tools = names(await gate.request('l', 'tools/list'))
    const shown = tools.find((name) => name.startsWith('fix__test_input_required_result_elici'))
    const answer = gate.call(1, shown ?? '')
    const question = (await asked).answer
    gate.send(
      JSON.stringify({
        jsonrpc: '2.0',
        id: question.id,
        result: { action: 'accept', content: { name: 'Ada' } },
      }),
    )
    expect(text(await answer)).toContain('Ada')
    expect((await answer).result).not.toHaveProperty('resultType')
  })

  it.each(['zzz', 'task', 'partial'])(
    'gets no result of a kind that is not known (%s), but why',
    async (kind) => {
      start({ bad: faultOnPipe(home, 'bad', 'modern') })
      await gate.initialize()
      const answer = await gate.call(1, 'bad__kind', { kind })
      expect(answer.result).toMatchObject({
        isError: true,
        _meta: { 'sallyport/refusal': { rule: 'shape/result' } },
      })
      expect(text(answer)).toContain('its "resultType" is none that is known here')
      expect(text(answer)).toContain('whether it took effect there is not known')
      expect(JSON.stringify(answer)).not.toMatch(/of a kind|zzz/)
      for (const args of [{ kind: 'complete' }, {}])
        expect((await gate.call(2, 'bad__kind', args)).result).toEqual({
          content: [{ type: 'text', text: 'of a kind' }],
        })
    },
  )

  it('cancels there, hears of changes, and subscribes through one stream', async () => {
    start({ bad: faultOnPipe(home, 'bad', 'modern') })
    await gate.initialize()
    gate.send('{"jsonrpc":"2.0","id":"h","method":"tools/call","params":{"name":"bad__hang"}}')
    await eventually('the call', () => callsTo('hang').length === 1)
    gate.send('{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"h"}}')
    await eventually('the cancellation', () =>
      home.witness('bad.log').some((line) => line.method === 'notifications/cancelled'),
    )
  })
})

describe('a modern client of a legacy server', () => {
  const ask = (id: string | number, method: string, params: object = {}, meta: object = {}) =>
    gate.request(id, method, { ...params, _meta: { ...ENVELOPE, ...meta } })
  const FORM = { 'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } } }

  it('discovers, lists and calls it, with all that its own era demands', async () => {
    start({ bad: faultOnPipe(home, 'bad', 'legacy') })
    const found = await ask(1, 'server/discover')
    expect(found.result).toMatchObject({ supportedVersions: ['2026-07-28'], resultType: 'complete' })
    expect((await ask(2, 'tools/list')).result).toMatchObject({
      resultType: 'complete',
      cacheScope: 'private',
    })
    const answer = await ask(
      3,
      'tools/call',
      { name: 'bad__slow', arguments: { tag: 'y' } },
      { progressToken: 7 },
    )
    expect(answer.result?.resultType).toBe('complete')
    expect(text(answer)).toBe('slow y')
    const progress = parsed().filter((one) => one.method === 'notifications/progress')
    expect(progress.map((one) => one.params?.progressToken)).toEqual([7, 7, 7])
    const echo = text(await ask(4, 'tools/call', { name: 'bad__echo', arguments: {} }))
    expect(echo).not.toContain('io.modelcontextprotocol')
  })

  it('that asks something: the call is parked, and its retry goes on with the same call', async () => {
    start({ bad: faultOnPipe(home, 'bad', 'legacy') })
    const call = { name: 'bad__ask', arguments: {} }
    const first = await ask(1, 'tools/call', call, FORM)
    expect(first.result?.resultType).toBe('input_required')
    const requests = first.result?.inputRequests as Record<string, { method: string; params: object }>
    const [key = ''] = Object.keys(requests)
    expect(requests[key]).toMatchObject({
      method: 'elicitation/create',
      params: { message: 'bad asks: name?', mode: 'form' },
    })
    const retry = {
      ...call,
      inputResponses: { [key]: { action: 'accept', content: { name: 'Ada' } } },
      requestState: first.result?.requestState,
    }
    const second = await ask(2, 'tools/call', retry, FORM)
    expect(second.id).toBe(2)
    expect(text(second)).toContain('"name":"Ada"')
    expect(callsTo('ask')).toHaveLength(1)
  })

  it('may ask in a second call while a first one is parked, and each answer reaches the call that asked', async () => {
    start({ bad: faultOnPipe(home, 'bad', 'legacy') })
    const call = (whose: string) => ({ name: 'bad__ask', arguments: { for: whose } })
    const first = await ask(1, 'tools/call', call('Ada'), FORM)
    const second = await ask(2, 'tools/call', call('Bob'), FORM)
    expect(second.result?.resultType).toBe('input_required')
    const retry = (asked: Answer, whose: string) => {
      const [key = ''] = Object.keys(asked.result?.inputRequests as object)
      const inputResponses = { [key]: { action: 'accept', content: { name: whose } } }
      return { ...call(whose), inputResponses, requestState: asked.result?.requestState }
    }
    expect(text(await ask(3, 'tools/call', retry(second, 'Bob'), FORM))).toContain('"name":"Bob"')
    expect(text(await ask(4, 'tools/call', retry(first, 'Ada'), FORM))).toContain('"name":"Ada"')
    expect(callsTo('ask')).toHaveLength(2)
  })

  it('asks nobody while several calls run: it does not say which one asks', async () => {
    start({ bad: faultOnPipe(home, 'bad', 'legacy') })
    gate.send(
      JSON.stringify({
        jsonrpc: '2.0',
        id: 'h',
        method: 'tools/call',
        params: { name: 'bad__hang', arguments: {}, _meta: { ...ENVELOPE, ...FORM } },
      }),
    )
    await eventually('the call', () => callsTo('hang').length === 1)
    const answer = await ask(1, 'tools/call', { name: 'bad__ask', arguments: {} }, FORM)
    expect(text(answer)).toContain('it cannot be told which call this belongs to')
  })

  it('refuses a handle that is forged, replayed, or used for another call, and the parked call survives it', async () => {
    start({ bad: faultOnPipe(home, 'bad', 'legacy') })
    const call = { name: 'bad__ask', arguments: { for: 'me' } }
    const first = await ask(1, 'tools/call', call, FORM)
    const state = String(first.result?.requestState)
    const [key = ''] = Object.keys(first.result?.inputRequests as object)
    const inputResponses = { [key]: { action: 'accept', content: { name: 'Eve' } } }
    const flipped = `${state.slice(0, -2)}${state.at(-2) === 'A' ? 'B' : 'A'}${state.at(-1)}`
    const attacks: object[] = [
      { ...call, inputResponses, requestState: flipped },
      { ...call, inputResponses, requestState: '' },
      { ...call, inputResponses, requestState: 7 },
      { ...call, inputResponses, requestState: null },
      { ...call, inputResponses, requestState: 'AAAA'.repeat(20) },
      { ...call, arguments: { for: 'somebody else' }, inputResponses, requestState: state },
      { name: 'bad__echo', arguments: { for: 'me' }, inputResponses, requestState: state },
    ]
    for (const [at, attack] of attacks.entries()) {
      expect((await ask(`a${at}`, 'tools/call', attack, FORM)).error?.code, JSON.stringify(attack)).toBe(
        -32602,
      )
    }
    expect(callsTo('echo')).toEqual([])
    const good = {
      ...call,
      inputResponses: { [key]: { action: 'accept', content: { name: 'Ada' } } },
      requestState: state,
    }
    expect(text(await ask('good', 'tools/call', good, FORM))).toContain('Ada')
    expect((await ask('again', 'tools/call', good, FORM)).error?.code).toBe(-32602)
    expect(callsTo('ask')).toHaveLength(1)
  })

  it('that did not declare it is never asked: the server is refused', async () => {
    start({ bad: faultOnPipe(home, 'bad', 'legacy') })
    const answer = await ask(1, 'tools/call', { name: 'bad__ask', arguments: {} })
    expect(answer.result?.resultType).toBe('complete')
    expect(text(answer)).toContain('-32601')
  })

  it.each([
    ['nothing', {}, false],
    ['that it cannot be asked this', { sampling: {} }, false],
    ['the same again', { elicitation: { form: {} } }, true],
  ])('that declares %s with its retry is asked by that', async (_what, declared, asked) => {
    start({ bad: faultOnPipe(home, 'bad', 'legacy') })
    const call = { name: 'bad__ask', arguments: { times: 2 } }
    const first = await ask(1, 'tools/call', call, FORM)
    const [key = ''] = Object.keys(first.result?.inputRequests as object)
    const inputResponses = { [key]: { action: 'accept', content: { name: 'Ada' } } }
    const retry = { ...call, inputResponses, requestState: first.result?.requestState }
    const meta = { 'io.modelcontextprotocol/clientCapabilities': declared }
    const second = await ask(2, 'tools/call', retry, meta)
    expect(second.result?.resultType).toBe(asked ? 'input_required' : 'complete')
    // The server heard why: its second question was refused, and the call went on.
    if (!asked) expect(text(second)).toContain('-32601')
    expect(callsTo('ask')).toHaveLength(1)
  })

  it('hears of what it listens to, and of nothing else', async () => {
    start({ fix: fixture('legacy') })
    const acknowledged = gate.next((answer) => answer.method === 'notifications/subscriptions/acknowledged')
    const params = {
      notifications: { toolsListChanged: true, resourceSubscriptions: ['test://watched-resource'] },
      _meta: ENVELOPE,
    }
    gate.send(JSON.stringify({ jsonrpc: '2.0', id: 'sub', method: 'subscriptions/listen', params }))
    expect((await acknowledged).answer.params).toMatchObject({
      notifications: { toolsListChanged: true, resourceSubscriptions: ['test://watched-resource'] },
      _meta: { 'io.modelcontextprotocol/subscriptionId': 'sub' },
    })
    const changed = gate.next((answer) => answer.method === 'notifications/tools/list_changed')
    await ask(1, 'tools/call', { name: 'fix__test_trigger_tool_change', arguments: {} })
    expect((await changed).answer.params?._meta).toEqual({ 'io.modelcontextprotocol/subscriptionId': 'sub' })
    await ask(2, 'tools/call', { name: 'fix__test_trigger_prompt_change', arguments: {} })
    expect(parsed().some((one) => one.method === 'notifications/prompts/list_changed')).toBe(false)
  })

  it('gets the logs of its own calls, at its own level', async () => {
    start({ bad: faultOnPipe(home, 'bad', 'legacy') })
    await ask(1, 'tools/call', { name: 'bad__log', arguments: {} })
    expect(parsed().some((one) => one.method === 'notifications/message')).toBe(false)
    await ask(
      2,
      'tools/call',
      { name: 'bad__log', arguments: {} },
      { 'io.modelcontextprotocol/logLevel': 'warning' },
    )
    const levels = parsed()
      .filter((one) => one.method === 'notifications/message')
      .map((one) => one.params?.level)
    expect(levels).toEqual(['warning'])
  })
})

it('a modern client that declares something else each time does not start a process each time', async () => {
  start({ bad: faultOnPipe(home, 'bad', 'legacy') })
  for (let at = 0; at < 30; at++) {
    const declared = { 'io.modelcontextprotocol/clientCapabilities': { experimental: { at } } }
    const params = { name: 'bad__pid', arguments: {}, _meta: { ...ENVELOPE, ...declared } }
    expect(text(await gate.request(at, 'tools/call', params))).toMatch(/^\d+$/)
  }
  await eventually('old ones are gone', () => processesWith(home.path('bad.log')).length <= 8)
})

it('a client that knows the kind of a result, or for whom it is none, gets it as it is', async () => {
  start({ fresh: faultOnPipe(home, 'fresh', 'modern'), old: faultOnPipe(home, 'old', 'legacy') })
  const args = { kind: 'of_an_extension' }
  const params = { name: 'fresh__kind', arguments: args, _meta: ENVELOPE }
  const modern = await gate.request(1, 'tools/call', params)
  expect(modern.result).toMatchObject({ resultType: 'of_an_extension', content: [{ text: 'of a kind' }] })
  await gate.initialize()
  expect(text(await gate.call(2, 'old__kind', args))).toBe('of a kind')
})

it('a list of a kind that is not known is none to clients of either era, and takes no other list with it', async () => {
  start({
    odd: faultOnPipe(home, 'odd', 'modern', ['--list-kind', 'zzz']),
    fresh: faultOnPipe(home, 'fresh', 'modern'),
  })
  const modern = names(await gate.request(1, 'tools/list', { _meta: ENVELOPE }))
  await gate.initialize()
  const legacy = names(await gate.request(2, 'tools/list'))
  for (const list of [modern, legacy]) {
    expect(list).toContain('fresh__echo')
    expect(list.filter((name) => name.startsWith('odd'))).toEqual([])
  }
})

it('servers of both eras are one list to clients of either', async () => {
  start({ old: faultOnPipe(home, 'old', 'legacy'), fresh: faultOnPipe(home, 'fresh', 'modern') })
  const modern = await gate.request(1, 'tools/list', { _meta: ENVELOPE })
  await gate.initialize()
  const legacy = await gate.request(2, 'tools/list')
  expect(names(modern)).toEqual(names(legacy))
  expect(names(modern)).toContain('old__echo')
  expect(names(modern)).toContain('fresh__echo')
})
