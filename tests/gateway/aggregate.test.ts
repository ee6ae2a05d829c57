/** Many servers behind one endpoint: the same complete server twice, so that everything it has collides. */
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Answer, ENVELOPE, eventually, type Home, makeHome, PipeClient } from './harness.ts'

const FIXTURE = fileURLToPath(new URL('../../conformance/fixture/main.ts', import.meta.url))
const LONG = 'a_server_with_16'

let home: Home
let client: PipeClient | undefined
beforeEach(() => {
  home = makeHome()
})
afterEach(async () => {
  await client?.close()
  client = undefined
  home.remove()
})

function fixture(name: string, era: 'legacy' | 'modern', trust: string) {
  return {
    command: [process.execPath, FIXTURE, '--stdio', '--era', era, '--log', home.path(`${name}.log`)],
    era,
    trust,
  }
}

function start(era: 'legacy' | 'modern'): PipeClient {
  const file = home.configure({
    servers: {
      one: fixture('one', era, 'partial'),
      two: fixture('two', era, 'trusted'),
      [LONG]: fixture('long', era, 'partial'),
    },
  })
  client = new PipeClient(home, ['stdio', '--standalone', '--config', file])
  return client
}

const namesIn = (answer: Answer, member: string, key = 'name') =>
  ((answer.result?.[member] ?? []) as Record<string, string>[]).map((item) => item[key] ?? '')
const text = (answer: Answer) => answer.result?.content?.[0]?.text
const callsAt = (name: string, method: string) =>
  (
    home.witness(`${name}.log`) as unknown as {
      method?: string
      params?: { name?: string; taskId?: string }
    }[]
  )
    .filter((line) => line.method === method)
    .map(({ params }) => ({ name: params?.name, taskId: params?.taskId }))

describe('legacy servers behind one endpoint', () => {
  it('show their tools and prompts under their server, in the order of the configuration, each name at most 46 characters', async () => {
    const gate = start('legacy')
    const opened = await gate.initialize()
    expect(opened.result?.serverInfo).toMatchObject({ name: 'sallyport' })
    const tools = namesIn(await gate.request(1, 'tools/list'), 'tools')
    expect(tools).toContain('one__test_simple_text')
    expect(tools).toContain('two__test_simple_text')
    expect(new Set(tools).size).toBe(tools.length)
    expect(tools.every((name) => /^[A-Za-z0-9_]{1,46}$/.test(name))).toBe(true)
    expect(tools).toEqual([...tools].sort((a, b) => order(a) - order(b)))
    expect(namesIn(await gate.request(2, 'prompts/list'), 'prompts')).toContain('two__test_simple_prompt')
    expect(namesIn(await gate.request(3, 'tools/list'), 'tools')).toEqual(tools)
  })

  it('get a call under their own name for it, also when the shown one was cut, and even before anything was listed', async () => {
    const gate = start('legacy')
    await gate.initialize()
    expect(text(await gate.call(1, 'two__test_simple_text'))).toBeDefined()
    expect(callsAt('two', 'tools/call').map((line) => line.name)).toEqual(['test_simple_text'])
    expect(callsAt('one', 'tools/call')).toEqual([])
    const tools = namesIn(await gate.request(2, 'tools/list'), 'tools')
    const cut = tools.find(
      (name) => name.startsWith(`${LONG}__`) && /_[0-9a-f]{8}$/.test(name) && name.length === 46,
    )
    expect(cut).toBeDefined()
    await gate.close()
    home.remove()
    home = makeHome()
    const again = start('legacy')
    await again.initialize({ elicitation: {} })
    const asked = again.next((answer) => answer.method === 'elicitation/create')
    const answer = again.call(1, cut ?? '')
    const outcome = await Promise.race([answer, asked.then(() => 'asked' as const)])
    expect(outcome === 'asked' || outcome.result !== undefined).toBe(true)
    expect(callsAt('long', 'tools/call')).toHaveLength(1)
  })

  it('and an unknown tool, server or prompt is refused without a word to any server', async () => {
    const gate = start('legacy')
    await gate.initialize()
    for (const name of [
      'nobody__tool',
      'tool',
      'ONE__test_simple_text',
      ' one__test_simple_text',
      'one__test_simple_text\u200b',
      'one%5f_x',
    ]) {
      const answer = await gate.call(name, name)
      expect(answer.error?.code ?? answer.result?.isError, name).toBeDefined()
    }
    expect((await gate.request('p', 'prompts/get', { name: 'nobody__x' })).error?.code).toBe(-32602)
    const called = ['one', 'two', 'long'].flatMap((name) =>
      callsAt(name, 'tools/call').map((line) => line.name),
    )
    // Of those only a name that is one server's by its exact form may reach that server, which does not know it.
    expect(called.filter((name) => name === 'test_simple_text')).toEqual([])
  })

  it('that claim the same resource: the trusted one keeps it, and only that one is asked', async () => {
    const gate = start('legacy')
    await gate.initialize()
    const uris = namesIn(await gate.request(1, 'resources/list'), 'resources', 'uri')
    expect(uris.filter((uri) => uri === 'test://static-text')).toHaveLength(1)
    const read = await gate.request(2, 'resources/read', { uri: 'test://static-text' })
    expect(read.result?.contents).toBeDefined()
    expect(callsAt('two', 'resources/read')).toHaveLength(1)
    expect(callsAt('one', 'resources/read')).toEqual([])
    expect(gate.stderr).toContain('resources/collision')
    expect(
      (await gate.request(3, 'resources/read', { uri: 'test://template/7/data' })).result?.contents,
    ).toBeDefined()
    expect((await gate.request(4, 'resources/read', { uri: 'nobody://x' })).error).toMatchObject({
      code: -32002,
      data: { uri: 'nobody://x' },
    })
  })

  it('complete arguments of their own prompts, and log and ask through the one connection', async () => {
    const gate = start('legacy')
    await gate.initialize({ sampling: {} })
    const complete = await gate.request(1, 'completion/complete', {
      ref: { type: 'ref/prompt', name: 'two__test_prompt_with_arguments' },
      argument: { name: 'arg1', value: '' },
    })
    expect(complete.result?.completion).toBeDefined()
    expect(callsAt('two', 'completion/complete')).toHaveLength(1)
    const asked = gate.next((answer) => answer.method === 'sampling/createMessage')
    const answer = gate.call(2, 'one__test_sampling', { prompt: 'hello' })
    const { id } = (await asked).answer
    gate.send(
      JSON.stringify({
        jsonrpc: '2.0',
        id,
        result: { role: 'assistant', content: { type: 'text', text: 'sampled!' }, model: 'm' },
      }),
    )
    expect(text(await answer)).toContain('sampled!')
  })

  it("do not see each other: an answer to one server's question reaches that server alone, once", async () => {
    const gate = start('legacy')
    await gate.initialize({ elicitation: {} })
    const questions: Answer[] = []
    const two = [1, 2].map(() =>
      gate.next(
        (answer) =>
          answer.method === 'elicitation/create' &&
          !questions.some((one) => one.id === answer.id) &&
          questions.push(answer) > 0,
      ),
    )
    const first = gate.call('x', 'one__test_elicitation', { message: 'from one' })
    const second = gate.call('y', 'two__test_elicitation', { message: 'from two' })
    await Promise.all(two)
    const reply = (question: Answer | undefined, who: string) =>
      gate.send(
        JSON.stringify({
          jsonrpc: '2.0',
          id: question?.id,
          result: { action: 'accept', content: { username: who, email: `${who}@example.org` } },
        }),
      )
    const ofOne = questions.find((one) => one.params?.message === 'one asks: from one')
    const ofTwo = questions.find((one) => one.params?.message === 'two asks: from two')
    expect(ofOne?.id).not.toBe(ofTwo?.id)
    reply(ofTwo, 'tweedledum')
    reply(ofTwo, 'again')
    reply(ofOne, 'alice')
    expect(text(await first)).toContain('alice')
    expect(text(await second)).toContain('tweedledum')
    await eventually('the second answer is dropped', () => gate.stderr.includes('relay/unknown-answer'))
  })
})

describe('modern servers behind one endpoint', () => {
  const ask = (
    gate: PipeClient,
    id: string | number,
    method: string,
    params: object = {},
    meta: object = {},
  ) => gate.request(id, method, { ...params, _meta: { ...ENVELOPE, ...meta } })

  it('are discovered as one, with what each can and says', async () => {
    const gate = start('modern')
    const found = await ask(gate, 1, 'server/discover')
    expect(found.result).toMatchObject({
      supportedVersions: ['2026-07-28'],
      resultType: 'complete',
      cacheScope: 'private',
    })
    expect(found.result?.capabilities).toMatchObject({
      tools: expect.anything(),
      prompts: expect.anything(),
      resources: expect.anything(),
    })
    const tools = await ask(gate, 2, 'tools/list')
    expect(namesIn(tools, 'tools')).toContain('two__test_simple_text')
    expect(tools.result).toMatchObject({ cacheScope: 'private', resultType: 'complete' })
    expect(typeof tools.result?.ttlMs).toBe('number')
  })

  it('ask for input and get it with the retry, their state untouched', async () => {
    const gate = start('modern')
    const caps = { 'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } } }
    const name = 'two__test_input_required_result_request_state'
    const tools = namesIn(await ask(gate, 0, 'tools/list'), 'tools')
    const shown = tools.find(
      (one) =>
        one === name || (one.startsWith('two__test_input_required_result_r') && !one.includes('roots')),
    )
    const first = await ask(gate, 1, 'tools/call', { name: shown, arguments: {} }, caps)
    expect(first.result?.resultType).toBe('input_required')
    const retry = await ask(
      gate,
      2,
      'tools/call',
      {
        name: shown,
        arguments: {},
        inputResponses: { confirm: { action: 'accept', content: { ok: true } } },
        requestState: first.result?.requestState,
      },
      caps,
    )
    expect(text(retry)).toContain('state-ok')
    expect(callsAt('one', 'tools/call')).toEqual([])
  })

  it("are listened to on one stream: one acknowledgement first, events under the client's id, cancelled for all", async () => {
    const gate = start('modern')
    const acknowledged = gate.next((answer) => answer.method === 'notifications/subscriptions/acknowledged')
    gate.send(
      JSON.stringify({
        jsonrpc: '2.0',
        id: 'sub',
        method: 'subscriptions/listen',
        params: { notifications: { toolsListChanged: true }, _meta: ENVELOPE },
      }),
    )
    const ack = (await acknowledged).answer
    expect(ack.params).toMatchObject({
      notifications: { toolsListChanged: true },
      _meta: { 'io.modelcontextprotocol/subscriptionId': 'sub' },
    })
    const changed = gate.next((answer) => answer.method === 'notifications/tools/list_changed')
    await ask(gate, 1, 'tools/call', { name: 'one__test_trigger_tool_change', arguments: {} })
    expect((await changed).answer.params).toMatchObject({
      _meta: { 'io.modelcontextprotocol/subscriptionId': 'sub' },
    })
    gate.send('{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"sub"}}')
    for (const name of ['one', 'two', 'long']) {
      await eventually(`${name} is told`, () => callsAt(name, 'notifications/cancelled').length === 1)
    }
    const acks = gate.lines.filter((line) => line.includes('subscriptions/acknowledged'))
    expect(acks).toHaveLength(1)
  })

  it('keep task ids sealed: the shown id leads back, a made-up one leads nowhere', async () => {
    const gate = start('modern')
    const caps = {
      'io.modelcontextprotocol/clientCapabilities': { extensions: { 'io.modelcontextprotocol/tasks': {} } },
    }
    const started = await ask(
      gate,
      1,
      'tools/call',
      { name: 'two__slow_compute', arguments: { seconds: 1 } },
      caps,
    )
    expect(started.result?.resultType).toBe('task')
    const shown = String(started.result?.taskId)
    expect(shown).toMatch(/^two\./)
    const state = await ask(gate, 2, 'tasks/get', { taskId: shown }, caps)
    expect(state.result?.taskId).toBe(shown)
    expect(callsAt('two', 'tasks/get')[0]?.taskId).toBeDefined()
    expect(callsAt('two', 'tasks/get')[0]?.taskId).not.toContain('.')
    const forged = `one.${shown.slice(4)}`
    expect((await ask(gate, 3, 'tasks/get', { taskId: forged }, caps)).error?.code).toBe(-32602)
    expect((await ask(gate, 4, 'tasks/get', { taskId: shown })).error?.code).toBe(-32021)
    expect(callsAt('one', 'tasks/get')).toEqual([])
  })
})

function order(name: string): number {
  return name.startsWith('one__') ? 0 : name.startsWith('two__') ? 1 : 2
}
