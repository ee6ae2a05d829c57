import fc from 'fast-check'
import { expect, test } from 'vitest'
import { outboundLine } from './outboundLine.ts'

test('every JSON value becomes one line for every way of reading lines, and reads back the same', () => {
  const texts = fc.string({
    unit: fc.constantFrom('a', '\u2028', '\u2029', '\u0085', '\n', '\r', '\\', '"', 'é', '😀'),
  })
  fc.assert(
    fc.property(texts, (text) => {
      const line = outboundLine(JSON.stringify({ text }))
      // Everything that Node's readline or Python's splitlines ends a line at.
      for (const end of '\n\r\u0085\u2028\u2029\u000b\u000c\u001c\u001d\u001e') {
        expect(line?.slice(0, -1)).not.toContain(end)
      }
      expect(line?.endsWith('\n')).toBe(true)
      expect(JSON.parse(line ?? '')).toEqual({ text })
    }),
  )
})

test.each(['{"a":1}\n{"b":2}', '{"a":1}\r{"b":2}', '{"a":1}\n', '\u2028\n'])(
  'a text with a line break is refused: %j',
  (text) => {
    expect(outboundLine(text)).toBeUndefined()
  },
)
