import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { carriersOf } from './carriers.ts'
import { type LinkPolicy, neutraliseLinks } from './index.ts'

const numRuns = Number(process.env.FUZZ_RUNS ?? 300)
const seed = process.env.FUZZ_SEED === undefined ? {} : { seed: Number(process.env.FUZZ_SEED) }
vi.setConfig({ testTimeout: 60_000 + numRuns * 100 })

const POLICY: LinkPolicy = {
  images: 'own-hosts',
  links: 'no-data',
  hosts: ['own.example'],
  known: ['a text of the conversation'],
}
const pieces = fc.constantFrom(
  ...[
    '![',
    '](',
    ')',
    '[',
    ']',
    ']:',
    '<img src=',
    '"',
    "'",
    '>',
    '<',
    '<a href="',
    'https://evil.example/',
    '//evil.example/x',
    'javascript:',
    '&#104;ttps:',
    '\\',
    '/',
    '`',
    '```',
    '\n',
    '\n\n',
    ' ',
    '\t',
    'url(',
    '@import ',
    'srcset="',
    ',',
    '?d=',
    'dG9rZW49YWJjZGVmZ2hpamtsbW5vcA',
    'a',
    'ref',
    '=',
    '(',
    'www.',
    '&',
    '|',
    '#',
    'https:',
    'data:',
    'u\\72l(',
    'image-set(',
    '@\\69mport ',
    '\\3a ',
    ';',
    '<i style="',
    '<iframe srcdoc="',
    '&lt;img src=',
    '&quot;',
    '&amp;',
    '&lpar;',
  ],
)
const texts = fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join(''))

test('what is made inert stays as it is when it is looked at again', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const once = neutraliseLinks(text, POLICY).text
      expect(neutraliseLinks(once, POLICY).text).toBe(once)
    }),
    { numRuns, ...seed },
  )
})

test('carriers stand in order, within the text and not within one another', () => {
  fc.assert(
    fc.property(texts, (text) => {
      let last = 0
      for (const { start, end, isName } of carriersOf(text)) {
        // The name of an attribute stands once for each address in its value, before what stands in it plainly.
        if (isName) continue
        expect(start).toBeGreaterThanOrEqual(last)
        expect(end).toBeGreaterThan(start)
        last = end
      }
      expect(last).toBeLessThanOrEqual(text.length)
    }),
    { numRuns, ...seed },
  )
})

test('nothing but addresses changes: the words around them stay', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const out = neutraliseLinks(`BEGIN ${text} END`, POLICY).text
      expect(out.startsWith('BEGIN ')).toBe(true)
      expect(out.endsWith(' END')).toBe(true)
    }),
    { numRuns, ...seed },
  )
})

/** Reads of characters per character of the text: what a quadratic walk cannot keep. */
test('a megabyte made to be walked again and again is walked once', () => {
  const units = [
    '[',
    '![',
    '](',
    '](https://e/',
    '<a ',
    '<img src=',
    '=',
    '`',
    ']:',
    'www.',
    'http://',
    '<img srcset="https://a.b ,',
    '](&#',
    '](//',
    '](\\',
    '![a](https://e/x?`',
    '`\n',
    '```\n\n',
    '](a:',
    '<a url(',
    '[]:',
    '![](',
    '<i u\\72l(',
    '<i image-set("',
    '<i image-set(\\',
    '<i style="&',
    '<i srcdoc=&lt;i ',
  ]
  for (const unit of units) {
    const text = unit.repeat(Math.ceil((1 << 18) / unit.length))
    expect(neutraliseLinks(text, POLICY).text.length, unit).toBeGreaterThan(0)
  }
})
