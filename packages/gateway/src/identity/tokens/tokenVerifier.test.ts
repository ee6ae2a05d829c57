import type { IncomingMessage } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { IssuerConfig } from '../../config/auth/issuerConfig.ts'
import type { Log } from '../../log.ts'
import type { Credential, Verified, Verifier } from '../identity.ts'
import type { IdentitySources } from '../openIdentity.ts'
import {
  accessTokenHash,
  makeKey,
  makeProof,
  startTestIssuer,
  type TestIssuer,
  thumbprintOf,
} from '../testing/testIssuer.ts'
import { makeMoreKeys, publish, tokenCases } from '../testing/tokenCases.ts'
import { openTokens } from './openTokens.ts'

const PUBLIC_URL = 'https://gate.example'
const AUDIENCE = `${PUBLIC_URL}/mcp`
const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} } as unknown as Log

function configOf(issuer: string, more: Partial<IssuerConfig> = {}): IssuerConfig {
  return {
    issuer,
    types: ['at+jwt'],
    algorithms: ['ES256', 'EdDSA', 'Ed25519', 'RS256'],
    clockSkewMs: 5_000,
    maxLifetimeMs: 86_400_000,
    keysMaxAgeMs: 600_000,
    claims: { scopes: ['scope', 'scp'], subject: 'sub' },
    grants: [],
    ...more,
  }
}

interface World {
  readonly verifier: Verifier
  /** Added to the time. */
  ahead: number
}

async function open(...issuers: IssuerConfig[]): Promise<World> {
  const world = { ahead: 0 }
  const sources = {
    auth: { issuers },
    publicUrl: PUBLIC_URL,
    env: { SECRET: 'introspection secret' },
    log: quiet,
    now: () => Date.now() + world.ahead,
  } as unknown as IdentitySources
  const way = await openTokens(sources)
  const [verifier] = way?.verifiers ?? []
  if (verifier === undefined) throw new Error('no verifier')
  return Object.assign(world, { verifier })
}

function requestOf(method = 'POST', url = '/mcp', rawHeaders: readonly string[] = []): IncomingMessage {
  return { method, url, rawHeaders, socket: {} } as unknown as IncomingMessage
}

async function ask(
  { verifier }: World,
  text: string,
  scheme: Credential['scheme'] = 'bearer',
  request = requestOf(),
): Promise<Verified | undefined> {
  return await verifier.verify({ scheme, text }, request)
}

let issuer: TestIssuer
let world: World
const more = makeMoreKeys()
beforeAll(async () => {
  issuer = await startTestIssuer({ audience: AUDIENCE })
  publish(issuer, more)
  world = await open(configOf(issuer.url))
})
afterAll(() => issuer.close())

describe('a token', () => {
  it('is taken or refused as the table says, the second time as well', async () => {
    const wrong: string[] = []
    for (const { id, title, expect: expected, token } of tokenCases(issuer, more, AUDIENCE)) {
      for (const time of ['first', 'second']) {
        const verified = await ask(world, token)
        const became = verified?.ok === true ? 'accepted' : 'refused'
        if (became !== expected) wrong.push(`${id} ${title} (${time}): ${became} ${JSON.stringify(verified)}`)
      }
    }
    expect(wrong).toEqual([])
  })

  it('says who it is, for which client, with which scopes and until when', async () => {
    const exp = Math.floor(Date.now() / 1000) + 100
    const token = issuer.token({ scope: 'mcp:read  mcp', exp, groups: ['a'] })
    const verified = await ask(world, token)
    expect(verified).toEqual({
      ok: true,
      principal: { issuer: issuer.url, subject: 'ada' },
      authority: {
        kind: 'token',
        id: expect.stringMatching(/^[0-9a-f]{16}$/),
        client: 'client-1',
        scopes: ['mcp:read', 'mcp'],
        groups: [],
        expiresAtMs: exp * 1000,
      },
    })
  })

  it('that is known is answered at once, and not a moment beyond its end', async () => {
    const exp = Math.floor(Date.now() / 1000) + 30
    const token = issuer.token({ exp })
    await ask(world, token)
    expect(world.verifier.verify({ scheme: 'bearer', text: token }, requestOf())).not.toBeInstanceOf(Promise)
    world.ahead = 31_000
    expect(world.verifier.verify({ scheme: 'bearer', text: token }, requestOf())).toBeInstanceOf(Promise)
    world.ahead = 36_000
    expect(await ask(world, token)).toMatchObject({ ok: false, rule: 'identity/expired' })
    world.ahead = 0
  })

  it('for one server names it', async () => {
    expect(await ask(world, issuer.token({ aud: `${AUDIENCE}/pg` }))).toMatchObject({
      authority: { servers: ['pg'] },
    })
    expect(await ask(world, issuer.token({ aud: `${AUDIENCE}/pg/x` }))).toMatchObject({ ok: false })
  })
})

describe('claims that rules ask for', () => {
  const named = [
    'department',
    'realm_access.roles',
    'level',
    'https://x.example/tenant',
    'nowhere',
    '__proto__',
  ]

  it('are lists of texts, whatever the token has; what is not there has no entry', async () => {
    const verifier = await open(
      configOf(issuer.url, { claims: { scopes: ['scope'], rules: named, subject: 'sub' } }),
    )
    const token = issuer.token({
      department: 'sales',
      realm_access: { roles: ['a', { b: 1 }, 'c'] },
      level: 3,
      'https://x.example/tenant': ['t-1', true],
      other: 'not named',
    })
    const found = await ask(verifier, token)
    expect(found).toMatchObject({
      authority: {
        claims: {
          department: ['sales'],
          'realm_access.roles': ['a', 'c'],
          level: ['3'],
          'https://x.example/tenant': ['t-1', 'true'],
        },
      },
    })
    expect(JSON.stringify(found)).not.toMatch(/not named|nowhere/)
  })

  it('that take too much room refuse the token, and are never cut', async () => {
    const verifier = await open(
      configOf(issuer.url, { claims: { scopes: ['scope'], rules: ['department'], subject: 'sub' } }),
    )
    const token = issuer.token({
      department: Array.from({ length: 400 }, (_, at) => `a-long-department-${at}`),
    })
    expect(await ask(verifier, token)).toMatchObject({ ok: false })
  })
})

describe('an issuer', () => {
  it('of another shape can be described: Entra, Okta, Keycloak', async () => {
    const entra = await open(
      configOf(issuer.url, {
        audiences: ['api://gate'],
        types: ['jwt'],
        claims: { scopes: ['scp'], groups: 'groups', subject: 'oid' },
      }),
    )
    const v1 = {
      aud: 'api://gate',
      appid: 'app',
      client_id: undefined,
      scp: 'mcp',
      scope: undefined,
      oid: 'o-1',
    }
    expect(await ask(entra, issuer.token({ ...v1, groups: ['g'] }, { typ: 'JWT' }))).toMatchObject({
      principal: { subject: 'o-1' },
      authority: { client: 'app', scopes: ['mcp'], groups: ['g'] },
    })
    // An ID token of the same application names no client.
    expect(await ask(entra, issuer.token({ ...v1, appid: undefined }, { typ: 'JWT' }))).toMatchObject({
      rule: 'identity/token-type',
    })

    const okta = await open(configOf(issuer.url, { audiences: ['api://default'], types: ['jwt'] }))
    const scp = { aud: 'api://default', cid: 'c', client_id: undefined, scope: undefined, scp: ['mcp', 'x'] }
    expect(await ask(okta, issuer.token(scp, { typ: 'JWT' }))).toMatchObject({
      authority: { client: 'c', scopes: ['mcp', 'x'] },
    })

    const keycloak = await open(
      configOf(issuer.url, {
        types: ['jwt'],
        claims: { scopes: ['scope'], groups: 'realm_access.roles', subject: 'sub' },
        grants: ['mcp:read'],
      }),
    )
    const bearer = {
      azp: 'c',
      client_id: undefined,
      typ: 'Bearer',
      scope: 'openid',
      realm_access: { roles: ['r'] },
    }
    expect(await ask(keycloak, issuer.token(bearer, { typ: 'JWT' }))).toMatchObject({
      authority: { client: 'c', scopes: ['openid', 'mcp:read'], groups: ['r'] },
    })
    expect(await ask(keycloak, issuer.token({ ...bearer, typ: 'ID' }, { typ: 'JWT' }))).toMatchObject({
      rule: 'identity/token-type',
    })
  })

  it('that is asked about opaque tokens is the only one', async () => {
    const introspection = {
      url: 'https://x.example/i',
      clientId: 'g',
      clientSecret: { source: 's', secret: false },
    }
    const two = [configOf(issuer.url, { introspection }), configOf('https://idp.example', { introspection })]
    await expect(open(...two)).rejects.toThrow('only one')
  })

  it('that is named twice is refused at the start', async () => {
    await expect(open(configOf(issuer.url), configOf(issuer.url))).rejects.toThrow('twice')
  })

  it('is not believed when its metadata names another one, or keys elsewhere', async () => {
    const sly = await startTestIssuer({ audience: AUDIENCE })
    sly.metadata = { jwks_uri: `${issuer.url}/jwks` }
    expect(await ask(await open(configOf(sly.url)), sly.token())).toMatchObject({
      fault: 'busy',
      rule: 'identity/issuer-unreachable',
    })
    sly.metadata = { issuer: issuer.url }
    expect(await ask(await open(configOf(sly.url)), sly.token())).toMatchObject({ fault: 'busy' })
    // Where a person wrote it, it is right.
    const named = await open(configOf(sly.url, { jwks: `${sly.url}/jwks` }))
    expect(await ask(named, sly.token())).toMatchObject({ ok: true })
    await sly.close()
  })
})

describe('keys', () => {
  it('are fetched once for all who wait, and once more for a stranger, not once each', async () => {
    const own = await startTestIssuer({ audience: AUDIENCE })
    const fetched = () => own.asked.filter((path) => path === '/jwks').length
    const there = await open(configOf(own.url))
    await Promise.all([ask(there, own.token()), ask(there, own.token()), ask(there, own.token())])
    expect(fetched()).toBe(1)
    const stranger = makeKey('ES256', 'stranger')
    for (let at = 0; at < 5; at++)
      expect(await ask(there, own.token({}, {}, stranger))).toMatchObject({ rule: 'identity/key' })
    expect(fetched()).toBe(2)
    there.ahead = 31_000
    await ask(there, own.token({ iat: 1 + Math.floor(Date.now() / 1000) }, {}, stranger))
    expect(fetched()).toBe(3)
    await own.close()
  })

  it('that were taken back verify nothing from then on, not even what they had verified', async () => {
    const own = await startTestIssuer({ audience: AUDIENCE })
    const there = await open(configOf(own.url, { keysMaxAgeMs: 1_000 }))
    const token = own.token()
    expect(await ask(there, token)).toMatchObject({ ok: true })
    const next = makeKey('ES256', 'key-2')
    own.keys = [next.jwk]
    there.ahead = 1_500
    expect(await ask(there, own.token({}, {}, next))).toMatchObject({ ok: true })
    const again = await ask(there, token)
    expect(again).toMatchObject({ ok: false, rule: 'identity/key' })
    await own.close()
  })

  it('serve for an hour while their issuer is down, then nobody comes in', async () => {
    const own = await startTestIssuer({ audience: AUDIENCE })
    const there = await open(configOf(own.url, { maxLifetimeMs: 86_400_000 }))
    const exp = Math.floor(Date.now() / 1000) + 86_000
    expect(await ask(there, own.token({ exp }))).toMatchObject({ ok: true })
    own.down = true
    there.ahead = 3_600_000
    expect(await ask(there, own.token({ exp }))).toMatchObject({ ok: true })
    there.ahead = 3_600_000 + 600_000 + 1_000
    expect(await ask(there, own.token({ exp }))).toMatchObject({ ok: false, fault: 'busy' })
    await own.close()
  })
})

describe('an opaque token', () => {
  it('is what its issuer says; a no is not asked for again at once', async () => {
    const own = await startTestIssuer({ audience: AUDIENCE })
    const asked = () => own.asked.filter((path) => path === '/introspect').length
    const there = await open(
      configOf(own.url, {
        introspection: {
          url: `${own.url}/introspect`,
          clientId: 'gate',
          // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference
          clientSecret: { source: '${env:SECRET}', secret: true },
        },
      }),
    )
    own.opaque.set('good', { active: true, sub: 'ada', aud: AUDIENCE, scope: 'mcp', client_id: 'c' })
    own.opaque.set('elsewhere', { active: true, sub: 'ada', aud: 'https://other.example' })
    own.opaque.set('nobody', { active: true, aud: AUDIENCE })
    own.opaque.set('foreign', { active: true, sub: 'ada', aud: AUDIENCE, iss: 'https://other.example' })
    expect(await ask(there, 'good')).toMatchObject({
      ok: true,
      principal: { issuer: own.url, subject: 'ada' },
      authority: { client: 'c', scopes: ['mcp'] },
    })
    const again = await ask(there, 'good')
    expect(asked()).toBe(1)
    // Without an end of its own it is asked about anew all the same, also by what stands open.
    const endsInMs =
      again?.ok === true ? (again.authority.expiresAtMs ?? Number.POSITIVE_INFINITY) - Date.now() : 0
    expect(endsInMs > 500_000 && endsInMs <= 600_000).toBe(true)
    expect(await ask(there, 'elsewhere')).toMatchObject({ rule: 'identity/audience' })
    expect(await ask(there, 'nobody')).toMatchObject({ rule: 'identity/subject' })
    expect(await ask(there, 'foreign')).toMatchObject({ rule: 'identity/issuer' })
    expect(await ask(there, 'bad')).toMatchObject({ rule: 'identity/inactive' })
    expect(await ask(there, 'bad')).toMatchObject({ rule: 'identity/inactive' })
    expect(asked()).toBe(5)
    own.down = true
    expect(await ask(there, 'new')).toMatchObject({ fault: 'busy' })
    await own.close()
  })
})

describe('a token that is bound to a key', () => {
  const holder = makeKey('ES256', 'holder')
  const bound = () => issuer.token({ cnf: { jkt: thumbprintOf(holder) } })
  const proofFor = (token: string, claims: object = {}, header: object = {}, key = holder) =>
    makeProof(key, { htm: 'POST', htu: AUDIENCE, ath: accessTokenHash(token), ...claims }, { ...header })
  const send = (token: string, ...proofs: string[]) =>
    ask(
      world,
      token,
      'dpop',
      requestOf(
        'POST',
        '/mcp',
        proofs.flatMap((proof) => ['DPoP', proof]),
      ),
    )

  it('is good beside a fresh proof, for the public address', async () => {
    const token = bound()
    expect(await send(token, proofFor(token))).toMatchObject({ ok: true })
    expect(await send(token, proofFor(token, { htu: 'https://GATE.example:443/mcp' }))).toMatchObject({
      ok: true,
    })
  })

  it('is good for nothing else', async () => {
    const token = bound()
    const nowSeconds = Math.floor(Date.now() / 1000)
    const other = makeKey('ES256', 'other')
    const used = proofFor(token)
    await send(token, used)
    const cases: Record<string, readonly string[]> = {
      none: [],
      two: [proofFor(token), proofFor(token)],
      method: [proofFor(token, { htm: 'GET' })],
      address: [proofFor(token, { htu: `${PUBLIC_URL}/mcp/pg` })],
      listener: [proofFor(token, { htu: 'http://127.0.0.1:7337/mcp' })],
      'no token': [proofFor(token, { ath: undefined })],
      'other token': [proofFor(token, { ath: accessTokenHash('x') })],
      old: [proofFor(token, { iat: nowSeconds - 120 })],
      early: [proofFor(token, { iat: nowSeconds + 120 })],
      replayed: [used],
      'no id': [proofFor(token, { jti: undefined })],
      'other key': [proofFor(token, {}, {}, other)],
      'key of the holder, signature of another': [proofFor(token, {}, { jwk: { ...holder.jwk } }, other)],
      'private key': [proofFor(token, {}, { jwk: holder.private.export({ format: 'jwk' }) })],
      'alg none': [proofFor(token, {}, { alg: 'none' })],
      HS256: [proofFor(token, {}, { alg: 'HS256' })],
      typ: [proofFor(token, {}, { typ: 'JWT' })],
    }
    for (const [name, proofs] of Object.entries(cases))
      expect([name, await send(token, ...proofs)]).toMatchObject([
        name,
        { ok: false, rule: 'identity/proof' },
      ])
  })

  it('is refused as a bearer token, and an unbound one with a proof', async () => {
    const token = bound()
    await send(token, proofFor(token))
    expect(await ask(world, token)).toMatchObject({ rule: 'identity/binding' })
    const plain = issuer.token()
    expect(await send(plain, proofFor(plain))).toMatchObject({ rule: 'identity/binding' })
  })
})
