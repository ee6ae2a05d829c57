import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isAnswerTo, isRpcMessage } from './answer.ts'

/** What the fast ways must agree with. */
function slow(text: string, id: number): boolean {
  try {
    const value = JSON.parse(text)
    return (
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      value.id === id &&
      ('result' in value || 'error' in value)
    )
  } catch {
    return false
  }
}

const answers = (text: string, id: number) => isAnswerTo(Buffer.from(text), id)

describe('an answer is told from other messages', () => {
  it.each([
    '{"jsonrpc":"2.0","id":7,"result":{}}',
    '{"result":{"a":[1,{"id":8}]},"jsonrpc":"2.0","id":7}',
    '{"jsonrpc":"2.0","error":{"code":-1,"message":"x"},"id":7}',
    '{"id":7,"jsonrpc":"2.0","result":{"method":"x"}}',
    ' { "jsonrpc" : "2.0" ,\n "id" : 7 ,\n "result" : { } } ',
    '{"x":1,"id":7,"result":{}}',
    '{"result":{},"id":7,"jsonrpc":"2.0"}',
    `{"result":{"text":"${'x'.repeat(500)}"},"jsonrpc":"2.0","id":7}`,
  ])('%s', (text) => {
    expect(answers(text, 7)).toBe(true)
    expect(answers(text, 8)).toBe(false)
    expect(answers(text, 77)).toBe(false)
  })

  it.each([
    '{"jsonrpc":"2.0","method":"notifications/progress","params":{"id":7,"result":1}}',
    '{"jsonrpc":"2.0","id":7,"method":"ping"}',
    '{"jsonrpc":"2.0","id":"7","result":{}}',
    '{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"x"}}',
    '{"jsonrpc":"2.0","result":{"x":{"id":7}}}',
    '{"jsonrpc":"2.0","result":{"text":",\\"id\\":7}"}}',
    '{"jsonrpc":"2.0","result":",\\"id\\":7","id":8}',
    '[{"jsonrpc":"2.0","id":7,"result":{}}]',
    '{"jsonrpc":"2.0","id":7,"result',
    'null',
    '7',
    '',
  ])('%s is none', (text) => {
    expect(answers(text, 7)).toBe(false)
  })

  it('as a whole parse would tell it, for any message in any order of members and any layout', () => {
    const id = fc.constantFrom<unknown>(7, 8, '7', null, 77, 7.5, -7)
    const tricky = fc.constantFrom<unknown>(
      'x',
      ',"id":7}',
      '{"id":7',
      { id: 7 },
      [{ id: 7, result: 1 }],
      '"',
      '\\',
    )
    const member = fc.oneof(
      fc.tuple(fc.constant('jsonrpc'), fc.constantFrom<unknown>('2.0', '1.0')),
      fc.tuple(fc.constant('id'), id),
      fc.tuple(fc.constantFrom('result', 'error', 'params', 'method', 'x'), fc.oneof(tricky, fc.jsonValue())),
    )
    fc.assert(
      fc.property(
        fc.uniqueArray(member, { selector: ([name]) => name, maxLength: 6 }),
        fc.constantFrom(undefined, 1, 4),
        (members, indent) => {
          const names = new Set(members.map(([name]) => name))
          // Both at once have no one reading; the link refuses them.
          fc.pre(!(names.has('method') && (names.has('result') || names.has('error'))))
          const text = JSON.stringify(Object.fromEntries(members), null, indent)
          expect(answers(text, 7)).toBe(slow(text, 7))
        },
      ),
      { numRuns: 3000 },
    )
  })
})

describe('a JSON-RPC body', () => {
  it('is one that says so', () => {
    expect(isRpcMessage(Buffer.from('{"jsonrpc":"2.0","id":null,"error":{}}'))).toBe(true)
    for (const text of ['{"error":"x"}', '{"jsonrpc":"1.0"}', '[]', 'null', '', '{', '"jsonrpc"']) {
      expect(isRpcMessage(Buffer.from(text))).toBe(false)
    }
  })
})
