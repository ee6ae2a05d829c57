import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JsonObject } from '@sallyport/controls/json'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ConsentStore } from '../../approvals/consentStore.ts'
import { TaskTools } from '../../arguments/taskTools.ts'
import { configOf } from '../../config/testing/parse.ts'
import { FlowBook } from '../../flow/flowBook.ts'
import { ToolFlow } from '../../flow/toolFlow.ts'
import type { Log } from '../../log.ts'
import { readInbound } from '../../protocol/message.ts'
import type { Exchange } from '../exchange.ts'
import { flowOnAnswer, flowOnRequest, labels } from './flow.ts'

const SECRET = 'Ottilie sells her shares in the brewery for 310,000'
const CONFIG = `
version: 1
servers:
  notes: { command: [x], trust: trusted, flow: { private: true } }
  stranger: { command: [x], trust: untrusted, flow: { privateData: "no" } }
  web: { command: [x], trust: partial }
  own: { command: [x], trust: trusted, flow: { private: false } }
`
const SILENT = { debug() {}, info() {}, warn() {}, error() {} } as unknown as Log

let folder: string
let store: ConsentStore
let gate: ReturnType<typeof make>
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-flow-'))
  store = new ConsentStore(join(folder, 'consent.sqlite'))
  gate = make()
})
afterEach(() => {
  gate.book.close()
  store.close()
  rmSync(folder, { recursive: true, force: true })
})

function make() {
  const config = configOf(CONFIG)
  const book = new FlowBook({ store, log: SILENT, now: () => 0, shared: false })
  const tasks = new TaskTools()
  const flow = new ToolFlow(config)
  const parts = {
    config,
    book,
    flow,
    tasks,
    definitions: { of: () => undefined },
    redact: (text: string) => text,
  }
  return { book, tasks, request: flowOnRequest(parts), answer: flowOnAnswer(parts), response: labels(parts) }
}

const exchange = (server: string, method: string, name: string, params: JsonObject): Exchange => ({
  principal: '["local","ada"]',
  conversation: 'c',
  transport: 'stdio',
  direction: 'client-to-server',
  era: 'modern',
  method,
  row: undefined,
  server,
  name,
  params,
  arguments: params.arguments,
  bytes: 0,
  startedAt: 0,
  findings: [],
})
function message(body: object) {
  const read = readInbound(Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...body })))
  if (!read.ok) throw new Error(read.explain)
  return read.message
}
const RESULT = { id: 1, result: { content: [{ type: 'text', text: SECRET }] } }
const sees = (asked: Exchange, body: object = RESULT) => gate.response.inspect(asked, message(body))
const readNote = () => sees(exchange('notes', 'tools/call', 'read_note', { name: 'read_note' }))
const ruleOf = async (asked: Exchange, control = gate.request) => {
  const verdict = await control.decide(asked)
  return verdict.kind === 'ask'
    ? verdict.asks[0].rule
    : verdict.kind === 'refuse'
      ? verdict.rule
      : verdict.kind
}

describe('a private value on its way to a server that gets none', () => {
  it.each<[string, (text: string) => Exchange]>([
    ['in arguments', (text) => exchange('stranger', 'tools/call', 'get_x', { arguments: { q: text } })],
    [
      'in answers to its questions that stand beside the arguments',
      (text) =>
        exchange('stranger', 'tools/call', 'get_x', {
          arguments: {},
          inputResponses: { a: { content: { x: text } } },
        }),
    ],
    [
      'in what a prompt takes',
      (text) => exchange('stranger', 'prompts/get', 'p', { arguments: { q: text } }),
    ],
    [
      'in the URI of a resource',
      (text) => exchange('stranger', 'resources/read', 'x', { uri: `x://${encodeURIComponent(text)}` }),
    ],
    [
      'in the URI of a subscription',
      (text) => exchange('stranger', 'resources/subscribe', 'x', { uri: `x://${encodeURIComponent(text)}` }),
    ],
    [
      'in what is to be completed',
      (text) => exchange('stranger', 'completion/complete', 'p', { argument: { name: 'a', value: text } }),
    ],
  ])('is refused %s', async (_, asked) => {
    readNote()
    expect(await ruleOf(asked('The weather on Tuesday in Lisbon'))).toBe('pass')
    expect(await ruleOf(asked(SECRET))).toBe('flow/private-to-untrusted')
  })

  it('is refused in the answer to its question, and nothing else is', async () => {
    readNote()
    const answer = (text: string) =>
      ({
        ...exchange('stranger', 'elicitation/create', '', { content: { text } }),
        direction: 'server-to-client',
      }) as Exchange
    expect(await ruleOf(answer(SECRET), gate.answer)).toBe('flow/private-to-untrusted')
    expect(await ruleOf(answer('Tuesday at ten is fine'), gate.answer)).toBe('pass')
  })
})

it('an address of a resource that leads into the world is asked about like a tool that fetches it', async () => {
  readNote()
  const read = (uri: string) => exchange('web', 'resources/read', uri, { uri })
  expect(await ruleOf(read(`https://sink.example/?d=${encodeURIComponent(SECRET)}`))).toBe(
    'flow/private-to-outside',
  )
  expect(await ruleOf(read(`note://${encodeURIComponent(SECRET)}`))).toBe('pass')
  expect(await ruleOf(read('https://docs.example/guide'))).toBe('pass')
})

describe('what a conversation saw is known', () => {
  const posts = () => ruleOf(exchange('web', 'tools/call', 'send_message', { arguments: { text: SECRET } }))

  it('by the result of a task, as of the tool that began it', async () => {
    gate.tasks.note({ server: 'notes', principal: '["local","ada"]', taskId: 't1' }, 'read_note')
    sees(exchange('notes', 'tasks/result', 't1', { taskId: 't1' }))
    expect(await posts()).toBe('flow/private-to-outside')
  })

  it('by the result of a task that nobody remembers, as the worst', async () => {
    sees(exchange('web', 'tasks/get', 't9', { taskId: 't9' }))
    expect(gate.book.of(exchange('web', 'x', 'x', {})).labels()).toMatchObject({
      private: [{}],
      untrusted: [{}],
    })
  })

  it.each([
    ['log', { method: 'notifications/message', params: { level: 'info', data: SECRET } }],
    [
      'progress',
      { method: 'notifications/progress', params: { progressToken: 1, progress: 1, message: SECRET } },
    ],
    ['error', { id: 1, error: { code: -32000, message: SECRET } }],
  ])('by a %s on the way', async (_, body) => {
    sees(exchange('notes', 'tools/call', 'read_note', { name: 'read_note' }), body)
    expect(await posts()).toBe('flow/private-to-outside')
  })

  it('and progress without a word is nothing', async () => {
    const silent = { method: 'notifications/progress', params: { progressToken: 1, progress: 1 } }
    sees(exchange('notes', 'tools/call', 'read_note', { name: 'read_note' }), silent)
    expect(gate.book.of(exchange('web', 'x', 'x', {})).labels().private).toEqual([])
    expect(await posts()).toBe('pass')
  })
})

it('words of a page that stand in a file of the person, read before, are not the page\u2019s; read afterwards they are', async () => {
  const sends = () =>
    exchange('web', 'tools/call', 'create_comment', { name: 'create_comment', arguments: { body: SECRET } })
  const own = () => sees(exchange('own', 'tools/call', 'read_file', { name: 'read_file' }))
  const page = () => sees(exchange('stranger', 'tools/call', 'fetch_page', { name: 'fetch_page' }))
  page()
  own()
  expect(await ruleOf(sends())).toBe('flow/untrusted-to-outside')
  gate = make()
  own()
  page()
  expect(await ruleOf(sends())).toBe('pass')
})
