/** An own secret of the gateway reaches no server, whatever message a client makes it stand in (invariant 3). */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeCursor } from '../../packages/gateway/src/protocol/bridge/lists.ts'
import { METHODS } from '../../packages/gateway/src/protocol/methods.ts'
import { ENVELOPE, eventually, type Home, makeHome, PipeClient } from './harness.ts'
import { ERAS, type Era } from './poison.ts'

const SERVER = fileURLToPath(new URL('./canaryServer.ts', import.meta.url))
/** In pieces, so that no scanner takes this file for a leak. */
const CANARY = ['canary', 'Zq8-vN3-kP5', 'tR9'].join('-')
/** Looks like it, and is nobody's. */
const TWIN = ['canary', 'Lw4-bX7-mC2', 'yH6'].join('-')
const VENDOR = ['vendor/ask', 'notifications/vendor']

let home: Home
let clients: PipeClient[] = []
beforeEach(() => {
  home = makeHome()
  home.env.OWN_API_KEY = CANARY
})
afterEach(async () => {
  for (const { child } of clients) child.kill('SIGKILL')
  await Promise.all(clients.map(({ exited }) => exited.catch(() => undefined)))
  clients = []
  home.remove()
})

function connect(era: Era, more: object = {}): PipeClient {
  const entry = (name: string) => ({
    command: [process.execPath, SERVER, '--era', era, '--log', home.path(`${name}.raw`)],
    era,
    rate: 'unlimited',
    schemas: { arguments: 'off', results: 'off' },
  })
  const config = home.configure({
    servers: { one: entry('one'), two: entry('two') },
    methods: { allow: VENDOR },
    ...more,
  })
  const client = new PipeClient(home, ['stdio', '--standalone', '--config', config])
  client.exited.catch(() => undefined)
  clients.push(client)
  return client
}

/** Every byte that servers were sent. */
function sent(): string {
  return ['one.raw', 'two.raw']
    .map((name) => {
      try {
        return readFileSync(home.path(name), 'utf8')
      } catch {
        return ''
      }
    })
    .join('\n')
}

/** All forms in which a leak could be seen. */
function leaks(text: string, word: string): string[] {
  const bytes = Buffer.from(word)
  return [word, bytes.toString('hex'), bytes.toString('base64').slice(0, -3), word.slice(0, 12)].filter(
    (form) => text.includes(form),
  )
}

/** The next message that fits; a gateway that ended by then is a failure of something else. */
function awaited(client: PipeClient, fits: Parameters<PipeClient['next']>[0]) {
  const found = client.next(fits)
  found.catch(() => undefined)
  return found
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
const within = <T>(work: Promise<T>, ms: number): Promise<T | undefined> =>
  Promise.race([work.catch(() => undefined), sleep(ms).then(() => undefined)])

/** Params that are right, of everything that a client may send. */
const PARAMS: Readonly<Record<string, object>> = {
  'tools/call': { name: 'one__echo', arguments: { text: 'x', list: [{ deep: 'x' }] } },
  'prompts/get': { name: 'one__hello', arguments: { a: 'x' } },
  'resources/read': { uri: 'x://one' },
  'resources/subscribe': { uri: 'x://one' },
  'resources/unsubscribe': { uri: 'x://one' },
  'resources/directory/read': { uri: 'x://one' },
  'skills/get': { uri: 'x://one' },
  'subscriptions/listen': { notifications: { toolsListChanged: true, resourceSubscriptions: ['x://one'] } },
  'completion/complete': {
    ref: { type: 'ref/prompt', name: 'one__hello' },
    argument: { name: 'a', value: 'x' },
    context: { arguments: { b: 'x' } },
  },
  'logging/setLevel': { level: 'info' },
  'tasks/get': { taskId: 'x' },
  'tasks/cancel': { taskId: 'x' },
  'tasks/result': { taskId: 'x' },
  'tasks/update': { taskId: 'x', inputResponses: { q: { action: 'accept', content: { a: 'x' } } } },
  'notifications/cancelled': { requestId: 'x', reason: 'x' },
  'notifications/progress': { progressToken: 'x', progress: 1, message: 'x' },
  'notifications/tasks/status': { taskId: 'x', status: 'working', statusMessage: 'x' },
  'vendor/ask': { a: 'x' },
  'notifications/vendor': { a: 'x' },
}

/** The params with a word in each of their texts in turn, and wherever else there is room. */
function* withWord(params: object, word: string): Generator<Record<string, unknown>> {
  const half = Math.floor(word.length / 2)
  yield { ...params, _meta: { note: word } }
  yield { ...params, _meta: { [word]: true } }
  yield { ...params, _meta: { first: word.slice(0, half), second: word.slice(half) } }
  yield { ...params, _meta: { note: Buffer.from(`me:${word}`).toString('base64') } }
  yield { ...params, _meta: { 'io.modelcontextprotocol/clientInfo': { name: word, version: '1' } } }
  yield {
    ...params,
    _meta: { 'io.modelcontextprotocol/clientCapabilities': { experimental: { note: { word } } } },
  }
  yield { ...params, extra: word }
  yield { ...params, extra: { [word]: [word] } }
  yield { ...params, cursor: word }
  yield { ...params, cursor: writeCursor(new Map([['one', word]]), 1) }
  for (const path of textsOf(params)) yield replaced(params, path, word)
}

function* textsOf(value: unknown, path: string[] = []): Generator<string[]> {
  if (typeof value === 'string') yield path
  else if (typeof value === 'object' && value !== null)
    for (const [key, item] of Object.entries(value)) yield* textsOf(item, [...path, key])
}

function replaced(params: object, path: readonly string[], word: string): Record<string, unknown> {
  const copy = structuredClone(params) as Record<string, unknown>
  let at: Record<string, unknown> = copy
  for (const key of path.slice(0, -1)) at = at[key] as Record<string, unknown>
  const last = path.at(-1) ?? ''
  at[last] = at[last] === 'x://one' ? `x://one/${word}` : word
  return copy
}

const ROWS = [
  ...[...METHODS].map(([method, { type, from, eras }]) => ({ method, type, from, eras })),
  { method: 'vendor/ask', type: 'request' as const, from: 'client' as const, eras: ERAS },
  { method: 'notifications/vendor', type: 'notification' as const, from: 'client' as const, eras: ERAS },
]

function wire(era: Era, params: Record<string, unknown>): object {
  if (era === 'legacy') return params
  const capabilities = {
    elicitation: {},
    sampling: {},
    roots: {},
    extensions: { 'io.modelcontextprotocol/tasks': {} },
  }
  const meta = params._meta as Record<string, unknown> | undefined
  const own = meta?.['io.modelcontextprotocol/clientCapabilities'] as object | undefined
  return {
    ...params,
    _meta: {
      ...ENVELOPE,
      ...meta,
      'io.modelcontextprotocol/clientCapabilities': { ...capabilities, ...own },
    },
  }
}

/** Sends a word by every member of everything that a client of this era may send. */
async function everyMessage(client: PipeClient, era: Era, word: string): Promise<void> {
  let last = 0
  for (const { method, type, from, eras } of ROWS) {
    if (from === 'server' || method === 'initialize' || !eras.includes(era)) continue
    for (const params of withWord(PARAMS[method] ?? {}, word)) {
      const message = { jsonrpc: '2.0', method, params: wire(era, params) }
      if (type === 'notification') {
        client.send(JSON.stringify(message))
        continue
      }
      const id = `m${++last}`
      const answered = awaited(client, (answer) => answer.id === id && answer.method === undefined)
      client.send(JSON.stringify({ ...message, id }))
      if (method !== 'subscriptions/listen') await within(answered, 10_000)
      else client.send(JSON.stringify({ ...cancellation(id, word), params: wire(era, { requestId: id }) }))
    }
  }
}

const cancellation = (requestId: string, reason: string) => ({
  jsonrpc: '2.0',
  method: 'notifications/cancelled',
  params: { requestId, reason },
})

/** Starts a call that never ends, and ends it with the word as the reason. */
async function cancel(client: PipeClient, era: Era, word: string): Promise<void> {
  const params = wire(era, { name: 'one__slow', arguments: {} })
  const cancelled = () => sent().split('"method":"notifications/cancelled"').length
  client.send(JSON.stringify({ jsonrpc: '2.0', id: 'slow', method: 'tools/call', params }))
  await eventually('the call is under way', () => sent().includes('"name":"slow"'))
  const before = cancelled()
  client.send(JSON.stringify(cancellation('slow', word)))
  await eventually('the call is cancelled', () => cancelled() > before)
}

const ANSWERS = (word: string): readonly (readonly [question: string, answer: object])[] => [
  ['elicitation/create', { result: { action: 'accept', content: { value: word } } }],
  ['elicitation/create', { result: { action: 'accept', content: { [word]: 1 } } }],
  ['elicitation/create', { result: { action: 'accept', content: { value: 'x' }, _meta: { note: word } } }],
  ['elicitation/create', { error: { code: -32000, message: word } }],
  ['elicitation/create', { error: { code: -32000, message: 'x', data: { word } } }],
  [
    'sampling/createMessage',
    { result: { role: 'assistant', model: word, content: { type: 'text', text: 'x' } } },
  ],
  [
    'sampling/createMessage',
    { result: { role: 'assistant', model: 'x', content: { type: 'text', text: word } } },
  ],
  ['roots/list', { result: { roots: [{ uri: `file:///${word}`, name: word }] } }],
]

/** Answers every question a server can ask with the word in it. */
async function everyAnswer(client: PipeClient, era: Era, word: string): Promise<void> {
  for (const [at, [question, reply]] of ANSWERS(word).entries()) {
    const id = `q${at}`
    const call = { name: 'one__ask', arguments: { question } }
    const ended = awaited(client, (answer) => answer.id === id && answer.method === undefined)
    if (era === 'legacy') {
      const asked = awaited(client, (answer) => answer.method === question)
      client.send(JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: call }))
      const found = await within(asked, 10_000)
      const token = (found?.answer.params?._meta as { progressToken?: unknown } | undefined)?.progressToken
      if (token !== undefined) {
        const progress = { progressToken: token, progress: 1, message: word }
        client.send(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/progress', params: progress }))
      }
      client.send(JSON.stringify({ jsonrpc: '2.0', id: found?.answer.id, ...reply }))
      await within(ended, 10_000)
      continue
    }
    client.send(JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: wire(era, call) }))
    const { answer } = (await within(ended, 10_000)) ?? {}
    const { inputRequests, requestState } = answer?.result ?? {}
    if (!('result' in reply) || inputRequests === undefined) continue
    const inputResponses = Object.fromEntries(
      Object.keys(inputRequests as object).map((key) => [key, reply.result]),
    )
    await within(
      client.request(`r${at}`, 'tools/call', wire(era, { ...call, inputResponses, requestState })),
      10_000,
    )
  }
}

async function opened(era: Era, server: Era, more: object = {}): Promise<PipeClient> {
  const client = connect(server, more)
  if (era === 'legacy') await client.initialize({ elicitation: {}, sampling: {}, roots: {}, tasks: {} })
  return client
}

describe.each(ERAS.flatMap((client) => ERAS.map((server) => [client, server] as const)))(
  'a %s client and a %s server',
  (era, server) => {
    it('no member of any message, and no answer, carries an own secret of the gateway', {
      timeout: 240_000,
    }, async () => {
      const client = await opened(era, server)
      await everyMessage(client, era, CANARY)
      await everyAnswer(client, era, CANARY)
      await cancel(client, era, CANARY)
      for (const params of [
        { clientInfo: { name: CANARY, version: '1' }, capabilities: {} },
        { clientInfo: { name: 'x', version: '1' }, capabilities: { experimental: { [CANARY]: {} } } },
        { clientInfo: { name: 'x', version: '1' }, capabilities: { experimental: { a: { b: CANARY } } } },
        { clientInfo: { name: 'x', version: '1' }, capabilities: {}, _meta: { a: CANARY } },
      ]) {
        const other = connect(server)
        const answer = await other.request(1, 'initialize', { protocolVersion: '2025-11-25', ...params })
        expect(answer.error?.data).toMatchObject({ rule: 'secret/own' })
        expect(answer.error?.message).not.toContain(CANARY)
      }
      await sleep(300)
      expect(leaks(sent(), CANARY)).toEqual([])
    })

    it('what only looks like it goes through', { timeout: 240_000 }, async () => {
      const client = await opened(era, server)
      await everyMessage(client, era, TWIN)
      await everyAnswer(client, era, TWIN)
      await cancel(client, era, TWIN)
      await sleep(300)
      const lines = sent()
        .split('\n')
        .filter((line) => line.includes(TWIN))
      const methods = new Set(lines.map((line) => (JSON.parse(line) as { method?: string }).method ?? ''))
      for (const method of [
        'tools/call',
        'prompts/get',
        'resources/read',
        'completion/complete',
        'tools/list',
      ])
        expect(methods).toContain(method)
      if (era === 'legacy' && server === 'legacy') {
        for (const method of [
          '',
          'notifications/progress',
          'notifications/roots/list_changed',
          'notifications/vendor',
        ])
          expect(methods).toContain(method)
        expect(methods).toContain('notifications/cancelled')
      }
    })
  },
)

it('in profile observe it is sent, and that is written down', async () => {
  const client = await opened('legacy', 'legacy', { profile: 'observe' })
  await cancel(client, 'legacy', CANARY)
  expect(sent()).toContain(CANARY)
})
