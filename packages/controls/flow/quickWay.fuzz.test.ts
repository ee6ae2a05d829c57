import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { COMMON_WORDS, TECHNICAL_WORDS } from './commonWords.ts'
import { isCutCode } from './cutCode.ts'
import { decodedTexts } from './encoded.ts'
import { FlowIndex, FoldRoom } from './flowIndex.ts'
import { knownBits } from './knownWords.ts'
import { withoutLineNumbers } from './numberedLines.ts'
import { READABLE, readableIn, readOn, UNREAD } from './readableBytes.ts'
import {
  slowDecoded,
  slowFold,
  slowHostsAndIds,
  slowIsCutCode,
  slowKnownBits,
  slowWithoutLineNumbers,
} from './slowWay.fixture.ts'
import { specialValues, specialValuesAcross } from './special.ts'
import { Stretches } from './stretches.ts'
import { mayBeEscaped, unescapeText } from './unescape.ts'
import { unitsOf } from './units.ts'

const RUNS = Number(process.env.FUZZ_RUNS ?? 300)
const seed = process.env.FUZZ_SEED === undefined ? {} : { seed: Number(process.env.FUZZ_SEED) }
vi.setConfig({ testTimeout: 120_000 + RUNS * 100 })

const SPACES = [' ', '  ', '\t', '\n', '\r\n', '\r', '\u00a0', '\u200b', '\u2028', '\u3000', '\ufeff', '\v']
const MARKS = [
  '.',
  '@',
  '-',
  '_',
  '+',
  '/',
  ':',
  '://',
  ',',
  '=',
  '"',
  '(',
  '%',
  '&',
  '\\',
  '~',
  '#',
  '\u2019',
]
const PROSE = ['the', 'Order', 'of', 'words', 'aB', 'Ab', 'x9', 'index.ts', 'e.g.', 'sees', 'configuring']
const WIDE = [
  '\u00e9',
  '\u00df',
  '\u4f1a',
  '\uff11\uff12',
  '\u0661',
  '\ufdfa',
  '\u{1f600}',
  '\ud800',
  '\udc00',
]
const VALUES = [
  'evil.sh',
  'www.evil.example.io',
  'https://drop.evil.sh/x?y=1',
  'ACME-4711-x',
  '12px',
  '4711ab',
]
const NUMBERS = ['1', '42', '2026', '+49 151 234 567 89', '4471-0091-23', '12:30', '\n1. ', '\n 2) ', '\r3: ']
const CODE = [
  ...['QUJDREVGR0hJSktM', 'c2VjcmV0IGNvZGU', 'dGhlIA==', 'SGVs', 'bG8g', '6YCZ5piv', '0041', '0x41', '0X'],
  ...[
    '636f6465',
    '41 42 43 44',
    '4a:4b:4c',
    'c3 a9 ',
    'e4 bc 9a',
    'ff',
    '00',
    'deadbeef',
    'AGEAYgBj',
    '\u{e0041}',
  ],
]
const piece = fc.oneof(
  ...[SPACES, MARKS, PROSE, WIDE, VALUES, NUMBERS, CODE].map((some) => fc.constantFrom(...some)),
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.string({ maxLength: 12 }).map((text) => Buffer.from(text).toString('base64')),
  fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => Buffer.from(text).toString('hex')),
)
const text = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''))

/** Between pieces of prose, so that what is in the middle begins and ends anywhere; mostly on its own. */
function within(middle: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const around = fc.oneof(fc.stringMatching(/^[g-z ]{0,20}$/), text)
  const between = fc.constantFrom(' ', '\n', '"', '')
  return fc.tuple(around, between, middle, between, around).map((parts) => parts.join(''))
}

/** Base64 without a capital or a digit, that is text all the same. */
const QUADS: readonly string[] = plainQuads()
function plainQuads(): string[] {
  const letters = [...'abcdefghijklmnopqrstuvwxyz']
  const pairs = letters.flatMap((one) => letters.map((other) => one + other))
  const isText = (quad: string): boolean => /^[ -~]{3}$/.test(Buffer.from(quad, 'base64').toString('latin1'))
  return pairs
    .filter((pair) => /^[h-~]/.test(atob(pair)))
    .flatMap((pair) => pairs.map((end) => pair + end))
    .filter(isText)
}
const fewMarks = fc
  .tuple(
    fc.array(fc.constantFrom(...QUADS), { minLength: 2, maxLength: 8 }),
    fc.array(fc.tuple(fc.nat(40), fc.constantFrom('B', 'Q', '7', '-', ' ')), { maxLength: 4 }),
  )
  .map(([quads, marks]) =>
    marks.reduce((run, [at, mark]) => run.slice(0, at) + mark + run.slice(at + 1), quads.join('')),
  )
const shortHex = fc
  .tuple(fc.stringMatching(/^[ -~]{7,11}$/), fc.constantFrom('', ' ', ':', '0x'), fc.boolean())
  .map(([plain, before, isUpper]) =>
    [...Buffer.from(plain)]
      .map((byte) => before + byte.toString(16).padStart(2, '0'))
      .join(isUpper ? ', ' : ''),
  )

const label = fc.oneof(
  fc.constantFrom('www', 'a', 'com', 'sh', 'io', 'ts', 'xn--p1ai', 'A-1', 'EVIL', '127', '0', ''),
  fc.integer({ min: 61, max: 65 }).map((length) => 'l'.repeat(length)),
)
const labels = fc.oneof(
  fc.constantFrom(['com'], ['io', ''], ['sh', '', 'io']),
  fc.array(label, { maxLength: 5 }),
  fc.array(fc.constantFrom('a', 'io', 'sh', 'x1'), { minLength: 7, maxLength: 11 }),
)
const host = fc
  .tuple(
    fc.constantFrom('', '', 'https://', '://', 'x://y://'),
    labels,
    fc.constantFrom('', '', '.', '..', '/x.y'),
  )
  .map(([scheme, all, after]) => scheme + all.join('.') + after)
const id = fc.oneof(
  fc.stringMatching(/^[A-Z0-9_-]{6,9}$/),
  fc.stringMatching(/^[A-Z0-9_-]{38,41}$/),
  fc.stringMatching(/^[0-9]{5,7}[a-z]{1,3}$/),
  fc.stringMatching(/^[0-9]{2,4}-[0-9]{2,4}[a-z]{1,3}[0-9]{0,1}$/),
)
const telephone = fc
  .array(fc.tuple(fc.stringMatching(/^[0-9]{1,6}$/), fc.constantFrom('-', ' ', ' (', ') ', '--', '.', '/')), {
    maxLength: 5,
  })
  .map((groups) => `+${groups.flat().join('')}`)

function holds<T>(arbitrary: fc.Arbitrary<T>, check: (value: T) => void): void {
  fc.assert(fc.property(arbitrary, check), { numRuns: RUNS, ...seed })
}

function specialsOf(of: string): [number, number][] {
  const found: [number, number][] = []
  specialValues(of, (start, end) => found.push([start, end]))
  return found
}

describe('the quick way finds what the slow one does', () => {
  it('in what is compared of a text, and where each byte is from', () => {
    const room = new FoldRoom()
    holds(text, (one) => {
      const { bytes, places, length } = room.fold(one)
      const pairs = Array.from({ length }, (_, index) => [bytes[index], places[index]])
      expect(pairs).toEqual(slowFold(one))
    })
  })

  it('in encodings', () => {
    const atEnd = fc.tuple(fc.stringMatching(/^[g-z ]{0,20}$/), shortHex).map((parts) => parts.join(''))
    holds(fc.oneof(text, within(fewMarks), within(shortHex), atEnd), (one) => {
      expect(decodedTexts(one)).toEqual(slowDecoded(one))
    })
  })

  it('in bytes: where nothing is readable, nothing is read', () => {
    const mostlyText = fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 32, max: 126 }) },
      fc.integer({ max: 255, min: 0 }),
    )
    holds(fc.array(mostlyText, { maxLength: 60 }), (all) => {
      let known = UNREAD
      for (const byte of all) known = readOn(known, byte)
      let count = 0
      readableIn(Uint8Array.from(all), all.length, ({ bytes, first, last }) => {
        count++
        expect([...bytes]).toEqual(all.slice(first, last + 1).filter((byte) => byte !== 0))
      })
      if (known < READABLE) expect(count).toBe(0)
    })
  })

  it('in hosts and ids', () => {
    holds(fc.oneof(text, within(host), within(id)), (one) => {
      if (one.includes('@')) return
      const isTelephone = ([start, end]: [number, number]) => /^[+]|^[0-9-]+$/.test(one.slice(start, end))
      expect(specialsOf(one).filter((value) => !isTelephone(value))).toEqual(slowHostsAndIds(one))
    })
  })

  it('in numbers that can be called', () => {
    const plain = fc.constantFrom('-', '--')
    const international = fc.constantFrom('-', ' ', ' (', ') ', '.', '')
    const groups = (between: fc.Arbitrary<string>) =>
      fc.array(fc.tuple(between, fc.stringMatching(/^[0-9]{1,5}$/)), { maxLength: 4 })
    const number = fc.oneof(
      groups(plain).map((all) => `7${all.flat().join('')}`),
      groups(international).map((all) => `+4${all.flat().join('')}`),
    )
    holds(number, (one) => {
      const digits = one.replace(/[^0-9]/g, '').length
      const isNumber = digits >= (one.startsWith('+') ? 8 : 9) && digits <= 15
      expect(specialsOf(`x ${one}`)).toEqual(isNumber ? [[2, 2 + one.length]] : [])
    })
  })

  it('in short values that reach over a cut', () => {
    const value = fc.oneof(text, within(host), within(id), within(telephone))
    holds(fc.tuple(value, fc.nat()), ([one, at]) => {
      const cut = at % (one.length + 1)
      const reach = ([start, end]: [number, number]): boolean => start < cut && end > cut
      const across: [number, number][] = []
      specialValuesAcross(one, cut, (start, end) => across.push([start, end]))
      expect(across.filter(reach)).toEqual(specialsOf(one).filter(reach))
    })
  })

  it('in numbered lines', () => {
    const end = fc.constantFrom('\n', '\n', '\r\n', '\r', '\u2028', '\u2029')
    const number = fc.constantFrom(
      '',
      '1.',
      '22)',
      '\t3 :',
      '        4,',
      '         5.',
      '6',
      ' 77777.',
      'a1.',
    )
    const lines = fc.array(fc.tuple(number, piece, end), { maxLength: 7 }).map((all) => all.flat().join(''))
    holds(fc.oneof(text, lines), (one) => {
      expect(withoutLineNumbers(one)).toBe(slowWithoutLineNumbers(one))
    })
  })

  it('at cuts', () => {
    const partOf = (sent: string) => ({
      found: { text: sent, where: () => '' },
      plain: unescapeText(sent),
      isEscaped: mayBeEscaped(sent),
    })
    const side = fc.oneof(
      text,
      fc.stringMatching(/^[a-z]{0,14}[A-Za-z0-9+/=_-]{0,14}[a-z]{0,14}$/),
      fc.stringMatching(/^[a-f0-9 :,-]{0,30}$/),
      fc.stringMatching(/^[a-z ]{0,26}[%&\\]?[a-z ]{0,26}$/),
    )
    holds(fc.tuple(side, side), ([left, right]) => {
      expect(isCutCode(partOf(left), partOf(right))).toBe(slowIsCutCode(left, right))
      expect(mayBeEscaped(left)).toBe(/[%&\\\udb40]/.test(left))
    })
  })

  it('in words that are known', () => {
    const words = [...COMMON_WORDS, ...TECHNICAL_WORDS]
    const ending = fc.constantFrom('', 's', 'es', 'ed', 'ly', 'ing', 'x')
    const known = fc.tuple(fc.constantFrom(...words), ending).map(([word, end]) => word + end)
    const any = fc.stringMatching(/^[a-z]{3,14}$/)
    const word = fc.oneof(known, any).filter((one) => /^[a-z]{3,}$/.test(one))
    holds(fc.tuple(word, text, fc.boolean()), ([one, before, isUpper]) => {
      const written = before + (isUpper ? one.toUpperCase() : one)
      expect(knownBits(unitsOf(written), before.length, written.length)).toBe(slowKnownBits(one))
    })
  })

  it('in whose text a place is', () => {
    const lengths = fc.array(fc.tuple(fc.integer({ min: 1, max: 6000 }), fc.integer({ min: 0, max: 3 })), {
      minLength: 1,
      maxLength: 60,
    })
    holds(lengths, (all) => {
      const stretches = new Stretches()
      const ends: { end: number; source: number; order: number }[] = []
      let start = 0
      for (const [index, [length, source]] of all.entries()) {
        const order = index >> 1
        stretches.add(start, start + length, source, order)
        ends.push({ end: start + length, source, order })
        start += length
      }
      const places = Array.from({ length: Math.ceil(start / 97) }, (_, index) => index * 97)
      const found = places.map((place) => stretches.at(place))
      expect(found.map((at) => [stretches.sourceOf(at), stretches.orderOf(at)])).toEqual(
        places.map((place) => {
          const own = ends.find(({ end }) => place < end)
          return [own?.source, own?.order]
        }),
      )
    })
  })

  it('in what is in common: all of eleven letters and digits, and nothing that is not', () => {
    const words = fc.array(fc.stringMatching(/^[a-z0-9]{1,12}$/), { minLength: 1, maxLength: 12 })
    const shared = fc.stringMatching(/^[a-z0-9]{11,40}$/)
    const room = new FoldRoom()
    holds(
      fc.tuple(words, words, shared, fc.nat(2), fc.nat()),
      ([before, after, value, source, indexSeed]) => {
        const index = new FlowIndex(1 << 16, indexSeed)
        index.take(before.join(' '), 3, 1)
        index.take(`${before.join(' ')} ${value}${after.join('')}`, source, 2)
        const folded = room.fold(`${after.join('-')}${value} ${before.join('')}`)
        const sent = Buffer.from(folded.bytes.subarray(0, folded.length)).toString('latin1')
        const runs = index.runsIn(folded)
        const at = sent.indexOf(value)
        const isFound = runs.some(
          (run) =>
            run.source === source && run.end >= at + value.length && run.start <= at + value.length - 11,
        )
        expect(isFound).toBe(true)
        const seen = [before.join(''), before.join('') + value + after.join('')]
        for (const { start, end } of runs) {
          expect(end - start).toBeGreaterThanOrEqual(10)
          expect(seen.some((one) => one.includes(sent.slice(start, end)))).toBe(true)
        }
      },
    )
  })
})
