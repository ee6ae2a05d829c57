import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { asLatin1, decodeUtf8, isTextOf, malformedUtf8 } from './utf8.ts'

const numRuns = Number(process.env.FUZZ_RUNS ?? 300)

/** Bytes that tend towards leads, continuations and the borders between well-formed and not. */
const byte = fc.oneof(
  fc.constantFrom(0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xed, 0xef),
  fc.constantFrom(0xf0, 0xf4, 0xf5, 0xf8, 0xff),
  fc.nat(255),
)

describe('the first byte that is not UTF-8 is found', () => {
  test.each([
    ['nothing', [], -1],
    ['ASCII', [0x00, 0x7f], -1],
    [
      'the smallest and largest of each length',
      [0xc2, 0x80, 0xdf, 0xbf, 0xe0, 0xa0, 0x80, 0xef, 0xbf, 0xbf],
      -1,
    ],
    ['four bytes', [0xf0, 0x90, 0x80, 0x80, 0xf4, 0x8f, 0xbf, 0xbf], -1],
    ['around the surrogates', [0xed, 0x9f, 0xbf, 0xee, 0x80, 0x80], -1],
    ['a surrogate', [0x41, 0xed, 0xa0, 0x80], 1],
    ['overlong, two bytes', [0xc1, 0xbf], 0],
    ['overlong, three bytes', [0x41, 0xe0, 0x9f, 0xbf], 1],
    ['overlong, four bytes', [0xf0, 0x8f, 0xbf, 0xbf], 0],
    ['over U+10FFFF', [0xf4, 0x90, 0x80, 0x80], 0],
    ['leads that never are', [0x41, 0xf5, 0x80, 0x80, 0x80], 1],
    ['cut at the end', [0x41, 0xe2, 0x82], 1],
    ['a continuation alone', [0x41, 0xc2, 0x80, 0x80], 3],
  ])('%s', (_, bytes, offset) => {
    expect(malformedUtf8(Uint8Array.from(bytes))).toBe(offset)
    expect(decodeUtf8(Uint8Array.from(bytes)) === undefined).toBe(offset >= 0)
  })

  test('it agrees with the decoder about what is well-formed, before it and up to it', () => {
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 12 }), (list) => {
        const bytes = Uint8Array.from(list)
        const offset = malformedUtf8(bytes)
        expect(decodeUtf8(bytes) === undefined).toBe(offset >= 0)
        if (offset >= 0) expect(decodeUtf8(bytes.subarray(0, offset))).toBeDefined()
      }),
      { numRuns: numRuns * 10 },
    )
  })

  test('a byte order mark stays in the text', () => {
    expect(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x41))).toBe('\ufeffA')
  })
})

describe('a text is compared with bytes to the last of them', () => {
  test.each([
    ['the same', 'ab', 'ab', true],
    ['the same, in characters of every length', 'aé€😀', 'aé€😀', true],
    ['nothing and nothing', '', '', true],
    ['one that ends early', 'a', 'ab', false],
    ['one that goes on', 'ab', 'a', false],
    ['one that goes on with the longest character', 'a😀', 'a', false],
    ['another at the end', 'ab', 'ac', false],
    ['another of the same bytes as Latin-1', 'Ã©', 'é', false],
  ])('%s', (_, text, document, same) => {
    // A long one before it: what that left behind in the memory compared with must not count.
    isTextOf(`${document}${'x'.repeat(100)}`, Buffer.from('other'))
    expect(isTextOf(text, Buffer.from(document))).toBe(same)
  })

  test('it says what comparing the texts would say', () => {
    const text = fc.string({ unit: 'binary', maxLength: 12 })
    fc.assert(
      fc.property(text, text, (one, other) => {
        expect(isTextOf(one, Buffer.from(other))).toBe(one === other)
        expect(isTextOf(one, Buffer.from(one))).toBe(true)
      }),
      { numRuns },
    )
  })
})

describe('a text of many pieces is decoded as one', () => {
  const piece = 512 * 1024
  const around = (bytes: readonly number[], before: number) =>
    Buffer.concat([Buffer.alloc(before, 'a'), Buffer.from(bytes), Buffer.alloc(piece, 'b')])

  test.each([1, 2, 3, 4])(
    'also where a character of four bytes stands across the seam, %i bytes of it before',
    (before) => {
      const bytes = around([0xf0, 0x9f, 0x98, 0x80], piece - before)
      expect(decodeUtf8(bytes)).toBe(bytes.toString('utf8'))
      expect(asLatin1(bytes)).toBe(bytes.toString('latin1'))
    },
  )

  test.each([
    ['cut at the seam', [0xf0, 0x9f, 0x62, 0x62], piece - 2],
    ['malformed behind it', [0xc0, 0x80], 2 * piece],
    ['a surrogate across it', [0xed, 0xa0, 0x80], piece - 1],
  ])('and refused when it is %s, whatever was decoded before', (_, bytes, before) => {
    expect(decodeUtf8(around(bytes, before))).toBeUndefined()
    expect(decodeUtf8(around([0x41], before))).toBeDefined()
  })

  test('and refused when it ends in the middle of a character', () => {
    expect(decodeUtf8(Buffer.concat([Buffer.alloc(piece, 'a'), Buffer.from([0xe2, 0x82])]))).toBeUndefined()
  })
})
