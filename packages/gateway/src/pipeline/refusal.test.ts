import { parseJson } from '@sallyport/controls/json'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Exchange } from './exchange.ts'
import { refusalAnswer, refusalText } from './refusal.ts'

const call: Exchange = {
  principal: 'p',
  transport: 'http',
  direction: 'client-to-server',
  era: 'modern',
  method: 'tools/call',
  row: undefined,
  exposedName: 'files__write',
  params: {},
  bytes: 0,
  startedAt: 0,
  findings: [],
}
const refusal = { kind: 'refuse', rule: 'access/deny', explain: 'writing is not allowed here' } as const
const messageOf = (bytes: Buffer) => JSON.parse(bytes.toString('utf8'))

describe('a refusal', () => {
  it('of a tool call is a result that a model can act on', () => {
    const answer = refusalAnswer(call, { ...refusal, remedy: 'Ask the operator.' }, '"a"')
    expect(answer).toMatchObject({ status: 200 })
    expect(answer.errorCode).toBeUndefined()
    expect(messageOf(answer.bytes)).toEqual({
      jsonrpc: '2.0',
      id: 'a',
      result: {
        resultType: 'complete',
        isError: true,
        content: [
          {
            type: 'text',
            text: 'Sallyport refused tools/call files__write: writing is not allowed here. [rule access/deny] Ask the operator.',
          },
        ],
        _meta: { 'sallyport/refusal': { rule: 'access/deny' } },
      },
    })
    const legacy = refusalAnswer({ ...call, era: 'legacy' }, refusal, '1')
    expect(messageOf(legacy.bytes).result).not.toHaveProperty('resultType')
  })

  it.each([
    ['of another method', { ...call, method: 'resources/read' }, refusal, -31403, 200],
    ['with a code of the specification', call, { ...refusal, code: -32601 }, -32601, 404],
    [
      'of a legacy client, which takes every status but 200 for a broken session',
      { ...call, era: 'legacy' as const },
      { ...refusal, code: -32601 },
      -32601,
      200,
    ],
  ])('%s is a JSON-RPC error with its rule', (_, exchange, refused, code, status) => {
    const answer = refusalAnswer(exchange, refused, '7')
    expect(answer).toMatchObject({ errorCode: code, status })
    expect(messageOf(answer.bytes)).toMatchObject({ id: 7, error: { code, data: { rule: 'access/deny' } } })
  })

  it('after the call was sent never reads as if nothing had happened', () => {
    const text = refusalText(call, { ...refusal, reached: true })
    expect(text).not.toContain('refused')
    expect(text).toContain('whether it took effect there is not known')
  })

  it.each(['file:///etc/passwd', 'etc/passwd', 'users__set_password', 'vault__get_token', 'x://a/api_key'])(
    'says what is wrong with %s, which is no secret',
    (exposedName) => {
      const text = refusalText({ ...call, exposedName }, { ...refusal, explain: 'argument "/a" is not sent' })
      expect(text).toContain(`${exposedName}: argument "/a" is not sent.`)
    },
  )

  it('says no secret that stands in a name or in the sentence', () => {
    const secret = 'hunter2-hunter2'
    const named = refusalText({ ...call, exposedName: `x://a?password=${secret}` }, refusal)
    const said = refusalText(call, { ...refusal, explain: `"password=${secret}" is not sent` })
    expect(named + said).not.toContain(secret)
  })

  it('is one message of one reading, whatever the client named', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (exposedName, tool) => {
        const exchange = { ...call, exposedName, method: tool ? 'tools/call' : 'prompts/get' }
        const { bytes } = refusalAnswer(exchange, refusal, '1')
        expect(parseJson(bytes).ok).toBe(true)
        expect(bytes.includes(0x1b)).toBe(false)
      }),
    )
  })
})
