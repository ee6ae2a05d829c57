import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Answer, ENVELOPE, faultOnPipe, type Home, makeHome, PipeClient } from './harness.ts'

let home: Home
const clients: PipeClient[] = []

beforeEach(() => {
  home = makeHome()
})
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()))
  home.remove()
})

const FREE = { rate: 'unlimited', schemas: { arguments: 'off', results: 'off' } }
const FORMS = { elicitation: {} }

function configure(server: 'legacy' | 'modern', more: object = {}): string {
  const entry = { ...faultOnPipe(home, 'f', server), ...FREE, tools: { ask: ['echo'] } }
  return home.configure({ servers: { f: entry }, approvals: { wait: '1m' }, ...more })
}

function start(file: string): PipeClient {
  const client = new PipeClient(home, ['stdio', '--standalone', '--config', file])
  clients.push(client)
  return client
}

const sent = () => home.witness('f.log').filter(({ method }) => method === 'tools/call')
const ruleOf = ({ result }: Answer) =>
  (result?._meta as { 'sallyport/refusal'?: { rule: string } } | undefined)?.['sallyport/refusal']?.rule
const textOf = ({ result }: Answer) => result?.content?.[0]?.text ?? ''

/** The form that the gateway puts to a legacy client. */
async function form(client: PipeClient) {
  const { answer } = await client.next(({ method }) => method === 'elicitation/create')
  const params = answer.params as { message: string; requestedSchema: { properties: { decision: object } } }
  return {
    id: answer.id,
    message: params.message,
    schema: params.requestedSchema,
    answer: (result: object) => client.send(JSON.stringify({ jsonrpc: '2.0', id: answer.id, result })),
  }
}
const accept = (decision: string) => ({ action: 'accept', content: { decision } })

const ask = {
  era: 'modern',
  forms: { 'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } } },
}
const modern = (client: PipeClient, id: number, params: object) =>
  client.request(id, 'tools/call', { name: 'f__echo', ...params, _meta: { ...ENVELOPE, ...ask.forms } })

describe.each(['legacy', 'modern'] as const)(
  'a call of a legacy client to a %s server that a person is asked about',
  (era) => {
    it('is shown with deny first, and goes on as it was when it is allowed once, once', async () => {
      const client = start(configure(era))
      await client.initialize(FORMS)
      const called = client.call(1, 'f__echo', { text: 'hello' })
      const asked = await form(client)
      expect(asked.schema.properties.decision).toMatchObject({
        enum: ['deny', 'once', '15-minutes', 'conversation'],
        default: 'deny',
      })
      expect(asked.message).toContain('/text: "hello"')
      expect(sent()).toEqual([])
      asked.answer(accept('once'))
      expect(ruleOf(await called)).toBeUndefined()
      expect(sent()).toHaveLength(1)

      const again = client.call(2, 'f__echo', { text: 'hello' })
      const askedAgain = await form(client)
      expect(askedAgain.message).toContain('These are the arguments of the last time you allowed it.')
      askedAgain.answer(accept('deny'))
      expect(ruleOf(await again)).toBe('approvals/denied')
      // Not asked a second time about what was just denied.
      expect(ruleOf(await client.call(3, 'f__echo', { text: 'hello' }))).toBe('approvals/denied')
      expect(sent()).toHaveLength(1)
    })
  },
)

describe.each(['legacy', 'modern'] as const)(
  'a call of a modern client to a %s server that a person is asked about',
  (era) => {
    it('is answered with a question, and goes on when it is called again with the answer', async () => {
      const client = start(configure(era))
      const asked = await modern(client, 1, { arguments: { text: 'hello' } })
      const { resultType, requestState, inputRequests } = asked.result as Record<string, never>
      expect(resultType).toBe('input_required')
      expect(inputRequests?.['sallyport-approval']).toMatchObject({
        method: 'elicitation/create',
        params: { mode: 'form', requestedSchema: { properties: { decision: { default: 'deny' } } } },
      })
      expect(sent()).toEqual([])
      const retry = {
        arguments: { text: 'hello' },
        requestState,
        inputResponses: { 'sallyport-approval': accept('once') },
      }
      const other = await modern(client, 2, { ...retry, arguments: { text: 'other' } })
      expect(other.error?.data?.rule).toBe('approvals/unknown')
      expect(ruleOf(await modern(client, 3, retry))).toBeUndefined()
      expect(sent()).toHaveLength(1)
      // The same answer a second time: it was used.
      const replayed = await modern(client, 4, retry)
      expect((replayed.result as { resultType?: string }).resultType).toBe('input_required')
      expect(sent()).toHaveLength(1)
      expect(textOf(replayed)).toBe('')
    })
  },
)
