import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type DocumentNode, Unreadable } from './document.ts'
import { readJsonc } from './readJsonc.ts'

function plain(node: DocumentNode): unknown {
  switch (node.kind) {
    case 'map':
      return Object.fromEntries(node.entries.map(({ key, node: inner }) => [key, plain(inner)]))
    case 'list':
      return node.items.map(plain)
    case 'null':
      return null
    default:
      return node.value
  }
}

/** As `JSON.parse` answers: the value, or that there is none. */
function attempt(read: () => unknown): unknown {
  try {
    return { value: read() }
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof Unreadable)) throw error
    return 'refused'
  }
}

const read = (text: string, relaxed = false) => plain(readJsonc(text, { relaxed }, () => {}))

test('strict JSON is what JSON.parse reads, and nothing else', () => {
  const json = fc.json({ maxDepth: 4 })
  const soup = fc
    .array(
      fc.constantFrom(
        ...'{}[]:,"\\ \n\t01.eE+-tfnu/*',
        'true',
        'null',
        '"a"',
        '"\\u0041"',
        '1',
        '-',
        '\u0000',
        '\ufeff',
        '\u00a0',
      ),
      { maxLength: 14 },
    )
    .map((parts) => parts.join(''))
  const spoiled = fc
    .tuple(json, fc.nat(), soup)
    .map(([text, at, piece]) => text.slice(0, at % text.length) + piece + text.slice(at % text.length))
  fc.assert(
    fc.property(fc.oneof(json, soup, spoiled), (text) => {
      expect(attempt(() => read(text))).toEqual(attempt(() => JSON.parse(text)))
    }),
    { numRuns: 2000 },
  )
})

test('comments and trailing commas change nothing in JSONC', () => {
  const space = fc.constantFrom('', ' ', '\n', '/* , } */', '// ] "x\n', '/**/\t')
  fc.assert(
    fc.property(
      fc.jsonValue({ maxDepth: 3 }),
      fc.array(space, { minLength: 8, maxLength: 8 }),
      (value, spaces) => {
        let at = 0
        const gap = () => spaces[at++ % spaces.length] ?? ''
        const write = (inner: unknown): string => {
          if (Array.isArray(inner)) {
            return inner.length === 0
              ? `[${gap()}]`
              : `[${inner.map((item) => gap() + write(item) + gap()).join(',')},${gap()}]`
          }
          if (typeof inner === 'object' && inner !== null) {
            const members = Object.entries(inner).map(
              ([key, item]) => `${gap()}${JSON.stringify(key)}${gap()}:${gap()}${write(item)}`,
            )
            return members.length === 0 ? `{${gap()}}` : `{${members.join(',')},${gap()}}`
          }
          return JSON.stringify(inner)
        }
        expect(read(gap() + write(value) + gap(), true)).toEqual(JSON.parse(JSON.stringify(value)))
      },
    ),
    { numRuns: 1000 },
  )
})

test.each([
  '[1,,]',
  '[,]',
  '{,}',
  '/* x',
  '[1]/',
  '[1] x',
  '{a:1}',
  "{'a':1}",
  '[1 2]',
  '',
  '//',
  '["\\x"]',
  '[01]',
  '[.5]',
  '[+1]',
  '[NaN]',
])('%s is refused in JSONC, too', (text) => {
  expect(attempt(() => read(text, true))).toBe('refused')
})
