import { expect, test } from 'vitest'
import { parseJson, writeJson } from './index.ts'

// Found by the fuzz test: V8 14.6 compares the raw text of a key with the key it expects there,
// so that any escape in its place is read as the backslash that came before.
test('a key that is a quote is not read as the backslash that came before it', () => {
  const seen = '{"a":1,"\\\\":1}'
  const text = '{"a":1,"\\"":1}'
  for (let at = 0; at < 100; at++) {
    expect(parseJson(Buffer.from(seen)).ok).toBe(true)
    const parse = parseJson(Buffer.from(text))
    expect(parse.ok && writeJson(parse.value)).toBe(text)
    const spaced = parseJson(Buffer.from(text.replaceAll(':', ': ')))
    expect(spaced.ok && writeJson(spaced.value)).toBe(text)
    const back = parseJson(Buffer.from(seen.replaceAll(':', ': ')))
    expect(back.ok && writeJson(back.value)).toBe(seen)
  }
})

// The attack: the keys of one message, chosen to be read wrongly after those of another.
test.each([
  ['NUL', '"\\u0000"', 'json/nul-in-key'],
  ['NUL behind a letter', '"x\\u0000"', 'json/nul-in-key'],
  ['half a surrogate pair', '"\\ud800"', 'json/lone-surrogate'],
  ['its own twin', '"\\n":1,"\\u000a"', 'json/duplicate-key'],
])('a key with %s does not hide behind a key that came before it', (_, keys, rule) => {
  const text = `{"a":1,${keys}:1}`
  for (let at = 0; at < 100; at++) {
    for (const before of ['{"a":1,"\\\\":1}', '{"a":1,"x\\\\":1}']) parseJson(Buffer.from(before))
    expect(parseJson(Buffer.from(text))).toMatchObject({ ok: false, fault: { rule } })
  }
})

test('two keys that are not equal are not taken for equal after a key that came before them', () => {
  const text = '{"a":1,"\\"":1,"\\\\":2}'
  for (let at = 0; at < 100; at++) {
    parseJson(Buffer.from('{"a":1,"\\\\":1}'))
    const parse = parseJson(Buffer.from(text))
    expect(parse.ok && writeJson(parse.value)).toBe(text)
  }
})
