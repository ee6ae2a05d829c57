import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import type { AuthConfig } from '../config/auth/authConfig.ts'
import { silentLog } from '../log.ts'
import type { Verified, Verifier } from './identity.ts'
import { composeIdentity } from './openIdentity.ts'

const PUBLIC_URL = 'https://gate.example'
const ISSUER = {
  issuer: 'https://idp.example',
  types: ['at+jwt'],
  algorithms: ['ES256'],
  clockSkewMs: 0,
  maxLifetimeMs: 1,
  keysMaxAgeMs: 1,
  claims: { scopes: ['scope'], subject: 'sub' },
  grants: [],
} as const

const ADA: Verified = {
  ok: true,
  principal: { issuer: 'https://idp.example', subject: 'ada' },
  authority: { kind: 'token', id: 'a', scopes: ['mcp'], groups: [], expiresAtMs: 5_000 },
}

/** Knows "good", is busy with "busy", thinks about "slow", and refuses the rest. */
const verifier: Verifier = {
  verify({ text }) {
    if (text === 'good') return ADA
    if (text === 'slow') return Promise.resolve(ADA)
    if (text === 'other') return undefined
    if (text === 'busy') return { ok: false, fault: 'busy', rule: 'identity/issuer-unreachable', why: 'down' }
    return { ok: false, fault: 'invalid', rule: 'identity/signature', why: 'its signature is not right' }
  },
  holds: (_, { id }) => (id === 'unknown' ? undefined : id !== 'revoked'),
}

function compose(auth: AuthConfig, now = () => 0) {
  return composeIdentity([{ verifiers: [verifier] }], { auth, publicUrl: PUBLIC_URL, now, log: silentLog })
}
const oauth: AuthConfig = { issuers: [ISSUER], failures: { count: 2, windowMs: 60_000 } }

function request(credential?: string, address = '192.0.2.1'): IncomingMessage {
  const rawHeaders = credential === undefined ? [] : ['Authorization', `Bearer ${credential}`]
  return {
    method: 'POST',
    url: '/mcp',
    rawHeaders,
    socket: { remoteAddress: address },
  } as unknown as IncomingMessage
}

describe('who comes', () => {
  it('is answered at once where the verifier answers at once', () => {
    expect(compose(oauth).identify(request('good'))).toMatchObject({ principal: { subject: 'ada' } })
    expect(compose(oauth).identify(request('slow'))).toBeInstanceOf(Promise)
  })

  it('with nothing, something unknown or something bad gets 401; what is wrong is for the record', () => {
    const identity = compose(oauth)
    expect(identity.identify(request())).toMatchObject({ refuse: { status: 401, rule: 'identity/none' } })
    expect(identity.identify(request('other'))).toMatchObject({
      refuse: { status: 401, rule: 'identity/unknown' },
    })
    expect(identity.identify(request('bad'))).toMatchObject({
      refuse: {
        status: 401,
        explain: 'the credential is not valid here',
        why: 'its signature is not right',
        from: '192.0.2.1',
      },
    })
  })

  it('while the issuer is down is not told that a good token is bad', () => {
    expect(compose(oauth).identify(request('busy'))).toMatchObject({
      refuse: { status: 503, headers: ['Retry-After', '5'] },
    })
  })

  it('too often with bad ones is told to wait; who has a good one comes in, from there too', () => {
    let now = 0
    const identity = compose(oauth, () => now)
    for (const status of [401, 401, 429, 429])
      expect(identity.identify(request('bad'))).toMatchObject({ refuse: { status } })
    expect(identity.identify(request('bad'))).toMatchObject({ refuse: { headers: ['Retry-After', '60'] } })
    expect(identity.identify(request('good'))).toMatchObject({ principal: { subject: 'ada' } })
    expect(identity.identify(request('bad', '192.0.2.2'))).toMatchObject({ refuse: { status: 401 } })
    now = 60_000
    expect(identity.identify(request('bad'))).toMatchObject({ refuse: { status: 401 } })
  })

  it('where only API keys are let in hears nothing of OAuth, and finds no metadata', () => {
    const identity = compose({})
    expect(identity.identify(request())).toMatchObject({
      refuse: { headers: ['WWW-Authenticate', 'Bearer realm="sallyport"'] },
    })
    expect(identity.side.takes('/.well-known/oauth-protected-resource')).toBe(false)
    expect(compose(oauth).side.takes('/.well-known/oauth-protected-resource')).toBe(true)
  })
})

describe('whoever is here', () => {
  const standing = (id: string, now = 0) =>
    compose(oauth, () => now).standing({
      principal: ADA.principal,
      transport: 'http',
      authority: { ...ADA.authority, id },
    })

  it('may stay until their credential ends', () => {
    expect(standing('a')).toBe('holds')
    expect(standing('a', 5_000)).toBe('expired')
    expect(standing('revoked')).toBe('revoked')
    // No way in vouches for it any more.
    expect(standing('unknown')).toBe('revoked')
  })
})
