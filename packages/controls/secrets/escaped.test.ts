import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { redactText, scanSecrets } from './index.ts'
import { randomOf, tokenSamples } from './samples.fixture.ts'

/** As converters from HTML to Markdown write a text. */
const asMarkdown = (text: string) => text.replaceAll(/[\\*_[\]`]/g, '\\$&')
const JWT_PARTS = [
  'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9',
  'eyJzdWIiOiIxMjM0NTY3ODkwIn0',
  'dozjgNryP4J3jVmNHl0w5N',
]
const TOKENS = tokenSamples(randomOf(4)).filter(({ secret }) => secret.includes('_'))

describe('a secret in Markdown', () => {
  it.each(TOKENS.map(({ rule, secret }) => [rule, secret] as const))(
    'is found whole behind its backslashes: %s',
    (rule, secret) => {
      const [before, token, after] = ['snake\\_case \\[see\\] ', asMarkdown(secret), ', keep\\_it']
      const text = `${before}${token}${after}`
      const found = scanSecrets(text)
      expect(found.map((one) => one.rule)).toEqual([rule])
      expect(text.slice(found[0]?.start, found[0]?.end)).toBe(token)
      expect(redactText(text)).toBe(`${before}[redacted:${rule}]${after}`)
    },
  )

  it.each(TOKENS.map(({ rule, secret }) => [rule, secret] as const))(
    'is found where that stands in JSON: %s',
    (rule, secret) => {
      const token = JSON.stringify(asMarkdown(secret)).slice(1, -1)
      const text = `{"markdown":"before ${token} behind"}`
      expect(scanSecrets(text).map(({ start, end }) => text.slice(start, end))).toEqual([token])
      expect(redactText(text)).toBe(`{"markdown":"before [redacted:${rule}] behind"}`)
    },
  )

  it.each([
    ['secret/gitlab', 'glpat\\-q7Rm2xZp9LdK4vTnq7Rm'],
    ['secret/jwt', `${JWT_PARTS.join('\\.')}`],
    ['secret/sendgrid', 'SG\\.q7Rm2xZp9LdK4vTnq7Rm2x\\.q7Rm2xZp9LdK4vTnq7Rm2xZp9LdK4vTnq7Rm2xZp9Ld'],
  ])('is found where all punctuation is escaped and it has no underscore: %s', (rule, token) => {
    const text = `\\(${token}\\)`
    expect(scanSecrets(text).map(({ start, end }) => text.slice(start, end))).toEqual([token])
    expect(redactText(text)).toBe(`\\([redacted:${rule}]\\)`)
  })

  it('is not written to a log either where only its name tells', () => {
    expect(redactText('API\\_KEY=q7Rm2xZp9LdK\\_4vTnQ9 rest')).toBe(
      'API\\_KEY=[redacted:secret/assignment] rest',
    )
  })

  it.each(['\\', '\\_', '\\\\_', '\\a', '\\-----BEGIN ', 'eyJ\\.', 'api\\_key='])(
    '%j, however often, is looked at in one pass',
    (unit) => {
      const text = `\\_${unit.repeat(Math.ceil(1_000_000 / unit.length))}`
      expect(scanSecrets(text)).toEqual([])
      expect(redactText(text).length).toBeGreaterThan(0)
    },
  )

  it('is found by its name too, and beside one that is not escaped', () => {
    const secret = TOKENS[0]?.secret ?? ''
    const text = `api\\_key = "q7Rm2xZp9LdK4vTn8" and ${secret}`
    expect(scanSecrets(text).map(({ start, end }) => text.slice(start, end))).toEqual([
      'q7Rm2xZp9LdK4vTn8',
      secret,
    ])
  })

  it.each([
    'set GITHUB\\_TOKEN to ghp\\_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
    'C:\\_old\\_files',
    '\\_\\_init\\_\\_',
  ])('and what only looks like one is none: %s', (text) => {
    expect(scanSecrets(text)).toEqual([])
  })

  it('no place is outside of its text, and places are in order', () => {
    const part = fc.constantFrom(
      '\\',
      '_',
      '\\_',
      '\\\\',
      ' ',
      'password=',
      'q7Rm2xZp9LdK4vTn8',
      TOKENS[0]?.secret ?? '',
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const text = parts.join('')
        let from = 0
        for (const { start, end } of scanSecrets(text)) {
          expect(start).toBeGreaterThanOrEqual(from)
          expect(end).toBeGreaterThan(start)
          from = end
        }
        expect(from).toBeLessThanOrEqual(text.length)
        expect(redactText(redactText(text))).toBe(redactText(text))
      }),
    )
  })
})
