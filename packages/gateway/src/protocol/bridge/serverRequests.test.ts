import type { JsonObject } from '@sallyport/controls/json'
import { describe, expect, it } from 'vitest'
import type { ResponseVerdict } from '../../pipeline/verdict.ts'
import { type Inbound, readInbound } from '../message.ts'
import { exposeTaskId } from '../taskIds.ts'
import type { Relay } from './relay.ts'
import { type Asker, type Questioner, ServerRequests } from './serverRequests.ts'

const KEY = Buffer.alloc(32, 7)
const metaOf = (shown: JsonObject | undefined) =>
  (shown?.params as JsonObject | undefined)?._meta as JsonObject
const RELATED = 'io.modelcontextprotocol/related-task'

/** One client, its questions as it sees them, and what each server gets back. */
function makeClient(control?: Promise<ResponseVerdict>) {
  const shown: JsonObject[] = []
  const relay = {
    controls: {
      request: [],
      answer: [],
      response: control === undefined ? [] : [{ name: 'slow', inspect: () => control }],
    },
    audit: { append: () => Promise.resolve(), healthy: true },
    log: { error: () => undefined, warn: () => undefined },
    now: () => 0,
    taskKey: KEY,
  } as unknown as Relay
  const questions = new ServerRequests(relay, (bytes) =>
    shown.push(JSON.parse(bytes.toString()) as JsonObject),
  )
  return { questions, shown }
}

function makeServer(server: string, more: Partial<Asker> = {}) {
  const got: { id: string; body: JsonObject }[] = []
  const progress: string[] = []
  const link: Questioner = {
    closed: undefined,
    respond: (id, body) => got.push({ id, body: JSON.parse(`{${body}}`) as JsonObject }),
    notify: (_method, params) => progress.push(params),
    waitForClient: () => () => undefined,
  }
  const asker: Asker = {
    server,
    link,
    principal: 'me',
    conversation: 'c',
    transport: 'stdio',
    client: undefined,
    capabilities: { elicitation: {}, sampling: {}, roots: {}, tasks: {} },
    relatedTo: undefined,
    ...more,
  }
  return { asker, link, got, progress }
}

function message(value: JsonObject): Inbound {
  const read = readInbound(Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...value })))
  if (!read.ok) throw new Error(read.explain)
  return read.message
}
const elicit = (id: string | number, params: JsonObject = {}) =>
  message({ id, method: 'elicitation/create', params: { message: 'name?', ...params } })
const task = (id: number, method: string, params: JsonObject) =>
  message({ id, method: `tasks/${method}`, params })
const settled = () => new Promise((resolve) => setImmediate(resolve))

/** Server `a` asks, and the client answers with a task. */
function withTaskOfA() {
  const { questions, shown } = makeClient()
  const a = makeServer('a')
  const b = makeServer('b')
  questions.ask(a.asker, elicit(1, { task: { ttl: 60_000 } }))
  questions.answer(
    message({ id: shown[0]?.id as string, result: { task: { taskId: 't-a', status: 'working' } } }),
  )
  shown.length = 0
  return { questions, shown, a, b }
}

it('a question that a control rewrote reaches the client as it was rewritten, and the answer its server', async () => {
  const { questions, shown } = makeClient(
    Promise.resolve({ kind: 'rewrite', rule: 'a/b', body: { message: 'name, please?' } }),
  )
  const a = makeServer('a')
  questions.ask(a.asker, elicit(1, { message: 'name? hidden' }))
  await settled()
  expect(shown).toMatchObject([{ method: 'elicitation/create', params: { message: 'name, please?' } }])
  questions.answer(message({ id: shown[0]?.id as string, result: { action: 'decline' } }))
  await settled()
  expect(a.got).toEqual([{ id: '1', body: { result: { action: 'decline' } } }])
})

describe("a client's task", () => {
  it.each(['get', 'result', 'cancel'])('is not for another server to %s', async (what) => {
    const { questions, shown, a, b } = withTaskOfA()
    questions.ask(b.asker, task(2, what, { taskId: 't-a' }))
    questions.ask(b.asker, task(3, what, { taskId: 'made-up' }))
    questions.ask(b.asker, task(4, what, {}))
    await settled()
    expect(shown).toEqual([])
    expect(b.got.map(({ body }) => (body.error as JsonObject).code)).toEqual([-32602, -32602, -32602])
    // The benign twin.
    questions.ask(a.asker, task(5, what, { taskId: 't-a' }))
    questions.answer(message({ id: shown[0]?.id as string, result: { action: 'accept' } }))
    await settled()
    expect(a.got.at(-1)).toEqual({ id: '5', body: { result: { action: 'accept' } } })
  })

  it('is listed to its own server alone', async () => {
    const { questions, shown, a, b } = withTaskOfA()
    const tasks = [{ taskId: 't-a' }, { taskId: 'unknown' }, 'junk']
    for (const { asker } of [a, b]) questions.ask(asker, task(9, 'list', {}))
    for (const { id } of [...shown])
      questions.answer(message({ id: id as string, result: { tasks, nextCursor: 'n' } }))
    await settled()
    expect(a.got.at(-1)?.body).toEqual({ result: { tasks: [{ taskId: 't-a' }], nextCursor: 'n' } })
    expect(b.got.at(-1)?.body).toEqual({ result: { tasks: [], nextCursor: 'n' } })
  })

  it("has one owner, whatever a later answer says, and does not outlive 256 newer ones of its server's", () => {
    const { questions, shown, a, b } = withTaskOfA()
    const makeTask = (asker: Asker, taskId: string) => {
      questions.ask(asker, elicit(1))
      questions.answer(message({ id: shown.at(-1)?.id as string, result: { task: { taskId } } }))
    }
    makeTask(b.asker, 't-a')
    expect(questions.taskOwner('t-a')).toBe('a')
    for (let at = 0; at < 300; at++) makeTask(b.asker, `t-${at}`)
    expect(questions.taskOwner('t-a')).toBe('a')
    expect(questions.taskOwner('t-0')).toBeUndefined()
    for (let at = 0; at < 300; at++) makeTask(a.asker, `a-${at}`)
    expect(questions.taskOwner('t-a')).toBeUndefined()
    expect(questions.taskOwner('toString')).toBeUndefined()
  })
})

describe("a server's own task that a question belongs to", () => {
  it('is shown under the id the client knows, and comes back under its own', async () => {
    const { questions, shown } = makeClient()
    const a = makeServer('a')
    questions.ask(a.asker, elicit(1, { _meta: { [RELATED]: { taskId: 'own' } } }))
    const exposed = exposeTaskId(KEY, 'me', { server: 'a', taskId: 'own' })
    const [question] = shown
    expect(metaOf(question)).toEqual({ [RELATED]: { taskId: exposed } })
    const result = { action: 'accept', _meta: { [RELATED]: { taskId: exposed } } }
    questions.answer(message({ id: question?.id as string, result }))
    await settled()
    expect(a.got[0]?.body).toEqual({ result: { action: 'accept', _meta: { [RELATED]: { taskId: 'own' } } } })
  })
})

describe('a withdrawal', () => {
  it('ends only what the same connection asked, by its own id, never by the one the client knows', async () => {
    const { questions, shown } = makeClient()
    const a = makeServer('a')
    const b = makeServer('b')
    questions.ask(a.asker, elicit(1))
    questions.ask(b.asker, elicit(2))
    const [first, second] = shown.map(({ id }) => id as string)
    expect(first).toMatch(/^gate-[0-9a-f]{16}$/)
    expect(second).not.toBe(first)
    for (const requestId of [1, '1', first, `"${first}"`, null, {}])
      questions.withdraw(b.link, { requestId } as JsonObject)
    questions.withdraw(b.link, {})
    await settled()
    expect(shown).toHaveLength(2)
    // The benign twin.
    questions.withdraw(a.link, { requestId: 1 })
    await settled()
    expect(shown.at(-1)).toMatchObject({ method: 'notifications/cancelled', params: { requestId: first } })
    expect(questions.answer(message({ id: first as string, result: {} }))).toBe(false)
    expect(questions.answer(message({ id: second as string, result: {} }))).toBe(true)
  })

  it('while controls still look at the question keeps it from the client, who cannot answer it either', async () => {
    let pass: (verdict: { kind: 'pass' }) => void = () => undefined
    const { questions, shown } = makeClient(
      new Promise((resolve) => {
        pass = resolve
      }),
    )
    const a = makeServer('a')
    questions.ask(a.asker, elicit(1))
    questions.withdraw(a.link, { requestId: 1 })
    pass({ kind: 'pass' })
    await settled()
    expect(shown).toEqual([])
  })
})

describe('the places for questions', () => {
  it('taken by one server that floods are its own: the others may ask', async () => {
    const { questions, shown } = makeClient()
    const flood = makeServer('flood')
    const a = makeServer('a')
    for (let at = 0; at < 64; at++) questions.ask(flood.asker, elicit(at))
    await settled()
    expect(shown).toHaveLength(16)
    expect(flood.got).toHaveLength(48)
    expect(JSON.stringify(flood.got[0])).toContain('server-request/too-many')
    questions.ask(a.asker, elicit(1))
    expect(shown).toHaveLength(17)
    for (let at = 0; at < 40; at++)
      for (let each = 0; each < 20; each++) questions.ask(makeServer(`s${at}`).asker, elicit(each))
    expect(shown).toHaveLength(256)
  })

  it('are given back, and the client told, when the call they were taken for ends', async () => {
    const { questions, shown } = makeClient()
    const a = makeServer('a', { relatedTo: '7' })
    questions.ask(a.asker, elicit('in call'))
    questions.ask(a.asker, message({ id: 2, method: 'roots/list' }))
    questions.ask(a.asker, elicit('of a task', { _meta: { [RELATED]: { taskId: 'own' } } }))
    questions.ask(makeServer('b', { relatedTo: '8' }).asker, elicit('other call'))
    questions.ask(makeServer('c', { relatedTo: '7', guessed: true }).asker, elicit('guessed'))
    questions.callEnded('7', 'tools/list')
    await settled()
    const ended = () =>
      shown.filter(({ method }) => method === 'notifications/cancelled').map(({ params }) => params)
    expect(ended()).toEqual([{ requestId: shown[0]?.id, reason: 'the call it belongs to is over' }])
    expect(a.got).toEqual([{ id: '"in call"', body: { error: expect.anything() } }])
    questions.callEnded('7', 'tools/call')
    await settled()
    expect(ended()).toHaveLength(2)
  })
})

describe('progress on a question', () => {
  it('reaches the server that asked, under its own token, and nobody by a guess', () => {
    const { questions, shown } = makeClient()
    const a = makeServer('a')
    questions.ask(a.asker, elicit(1, { _meta: { progressToken: 'mine' } }))
    const { progressToken } = metaOf(shown[0])
    for (const guess of [1, 'mine', 'gate-1', null])
      expect(questions.progress({ progressToken: guess })).toBe(false)
    expect(questions.progress({ progressToken: progressToken as string, progress: 1 })).toBe(true)
    expect(a.progress).toEqual(['{"progressToken":"mine","progress":1}'])
  })
})
