import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { answeredId } from './answeredId.ts'

const idOf = (text: string) => answeredId(Buffer.from(text))
const LONG = 'x'.repeat(10_000)

describe('whose answer it is that nobody can read', () => {
  it.each([
    [`{"jsonrpc":"2.0","id":7,"result":{"text":"${LONG}`, 7],
    [`{"id":12,"jsonrpc":"2.0","error":{"code":-1,"message":"${LONG}`, 12],
    [` { "jsonrpc" : "2.0" , "id" : 7 , "result" : { "text" : "${LONG}`, 7],
    [`{"result":{"a":[1,{"b":"}]"}]},"id":7,"more":"${LONG}`, 7],
    [`{"id":7,"result":"${LONG}`, 7],
  ])('%.40s...', (text, id) => expect(idOf(text)).toBe(id))

  it.each([
    [
      'a question of the server',
      `{"jsonrpc":"2.0","id":7,"method":"sampling/createMessage","params":{"text":"${LONG}`,
    ],
    ['a question that has a result', `{"id":7,"result":{},"method":"x","params":"${LONG}`],
    ['a notification', `{"jsonrpc":"2.0","params":"${LONG}`],
    ['an id out of sight', `{"jsonrpc":"2.0","result":"${LONG}","id":7}`],
    ['an id inside', `{"jsonrpc":"2.0","result":{"id":7,"text":"${LONG}`],
    ['two ids', `{"id":7,"id":8,"result":"${LONG}`],
    ['a text for an id', `{"id":"7","result":"${LONG}`],
    ['a fraction', `{"id":7.5,"result":"${LONG}`],
    ['an exponent', `{"id":7e1,"result":"${LONG}`],
    ['a number that is cut off', `{"result":1,"id":7`],
    ['an escaped name', `{"\\u0069d":7,"result":"${LONG}`],
    ['an escaped name beside one', `{"id":7,"\\u006dethod":"x","result":"${LONG}`],
    ['neither result nor error', `{"id":7,"params":"${LONG}`],
    ['a list', `[{"id":7,"result":"${LONG}`],
    ['no JSON', `id: 7, result: ${LONG}`],
  ])('%s tells nothing', (_, text) => expect(idOf(text)).toBeUndefined())

  it('any bytes tell an id of one reading, or none, and cost the same', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      '\\',
      ':',
      ',',
      '"id"',
      '"result"',
      '"method"',
      '7',
      ' ',
      '"a"',
    )
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 5_000 }).map((array) => Buffer.from(array)),
      fc.array(piece, { maxLength: 200 }).map((pieces) => Buffer.from(pieces.join(''))),
    )
    fc.assert(
      fc.property(bytes, (head) => {
        const id = answeredId(head)
        if (id !== undefined) expect(head.toString('latin1')).toContain(String(id))
      }),
    )
  })

  it('what a whole message says is what its first bytes say', () => {
    const value = fc.jsonValue({ maxDepth: 2 })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), value, fc.boolean(), (id, result, first) => {
        const message = first ? { id, result } : { result, id }
        const text = JSON.stringify(message)
        if (text.length < 4_000) expect(idOf(`${text.slice(0, -1)},"more":"${LONG}`)).toBe(id)
      }),
    )
  })
})
