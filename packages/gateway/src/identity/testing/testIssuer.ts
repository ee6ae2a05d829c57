/**
 * An authorization server for tests: real keys, real HTTP, and tokens of every kind of wrong. It signs with `node:crypto`
 * itself, so that what verifies them is not tested against itself.
 */
import {
  constants,
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  hash,
  type KeyObject,
  randomUUID,
  sign as signBytes,
} from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Json = Readonly<Record<string, unknown>>

export interface SigningKey {
  readonly kid: string
  readonly algorithm: string
  readonly private: KeyObject
  /** As it stands in the set. */
  readonly jwk: Json
}

/** A key pair for an algorithm. `bits`: of an RSA key. */
export function makeKey(algorithm: string, kid: string, bits = 2048): SigningKey {
  const pair = pairOf(algorithm, bits)
  const jwk = { ...createPublicKey(pair).export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' }
  return { kid, algorithm, private: pair, jwk }
}

function pairOf(algorithm: string, bits: number): KeyObject {
  if (algorithm.startsWith('ES')) {
    const namedCurve = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }[algorithm] ?? 'P-256'
    return generateKeyPairSync('ec', { namedCurve }).privateKey
  }
  if (algorithm.startsWith('Ed')) return generateKeyPairSync('ed25519').privateKey
  return generateKeyPairSync('rsa', { modulusLength: bits }).privateKey
}

/** base64url of a JSON text. */
export function part(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
}

/** A signature over these bytes as JOSE has it. */
export function signatureOf(key: SigningKey, algorithm: string, input: string): Buffer {
  const bytes = Buffer.from(input)
  if (algorithm.startsWith('HS')) return createHmac('sha256', '').update(bytes).digest()
  if (algorithm.startsWith('Ed')) return signBytes(null, bytes, key.private)
  const digest = `sha${algorithm.slice(2)}`
  if (algorithm.startsWith('ES'))
    return signBytes(digest, bytes, { key: key.private, dsaEncoding: 'ieee-p1363' })
  if (algorithm.startsWith('PS'))
    return signBytes(digest, bytes, {
      key: key.private,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: 32,
    })
  return signBytes(digest, bytes, key.private)
}

/** A signed token of exactly this header and these claims (objects, or JSON texts as they are to stand). */
export function signToken(key: SigningKey, header: Json | string, claims: Json | string): string {
  const input = `${part(header)}.${part(claims)}`
  const said = typeof header === 'string' ? key.algorithm : String(header.alg)
  const algorithm = /^(?:HS|RS|PS|ES|Ed)/.test(said) ? said : key.algorithm
  return `${input}.${signatureOf(key, algorithm, input).toString('base64url')}`
}

/** A DPoP proof (RFC 9449). */
export function makeProof(key: SigningKey, claims: Json, header: Json = {}): string {
  const { kid: _kid, use: _use, alg: _alg, ...jwk } = key.jwk
  const nowSeconds = Math.floor(Date.now() / 1000)
  return signToken(
    key,
    { typ: 'dpop+jwt', alg: key.algorithm, jwk, ...header },
    { jti: randomUUID(), iat: nowSeconds, ...claims },
  )
}

/** RFC 9449, 4.2. */
export function accessTokenHash(token: string): string {
  return hash('sha256', token, 'base64url')
}

/** RFC 7638, of a key on an elliptic curve. */
export function thumbprintOf({ jwk }: SigningKey): string {
  const { crv, kty, x, y } = jwk as Record<string, string>
  return hash('sha256', JSON.stringify({ crv, kty, x, y }), 'base64url')
}

export interface TestIssuer {
  readonly url: string
  readonly key: SigningKey
  /** What `/jwks` serves; tests change it. */
  keys: Json[]
  /** What `/introspect` says of a token. */
  readonly opaque: Map<string, Json>
  /** Paths that were asked for. */
  readonly asked: string[]
  /** Answers 503 while set. */
  down: boolean
  /** More members of the metadata, or others. */
  metadata: Json
  /** A good token, but for what is given. */
  token(claims?: Json, header?: Json, key?: SigningKey): string
  close(): Promise<void>
}

export interface TestIssuerOptions {
  /** Path of the issuer, such as `/realms/one`. */
  readonly path?: string
  readonly audience: string
  readonly scope?: string
  readonly secret?: string
}

/** Starts one on a free port of this machine. */
export async function startTestIssuer(options: TestIssuerOptions): Promise<TestIssuer> {
  const { path = '', audience, scope = 'mcp', secret = 'introspection secret' } = options
  const key = makeKey('ES256', 'key-1')
  const asked: string[] = []
  const opaque = new Map<string, Json>()
  const server: Server = createServer((request, response) => {
    const target = request.url ?? ''
    asked.push(target)
    void answerOf(request, target).then(({ status, document }) => {
      response.writeHead(status, { 'Content-Type': 'application/json' })
      response.end(JSON.stringify(document))
    })
  })
  const answerOf = async (
    request: IncomingMessage,
    target: string,
  ): Promise<{ status: number; document: Json }> => {
    if (issuer.down) return { status: 503, document: {} }
    if (target === `${path}/jwks`) return { status: 200, document: { keys: issuer.keys } }
    if (target === `/.well-known/oauth-authorization-server${path}`) {
      const document = {
        issuer: issuer.url,
        jwks_uri: `${issuer.url}/jwks`,
        code_challenge_methods_supported: ['S256'],
        ...issuer.metadata,
      }
      return { status: 200, document }
    }
    if (target === `${path}/introspect` && request.method === 'POST') {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const basic = Buffer.from(`gate:${new URLSearchParams({ '': secret }).toString().slice(1)}`).toString(
        'base64',
      )
      if (request.headers.authorization !== `Basic ${basic}`) return { status: 401, document: {} }
      const token = new URLSearchParams(Buffer.concat(chunks).toString()).get('token') ?? ''
      return { status: 200, document: opaque.get(token) ?? { active: false } }
    }
    return { status: 404, document: {} }
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`
  const issuer: TestIssuer = {
    url,
    key,
    keys: [key.jwk],
    opaque,
    asked,
    down: false,
    metadata: {},
    token(claims = {}, header = {}, signer = key) {
      const nowSeconds = Math.floor(Date.now() / 1000)
      return signToken(
        signer,
        { alg: signer.algorithm, typ: 'at+jwt', kid: signer.kid, ...header },
        {
          iss: url,
          sub: 'ada',
          aud: audience,
          client_id: 'client-1',
          iat: nowSeconds,
          exp: nowSeconds + 300,
          jti: randomUUID(),
          scope,
          ...claims,
        },
      )
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
  return issuer
}
