/*
 * The ways by which text is hidden in text, as far as we know them: each writes an ASCII payload as characters that are
 * not shown. Written for the tests; nothing else uses them.
 */

export interface Encoder {
  readonly name: string
  readonly rule: string
  readonly encode: (payload: string) => string
}

const bytes = (payload: string) => [...payload].map((letter) => letter.charCodeAt(0))

/** Numbers as digits of a base, the most significant first. */
const digits = (value: number, base: number, width: number) =>
  Array.from({ length: width }, (_, at) => Math.floor(value / base ** (width - 1 - at)) % base)

const positional = (alphabet: string, width: number) => (payload: string) => {
  const symbols = [...alphabet]
  return bytes(payload)
    .flatMap((value) => digits(value, symbols.length, width))
    .map((digit) => symbols[digit] ?? '')
    .join('')
}

const ZWSP = '\u200b'
const ZWNJ = '\u200c'
const ZWJ = '\u200d'
const WJ = '\u2060'
const BOM = '\ufeff'

const PAIRS: readonly (readonly [name: string, pair: string])[] = [
  ['ZWSP and ZWNJ', ZWSP + ZWNJ],
  ['ZWNJ and ZWJ', ZWNJ + ZWJ],
  ['ZWJ and ZWSP', ZWJ + ZWSP],
  ['WJ and BOM', WJ + BOM],
  ['ZWSP and BOM', ZWSP + BOM],
  ['direction marks', '\u200e\u200f'],
  ['direction controls', '\u202a\u202c'],
  ['isolates', '\u2068\u2069'],
  ['soft hyphen and grapheme joiner', '\u00ad\u034f'],
  ['invisible times and separator', '\u2062\u2063'],
  ['Mongolian vowel separator and ZWSP', '\u180e\u200b'],
  ['Hangul fillers', '\u3164\uffa0'],
  ['Hangul jamo fillers', '\u115f\u1160'],
  ['Braille blank and ZWSP', '\u2800\u200b'],
  ['Khmer silent vowels', '\u17b4\u17b5'],
  ['musical format characters', '\u{1d173}\u{1d174}'],
]

const binary = PAIRS.flatMap(([name, pair]): Encoder[] => [
  { name: `bits: ${name}`, rule: 'text/', encode: positional(pair, 8) },
  {
    name: `bits the other way round: ${name}`,
    rule: 'text/',
    encode: positional([...pair].reverse().join(''), 8),
  },
])

const from = (start: number) => (payload: string) =>
  bytes(payload)
    .map((value) => String.fromCodePoint(start + value))
    .join('')

const selector = (value: number) => String.fromCodePoint(value < 16 ? 0xfe00 + value : 0xe0100 + value - 16)

/** Rows of invisible characters: they can stand in one place, or one by one among letters. */
export const CARRIERS: readonly Encoder[] = [
  { name: 'tag characters', rule: 'text/tags', encode: from(0xe0000) },
  {
    name: 'a language tag',
    rule: 'text/tags',
    encode: (payload) => `\u{e0001}${from(0xe0000)(payload)}\u{e007f}`,
  },
  {
    name: 'variation selectors as bytes',
    rule: 'text/variation-selectors',
    encode: (payload) => bytes(payload).map(selector).join(''),
  },
  { name: 'supplementary selectors by place', rule: 'text/variation-selectors', encode: from(0xe0100) },
  {
    name: 'variation selectors as half bytes',
    rule: 'text/variation-selectors',
    encode: (payload) =>
      bytes(payload)
        .flatMap((value) => [value >> 4, value & 15])
        .map(selector)
        .join(''),
  },
  ...binary,
  { name: '7 bits', rule: 'text/zero-width', encode: positional(ZWSP + ZWNJ, 7) },
  { name: '16 bits', rule: 'text/zero-width', encode: positional(ZWSP + ZWNJ, 16) },
  {
    name: '8 bits, the least first',
    rule: 'text/zero-width',
    encode: (payload) =>
      bytes(payload)
        .flatMap((value) => digits(value, 2, 8).reverse())
        .map((bit) => (bit === 0 ? ZWSP : ZWNJ))
        .join(''),
  },
  {
    name: 'bits in groups',
    rule: 'text/zero-width',
    encode: (payload) =>
      bytes(payload)
        .map((value) => [...value.toString(2)].map((bit) => (bit === '0' ? ZWSP : ZWNJ)).join(''))
        .join(ZWJ),
  },
  {
    name: 'bits in a frame',
    rule: 'text/zero-width',
    encode: (payload) => BOM + positional(ZWNJ + ZWJ, 8)(payload) + BOM,
  },
  { name: 'base 3', rule: 'text/zero-width', encode: positional(ZWSP + ZWNJ + ZWJ, 6) },
  { name: 'base 4', rule: 'text/zero-width', encode: positional(ZWSP + ZWNJ + ZWJ + WJ, 4) },
  {
    name: 'base 4 with a direction control, 16 bits',
    rule: 'text/zero-width',
    encode: positional(`${ZWNJ + ZWJ}\u202c${BOM}`, 8),
  },
  { name: 'base 5', rule: 'text/zero-width', encode: positional('\u200b\u200c\u200d\u200e\u200f', 4) },
  {
    name: 'base 8',
    rule: 'text/zero-width',
    encode: positional('\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062', 3),
  },
]

/** What works only in one place: what a terminal, a renderer or the order of letters hides. */
export const WRAPPERS: readonly (Encoder & {
  /** What is left where it stood; the payload is gone with what hid it unless this has it. */
  readonly left: (payload: string) => string
})[] = [
  ...['\u001b]0;', '\u001bP', '\u001b_', '\u001b^', '\u001bX'].flatMap((begin) =>
    ['\u0007', '\u001b\\', '\u009c'].map((end) => ({
      name: `a terminal's string ${begin.slice(1)}, ended by ${end.length} character`,
      rule: 'text/ansi',
      encode: (payload: string) => begin + payload + end,
      left: () => '',
    })),
  ),
  {
    name: 'a C1 string',
    rule: 'text/ansi',
    encode: (payload) => `\u009d2;${payload}\u009c`,
    left: () => '',
  },
  {
    name: 'concealed text',
    rule: 'text/ansi',
    encode: (payload) => `\u001b[8m${payload}\u001b[0m`,
    left: () => '',
  },
  {
    name: 'concealed text among colours, in C1',
    rule: 'text/ansi',
    encode: (payload) => `\u009b1;38;5;8;8m${payload}\u009b28m`,
    left: () => '',
  },
  {
    name: 'text that is erased at once',
    rule: 'text/ansi',
    encode: (payload) => `${payload}\u001b[2K\u001b[1G`,
    left: (payload) => payload,
  },
  {
    name: 'an override',
    rule: 'text/bidi',
    encode: (payload) => `\u202e${[...payload].reverse().join('')}\u202c`,
    left: (payload) => [...payload].reverse().join(''),
  },
  {
    name: 'an override to the end of the line',
    rule: 'text/bidi',
    encode: (payload) => `\u202e${[...payload].reverse().join('')}\n`,
    left: (payload) => `${[...payload].reverse().join('')}\n`,
  },
  {
    name: 'a left-to-right override',
    rule: 'text/bidi',
    encode: (payload) => `\u202d${payload}\u202c`,
    left: (payload) => payload,
  },
  {
    name: 'an isolate that turns Latin letters',
    rule: 'text/bidi',
    encode: (payload) => `\u2067${payload}\u2069`,
    left: (payload) => payload,
  },
  {
    name: 'private use characters',
    rule: 'text/private-use',
    encode: from(0xe000),
    left: () => '',
  },
  {
    name: 'supplementary private use characters',
    rule: 'text/private-use',
    encode: from(0xf0000),
    left: () => '',
  },
]
