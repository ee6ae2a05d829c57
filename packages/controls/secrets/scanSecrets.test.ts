import { describe, expect, it } from 'vitest'
import { knownSecrets, PERSONAL_KINDS, type PersonalKind, scanSecrets, scanValue } from './index.ts'
import { TOKEN_RULES } from './providers.ts'
import { jumbleSample, randomOf, sampleOf, tokenSamples } from './samples.fixture.ts'
import { joinedTexts } from './walk.ts'

const TOKEN = ['ghp_', 'q7Rm2xZp9LdK4vTn', 'q7Rm2xZp9LdK4vTn12ab'].join('')
const rulesIn = (text: string) => scanSecrets(text).map(({ rule }) => rule)
const PEM = (kind: string, body: string) =>
  `-----BEGIN ${kind}PRIVATE ${'KEY'}-----\n${body}\n-----END ${kind}PRIVATE ${'KEY'}-----`
const BODY = jumbleSample(randomOf(3), 256)

it('knows tokens of more than a hundred kinds, each by a rule of its own', () => {
  const rules = new Set(TOKEN_RULES.map(({ rule }) => rule))
  expect(rules.size).toBeGreaterThanOrEqual(100)
  expect(rules.size).toBe(TOKEN_RULES.length)
})

it.each(tokenSamples(randomOf(1)).map(({ rule, secret }) => [rule, secret] as const))(
  '%s is found in a sentence, in JSON, in an address and at either end of a text',
  (rule, secret) => {
    for (const text of [
      secret,
      `the token is ${secret}, keep it`,
      `{"value": "${secret}"}`,
      `{\\"value\\": \\"\\n${secret}\\"}`,
      `https://x.test/?t=${secret}&x=1`,
    ]) {
      const [found] = scanSecrets(text).filter(({ kind }) => kind === 'token')
      expect(found?.rule, text).toBe(rule)
      expect(text.slice(found?.start, found?.end)).toContain(secret)
    }
  },
)

it('a token that is cut short, or a prefix within a word, is none', () => {
  for (const { rule, shapes } of TOKEN_RULES) {
    const [shape] = shapes
    if (shape === undefined || typeof shape[0] !== 'string' || shape.length !== 2) continue
    const secret = sampleOf(shape, randomOf(2))
    const short = secret.slice(0, shape[0].length + 3)
    expect(rulesIn(`see ${short}`), rule).toEqual([])
    expect(rulesIn(`x${secret}`), rule).not.toContain(rule)
  }
})

describe('what stands around a value', () => {
  it.each([
    ['api_key = "q7Rm2xZp9LdK4vTn"', 'secret/assignment'],
    ["'client_secret': 'q7Rm2xZp9LdK4vTn8'", 'secret/assignment'],
    ['export DB_PASSWORD=q7Rm2xZp9LdK4vTn', 'secret/assignment'],
    ['<password>q7Rm2xZp9LdK4vTn</password>', 'secret/assignment'],
    ['Authorization: Bearer q7Rm2xZp9LdK4vTnq7Rm', 'secret/authorization'],
    ['authorization: Basic YWRhOmxvdmVsYWNlMTgxNQ==', 'secret/authorization'],
    ['postgres://app:tr0ub4dor@db.internal/x', 'secret/url-userinfo'],
    ['redis://:tr0ub4d@or@cache:6379', 'secret/url-userinfo'],
    ['https://q7Rm2xZp9LdK4vTnq7Rm@git.test/x', 'secret/url-userinfo'],
    ['Server=db;User Id=app;Password=Summer2024!;', 'secret/connection-string'],
    ['host=db user=app password=winter24', 'secret/connection-string'],
    [PEM('', BODY), 'secret/private-key'],
    [PEM('OPENSSH ', BODY), 'secret/private-key'],
    [PEM('RSA ', BODY).replaceAll('\n', '\\n'), 'secret/private-key'],
    ['PuTTY-User-Key-File-3: ssh-rsa\nPrivate-Lines: 1\nAAAA\nPrivate-MAC: 00ff', 'secret/private-key'],
  ])('gives it away: %j', (text, rule) => expect(rulesIn(text)).toContain(rule))

  it.each([
    'const token = await getToken(process.env.API_KEY)',
    'api_key: string; password: z.string().min(8)',
    'password = "hunter2" is not certain enough to act on',
    `api_key = "\${API_KEY}" and secret: {{ vault.key }}`,
    'nextPageToken: "CAUQAAq7Rm2xZp9LdK4vTn"',
    'token: 550e8400-e29b-41d4-a716-446655440000',
    'ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx and sk-ant-api03-your-key-goes-here',
    'postgres://user:password@localhost:5432/app and https://user@host/x',
    'Basic authentication, Bearer authentication, basic understanding',
    '-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----',
    PEM('', '...'),
    'sk-fading-circle-spinner-animation-wrapper pat-pending task-list',
    'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    'X-Amz-Signature and /usr/share/doc/secret-service/README.Debian.gz',
  ])('and this is none: %j', (text) => expect(scanSecrets(text)).toEqual([]))
})

describe('values that are known', () => {
  const OWN = 'correct-horse/"9"+é'
  const known = knownSecrets([OWN, 'short'])
  const base64 = (text: string) => Buffer.from(text).toString('base64')

  it.each([
    ['as they are', OWN],
    ['in JSON', JSON.stringify({ a: OWN })],
    ['in Base64', base64(OWN)],
    ['in Base64 amid more', base64(`user:${OWN} and more`)],
    ['in Base64url', Buffer.from(`x${OWN}`).toString('base64url')],
    ['in hex', Buffer.from(OWN).toString('hex')],
    ['in an address', `https://x.test/?q=${encodeURIComponent(OWN)}`],
  ])('are found %s', (_how, text) => {
    expect(known.isIn(text)).toBe(true)
    expect(scanSecrets(text, { known }).map(({ kind }) => kind)).toContain('own')
  })

  it('are found split over two texts, and short ones and others not at all', () => {
    const args = { a: OWN.slice(0, 8), b: [OWN.slice(8)] }
    expect(known.isIn(JSON.stringify(args))).toBe(false)
    expect(known.isIn(joinedTexts(args, 1000) ?? '')).toBe(true)
    expect(joinedTexts(args, 5)).toBeUndefined()
    expect(known.isIn('short, and a horse that is correct')).toBe(false)
    expect(knownSecrets([]).isIn(OWN)).toBe(false)
  })
})

describe('personal data', () => {
  const find = (text: string, kinds: readonly PersonalKind[] = PERSONAL_KINDS) =>
    scanSecrets(text, { personal: kinds }).map(({ rule, start, end }) => [rule, text.slice(start, end)])

  it.each([
    ['pay 4111 1111 1111 1111 now', 'personal/card', '4111 1111 1111 1111'],
    ['card 5555-5555-5555-4444.', 'personal/card', '5555-5555-5555-4444'],
    ['amex 378282246310005', 'personal/card', '378282246310005'],
    ['to DE89 3704 0044 0532 0130 00 please', 'personal/iban', 'DE89 3704 0044 0532 0130 00'],
    ['GB82WEST12345698765432', 'personal/iban', 'GB82WEST12345698765432'],
    ['ssn 536-90-4399', 'personal/ssn', '536-90-4399'],
    ['mail ada.l@maths.example.org.', 'personal/email', 'ada.l@maths.example.org'],
    ['call +49 30 1234567 today', 'personal/phone', '+49 30 1234567'],
    ['call (415) 555-2671', 'personal/phone', '(415) 555-2671'],
  ])('%s', (text, rule, what) => {
    expect(find(text)).toEqual([[rule, what]])
    expect(scanSecrets(text)).toEqual([])
  })

  it.each([
    'order 4111 1111 1111 1112 and 1234567812345678',
    'DE89 3704 0044 0532 0130 01 and version 1.2.3, 2026-11-28T12:00:00.000Z',
    'id 550e8400-e29b-41d4-a716-446655440000 000-12-3456 666-12-3456',
    'git@github.com:a/b and user@localhost and a @ b and @types/node@22.1.0',
    'at 192.168.100.200:8080, 3.14159265358979, 1700000000000',
  ])('and none: %s', (text) => expect(find(text)).toEqual([]))

  it('is looked for only as asked, in numbers too', () => {
    expect(find('ada@x.org 4111111111111111', ['card'])).toHaveLength(1)
    const { sightings } = scanValue({ card: 4_111_111_111_111_111 }, { personal: ['card'] })
    expect(sightings).toEqual([{ rule: 'personal/card', kind: 'personal', where: 'card' }])
  })
})

describe('scanValue', () => {
  it('says where, replaces what it is told to, and keeps all else', () => {
    const big = JSON.rawJSON('12345678901234567890.10')
    const value = { a: [{ text: `x ${TOKEN} y` }], big, [TOKEN]: 1, ok: 'fine' }
    const { value: clean, sightings } = scanValue(value, { replace: () => true })
    expect(JSON.stringify(clean)).toBe(
      '{"a":[{"text":"x [redacted:secret/github] y"}],"big":12345678901234567890.10,"[redacted:secret/github]":1,"ok":"fine"}',
    )
    expect(sightings.map(({ where }) => where)).toEqual(['a[0].text', ''])
    expect(JSON.stringify(sightings)).not.toContain(TOKEN)
  })

  it('returns the very same value where nothing is replaced', () => {
    const value = { a: [{ text: TOKEN }] }
    expect(scanValue(value, {}).value).toBe(value)
    expect(scanValue(value, { replace: () => false }).value).toBe(value)
    expect(scanValue(value, { replace: () => false }).sightings).toHaveLength(1)
  })

  it('finds a jumble under the name of a secret, beside it, and what is encoded', () => {
    const where = (value: unknown) => scanValue(value, { encoded: true }).sightings.map(({ rule }) => rule)
    expect(where({ api_key: 'q7Rm2xZp9LdK4vTn' })).toEqual(['secret/member'])
    expect(where({ env: [{ name: 'API_KEY', value: 'q7Rm2xZp9LdK4vTn' }] })).toEqual(['secret/member'])
    expect(where({ text: Buffer.from(`key ${TOKEN}`).toString('base64') })).toEqual(['secret/github'])
    expect(where({ text: Buffer.from(`key ${TOKEN}`).toString('hex') })).toEqual(['secret/github'])
    expect(where({ text: `x%20%67hp_${TOKEN.slice(4)}` })).toEqual(['secret/github'])
    expect(where({ api_key: 'the name of the key', password: 'changeme-please-1' })).toEqual([])
  })
})
