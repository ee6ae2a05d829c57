import fc from 'fast-check'
import { parse, stringify } from 'smol-toml'
import { expect, test } from 'vitest'
import { type DocumentNode, Unreadable } from '../config/document.ts'
import { readToml } from './readToml.ts'

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

const text = fc.string({ unit: 'grapheme', maxLength: 12 })
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    text,
    fc.boolean(),
    fc.integer(),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(text, tie('value'), { maxKeys: 3 }),
  ),
}))
const document = fc.dictionary(text, value, { maxKeys: 4 })

test('what an independent writer writes is read as it was', () => {
  fc.assert(
    fc.property(document, (mean) => {
      expect(plain(readToml(stringify(mean), () => undefined))).toEqual(JSON.parse(JSON.stringify(mean)))
    }),
  )
})

/** Pieces that meet at every edge of the grammar. */
const soup = fc
  .array(
    fc.constantFrom(
      ...['a', 'b', '.', ' = ', '\n', '\r\n', '"', "'", '"""', "'''", '[', ']', '[[', ']]', '{', '}', ','],
      ...[' ', '#', '1', '-', '_', '0x', 'e5', '1979-05-27', 'T07:32:00', 'true', '\\', '\\u0041', '\\n'],
      ...['a = 1\n', '[a]\n', '[a.b]\n', '[[c]]\n', 'a.b = "x"\n'],
    ),
    { maxLength: 16 },
  )
  .map((parts) => parts.join(''))

test('never throws anything but `Unreadable`, and never reads otherwise than an independent reader', () => {
  fc.assert(
    fc.property(fc.oneof(soup, fc.string({ unit: 'binary' })), (source) => {
      let complaints = 0
      let node: DocumentNode | undefined
      try {
        node = readToml(source, () => complaints++)
      } catch (error) {
        if (!(error instanceof Unreadable)) throw error
      }
      let other: unknown
      try {
        other = parse(source)
      } catch {
        // It refuses more: tables that were closed, line breaks of TOML 1.1.
        return
      }
      if (/\d{2}:\d{2}|1979/.test(source)) return
      expect(complaints).toBe(0)
      expect(node === undefined ? 'unread' : plain(node)).toEqual(JSON.parse(JSON.stringify(other)))
    }),
    { numRuns: Number(process.env.FUZZ_RUNS ?? 2000) },
  )
})
