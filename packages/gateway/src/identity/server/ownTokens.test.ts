import { createPrivateKey } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import * as jose from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { OwnTokens } from './ownTokens.ts'
import { openIdentityDatabase } from './store/identityDatabase.ts'
import { Revocations } from './store/revocations.ts'
import { SigningKeys } from './store/signingKeys.ts'

const GATE = 'https://gate.example'
const LIFETIME_MS = 600_000

let folder: string
let database: DatabaseSync
let now: number
let tokens: OwnTokens
let keys: SigningKeys
let revocations: Revocations

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-tokens-'))
  database = openIdentityDatabase(join(folder, 'identity.sqlite'))
  now = Date.now()
  keys = new SigningKeys(database, () => now)
  revocations = new Revocations(database, { now: () => now, keepMs: LIFETIME_MS })
  tokens = new OwnTokens({
    jose,
    publicUrl: GATE,
    keys,
    revocations,
    maxLifetimeMs: LIFETIME_MS,
    now: () => now,
  })
})
afterEach(() => {
  database.close()
  rmSync(folder, { recursive: true, force: true })
})

async function make(
  changes: Readonly<Record<string, unknown>> = {},
  header: Readonly<Record<string, unknown>> = {},
  key?: jose.CryptoKey,
): Promise<string> {
  const [newest] = keys.all
  if (newest === undefined) throw new Error('no key')
  const seconds = Math.floor(now / 1000)
  const claims = {
    iss: GATE,
    sub: 'owner',
    aud: `${GATE}/mcp`,
    client_id: 'app',
    jti: crypto.randomUUID(),
    iat: seconds,
    exp: seconds + 600,
    scope: 'mcp',
    grant: 'g',
    groups: ['staff'],
    ...changes,
  }
  return await new jose.SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: newest.kid, ...header })
    .sign(key ?? createPrivateKey({ key: newest.privateJwk as never, format: 'jwk' }))
}

async function verify(text: string, scheme: 'bearer' | 'dpop' = 'bearer') {
  return await tokens.verify({ scheme, text })
}

describe('a token of ours', () => {
  it('says who, which client, what for, and until when', async () => {
    const text = await make({ aud: `${GATE}/mcp/files` })
    const first = await verify(text)
    expect(first).toMatchObject({
      ok: true,
      principal: { issuer: GATE, subject: 'owner' },
      authority: { kind: 'token', client: 'app', scopes: ['mcp'], groups: ['staff'], servers: ['files'] },
    })
    // Known by now: answered at once, without looking at the signature again.
    expect(tokens.verify({ scheme: 'bearer', text })).toBe(await verify(text))
    expect(await verify(text, 'dpop')).toMatchObject({ ok: false })
  })

  it('brings along what is known of its holder now, which it does not say itself', async () => {
    const known: Record<string, Record<string, string[]>> = { owner: { department: ['sales'] } }
    const sources = { jose, publicUrl: GATE, keys, revocations, maxLifetimeMs: LIFETIME_MS, now: () => now }
    const asking = new OwnTokens({ ...sources, claimsOf: (sub) => known[sub] })
    const ofOwner = await asking.verify({ scheme: 'bearer', text: await make() })
    expect(ofOwner).toMatchObject({ authority: { claims: { department: ['sales'] } } })
    const text = await make({ sub: 'other', claims: { department: ['sales'] } })
    expect(await asking.verify({ scheme: 'bearer', text })).not.toHaveProperty('authority.claims')
  })

  it('ends with its time, and when it or its grant is revoked', async () => {
    const [one, two, three] = await Promise.all([
      make({ jti: 'one' }),
      make({ grant: 'h' }),
      make({ grant: 'i' }),
    ])
    const found = await Promise.all([one, two, three].map((text) => verify(text)))
    revocations.revokeToken('one')
    revocations.revokeGrant('h')
    expect(await verify(one)).toMatchObject({ ok: false, rule: 'identity/revoked' })
    expect(await verify(two)).toMatchObject({ ok: false, rule: 'identity/revoked' })
    expect(await verify(three)).toMatchObject({ ok: true })
    const held = found.map((each) => each?.ok === true && tokens.holds(each.principal, each.authority))
    expect(held).toEqual([false, false, true])
    now += 606_000
    expect(await verify(three)).toMatchObject({ ok: false, rule: 'identity/expired' })
  })

  it('that ended was not revoked, and holds wherever its session is', async () => {
    const [ended, revoked] = await Promise.all([verify(await make()), verify(await make({ grant: 'h' }))])
    if (ended?.ok !== true || revoked?.ok !== true) throw new Error('they are not good')
    const elsewhere = new OwnTokens({
      jose,
      publicUrl: GATE,
      keys,
      revocations,
      maxLifetimeMs: 1,
      now: () => now,
    })
    revocations.revokeGrant('h')
    now += 606_000
    // As a worker gets it that another one hands a request to.
    const handedOver = JSON.parse(JSON.stringify(ended.authority))
    for (const each of [tokens, elsewhere]) {
      expect(each.holds(ended.principal, handedOver)).toBe(true)
      expect(each.holds(revoked.principal, revoked.authority)).toBe(false)
      expect(each.holds({ ...ended.principal, issuer: 'https://idp.example' }, handedOver)).toBeUndefined()
    }
  })
})

describe('no token of ours', () => {
  it.each([
    ['no end', { exp: undefined }, {}],
    ['a longer life than any', { exp: Math.floor(Date.now() / 1000) + 3_000 }, {}],
    ['ended', { exp: Math.floor(Date.now() / 1000) - 60 }, {}],
    ['for a sibling', { aud: `${GATE}/mcpx` }, {}],
    ['for the origin', { aud: GATE }, {}],
    ['for nobody', { aud: undefined }, {}],
    ['nobody’s', { sub: undefined }, {}],
    ['without a client', { client_id: undefined }, {}],
    ['without an id', { jti: undefined }, {}],
    ['of another type', {}, { typ: 'JWT' }],
    ['without a type', {}, { typ: undefined }],
    ['of an unknown key', {}, { kid: 'other' }],
    ['without a key', {}, { kid: undefined }],
  ])('%s', async (_, changes, header) => {
    expect(await verify(await make(changes, header))).toMatchObject({ ok: false, rule: 'identity/token' })
  })

  it('signed by somebody else, or by nobody', async () => {
    const { privateKey } = await jose.generateKeyPair('ES256')
    expect(await verify(await make({}, {}, privateKey))).toMatchObject({ ok: false })
    const [header = '', body = ''] = (await make()).split('.')
    expect(await verify(`${header}.${body}.`)).toMatchObject({ ok: false })
    const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')
    expect(await verify(`${none}.${body}.`)).toMatchObject({ ok: false })
  })

  it('of another issuer is for another way in', async () => {
    expect(await verify(await make({ iss: `${GATE}/` }))).toBeUndefined()
    for (const text of ['opaque', 'a.b.c', 'a.e30.c', '..', 'sp_abc_def'])
      expect(await verify(text)).toBeUndefined()
  })
})
