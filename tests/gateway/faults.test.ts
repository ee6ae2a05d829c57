import { writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  ENVELOPE,
  eventually,
  faultOnPipe,
  type Home,
  makeHome,
  PipeClient,
  postModern,
  processesWith,
  startHttpGateway,
} from './harness.ts'

let home: Home
beforeEach(() => {
  home = makeHome()
})
afterEach(() => home.remove())

function legacyClient(more: object = {}, server: object = {}): PipeClient {
  const file = home.configure({
    servers: { bad: { ...faultOnPipe(home, 'bad', 'legacy'), ...server } },
    ...more,
  })
  return new PipeClient(home, ['stdio', '--standalone', '--config', file])
}

const calls = (name: string) =>
  home.witness('bad.log').filter((line) => line.method === 'tools/call' && line.name === name)

describe('a legacy server on a pipe', () => {
  it('that hangs: the client gets a deadline error and the server a cancellation', async () => {
    const client = legacyClient({}, { deadline: '500ms' })
    await client.initialize()
    const answer = await client.call(1, 'bad__hang')
    expect(answer.result?.isError).toBe(true)
    expect(answer.result?.content?.[0]?.text).toMatch(/did not answer within \d+ ms.*upstream\/deadline/)
    await eventually('the cancellation', () =>
      home.witness('bad.log').some((line) => line.method === 'notifications/cancelled'),
    )
    expect(calls('hang')).toHaveLength(1)
    expect((await client.call(2, 'bad__echo')).result?.isError).toBeUndefined()
    await client.close()
  })

  // How long a restart may be put off is decided in `upstream/starts.ts` and held by its tests and by those of `restarts.test.ts`.
  it('that crashes: the call fails at once and says why, the next one finds it running again, put off by less than two seconds', async () => {
    const opened = Date.now()
    const client = legacyClient()
    await client.initialize()
    // The gateway and the server: what starting takes on a machine as busy as this one.
    const startMs = Date.now() - opened
    const pids: string[] = []
    const tookMs: number[] = []
    for (const at of [1, 2, 3]) {
      const answer = await client.call(`crash ${at}`, 'bad__crash')
      expect(answer.result?.isError).toBe(true)
      expect(answer.result?.content?.[0]?.text).toMatch(/upstream\/exited/)
      const began = Date.now()
      pids.push((await client.call(`pid ${at}`, 'bad__pid')).result?.content?.[0]?.text ?? '')
      tookMs.push(Date.now() - began)
    }
    expect(pids.every((pid) => /^\d+$/.test(pid))).toBe(true)
    expect(new Set(pids).size).toBe(3)
    expect(Math.min(...tookMs)).toBeLessThan(2_000 + startMs)
    await client.close()
  })

  it('that prints garbage: it is reported, and the answer arrives', async () => {
    const client = legacyClient()
    await client.initialize()
    expect((await client.call(1, 'bad__garbage')).result?.content?.[0]?.text).toBe('after garbage')
    await eventually('the report', () => client.stderr.includes('server.noise'))
    expect(client.stderr).not.toContain('\u001b')
    await client.close()
  })

  it('with a result over the limit: refused with its size, and one of 10 MiB passes where it is allowed', async () => {
    const client = legacyClient({}, { maxResult: '1MiB' })
    await client.initialize()
    const answer = await client.call(1, 'bad__big', { bytes: 10 * 1024 * 1024 })
    expect(answer.result?.content?.[0]?.text).toContain('shape/result-size')
    expect((await client.call(2, 'bad__big', { bytes: 1000 })).result?.content?.[0]?.text).toHaveLength(1000)
    await client.close()
    home.remove()
    home = makeHome()
    const wide = legacyClient({}, { maxResult: '16MiB' })
    await wide.initialize()
    const big = await wide.call(1, 'bad__big', { bytes: 10 * 1024 * 1024 })
    expect(big.result?.content?.[0]?.text).toHaveLength(10 * 1024 * 1024)
    await wide.close()
  })

  it('that answers twice or for others: the first own answer counts, the rest is dropped and recorded', async () => {
    const client = legacyClient()
    await client.initialize()
    expect((await client.call(1, 'bad__twice')).result?.content?.[0]?.text).toBe('first')
    expect((await client.call(2, 'bad__foreign')).result?.content?.[0]?.text).toBe('own')
    expect((await client.call(3, 'bad__echo')).id).toBe(3)
    expect(client.lines.filter((line) => line.includes('second') || line.includes('somebody else'))).toEqual(
      [],
    )
    expect(client.stderr).toContain('relay/unknown-answer')
    await client.close()
  })

  it('sees numbers exactly as the client wrote them, and the client those of the server', async () => {
    const client = legacyClient()
    await client.initialize()
    const found = client.next((answer) => answer.id === 'n')
    client.send(
      '{"jsonrpc":"2.0","id":"n","method":"tools/call","params":{"name":"bad__echo","arguments":{"a":9007199254740993,"b":-0,"c":1E400,"d":1.50}}}',
    )
    expect((await found).answer.result?.content?.[0]?.text).toContain(
      '{"a":9007199254740993,"b":-0,"c":1E400,"d":1.50}',
    )
    const numbers = client.next((answer) => answer.id === 'm')
    client.send('{"jsonrpc":"2.0","id":"m","method":"tools/call","params":{"name":"bad__numbers"}}')
    expect((await numbers).line).toContain('{"big":12345678901234567890,"minus":-0,"huge":1e400,"one":1.0}')
    await client.close()
  })

  it('gets 200 parallel calls and answers each to the request it belongs to', async () => {
    const client = legacyClient({ limits: { maxInFlightPerClient: 500 } })
    await client.initialize()
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, at) =>
        client.call(at, 'bad__slow', { tag: `t${at}`, ms: 5 }, { progressToken: at }),
      ),
    )
    answers.forEach((answer, at) => {
      expect(answer.result?.content?.[0]?.text).toBe(`slow t${at}`)
    })
    const progress = client.lines
      .map((line) => JSON.parse(line))
      .filter((one) => one.method === 'notifications/progress')
    expect(progress.length).toBe(600)
    expect(new Set(progress.map((one) => one.params.progressToken)).size).toBe(200)
    await client.close()
  })

  it('asks the client and gets the answer of the client it asked', async () => {
    const client = legacyClient()
    await client.initialize({ elicitation: {} })
    const asked = client.next((answer) => answer.method === 'elicitation/create')
    const answer = client.call(1, 'bad__ask')
    const question = (await asked).answer
    expect(question.params?.message).toBe('bad asks: name?')
    client.send(
      JSON.stringify({
        jsonrpc: '2.0',
        id: question.id,
        result: { action: 'accept', content: { name: 'Ada' } },
      }),
    )
    expect((await answer).result?.content?.[0]?.text).toContain('"name":"Ada"')
    await client.close()
  })

  it('is refused by the gateway when the client did not declare what it asks for', async () => {
    const client = legacyClient()
    await client.initialize()
    const answer = await client.call(1, 'bad__ask')
    expect(answer.result?.content?.[0]?.text).toContain('-32601')
    expect(client.lines.some((line) => line.includes('elicitation/create"'))).toBe(false)
    await client.close()
  })

  it('whose log level one client sets logs for that client alone', async () => {
    const client = legacyClient()
    await client.initialize()
    await client.request(1, 'logging/setLevel', { level: 'warning' })
    await client.call(2, 'bad__log')
    const levels = client.lines
      .map((line) => JSON.parse(line))
      .filter((one) => one.method === 'notifications/message')
    expect(levels.map((one) => one.params.level)).toEqual(['warning'])
    await client.close()
  })

  it('is cancelled when its client cancels, and no answer follows', async () => {
    const client = legacyClient()
    await client.initialize()
    client.send('{"jsonrpc":"2.0","id":"h","method":"tools/call","params":{"name":"bad__hang"}}')
    await eventually('the call', () => calls('hang').length === 1)
    client.send(
      '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"h","reason":"enough"}}',
    )
    await eventually('the cancellation', () =>
      home.witness('bad.log').some((line) => line.method === 'notifications/cancelled'),
    )
    await client.call(2, 'bad__echo')
    expect(client.lines.some((line) => line.includes('"id":"h"'))).toBe(false)
    await client.close()
  })
})

describe('malformed messages on a pipe', () => {
  it('get their exact error, nothing is forwarded, and the connection goes on', async () => {
    const client = legacyClient()
    await client.initialize()
    await eventually('the handshake', () => home.witness('bad.log').length === 2)
    const before = home.witness('bad.log').length
    const bad: [string, number, RegExp][] = [
      ['{"jsonrpc":"2.0","id":1,"method":"tools/call","method":"tools/list"}', -32700, /comes twice/],
      ['{"jsonrpc":"2.0","id":1,"Method":"tools/list","method":"ping"}', -32600, /Method/],
      ['[{"jsonrpc":"2.0","id":1,"method":"tools/list"}]', -32600, /batch/i],
      ['not json', -32700, /./],
      ['{"jsonrpc":"2.0","id":null,"method":"tools/list"}', -32600, /id/],
      ['{"jsonrpc":"2.0","id":1,"method":"tools/list","params":[]}', -32600, /params/],
    ]
    for (const [text, code, explain] of bad) {
      const found = client.next((answer) => answer.error !== undefined)
      client.send(text)
      const { error } = (await found).answer
      expect(error?.code, text).toBe(code)
      expect(error?.message, text).toMatch(explain)
    }
    expect(home.witness('bad.log')).toHaveLength(before)
    expect((await client.call(9, 'bad__echo')).result?.content).toBeDefined()
    await client.close()
  })

  it('with an id in flight are refused, and the first call goes on', async () => {
    const client = legacyClient()
    await client.initialize()
    const slow = client.next((answer) => answer.id === 1 && answer.result !== undefined)
    client.send(
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"bad__slow","arguments":{"tag":"first"}}}',
    )
    const refused = client.next((answer) => answer.error !== undefined)
    client.send('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"bad__echo"}}')
    expect((await refused).answer.error?.data?.rule).toBe('message/duplicate-id')
    expect((await slow).answer.result?.content?.[0]?.text).toBe('slow first')
    expect(calls('echo')).toHaveLength(0)
    await client.close()
  })

  it.each([
    ['a modern request', 'a legacy one', { _meta: ENVELOPE }, {}],
    ['a legacy request', 'a modern one', {}, { _meta: ENVELOPE }],
  ])('of the other era are refused as well: %s beside %s', async (_first, _second, first, second) => {
    const client = new PipeClient(home, [
      ...['stdio', '--standalone', '--config'],
      home.configure({
        servers: { old: faultOnPipe(home, 'old', 'legacy'), new: faultOnPipe(home, 'new', 'modern') },
      }),
    ])
    await client.initialize()
    const slow = client.next((answer) => answer.id === 1 && answer.result !== undefined)
    const named = (params: { readonly _meta?: object }) => ('_meta' in params ? 'new' : 'old')
    const send = (params: { readonly _meta?: object }, tool: string) =>
      client.send(
        JSON.stringify({
          jsonrpc: '2.0',
          id: 1,
          method: 'tools/call',
          params: { name: `${named(params)}__${tool}`, arguments: { tag: 'first' }, ...params },
        }),
      )
    send(first, 'slow')
    const refused = client.next((answer) => answer.error !== undefined)
    send(second, 'echo')
    expect((await refused).answer.error?.data?.rule).toBe('message/duplicate-id')
    expect((await slow).answer.result?.content?.[0]?.text).toBe('slow first')
    expect(home.witness(`${named(second)}.log`).filter((line) => line.name === 'echo')).toEqual([])
    await client.close()
  })
})

it('a call that a server does not read is not sent, and is said not to be', async () => {
  const deaf = home.path('deaf.mjs')
  writeFileSync(
    deaf,
    `import { createInterface } from 'node:readline'
    createInterface({ input: process.stdin }).on('line', (line) => {
      const { id, method } = JSON.parse(line)
      const answers = {
        initialize: { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'deaf', version: '1' } },
        'tools/list': { tools: [{ name: 'say', inputSchema: { type: 'object' } }] },
      }
      if (method === 'tools/call') process.stdin.pause()
      else if (id !== undefined) console.log(JSON.stringify({ jsonrpc: '2.0', id, result: answers[method] ?? {} }))
    })
    setInterval(() => {}, 1000)`,
  )
  const file = home.configure({
    servers: {
      deaf: {
        command: [process.execPath, deaf],
        era: 'legacy',
        deadline: '3s',
        rate: 'unlimited',
        schemas: { arguments: 'off' },
      },
    },
  })
  const client = new PipeClient(home, ['stdio', '--standalone', '--config', file])
  await client.initialize()
  await client.request('list', 'tools/list', {})
  const text = 'x'.repeat(3_600_000)
  const calls = await Promise.all(
    Array.from({ length: 7 }, (_, at) => client.call(`call-${at}`, 'deaf__say', { text })),
  )
  const told = calls.map(({ result }) => result?.content?.[0]?.text ?? '')
  const unsent = told.filter((text) => text.includes('upstream/not-read'))
  expect(unsent.length).toBeGreaterThan(0)
  for (const text of unsent) expect(text).not.toContain('had been sent')
  expect(
    told.filter((text) => text.includes('upstream/deadline') && text.includes('had been sent')),
  ).toHaveLength(7 - unsent.length)
  await client.close()
})

describe('a modern server on a pipe', () => {
  const modernClient = () => {
    const file = home.configure({
      servers: { bad: { ...faultOnPipe(home, 'bad', 'modern'), deadline: '2s' } },
    })
    return new PipeClient(home, ['stdio', '--standalone', '--config', file])
  }
  const call = (client: PipeClient, id: number, name: string, args: object = {}, meta: object = {}) =>
    client.request(id, 'tools/call', { name, arguments: args, _meta: { ...ENVELOPE, ...meta } })

  it('lists, answers, reports progress, fails and comes back like any other', async () => {
    const client = modernClient()
    const list = await client.request(1, 'tools/list', { _meta: ENVELOPE })
    expect(list.result?.tools).toContainEqual(expect.objectContaining({ name: 'bad__echo' }))
    expect(
      (await call(client, 2, 'bad__slow', { tag: 'x' }, { progressToken: 'p' })).result?.content?.[0]?.text,
    ).toBe('slow x')
    const tokens = client.lines
      .map((line) => JSON.parse(line))
      .filter((one) => one.method === 'notifications/progress')
    expect(tokens.map((one) => one.params.progressToken)).toEqual(['p', 'p', 'p'])
    expect((await call(client, 3, 'bad__crash')).result?.isError).toBe(true)
    expect((await call(client, 4, 'bad__echo')).result?.isError).toBeUndefined()
    expect((await call(client, 5, 'bad__hang')).result?.content?.[0]?.text).toContain('upstream/deadline')
    await client.close()
  })
})

describe('over HTTP', () => {
  it('a modern client that goes away mid-call cancels it at the server', async () => {
    const gateway = await startHttpGateway(home, { servers: { bad: faultOnPipe(home, 'bad', 'modern') } })
    try {
      const aborter = new AbortController()
      const hanging = postModern(
        gateway.url,
        1,
        'tools/call',
        { name: 'bad__hang', arguments: {} },
        { signal: aborter.signal },
      )
      await eventually('the call', () => calls('hang').length === 1)
      aborter.abort()
      await expect(hanging).rejects.toThrow()
      await eventually('the cancellation', () =>
        home.witness('bad.log').some((line) => line.method === 'notifications/cancelled'),
      )
    } finally {
      await gateway.stop()
    }
  })

  it('clients with equal ids get their own answers', async () => {
    const gateway = await startHttpGateway(home, {
      servers: { bad: faultOnPipe(home, 'bad', 'modern') },
      limits: { maxInFlightPerClient: 500 },
    })
    try {
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, at) =>
          postModern(
            gateway.url,
            1,
            'tools/call',
            { name: 'bad__slow', arguments: { tag: `t${at}`, ms: 3 } },
            { meta: { progressToken: 'same' } },
          ),
        ),
      )
      answers.forEach(({ messages }, at) => {
        expect(messages.at(-1)?.result?.content?.[0]?.text).toBe(`slow t${at}`)
        expect(messages.at(-1)?.id).toBe(1)
        expect(messages.length).toBe(4)
      })
    } finally {
      await gateway.stop()
    }
  })

  it('a client gets its place among the calls in flight back, however large the answer was and however the call ended', async () => {
    const gateway = await startHttpGateway(home, {
      servers: { bad: { ...faultOnPipe(home, 'bad', 'modern'), maxResult: '1MiB', deadline: '1s' } },
      // Two: the first call of a tool looks it up, which is a call of its own.
      limits: { maxInFlightPerClient: 2 },
    })
    const text = async (id: number, name: string, args: object = {}) => {
      const { messages } = await postModern(gateway.url, id, 'tools/call', { name, arguments: args })
      return messages.at(-1)?.result?.content?.[0]?.text ?? JSON.stringify(messages)
    }
    try {
      for (const bytes of [10, 100_000, 500_000])
        expect(await text(bytes, 'bad__big', { bytes })).toHaveLength(bytes)
      expect(await text(1, 'bad__big', { bytes: 2_000_000 })).toContain('shape/result-size')
      expect(await text(2, 'bad__hang')).toContain('upstream/deadline')
      expect(await text(3, 'bad__big', { bytes: 10 })).toHaveLength(10)
    } finally {
      await gateway.stop()
    }
  })

  it('/mcp/SERVER serves one server under its own names, and an unknown one is 404', async () => {
    const gateway = await startHttpGateway(home, { servers: { bad: faultOnPipe(home, 'bad', 'modern') } })
    try {
      const { messages } = await postModern(`${gateway.url}/bad`, 'a', 'tools/call', {
        name: 'echo',
        arguments: { x: 1 },
      })
      expect(messages[0]?.result?.content?.[0]?.text).toContain('"name":"echo"')
      expect((await postModern(`${gateway.url}/nobody`, 'a', 'tools/list', {})).status).toBe(404)
    } finally {
      await gateway.stop()
    }
  })

  it('a stop lets calls under way end and leaves no process behind', async () => {
    const gateway = await startHttpGateway(home, {
      servers: { bad: faultOnPipe(home, 'bad', 'modern', ['--ignore-end']) },
    })
    const slow = postModern(gateway.url, 1, 'tools/call', {
      name: 'bad__slow',
      arguments: { ms: 150, tag: 'end' },
    })
    await eventually('the call', () => calls('slow').length === 1)
    await gateway.stop()
    expect((await slow).messages.at(-1)?.result?.content?.[0]?.text).toBe('slow end')
    expect(processesWith(home.path('bad.log'))).toEqual([])
  })
})

describe('when somebody is killed', () => {
  it('the gateway: seconds later nothing it started is left', async () => {
    const client = legacyClient({}, { command: faultOnPipe(home, 'bad', 'legacy', ['--ignore-end']).command })
    await client.initialize()
    expect(processesWith(home.path('bad.log'))).toHaveLength(1)
    client.child.kill('SIGKILL')
    await client.exited
    await eventually('no orphan', () => processesWith(home.path('bad.log')).length === 0)
  })

  it('the host: the gateway ends with its pipe, and everything it started with it', async () => {
    const client = legacyClient({}, { command: faultOnPipe(home, 'bad', 'legacy', ['--ignore-end']).command })
    await client.initialize()
    client.child.stdin?.destroy()
    client.child.stdout?.destroy()
    await client.exited
    expect(processesWith(home.path('bad.log'))).toEqual([])
  })
})
