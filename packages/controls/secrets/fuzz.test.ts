import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  knownSecrets,
  looksLikeSecret,
  PERSONAL_KINDS,
  redactText,
  redactValue,
  scanSecrets,
  scanValue,
} from './index.ts'
import { findLabelled } from './labelled.ts'
import { TOKEN_RULES } from './providers.ts'
import { ASSIGNMENT, AUTH_SCHEME, PRIVATE_KEY, URL_USERINFO } from './rules.ts'
import { randomOf, tokenSamples } from './samples.fixture.ts'
import { maySecret } from './scan.ts'
import { anchorOf } from './shape.ts'
import { findTokens } from './tokens.ts'

const RULES = [PRIVATE_KEY, URL_USERINFO, AUTH_SCHEME, ASSIGNMENT]
const TOKENS = tokenSamples(randomOf(5)).map(({ secret }) => secret)
const JWT = ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiJhbGljZSJ9', 'c2lnbmF0dXJl'].join('.')
const EXAMPLES = [...RULES.flatMap((row) => row.examples.map((parts) => parts.join(''))), JWT]
const ANCHORS = TOKEN_RULES.flatMap(({ shapes }) => shapes.map((shape) => anchorOf(shape).anchor))
const PIECES = [
  ...EXAMPLES,
  ...TOKENS,
  ...RULES.flatMap((row) => row.examples.flat()),
  ...[
    'token',
    'password',
    '"',
    "'",
    ':',
    '=',
    ' ',
    '://',
    '@',
    '\\"',
    '[redacted:secret/jwt]',
    '-----BEGIN ',
    '.',
    '-',
    '_',
    '\n',
    '${',
    'é',
  ],
]
const text = fc
  .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 12 })), { maxLength: 12 })
  .map((parts) => parts.join(''))

it('what was redacted holds nothing that would be redacted again', () => {
  fc.assert(
    fc.property(text, (dirty) => {
      const clean = redactText(dirty)
      expect(redactText(clean)).toBe(clean)
      expect(looksLikeSecret(clean)).toBeUndefined()
    }),
    { numRuns: 3000 },
  )
})

it('the quick look never keeps a text from a pattern that would match it', () => {
  fc.assert(
    fc.property(text, (dirty) => {
      for (const { pattern } of RULES) if (pattern.test(dirty)) expect(maySecret(dirty)).toBe(true)
      if (findTokens(dirty).length + findLabelled(dirty).length > 0) expect(maySecret(dirty)).toBe(true)
    }),
    { numRuns: 3000 },
  )
})

it('values keep their shape, and only texts change', () => {
  const shape = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(shape)
      : value !== null && typeof value === 'object'
        ? Object.values(value).map(shape)
        : typeof value
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      const before = JSON.stringify(value)
      const clean = redactValue(value)
      expect(JSON.stringify(value)).toBe(before)
      if (clean !== value) expect(JSON.stringify(redactValue(clean))).toBe(JSON.stringify(clean))
      else expect(shape(clean)).toEqual(shape(value))
    }),
  )
})

/** What one look at a text of so many characters may take at most. Quadratic ones take minutes, on any machine. */
const PATIENCE_MS = 120_000

function lookAtAll(text: string): void {
  redactText(text)
  looksLikeSecret(text)
  scanSecrets(text, { personal: PERSONAL_KINDS })
  scanValue({ token: text }, { encoded: true, replace: () => true })
}

function expectLinear(beginning: string, chars: number): void {
  const evil = beginning.repeat(Math.ceil(chars / beginning.length))
  const started = performance.now()
  lookAtAll(evil)
  expect(performance.now() - started, `repeating ${beginning}`).toBeLessThan(PATIENCE_MS)
}

it('no text takes more than linear time: many of every beginning are done at once', {
  timeout: 300_000,
}, () => {
  for (const anchor of new Set(ANCHORS)) expectLinear(anchor, 50_000)
  for (const token of TOKENS) expectLinear(token.slice(0, -1), 20_000)
})

it.each([
  'eyJ-',
  'eyJ',
  'eyJ.',
  'eyJhbGciOiJIUzI1NiJ9.',
  'a://',
  'a://b:',
  '://',
  'token:',
  'bearer ',
  'Bearer',
  'sk-',
  'tvly-',
  'password=    ',
  'a@',
  'a@a.',
  '@.....',
  ':',
  '-----BEGIN ',
  '-----BEGIN PRIVATE KEY-----',
  '-----BEGIN PRIVATE KEY----- \n-----END ',
  'PuTTY-User-Key-File-2: ',
  'basic a',
  '\\"token',
  'x',
  '4111 1111 ',
  '1-',
  '+1',
  'DE89 ',
  'DE12',
  '.AAA',
  '%41',
  '<token>',
])('a megabyte of %j is done at once', { timeout: 300_000 }, (beginning) => {
  expectLinear(beginning, 1024 * 1024)
})

it('a value that is known is found behind three codings, whatever stands around it in each', () => {
  const codings = [
    (inner: string) => Buffer.from(inner).toString('base64'),
    (inner: string) => Buffer.from(inner).toString('base64url'),
    (inner: string) => Buffer.from(inner).toString('hex'),
    (inner: string) =>
      [...Buffer.from(inner)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  ]
  const layer = fc.record({
    encode: fc.constantFrom(...codings),
    before: fc.string({ maxLength: 6 }),
    after: fc.string({ maxLength: 6 }),
  })
  const known = knownSecrets(['correct-horse-9/battery'])
  fc.assert(
    fc.property(fc.array(layer, { minLength: 1, maxLength: 3 }), fc.string(), (layers, around) => {
      let hidden = 'correct-horse-9/battery'
      for (const { encode, before, after } of layers) hidden = encode(before + hidden + after)
      // A character of the alphabet beside it is another coding of something else.
      expect(known.isIn(`${around} ${hidden} ${around}`)).toBe(true)
    }),
  )
})

it('what is found behind layers stands within the text, and is gone when it is taken out', () => {
  const known = knownSecrets(['abcdefgh'])
  const piece = fc.constantFrom(
    'YWJjZGVmZ2g=',
    'WVdKalpHVm1aMmc9',
    '5957',
    '%59',
    '\\u0059',
    'abcdefgh',
    'A',
    '/',
    ' ',
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 8 })), { maxLength: 12 }), (pieces) => {
      const text = pieces.join('')
      let end = 0
      for (const found of known.find(text)) {
        expect(found.start).toBeGreaterThanOrEqual(end)
        expect(found.end).toBeGreaterThan(found.start)
        end = found.end
      }
      expect(end).toBeLessThanOrEqual(text.length)
      expect(known.find(text).length > 0).toBe(known.isIn(text))
    }),
  )
})
