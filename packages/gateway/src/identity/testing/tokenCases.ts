/**
 * Tokens, good and bad, each with what must become of it: one table for the verifier alone and for a gateway on the wire.
 * Ids are those of the authorization table where it has the case; ours begin with `SP-`.
 */
import { createHmac, generateKeyPairSync } from 'node:crypto'
import {
  type Json,
  makeKey,
  makeProof,
  part,
  type SigningKey,
  signatureOf,
  signToken,
  type TestIssuer,
} from './testIssuer.ts'

export interface TokenCase {
  readonly id: string
  readonly title: string
  readonly expect: 'accepted' | 'refused'
  readonly token: string
}

/** Keys that the issuer publishes besides its own, for the cases below. */
export interface MoreKeys {
  readonly rsa: SigningKey
  readonly rsaSmall: SigningKey
  readonly rsaForEncryption: SigningKey
  readonly ed25519: SigningKey
  readonly secret: Json
}

export function makeMoreKeys(): MoreKeys {
  const encryption = makeKey('RS256', 'enc-1')
  return {
    rsa: makeKey('RS256', 'rsa-1'),
    rsaSmall: makeKey('RS256', 'rsa-small', 1024),
    rsaForEncryption: { ...encryption, jwk: { ...encryption.jwk, use: 'enc' } },
    ed25519: makeKey('Ed25519', 'ed-1'),
    secret: { kty: 'oct', kid: 'oct-1', k: Buffer.from('a secret that is published').toString('base64url') },
  }
}

/** Publishes them. */
export function publish(
  issuer: TestIssuer,
  { rsa, rsaSmall, rsaForEncryption, ed25519, secret }: MoreKeys,
): void {
  issuer.keys = [issuer.key.jwk, rsa.jwk, rsaSmall.jwk, rsaForEncryption.jwk, ed25519.jwk, secret]
}

/** @param audience what the gateway calls itself: `https://gate.example/mcp` */
export function tokenCases(issuer: TestIssuer, more: MoreKeys, audience: string): readonly TokenCase[] {
  const { key } = issuer
  const nowSeconds = Math.floor(Date.now() / 1000)
  const attacker = makeKey('ES256', key.kid)
  const good = issuer.token()
  const [head = '', body = '', signature = ''] = good.split('.')
  const header = { alg: 'ES256', typ: 'at+jwt', kid: key.kid }
  const claims = (more: Json = {}): Json => ({
    iss: issuer.url,
    sub: 'ada',
    aud: audience,
    client_id: 'client-1',
    iat: nowSeconds,
    exp: nowSeconds + 300,
    scope: 'mcp',
    ...more,
  })
  const without = (name: string): Json =>
    Object.fromEntries(Object.entries(claims()).filter(([own]) => own !== name))
  const signed = (text: string) => `${text}.${signatureOf(key, 'ES256', text).toString('base64url')}`
  const hs256 = (secret: string | Buffer) => {
    const input = `${part({ ...header, alg: 'HS256' })}.${part(claims())}`
    return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
  }
  const der = (input: string) => {
    // An ASN.1 sequence of two numbers in place of 64 bytes.
    const raw = signatureOf(key, 'ES256', input)
    const number = (bytes: Buffer) => Buffer.concat([Buffer.from([2, bytes.length + 1, 0]), bytes])
    const both = Buffer.concat([number(raw.subarray(0, 32)), number(raw.subarray(32))])
    return Buffer.concat([Buffer.from([0x30, both.length]), both]).toString('base64url')
  }
  const pem = String(
    generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' }),
  )
  const ok = (id: string, title: string, token: string): TokenCase => ({
    id,
    title,
    expect: 'accepted',
    token,
  })
  const no = (id: string, title: string, token: string): TokenCase => ({
    id,
    title,
    expect: 'refused',
    token,
  })

  return [
    ok('SP-JWT-OK-1', 'a valid token, ES256', good),
    ok('JWT-OK-002', 'a valid token, RS256', issuer.token({}, {}, more.rsa)),
    ok('JWT-OK-003', 'typ application/at+jwt', issuer.token({}, { typ: 'application/at+jwt' })),
    ok('SP-JWT-OK-2', 'a valid token, Ed25519', issuer.token({}, { alg: 'EdDSA' }, more.ed25519)),
    ok(
      'SP-JWT-OK-3',
      'one audience of several is ours',
      issuer.token({ aud: ['https://other.example', audience] }),
    ),
    {
      id: 'JWT-OK-005',
      title: 'expired 3 seconds ago, within the skew',
      expect: 'accepted',
      // When it is sent: those before it may take a while.
      get token() {
        return issuer.token({ exp: Math.floor(Date.now() / 1000) - 3 })
      },
    },
    ok('JWT-KID-004', 'no kid, and one key that fits', issuer.token({}, { kid: undefined })),
    no('JWT-ALG-001', 'alg none', `${part({ ...header, alg: 'none' })}.${body}.`),
    no('JWT-ALG-002', 'alg None', `${part({ ...header, alg: 'None' })}.${body}.`),
    no(
      'JWT-ALG-003',
      'alg nOnE with some signature',
      `${part({ ...header, alg: 'nOnE' })}.${body}.${signature}`,
    ),
    no('JWT-ALG-006', 'HS256 with an empty key', hs256('')),
    no('SP-JWT-ALG-1', 'HS256 with a public key as its secret', hs256(pem)),
    no('SP-JWT-ALG-2', 'HS256 with the published coordinates as its secret', hs256(JSON.stringify(key.jwk))),
    no(
      'JWT-ALG-008',
      'RS256 with the kid of a key on a curve',
      issuer.token({}, { alg: 'RS256', kid: key.kid }, more.rsa),
    ),
    no('JWT-ALG-009', 'alg as a list', signed(`${part({ ...header, alg: ['ES256'] })}.${part(claims())}`)),
    no('JWT-ALG-010', 'PS256, which is not configured', issuer.token({}, { alg: 'PS256' }, more.rsa)),
    no('JWT-SIG-001', 'a signature of zeros', `${head}.${body}.${Buffer.alloc(64).toString('base64url')}`),
    no(
      'JWT-SIG-003',
      'other claims under the signature',
      `${head}.${part(claims({ sub: 'root' }))}.${signature}`,
    ),
    no('JWT-SIG-004', 'signed by somebody else with our kid', issuer.token({}, {}, attacker)),
    no('JWT-SIG-005', 'a signature in DER', `${head}.${body}.${der(`${head}.${body}`)}`),
    no('JWT-SIG-006', 'padding behind the signature', `${good}==`),
    no('SP-JWT-SIG-1', 'letters behind the signature', `${good}AAAA`),
    no('SP-JWT-SIG-2', 'base64 instead of base64url', `${head}.${body}.${'+/'.repeat(43)}`),
    no('JWT-SIG-007', 'four parts', `${good}.${signature}`),
    no('SP-JWT-SIG-3', 'two parts', `${head}.${body}`),
    no('SP-JWT-SIG-4', 'no signature', `${head}.${body}.`),
    no('JWT-KID-002', 'SQL in kid', issuer.token({}, { kid: "x' UNION SELECT 'k'--" }, attacker)),
    no('JWT-KID-003', 'an unknown kid', issuer.token({}, { kid: 'nobody' }, attacker)),
    no('JWT-KID-005', 'kid __proto__', issuer.token({}, { kid: '__proto__' }, attacker)),
    no(
      'SP-JWT-KID-1',
      'no kid, and a signature of somebody else',
      issuer.token({}, { kid: undefined }, attacker),
    ),
    no('SP-JWT-KID-2', 'a kid that is a number', issuer.token({}, { kid: 1 })),
    no('JWT-HDR-002', 'jku', issuer.token({}, { jku: 'http://127.0.0.1:1/keys' })),
    no('SP-JWT-HDR-1', 'x5u', issuer.token({}, { x5u: 'http://127.0.0.1:1/cert' })),
    no('SP-JWT-HDR-2', 'an embedded key', issuer.token({}, { jwk: attacker.jwk }, attacker)),
    no('SP-JWT-HDR-3', 'an embedded certificate', issuer.token({}, { x5c: ['AAAA'] }, attacker)),
    no('JWT-HDR-005', 'an unknown extension in crit', issuer.token({}, { crit: ['exp2'], exp2: 1 })),
    no('SP-JWT-HDR-4', 'unencoded payload', issuer.token({}, { crit: ['b64'], b64: false })),
    no('JWT-TYP-002', 'no typ', issuer.token({}, { typ: undefined })),
    no('SP-JWT-TYP-1', 'typ JWT, which is not configured', issuer.token({}, { typ: 'JWT' })),
    no(
      'JWT-TYP-003',
      'an assertion for an authorization server',
      issuer.token({}, { typ: 'oauth-id-jag+jwt' }),
    ),
    no('JWT-TYP-004', 'a logout token', issuer.token({ events: {} }, { typ: 'logout+jwt' })),
    no('SP-JWT-TYP-2', 'an ID token under the type of an access token', issuer.token({ at_hash: 'x' })),
    no(
      'JWT-TYP-005',
      'a DPoP proof',
      makeProof(key, { iss: issuer.url, aud: audience, sub: 'ada', exp: nowSeconds + 300 }),
    ),
    no(
      'JWT-TYP-006',
      'an encrypted token',
      `${part({ alg: 'RSA-OAEP-256', enc: 'A256GCM', typ: 'at+jwt' })}.AA.AA.AA.AA`,
    ),
    no('SP-JWT-ISS-1', 'another issuer', issuer.token({ iss: 'https://other.example' })),
    no('SP-JWT-ISS-2', 'a slash behind the issuer', issuer.token({ iss: `${issuer.url}/` })),
    no('JWT-ISS-004', 'a list of issuers', issuer.token({ iss: [issuer.url] })),
    no('JWT-ISS-005', 'an issuer that begins like ours', issuer.token({ iss: `${issuer.url}.evil.example` })),
    no('JWT-AUD-001', 'another audience', issuer.token({ aud: 'https://other.example/mcp' })),
    no('JWT-AUD-002', 'no audience', signToken(key, header, without('aud'))),
    no('JWT-AUD-006', 'an audience that begins like ours', issuer.token({ aud: `${audience}evil` })),
    no('JWT-AUD-008', 'an empty list of audiences', issuer.token({ aud: [] })),
    no('JWT-AUD-010', 'a slash behind the audience', issuer.token({ aud: `${audience}/` })),
    no('SP-JWT-AUD-1', 'an audience in an object', issuer.token({ aud: { value: audience } })),
    no('SP-JWT-EXP-1', 'expired', issuer.token({ iat: nowSeconds - 600, exp: nowSeconds - 60 })),
    no('JWT-EXP-002', 'no exp', signToken(key, header, without('exp'))),
    no('SP-JWT-EXP-2', 'exp as a text', issuer.token({ exp: String(nowSeconds + 300) })),
    no(
      'JWT-EXP-004',
      'exp 1e300',
      signed(`${part(header)}.${part(JSON.stringify(claims({ exp: 0 })).replace('"exp":0', '"exp":1e300'))}`),
    ),
    no('JWT-EXP-006', 'a negative exp', issuer.token({ exp: -1 })),
    no('SP-JWT-EXP-3', 'good for a year', issuer.token({ exp: nowSeconds + 31_536_000 })),
    no('JWT-NBF-001', 'not good before tomorrow', issuer.token({ nbf: nowSeconds + 86_400 })),
    no(
      'JWT-IAT-001',
      'issued tomorrow',
      issuer.token({ iat: nowSeconds + 86_400, exp: nowSeconds + 86_700 }),
    ),
    no('JWT-IAT-002', 'no iat', signToken(key, header, without('iat'))),
    no('JWT-SUB-001', 'no sub', signToken(key, header, without('sub'))),
    no('JWT-SUB-002', 'an empty sub', issuer.token({ sub: '' })),
    no('SP-JWT-SUB-1', 'a sub with a line break', issuer.token({ sub: 'ada\nroot' })),
    no('JWT-CNF-003', 'bound by an unknown method', issuer.token({ cnf: { 'x-new': 'a'.repeat(43) } })),
    no(
      'SP-JWT-CNF-1',
      'bound in two ways',
      issuer.token({ cnf: { jkt: 'a'.repeat(43), 'x5t#S256': 'a'.repeat(43) } }),
    ),
    no('JWT-CNF-001', 'bound to a key, as a bearer token', issuer.token({ cnf: { jkt: 'a'.repeat(43) } })),
    no(
      'JWT-CNF-002',
      'bound to a certificate, without one',
      issuer.token({ cnf: { 'x5t#S256': 'a'.repeat(43) } }),
    ),
    no('JWT-DOS-001', 'longer than 8 KiB', issuer.token({ padding: 'x'.repeat(9_000) })),
    no(
      'SP-JWT-DOS-1',
      'deeply nested',
      signed(`${part(header)}.${part(`{"a":${'['.repeat(2_000)}${']'.repeat(2_000)}}`)}`),
    ),
    no(
      'JWT-DUP-001',
      'a member that comes twice, validly signed',
      signed(`${part(header)}.${part(JSON.stringify(claims()).replace('{', '{"sub":"root",'))}`),
    ),
    no(
      'SP-JWT-DUP-1',
      'alg twice',
      signed(`${part(JSON.stringify(header).replace('{', '{"alg":"none",'))}.${body}`),
    ),
    no('JWT-RSA-001', 'signed with RSA of 1024 bits', issuer.token({}, {}, more.rsaSmall)),
    no('RS-JWKS-006', 'signed with a key for encryption', issuer.token({}, {}, more.rsaForEncryption)),
    no('RS-JWKS-005', 'HS256 with a published secret', hs256('a secret that is published')),
    no('SP-JWT-FORM-1', 'no token at all', 'null'),
    no('SP-JWT-FORM-2', 'dots', '...'),
    no('SP-JWT-FORM-3', 'claims that are no object', signed(`${part(header)}.${part('"text"')}`)),
    no(
      'SP-JWT-FORM-4',
      'claims in UTF-16',
      signed(`${part(header)}.${Buffer.from(JSON.stringify(claims()), 'utf16le').toString('base64url')}`),
    ),
  ]
}
