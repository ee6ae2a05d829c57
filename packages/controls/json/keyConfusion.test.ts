import { expect, test } from 'vitest'
import { parseJson, writeJson } from './index.ts'

// Found by the fuzz test: V8 14.6 compares a key with the one it expects there, and takes an escaped quote for its end.
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
