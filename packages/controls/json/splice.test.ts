import { describe, expect, test } from 'vitest'
import { isObject, type JsonObject, parseJson, spliceMember } from './index.ts'

function read(text: string): { bytes: Buffer; value: JsonObject } {
  const bytes = Buffer.from(text)
  const parse = parseJson(bytes)
  if (!parse.ok || !isObject(parse.value)) throw new Error('no object')
  return { bytes, value: parse.value }
}

describe('the bytes of a member are found without reading it', () => {
  const result = '{"content":[{"type":"text","text":"a \\"b\\" € 😀"}],"id":9,"result":{"id":1}}'
  test.each([
    ['last', `{"jsonrpc":"2.0","id":1,"result":${result}}`, 'result', result],
    ['first', `{"result":${result},"jsonrpc":"2.0","id":1}`, 'result', result],
    ['in the middle', `{"jsonrpc":"2.0","result":${result},"id":"é😀"}`, 'result', result],
    ['behind an id that is not ASCII', `{"id":"é😀\\"","result":${result}}`, 'result', result],
    ['behind an id kept exactly', `{"id":9007199254740993,"result":${result}}`, 'result', result],
    ['alone', `{"result":${result}}`, 'result', result],
    [
      'an error',
      '{"jsonrpc":"2.0","id":null,"error":{"code":-1,"message":"x"}}',
      'error',
      '{"code":-1,"message":"x"}',
    ],
    ['a number', '{"a":12,"b":true}', 'a', '12'],
    ['a key with a quote', '{"a\\"":[1],"b":true}', 'a"', '[1]'],
    ['__proto__', '{"__proto__":[1],"b":true}', '__proto__', '[1]'],
  ])('%s', (_, text, member, part) => {
    const { bytes, value } = read(text)
    const spliced = spliceMember(bytes, value, member)
    expect(spliced?.toString()).toBe(part)
    expect(spliced?.buffer, 'no copy').toBe(bytes.buffer)
  })
})

describe('a place that cannot be proven is not given', () => {
  test.each([
    ['no such member', '{"a":1}', 'b'],
    ['a member of every object', '{"a":1}', 'toString'],
    ['__proto__ that is not there', '{"a":1}', '__proto__'],
    ['another member that is an object', '{"a":{},"b":[1]}', 'b'],
    ['another member that is long', `{"a":"${'x'.repeat(5000)}","b":[1]}`, 'b'],
    ['another key that is long', `{"${'x'.repeat(5000)}":1,"b":[1]}`, 'b'],
    ['white space before it', '{"a":1, "b":[1]}', 'b'],
    ['white space behind its colon', '{"a":1,"b": [1]}', 'b'],
    ['white space behind it', '{"a":1,"b":[1] ,"c":1}', 'b'],
    ['white space behind the message', '{"a":1,"b":[1]}\n', 'b'],
    ['an escape that is not ours', '{"a":"\\u0041","b":[1]}', 'b'],
    ['keys in another order than the object has them', '{"b":[1],"1":1}', 'b'],
  ])('%s', (_, text, member) => {
    const { bytes, value } = read(text)
    expect(spliceMember(bytes, value, member)).toBeUndefined()
  })

  test('bytes of another message', () => {
    const { value } = read('{"id":1,"result":{}}')
    expect(spliceMember(Buffer.from('{"id":2,"result":{}}'), value, 'result')).toBeUndefined()
    expect(spliceMember(Buffer.from('{}'), value, 'result')).toBeUndefined()
    expect(spliceMember(Buffer.from(''), value, 'result')).toBeUndefined()
  })
})
