import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { isSecretName, looksLikeSecret, redactText, redactValue } from './index.ts'
import { ASSIGNMENT, AUTH_SCHEME, PRIVATE_KEY, URL_USERINFO } from './rules.ts'
import { randomOf, tokenSamples } from './samples.fixture.ts'

const GITHUB = `ghp_${'aB3dE6gH9j'.repeat(4).slice(0, 36)}`
const JWT = ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiJhbGljZSJ9', 'c2lnbmF0dXJl'].join('.')
/** A reference as the configuration writes it. */
const REF = '$'.concat('{env:TOKEN}')
const TOKENS = [
  ...tokenSamples(randomOf(11)).map(({ rule, secret }) => [rule, secret] as const),
  ['secret/jwt', JWT] as const,
]
const examplesOf = (
  rules: readonly { readonly rule: string; readonly examples: readonly (readonly string[])[] }[],
) => rules.flatMap(({ rule, examples }) => examples.map((parts) => [rule, parts.join('')] as const))
const LABELLED = [URL_USERINFO, AUTH_SCHEME]

describe('redactText', () => {
  it.each([...TOKENS, ...examplesOf([PRIVATE_KEY, ...LABELLED, ASSIGNMENT])])(
    'removes %s wherever it stands',
    (rule, secret) => {
      for (const text of [secret, `see ${secret} there`, `see "${secret}", there`, `a\n${secret}\nb`]) {
        const clean = redactText(text)
        expect(clean).toContain(`[redacted:${rule}]`)
        expect(clean).not.toContain(secret)
        expect(redactText(clean)).toBe(clean)
      }
    },
  )

  it.each([
    ['Authorization: Bearer abcdef123456', 'Authorization: Bearer [redacted:secret/authorization]'],
    ['postgres://app:hunter2@db/x', 'postgres://app:[redacted:secret/url-userinfo]@db/x'],
    ['redis://:p@ss@db/0', 'redis://:[redacted:secret/url-userinfo]@db/0'],
    ['mysql -u root --password=hunter22 db', 'mysql -u root --password=[redacted:secret/assignment] db'],
    ['?user=a&access_token=abcdef99&x=1', '?user=a&access_token=[redacted:secret/assignment]&x=1'],
    [`{\\"password\\": \\"hunter2!\\"}`, `{\\"password\\": \\"[redacted:secret/assignment]\\"}`],
    ['a -----BEGIN EC PRIVATE KEY-----\nMIIB cut off', 'a [redacted:secret/private-key]'],
  ])('keeps what is around it: %s', (text, clean) => {
    expect(redactText(text)).toBe(clean)
  })

  it.each([
    'The quick brown fox reads /project/data/reports/2026/november/summary-of-the-quarter.md twice.',
    'select * from users where id = 42 and name = "alice"',
    'Bearer authentication is required',
    'https://example.com/path?q=1#top and mailto:alice@example.com and git@github.com:a/b.git',
    'ssh://git@github.com/a/b.git',
    '550e8400-e29b-41d4-a716-446655440000 and e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    'sk-fading-circle-spinner-animation-wrapper',
    '-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----',
    `password=${REF} and Authorization: Bearer ${REF}`,
    'max tokens: 4096, next page token',
  ])('leaves alone: %s', (text) => {
    expect(redactText(text)).toBe(text)
    expect(looksLikeSecret(text)).toBeUndefined()
  })
})

describe('looksLikeSecret', () => {
  it.each([...TOKENS, ...examplesOf([PRIVATE_KEY, ...LABELLED])])('names %s', (rule, secret) => {
    expect(looksLikeSecret(secret)).toBe(rule)
  })

  it('believes no label: what stands behind it may be a placeholder', () => {
    expect(looksLikeSecret('password=changeme-please')).toBeUndefined()
  })

  it('accepts a reference where the secret would stand', () => {
    expect(looksLikeSecret(`Bearer ${REF}`)).toBeUndefined()
    expect(looksLikeSecret(`postgres://app:${REF}@db/x`)).toBeUndefined()
    expect(looksLikeSecret(`https://${REF}@github.com/a/b`)).toBeUndefined()
  })

  // The corpora of real tool descriptions are the measure of false alarms; they stay outside the repository.
  const corpus = new URL('../../../../shared/reference/data/detection/tools_benign.jsonl', import.meta.url)
  it.skipIf(!existsSync(corpus))(
    'finds nothing in thousands of real tool descriptions (skipped without the corpus)',
    () => {
      const texts = readFileSync(corpus, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line).tool)
      const alarms = texts.filter(
        (tool) =>
          JSON.stringify(redactValue(tool.description ?? '')) !== JSON.stringify(tool.description ?? ''),
      )
      const certain = texts.filter((tool) => looksLikeSecret(String(tool.description ?? '')) !== undefined)
      expect(texts.length).toBeGreaterThan(1000)
      expect(certain.map((tool) => tool.description)).toEqual([])
      expect(alarms.length / texts.length).toBeLessThan(0.005)
    },
  )
})

describe('isSecretName', () => {
  it.each([
    'password',
    'DB_PASSWORD',
    'api_key',
    'X-Api-Key',
    'Authorization',
    'client_secret',
    'accessToken',
    'aws_secret_access_key',
    'Set-Cookie',
    '--token',
    'passphrase',
  ])('knows %s', (name) => expect(isSecretName(name)).toBe(true))
  it.each([
    'path',
    'max_tokens',
    'nextPageToken',
    'token_count',
    'progressToken',
    'secretary',
    'author',
    'compass',
    'keyboard',
    'id',
  ])('leaves %s alone', (name) => expect(isSecretName(name)).toBe(false))
})

describe('redactValue', () => {
  it('removes whatever stands under a secret name, whatever its type', () => {
    expect(
      redactValue({ auth: { user: 'a', pin: 1234, ok: true }, secrets: ['x', 2], password: '' }),
    ).toEqual({
      auth: { user: '[redacted:secret/member]', pin: '[redacted:secret/member]', ok: true },
      secrets: ['[redacted:secret/member]', '[redacted:secret/member]'],
      password: '',
    })
  })

  it('removes the value beside a secret name, and the one after a secret option', () => {
    expect(
      redactValue({
        headers: [
          { name: 'Authorization', value: 'x y' },
          { name: 'Accept', value: 'a' },
        ],
      }),
    ).toEqual({
      headers: [
        { name: 'Authorization', value: '[redacted:secret/member]' },
        { name: 'Accept', value: 'a' },
      ],
    })
    expect(redactValue(['run', '--api-key', 'abc', '--deep', 'x'])).toEqual([
      'run',
      '--api-key',
      '[redacted:secret/member]',
      '--deep',
      'x',
    ])
  })

  it('removes secrets from member names, and keeps both values when two names become one', () => {
    expect(redactValue({ [GITHUB]: 1, [`${GITHUB.slice(0, -1)}Z`]: 2, plain: JWT })).toEqual({
      '[redacted:secret/github]': 1,
      '[redacted:secret/github]#2': 2,
      plain: '[redacted:secret/jwt]',
    })
  })

  it('returns the very same value when there is nothing to hide', () => {
    const value = { a: ['b', { c: 1, d: null }], e: true }
    expect(redactValue(value)).toBe(value)
  })

  it('keeps numbers that no double can hold exactly as they were written', () => {
    const raw = JSON.rawJSON('12345678901234567890.10')
    const clean = redactValue({ big: raw, token: raw, url: 'postgres://a:b@c' })
    expect(JSON.stringify(clean)).toBe(
      '{"big":12345678901234567890.10,"token":"[redacted:secret/member]","url":"postgres://a:[redacted:secret/url-userinfo]@c"}',
    )
  })

  it('keeps a member called __proto__ a member', () => {
    const clean = redactValue(JSON.parse('{"__proto__":{"password":"x1"},"b":1}')) as object
    expect(JSON.stringify(clean)).toBe('{"__proto__":{"password":"[redacted:secret/member]"},"b":1}')
  })

  it('cuts texts, lists, objects and depth with a mark, and a secret across the cut is still removed', () => {
    const limits = { maxTextChars: 40, maxChars: 200, maxDepth: 3 }
    const cut = redactValue({ text: `0123456789 0123456789 012345678 ${GITHUB}` }, limits) as { text: string }
    expect(cut.text).not.toContain('ghp_')
    expect(cut.text).toMatch(/^0123456789 0123456789 012345678 \[redacte…\[cut: 32 more characters\]$/)
    expect(
      JSON.stringify(
        redactValue(
          Array.from({ length: 1000 }, () => 'abcdefghij'),
          limits,
        ),
      ),
    ).toContain('[cut: 980 more]')
    expect(JSON.stringify(redactValue({ a: { b: { c: { d: 1 } } } }, limits))).toBe(
      '{"a":{"b":{"c":"[cut: deeper than 3]"}}}',
    )
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`k${at}`, 'v']))
    expect(JSON.stringify(redactValue(many, limits)).length).toBeLessThan(1500)
  })
})
