/** Tokens that are bound: to a key (DPoP), to a certificate. */
import { hash, X509Certificate } from 'node:crypto'
import { request as requestTls } from 'node:https'
import {
  accessTokenHash,
  type Json,
  makeKey,
  makeProof,
  type SigningKey,
  thumbprintOf,
} from '../../../packages/gateway/src/identity/testing/testIssuer.ts'
import {
  makeCertificate,
  type TestCertificate,
} from '../../../packages/gateway/src/upstream/testing/certificate.ts'
import { ENVELOPE } from '../../../tests/gateway/harness.ts'
import { AUDIENCE, bearer, PUBLIC_URL } from '../../../tests/gateway/identityWorld.ts'
import type { AuthCheck } from '../check.ts'
import { expectEqual } from '../expect.ts'
import {
  check,
  expectAccepted,
  expectRefused,
  expired,
  FRESH,
  good,
  nowSeconds,
  secure,
  world,
} from './stage.ts'

const holder: SigningKey = makeKey('ES256', 'holder')

/** A bound token with a proof of these members. */
function proven(claims: Json = {}, header: Json = {}, key = holder): readonly string[] {
  const token = world.issuer.token({ cnf: { jkt: thumbprintOf(holder) } })
  const proof = makeProof(key, { htm: 'POST', htu: AUDIENCE, ath: accessTokenHash(token), ...claims }, header)
  return ['Authorization', `DPoP ${token}`, 'DPoP', proof]
}

const ofProofs: readonly AuthCheck[] = [
  check('SP-RS-DPOP-1', 'a fresh proof is accepted once', async () => {
    const credential = proven()
    await expectAccepted('it', credential)
    await expectRefused('the same again', credential, 'invalid_dpop_proof')
  }),
  check('RS-DPOP-001', 'for another method or address', async () => {
    await expectRefused('htm', proven({ htm: 'GET' }), 'invalid_dpop_proof')
    await expectRefused('htu', proven({ htu: `${PUBLIC_URL}/mcp/old` }), 'invalid_dpop_proof')
  }),
  check('RS-DPOP-003', 'without the hash of the token, or with another', async () => {
    await expectRefused('none', proven({ ath: undefined }), 'invalid_dpop_proof')
    await expectRefused('another', proven({ ath: accessTokenHash('x') }), 'invalid_dpop_proof')
  }),
  check('RS-DPOP-004', 'too old', async () => {
    await expectRefused('it', proven({ iat: nowSeconds() - 600 }), 'invalid_dpop_proof')
  }),
  check('RS-DPOP-005', 'a bound token as a bearer token', async () => {
    const token = world.issuer.token({ cnf: { jkt: thumbprintOf(holder) } })
    await expectRefused('it', bearer(token))
  }),
  check('RS-DPOP-006', 'unsigned, signed with a secret, or with a private key inside', async () => {
    await expectRefused('none', proven({}, { alg: 'none' }), 'invalid_dpop_proof')
    await expectRefused('HS256', proven({}, { alg: 'HS256' }), 'invalid_dpop_proof')
    const jwk = holder.private.export({ format: 'jwk' })
    await expectRefused('private', proven({}, { jwk }), 'invalid_dpop_proof')
  }),
  check('RS-DPOP-007', 'the address is the public one, not that of the listener', async () => {
    await expectAccepted('public', proven({ htu: AUDIENCE }))
    await expectRefused('listener', proven({ htu: `${world.origin}/mcp` }), 'invalid_dpop_proof')
  }),
  check('RS-DPOP-008', 'signed with another key', async () => {
    await expectRefused('it', proven({}, {}, makeKey('ES256', 'other')), 'invalid_dpop_proof')
  }),
]

const ofCertificates: readonly AuthCheck[] = [
  check(
    'SP-RS-MTLS-1',
    'a token bound to a certificate is good on a connection that shows it, and on no other',
    async () => {
      const token = boundTo(good)
      expectEqual('with it', await overTls(token, good), 200)
      expectEqual('without', await overTls(token, undefined), 401)
      expectEqual('with another', await overTls(boundTo(makeCertificate(FRESH)), good), 401)
      expectEqual(
        'a header that names it',
        await overTls(token, undefined, ['X-Client-Cert', good.cert.replaceAll('\n', ' ')]),
        401,
      )
    },
  ),
  check('RS-MTLS-003', 'an expired certificate proves nothing', async () => {
    expectEqual('status', await overTls(boundTo(expired), expired), 401)
  }),
  check('RS-MTLS-006', 'a certificate alone names nobody, whatever stands in it', async () => {
    expectEqual('status', await overTls(undefined, good), 401)
  }),
]

function boundTo({ cert }: TestCertificate): string {
  const thumbprint = hash('sha256', new X509Certificate(cert).raw, 'base64url')
  return world.issuer.token({ cnf: { 'x5t#S256': thumbprint } })
}

/** The status of a list over TLS, with this token and certificate. */
function overTls(
  token: string | undefined,
  client: TestCertificate | undefined,
  more: readonly string[] = [],
): Promise<number> {
  const { port } = new URL(secure.url)
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: ENVELOPE } })
  const headers = [
    ...[
      'Host',
      `127.0.0.1:${port}`,
      'Content-Type',
      'application/json',
      'Content-Length',
      String(body.length),
    ],
    ...['Accept', 'application/json, text/event-stream'],
    ...['MCP-Protocol-Version', '2026-07-28', 'MCP-Method', 'tools/list'],
    ...(token === undefined ? [] : bearer(token)),
    ...more,
  ]
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path: '/mcp', method: 'POST', headers, agent: false }
    const outgoing = requestTls({ ...options, rejectUnauthorized: false, ...client }, (answer) => {
      answer.resume()
      answer.on('end', () => resolve(answer.statusCode ?? 0))
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

export const bindingChecks: readonly AuthCheck[] = [...ofProofs, ...ofCertificates]
