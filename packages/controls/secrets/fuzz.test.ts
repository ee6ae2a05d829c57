import fc from 'fast-check'
import { expect, it } from 'vitest'
import { looksLikeSecret, redactText, redactValue } from './index.ts'
import { ASSIGNMENT, AUTH_SCHEME, PRIVATE_KEY, TOKEN_RULES, URL_USERINFO } from './rules.ts'
import { maySecret } from './scan.ts'

const RULES = [...TOKEN_RULES, PRIVATE_KEY, URL_USERINFO, AUTH_SCHEME, ASSIGNMENT]
const EXAMPLES = RULES.flatMap((row) => row.examples.map((parts) => parts.join('')))
const PIECES = [
  ...EXAMPLES,
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

it('no text takes more than linear time: a megabyte of every beginning is done at once', () => {
  const beginnings = [
    ...RULES.flatMap((row) => row.examples.map((parts) => parts[0] ?? '')),
    ...EXAMPLES.map((example) => example.slice(0, -1)),
    ...[
      'eyJ-',
      'eyJ',
      'a://',
      'a://b:',
      'token:',
      'bearer ',
      'sk-',
      'password=    ',
      'a@',
      ':',
      '-----BEGIN ',
      'basic a',
      '\\"token',
      'x',
    ],
  ]
  for (const beginning of beginnings) {
    const evil = beginning.repeat(Math.ceil(300_000 / beginning.length))
    const started = performance.now()
    redactText(evil)
    looksLikeSecret(evil)
    expect(performance.now() - started, `repeating ${beginning}`).toBeLessThan(15_000)
  }
})
