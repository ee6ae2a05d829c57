import type { JsonObject } from '@sallyport/controls/json'
import { describe, expect, it } from 'vitest'
import type { ExchangeEntry } from '../../audit/entry.ts'
import type { Exchange } from '../../pipeline/exchange.ts'
import type { ResponseVerdict, Verdict } from '../../pipeline/verdict.ts'
import type { Link } from '../../upstream/link.ts'
import { type Inbound, readInbound } from '../message.ts'
import { CallQuestions } from './callQuestions.ts'
import type { Relay } from './relay.ts'

interface Controls {
  readonly question?: Promise<ResponseVerdict>
  readonly answer?: Verdict
}

/** The questions of one call: what is on record of them, and what the server hears. */
function makeQuestions({ question, answer }: Controls = {}) {
  const records: ExchangeEntry[] = []
  const heard: { readonly id: string; readonly body: JsonObject }[] = []
  const events: unknown[] = []
  const relay = {
    controls: {
      answer: answer === undefined ? [] : [{ name: 'answer', decide: () => answer }],
      response: question === undefined ? [] : [{ name: 'slow', inspect: () => question }],
    },
    audit: {
      append: (entry: ExchangeEntry) => {
        if (entry.kind === 'exchange') records.push(entry)
        else events.push(entry)
        return Promise.resolve()
      },
    },
    log: { error: () => undefined, warn: () => undefined },
    now: () => 0,
  } as unknown as Relay
  const link = {
    closed: undefined,
    respond: (id: string, body: string) => heard.push({ id, body: JSON.parse(`{${body}}`) as JsonObject }),
    waitForClient: () => () => undefined,
  } as unknown as Link
  const exchange = { principal: 'me', server: 's', requestId: '1', arguments: { a: 1 }, findings: [] }
  let capabilities: JsonObject = { elicitation: {}, sampling: {} }
  const questions = new CallQuestions(
    relay,
    () => ({ exchange: exchange as unknown as Exchange, capabilities }),
    () => undefined,
  )
  return {
    questions,
    records,
    events,
    heard,
    ask: (id: number, method = 'elicitation/create') => questions.ask(message(id, method), link),
    declare: (now: JsonObject) => {
      capabilities = now
    },
  }
}

function message(id: number, method: string): Inbound {
  const read = readInbound(
    Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, method, params: { message: 'name?' } })),
  )
  if (!read.ok) throw new Error(read.explain)
  return read.message
}
const settled = () => new Promise((resolve) => setImmediate(resolve))
const told = (records: readonly ExchangeEntry[]) =>
  records.map(({ requestId, outcome, rule }) =>
    [requestId, outcome, rule].filter((part) => part !== undefined).join(' '),
  )
const ACCEPT = { action: 'accept', content: {} }

describe('a question within a call', () => {
  it('is answered by a client that was asked, never by one that guesses its key', async () => {
    const { questions, ask, heard, records } = makeQuestions()
    ask(7)
    expect(Object.keys(questions.show())).toEqual(['input-1'])
    ask(8)
    questions.answer({ 'input-1': ACCEPT, 'input-2': ACCEPT })
    await settled()
    expect(heard).toEqual([{ id: '7', body: { result: ACCEPT } }])
    expect(Object.keys(questions.show())).toEqual(['input-2'])
    questions.answer({ 'input-2': ACCEPT })
    await settled()
    expect(heard).toHaveLength(2)
    expect(told(records)).toEqual(['7 ok', '8 ok'])
  })

  it('is on record as its own: nothing of the call it belongs to but who called', async () => {
    const { questions, ask, records } = makeQuestions()
    ask(7)
    questions.show()
    questions.answer({ 'input-1': ACCEPT })
    await settled()
    expect(records[0]).toMatchObject({ principal: 'me', server: 's', direction: 'server-to-client' })
    expect(records[0]?.arguments).toBeUndefined()
  })

  it('whose answer is refused is one record that says so, and the server learns the rule alone', async () => {
    const answer: Verdict = { kind: 'refuse', rule: 'secret/outbound', explain: 'it holds a secret' }
    const { questions, ask, heard, records, events } = makeQuestions({ answer })
    ask(7)
    questions.show()
    questions.answer({ 'input-1': ACCEPT })
    await settled()
    expect(told(records)).toEqual(['7 refused secret/outbound'])
    expect(events).toEqual([])
    expect(heard[0]?.body.error).toMatchObject({ data: { rule: 'secret/outbound' } })
    expect(JSON.stringify(heard)).not.toContain('it holds')
  })

  it('that controls refuse, that is one too many, or of no kind there is, is refused under its own rule', async () => {
    const verdict: ResponseVerdict = { kind: 'refuse', rule: 'elicitation/secret', explain: 'no' }
    const refusing = makeQuestions({ question: Promise.resolve(verdict) })
    refusing.ask(1)
    await settled()
    expect(told(refusing.records)).toEqual(['1 refused elicitation/secret'])
    expect(refusing.questions.isWaiting).toBe(false)
    const { ask, records, heard } = makeQuestions()
    for (let id = 1; id <= 17; id++) ask(id)
    ask(18, 'tasks/list')
    ask(19, 'roots/list')
    await settled()
    expect(told(records)).toEqual([
      '17 refused server-request/too-many',
      '18 refused server-request/undeclared',
      '19 refused server-request/undeclared',
    ])
    expect(heard.map(({ id }) => id)).toEqual(['17', '18', '19'])
  })

  it('is for a client that declares with this very request that it can be asked', async () => {
    const { questions, ask, declare, records, heard } = makeQuestions()
    ask(1)
    ask(2, 'sampling/createMessage')
    questions.show()
    // The answer it has is taken; the question it leaves open is asked again only if it still may be.
    declare({ elicitation: {} })
    questions.answer({})
    await settled()
    expect(told(records)).toEqual(['2 refused server-request/undeclared'])
    expect(Object.keys(questions.show())).toEqual(['input-1'])
    declare({})
    questions.answer({ 'input-1': ACCEPT })
    ask(3)
    await settled()
    expect(questions.isWaiting).toBe(false)
    expect(told(records).slice(1)).toEqual(['1 ok', '3 refused server-request/undeclared'])
    expect(heard.map(({ id }) => id)).toEqual(['2', '1', '3'])
    expect(heard[2]?.body.error).toMatchObject({ code: -32601 })
  })

  it('that its call or its server ends while controls look at it reaches no client', async () => {
    let pass: (verdict: ResponseVerdict) => void = () => undefined
    const question = new Promise<ResponseVerdict>((resolve) => {
      pass = resolve
    })
    const { questions, ask, records } = makeQuestions({ question })
    ask(1)
    ask(2)
    questions.withdraw('1')
    questions.end()
    pass({ kind: 'pass' })
    await settled()
    expect(questions.isWaiting).toBe(false)
    ask(3)
    await settled()
    expect(told(records)).toEqual(['1 cancelled', '2 cancelled', '3 refused bridge/unrelated'])
  })
})
