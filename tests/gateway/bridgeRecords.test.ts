/** What the audit trail says of calls within which a legacy server asks something: each exchange once, with what its own client got. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Answer, ENVELOPE, eventually, faultOnPipe, type Home, makeHome, PipeClient } from './harness.ts'

interface Record {
  readonly kind: string
  readonly seq: number
  readonly method?: string
  readonly requestId?: string
  readonly direction?: string
  readonly outcome?: string
  readonly rule?: string
  readonly explain?: string
  readonly errorCode?: number
  readonly name?: string
  readonly server?: string
  readonly era?: string
  readonly client?: string
  readonly arguments?: unknown
  readonly argumentsDigest?: string
  readonly resultDigest?: string
  readonly resultBytes?: number
  readonly durationMs?: number
  readonly upstreamMs?: number
}

let home: Home
let gate: PipeClient
beforeEach(() => {
  home = makeHome()
})
afterEach(async () => {
  await gate.close()
  home.remove()
})

function start(more: object = {}): void {
  const bad = { ...faultOnPipe(home, 'bad', 'legacy'), ...more }
  gate = new PipeClient(home, ['stdio', '--standalone', '--config', home.configure({ servers: { bad } })])
}

const ALL = { elicitation: { form: {} }, sampling: {}, roots: {} }
type Modern = { readonly args?: object; readonly more?: object; readonly declares?: object }
function call(id: number, { args = {}, more = {}, declares = ALL }: Modern = {}): Promise<Answer> {
  const meta = { ...ENVELOPE, 'io.modelcontextprotocol/clientCapabilities': declares }
  return gate.request(id, 'tools/call', { name: 'bad__ask', arguments: args, ...more, _meta: meta })
}
/** What a retry brings: the same answer to all that was asked. */
function answering({ result }: Answer, answer: object = { action: 'accept', content: { name: 'Ada' } }) {
  const keys = Object.keys((result?.inputRequests ?? {}) as object)
  const inputResponses = Object.fromEntries(keys.map((key) => [key, answer]))
  return { inputResponses, requestState: result?.requestState }
}
const requiresInput = ({ result }: Answer) => result?.resultType === 'input_required'
const text = ({ result }: Answer) => result?.content?.[0]?.text

/** Everything on record once the gateway has ended. */
async function trail(): Promise<Record[]> {
  await gate.close()
  return onRecord()
}
function onRecord(): Record[] {
  const folder = home.path('audit')
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').filter(Boolean))
    .map((line) => JSON.parse(line) as Record)
    .sort((a, b) => a.seq - b.seq)
}
/** Of the calls and of what was asked within them, in short. */
const told = (all: readonly Record[]) =>
  all
    .filter(({ method, direction }) => method === 'tools/call' || direction === 'server-to-client')
    .map(({ method, requestId, outcome, rule, errorCode }) =>
      [method, requestId, outcome, rule, errorCode].filter((part) => part !== undefined).join(' '),
    )

describe('a question of a legacy server to a modern client', () => {
  it.each([
    ['elicitation/create', { action: 'accept', content: { name: 'Ada' } }],
    ['sampling/createMessage', { role: 'assistant', content: { type: 'text', text: 'x' }, model: 'm' }],
    ['roots/list', { roots: [] }],
  ])('is one record, with what became of it: %s', async (method, answer) => {
    start()
    const args = { method }
    const first = await call(1, { args })
    expect(requiresInput(first)).toBe(true)
    const second = await call(2, { args, more: answering(first, answer) })
    expect(second.result?.resultType).toBe('complete')
    const all = await trail()
    expect(told(all)).toEqual(['tools/call 1 ok', `${method} "q1" ok`, 'tools/call 2 ok'])
  })

  it('has the same record as that to a legacy client', async () => {
    start()
    await call(2, { more: answering(await call(1)) })
    await gate.initialize({ elicitation: {} })
    const asked = gate.next((answer) => answer.method === 'elicitation/create')
    const answer = gate.call(3, 'bad__ask', {})
    const { id } = (await asked).answer
    gate.send(JSON.stringify({ jsonrpc: '2.0', id, result: { action: 'accept', content: {} } }))
    await answer
    const questions = (await trail()).filter(({ direction }) => direction === 'server-to-client')
    expect(questions).toHaveLength(2)
    const [modern = {}, legacy = {}] = questions.map((question) =>
      // What cannot be the same of two records, and what a client says of itself.
      Object.fromEntries(
        Object.entries(question).filter(
          ([key]) => !/^(seq|time|durationMs|prev|hash|conversation|client)$/.test(key),
        ),
      ),
    )
    expect(modern).toEqual(legacy)
    expect(modern).not.toHaveProperty('arguments')
  })

  it('that was refused, withdrawn, or left behind by its call is on record as that', async () => {
    start()
    await call(1, { declares: {} })
    expect(await call(2, { args: { end: 'withdraw', aloneAfterMs: 100 } }).then(text)).toBe('answered alone')
    expect(await call(3, { args: { aloneAfterMs: 0 } }).then(text)).toBe('answered alone')
    expect(told(await trail())).toEqual([
      'elicitation/create "q1" refused server-request/undeclared -32601',
      'tools/call 1 ok',
      'elicitation/create "q1" cancelled',
      'tools/call 2 ok',
      'elicitation/create "q2" cancelled',
      'tools/call 3 ok',
    ])
  })

  it('that a retry leaves open is asked again and is one record, as are two of one call', async () => {
    start()
    const args = { times: 2 }
    const first = await call(1, { args })
    const again = await call(2, { args, more: { requestState: first.result?.requestState } })
    expect(again.result?.inputRequests).toEqual(first.result?.inputRequests)
    const third = await call(3, { args, more: answering(again) })
    expect(requiresInput(third)).toBe(true)
    expect(text(await call(4, { args, more: answering(third) }))).toContain('Ada')
    expect(told(await trail())).toEqual([
      'tools/call 1 ok',
      'tools/call 2 ok',
      'elicitation/create "q1" ok',
      'tools/call 3 ok',
      'elicitation/create "q2" ok',
      'tools/call 4 ok',
    ])
  })
})

describe('the record of a request says what its own client got', () => {
  it('when the server ends the resumed call with an error', async () => {
    start()
    const args = { end: 'error' }
    const first = await call(1, { args })
    const second = await call(2, { args, more: answering(first) })
    expect(second.error).toMatchObject({ code: -32000 })
    const all = await trail()
    expect(told(all)).toEqual([
      'tools/call 1 ok',
      'elicitation/create "q1" ok',
      'tools/call 2 rpc-error -32000',
    ])
    const [asked, ended] = all.filter(({ method }) => method === 'tools/call')
    expect(asked?.explain).toContain('input_required')
    for (const record of [asked, ended]) {
      expect(record).toMatchObject({ name: 'ask', server: 'bad', arguments: args })
      expect(record?.resultDigest).toMatch(/^[0-9a-f]{64}$/)
      expect(record?.argumentsDigest).toBe(asked?.argumentsDigest)
      expect(record?.upstreamMs).toBeLessThanOrEqual(record?.durationMs ?? 0)
    }
    expect(asked?.resultDigest).not.toBe(ended?.resultDigest)
  })

  it('when the gateway itself ends it', async () => {
    start({ maxResult: '64KiB' })
    const args = { end: 'big' }
    const second = await call(2, { args, more: answering(await call(1, { args })) })
    expect(text(second)).toContain('shape/result-size')
    expect(told(await trail())).toEqual([
      'tools/call 1 ok',
      'elicitation/create "q1" ok',
      'tools/call 2 upstream-lost shape/result-size',
    ])
  })

  it('when the server had ended it by itself meanwhile', async () => {
    start()
    const args = { aloneAfterMs: 300 }
    const first = await call(1, { args })
    expect(requiresInput(first)).toBe(true)
    await eventually('its end', () => told(onRecord()).includes('elicitation/create "q1" cancelled'))
    const second = await call(2, { args, more: answering(first) })
    expect([second.id, text(second)]).toEqual([2, 'answered alone'])
    expect(told(await trail())).toEqual([
      'tools/call 1 ok',
      'elicitation/create "q1" cancelled',
      'tools/call 2 ok',
    ])
  })

  it('when it was cancelled after it was resumed', async () => {
    start()
    const args = { times: 2, end: 'never' }
    const first = await call(1, { args })
    const second = await call(2, { args, more: answering(first) })
    const meta = { ...ENVELOPE, 'io.modelcontextprotocol/clientCapabilities': ALL }
    const params = { name: 'bad__ask', arguments: args, ...answering(second), _meta: meta }
    gate.send(JSON.stringify({ jsonrpc: '2.0', id: 3, method: 'tools/call', params }))
    await eventually('the answer', () => told(onRecord()).includes('elicitation/create "q2" ok'))
    gate.send('{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":3}}')
    expect(told(await trail())).toEqual([
      'tools/call 1 ok',
      'elicitation/create "q1" ok',
      'tools/call 2 ok',
      'elicitation/create "q2" ok',
      'tools/call 3 cancelled',
    ])
  })

  it('and of one within which nothing is asked it is one record, as ever', async () => {
    start()
    const params = { name: 'bad__echo', arguments: { a: 1 }, _meta: ENVELOPE }
    expect((await gate.request(1, 'tools/call', params)).result?.resultType).toBe('complete')
    expect(told(await trail())).toEqual(['tools/call 1 ok'])
  })
})
