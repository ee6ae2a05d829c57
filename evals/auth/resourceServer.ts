/**
 * The gateway as a resource server, over the wire: tokens of every kind of wrong, keys, introspection, challenges, metadata,
 * proofs of possession, the shapes of several identity providers, sessions, and ways around the route.
 */
import { hash, X509Certificate } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { request as requestTls } from 'node:https'
import {
  accessTokenHash,
  type Json,
  makeKey,
  makeProof,
  type SigningKey,
  startTestIssuer,
  type TestIssuer,
  thumbprintOf,
} from '../../packages/gateway/src/identity/testing/testIssuer.ts'
import { type TokenCase, tokenCases } from '../../packages/gateway/src/identity/testing/tokenCases.ts'
import { VerifiedTokens } from '../../packages/gateway/src/identity/tokens/verifiedTokens.ts'
import {
  makeCertificate,
  type TestCertificate,
} from '../../packages/gateway/src/upstream/testing/certificate.ts'
import {
  ENVELOPE,
  faultOnPipe,
  type Home,
  type HttpGateway,
  makeHome,
  startHttpGateway,
} from '../../tests/gateway/harness.ts'
import {
  AUDIENCE,
  bearer,
  echo,
  type IdentityWorld,
  legacy,
  modern,
  openIdentityWorld,
  openSession,
  PUBLIC_URL,
  type Reply,
  send,
} from '../../tests/gateway/identityWorld.ts'
import type { AuthCheck } from './check.ts'
import { expectEqual, expectMatch, expectOneOf } from './expect.ts'

const METADATA = '/.well-known/oauth-protected-resource'

let world: IdentityWorld
let tokens: ReadonlyMap<string, TokenCase>
/** Issuers beside the one of the world, each for some cases of its own. */
let rotating: TestIssuer
/** A gateway over TLS that asks for certificates, for tokens of the same issuer. */
let secure: HttpGateway
let secureHome: Home
let elsewhere: TestIssuer
let entra: TestIssuer
let okta: TestIssuer
let keycloak: TestIssuer
let authentik: TestIssuer

export async function open(): Promise<void> {
  const issuers = await Promise.all([
    startTestIssuer({ audience: AUDIENCE }),
    startTestIssuer({ audience: AUDIENCE }),
    startTestIssuer({ audience: 'api://gate', path: '/tenant-1/v2.0' }),
    startTestIssuer({ audience: 'api://default', path: '/oauth2/default' }),
    startTestIssuer({ audience: AUDIENCE, path: '/realms/one' }),
    startTestIssuer({ audience: 'client-of-the-gateway', path: '/application/o/gate/' }),
  ])
  ;[rotating, elsewhere, entra, okta, keycloak, authentik] = issuers
  elsewhere.metadata = { jwks_uri: `${rotating.url}/jwks` }
  entra.metadata = { code_challenge_methods_supported: undefined }
  const types = ['jwt']
  world = await openIdentityWorld({
    auth: (issuer) => ({
      publicUrl: PUBLIC_URL,
      failures: 'unlimited',
      issuers: [
        {
          issuer,
          introspection: {
            url: `${issuer}/introspect`,
            clientId: 'gate',
            // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference
            clientSecret: '${env:INTROSPECTION_SECRET}',
          },
        },
        { issuer: rotating.url, keysMaxAge: '1s' },
        { issuer: elsewhere.url },
        { issuer: entra.url, audiences: ['api://gate'], types, claims: { scopes: ['scp'], subject: 'oid' } },
        { issuer: okta.url, audiences: ['api://default'], types },
        { issuer: keycloak.url, types },
        { issuer: authentik.url, audiences: ['client-of-the-gateway'], types, jwks: `${authentik.url}/jwks` },
      ],
    }),
  })
  tokens = new Map(tokenCases(world.issuer, world.more, AUDIENCE).map((one) => [one.id, one]))
  secureHome = makeHome()
  const file = (name: string, text: string) => {
    writeFileSync(secureHome.path(name), text, { mode: 0o600 })
    return secureHome.path(name)
  }
  const own = makeCertificate(FRESH)
  secure = await startHttpGateway(secureHome, {
    servers: { one: faultOnPipe(secureHome, 'one', 'modern') },
    auth: { publicUrl: PUBLIC_URL, issuers: [{ issuer: world.issuer.url }] },
    listen: {
      tls: {
        certificate: file('cert.pem', own.cert),
        key: file('key.pem', own.key),
        clientAuthorities: file('clients.pem', `${good.cert}${expired.cert}`),
      },
    },
  })
}

export async function close(): Promise<void> {
  await secure.stop()
  secureHome.remove()
  await world.close()
  for (const issuer of [rotating, elsewhere, entra, okta, keycloak, authentik]) await issuer.close()
}

/** Calls, and says what came back and how many calls reached a server for it. */
async function call(
  credential: readonly string[],
  target = '/mcp',
): Promise<{ reply: Reply; reached: number }> {
  const before = world.calls()
  const reply = await echo(world.origin, credential, target)
  return { reply, reached: world.calls() - before }
}

async function expectAccepted(what: string, credential: readonly string[]): Promise<void> {
  const { reply, reached } = await call(credential)
  expectEqual(`status of ${what}`, reply.status, 200)
  expectEqual(`calls for ${what}`, reached, 1)
}

/** 401, a challenge with this error, and nothing reached. */
async function expectRefused(
  what: string,
  credential: readonly string[],
  error = 'invalid_token',
): Promise<Reply> {
  const { reply, reached } = await call(credential)
  expectEqual(`status of ${what}`, reply.status, 401)
  expectMatch(
    `challenge for ${what}`,
    reply.headers['www-authenticate'] ?? '',
    new RegExp(`error="${error}"`),
  )
  expectEqual(`calls for ${what}`, reached, 0)
  return reply
}

/** Ids and titles only: the tokens are made by the issuer of the world, when it is there. */
const table = (() => {
  const key = makeKey('ES256', 'k')
  const stub = { url: 'http://127.0.0.1', key, token: () => 'a.b.c' } as unknown as TestIssuer
  const more = { rsa: key, rsaSmall: key, rsaForEncryption: key, ed25519: key, secret: {} }
  return tokenCases(stub, more, AUDIENCE)
})()

const tokenChecks: readonly AuthCheck[] = table.map(({ id, title, expect }) => ({
  id,
  title: `${title}: ${expect}`,
  async run() {
    const credential = bearer(tokens.get(id)?.token ?? '')
    if (expect === 'accepted') await expectAccepted('the token', credential)
    else await expectRefused('the token', credential)
  },
}))

const nowSeconds = () => Math.floor(Date.now() / 1000)
const fetched = (issuer: TestIssuer, name: string) =>
  issuer.asked.filter((path) => path.endsWith(name)).length

function check(id: string, title: string, run: () => Promise<void>): AuthCheck {
  return { id, title, run }
}

const holder: SigningKey = makeKey('ES256', 'holder')

/** A bound token with a proof of these members. */
function proven(claims: Json = {}, header: Json = {}, key = holder): readonly string[] {
  const token = world.issuer.token({ cnf: { jkt: thumbprintOf(holder) } })
  const proof = makeProof(key, { htm: 'POST', htu: AUDIENCE, ath: accessTokenHash(token), ...claims }, header)
  return ['Authorization', `DPoP ${token}`, 'DPoP', proof]
}

const HTTP: readonly AuthCheck[] = [
  check('SP-RS-HTTP-1', 'no credentials: a challenge without an error, with metadata and scope', async () => {
    const { reply, reached } = await call([])
    expectEqual('status', reply.status, 401)
    const expected = `Bearer resource_metadata="${PUBLIC_URL}${METADATA}/mcp", scope="mcp"`
    expectEqual('challenge', reply.headers['www-authenticate'], expected)
    expectEqual('calls', reached, 0)
  }),
  check('RS-HTTP-002', 'expired and without scopes: 401, not 403', async () => {
    const token = world.issuer.token({ scope: '', iat: nowSeconds() - 90, exp: nowSeconds() - 60 })
    await expectRefused('the token', bearer(token))
  }),
  check('RS-HTTP-009', 'lower-case "bearer" is accepted', async () => {
    await expectAccepted('it', ['authorization', `bearer ${world.issuer.token()}`])
  }),
  check('RS-HTTP-010', 'Basic is refused', async () => {
    await expectRefused('it', ['Authorization', 'Basic YWRhOmFkYQ=='])
  }),
  check('SP-RS-HTTP-2', 'something behind the token is refused', async () => {
    await expectRefused('it', ['Authorization', `Bearer ${world.issuer.token()} x`])
  }),
  check('SP-RS-HTTP-3', 'two credentials: 400', async () => {
    const token = bearer(world.issuer.token())
    const { reply, reached } = await call([...token, ...token])
    expectEqual('status', reply.status, 400)
    expectEqual('calls', reached, 0)
  }),
  check('SP-RS-HTTP-4', 'a token in the query: 401, and in no log', async () => {
    const token = world.issuer.token()
    const reply = await modern(
      world.origin,
      [],
      'tools/call',
      { name: 'new__echo' },
      `/mcp?access_token=${token}`,
    )
    expectEqual('status', reply.status, 401)
    expectEqual('the log has it', world.gateway.stderr().includes(token), false)
  }),
  check('RS-HTTP-012', 'odd letters in a credential: a header of printable ASCII comes back', async () => {
    const { reply } = await call(['Authorization', 'Bearer t\u00f6k\u00ebn"x'])
    expectOneOf('status', reply.status, [400, 401])
    expectMatch('challenge', reply.headers['www-authenticate'] ?? 'Bearer', /^[\x20-\x7e]+$/)
  }),
  check('RS-HTTP-014', 'another user, or another client, in an established session', async () => {
    const session = await openSession(world.origin, bearer(world.issuer.token()))
    const before = world.calls()
    for (const claims of [{ sub: 'eve' }, { client_id: 'client-2' }]) {
      const params = { name: 'old__echo', arguments: {} }
      const message = { id: 1, method: 'tools/call', params }
      const reply = await legacy(world.origin, bearer(world.issuer.token(claims)), message, session)
      expectOneOf('status', reply.status, [403, 404])
    }
    expectEqual('calls', world.calls() - before, 0)
  }),
  check('RS-HTTP-015', 'a batch, one part of which needs more scope, is refused whole', async () => {
    const before = world.calls()
    const one = { jsonrpc: '2.0', id: 1, method: 'tools/list' }
    const two = { jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'old__echo', arguments: {} } }
    const token = bearer(world.issuer.token({ scope: 'mcp:read' }))
    const headers = ['Content-Type', 'application/json', ...token]
    const reply = await send(world.origin, '/mcp', { method: 'POST', headers, body: [one, two] })
    expectOneOf('status', reply.status, [400, 403])
    expectEqual('calls', world.calls() - before, 0)
  }),
  check('SP-RS-HTTP-5', 'scopes that do not cover a call: 403 that names all it needs', async () => {
    const { reply, reached } = await call(bearer(world.issuer.token({ scope: 'mcp:read' })))
    expectEqual('status', reply.status, 403)
    const challenge = reply.headers['www-authenticate'] ?? ''
    expectMatch('challenge', challenge, /error="insufficient_scope".*scope="mcp:read mcp"/)
    expectEqual('calls', reached, 0)
  }),
  check('SP-RS-HTTP-6', 'a token for one server is no token for all, or for another', async () => {
    const token = bearer(world.issuer.token({ aud: `${AUDIENCE}/new` }))
    expectEqual('at its server', (await call(token, '/mcp/new')).reply.status, 200)
    expectEqual('at all', (await call(token)).reply.status, 401)
    expectEqual('at another', (await call(token, '/mcp/old')).reply.status, 401)
  }),
]

const RESOURCE: readonly AuthCheck[] = [
  check('RS-HTTP-018', 'scopes_supported has no offline_access', async () => {
    const { json } = await send(world.origin, METADATA)
    expectEqual('scopes', json.scopes_supported, ['mcp:read', 'mcp'])
  }),
  check('RS-PRM-005', 'Host and X-Forwarded-Host change nothing in metadata or challenge', async () => {
    const headers = [
      'X-Forwarded-Host',
      'evil.example',
      'X-Forwarded-Proto',
      'http',
      'Forwarded',
      'host=evil.example',
    ]
    expectEqual('resource', (await send(world.origin, METADATA, { headers })).json.resource, AUDIENCE)
    const { reply } = await call(headers)
    expectMatch(
      'challenge',
      reply.headers['www-authenticate'] ?? '',
      /resource_metadata="https:\/\/gate\.example\//,
    )
    const foreign = await send(world.origin, METADATA, { headers: ['Host', 'evil.example'] })
    expectOneOf('status for another Host', foreign.status, [403, 421])
  }),
  check('RS-PRM-006', 'metadata is for every page, without cookies', async () => {
    const reply = await send(world.origin, METADATA, { headers: ['Origin', 'https://app.example'] })
    expectEqual('origin', reply.headers['access-control-allow-origin'], '*')
    expectEqual('credentials', reply.headers['access-control-allow-credentials'], undefined)
    const preflight = await send(world.origin, METADATA, {
      method: 'OPTIONS',
      headers: ['Origin', 'https://app.example', 'Access-Control-Request-Method', 'GET'],
    })
    expectEqual('preflight', preflight.status, 204)
    expectMatch('methods', preflight.headers['access-control-allow-methods'] ?? '', /GET.*OPTIONS/)
  }),
  check('RS-PRM-007', 'HEAD works, POST is 405 with Allow', async () => {
    expectEqual('HEAD', (await send(world.origin, METADATA, { method: 'HEAD' })).status, 200)
    const post = await send(world.origin, METADATA, { method: 'POST', body: {} })
    expectEqual('POST', post.status, 405)
    expectMatch('Allow', post.headers.allow ?? '', /GET/)
  }),
  check('RS-PRM-008', 'authorization_servers are issuers as they name themselves', async () => {
    const { json } = await send(world.origin, `${METADATA}/mcp`)
    const [first] = json.authorization_servers as string[]
    const metadata = await fetch(`${first}/.well-known/oauth-authorization-server`)
    expectEqual('issuer', ((await metadata.json()) as { issuer: string }).issuer, first)
  }),
  check('RS-PRM-011', 'what is not there is JSON 404, never a page', async () => {
    for (const path of [
      'openid-configuration',
      'oauth-authorization-server',
      'oauth-authorization-server/mcp',
    ]) {
      const reply = await send(world.origin, `/.well-known/${path}`)
      expectEqual(`status of ${path}`, reply.status, 404)
      expectMatch(`type of ${path}`, reply.headers['content-type'] ?? '', /^application\/json/)
    }
  }),
  check('RS-PRM-013', 'no client is turned away for its User-Agent', async () => {
    for (const agent of [undefined, 'python-httpx/0.28', 'Claude-User', 'codex-mcp-client/1.0']) {
      const headers = agent === undefined ? [] : ['User-Agent', agent]
      expectEqual(`status for ${agent}`, (await send(world.origin, METADATA, { headers })).status, 200)
      expectEqual(
        `call of ${agent}`,
        (await call([...bearer(world.issuer.token()), ...headers])).reply.status,
        200,
      )
    }
  }),
]

const KEYS: readonly AuthCheck[] = [
  check('RS-JWKS-001', 'unknown keys cause one fetch, not one each', async () => {
    await call(bearer(world.issuer.token()))
    const before = fetched(world.issuer, '/jwks')
    for (let at = 0; at < 5; at++)
      await expectRefused('it', bearer(world.issuer.token({}, {}, makeKey('ES256', `stranger-${at}`))))
    expectOneOf('fetches', fetched(world.issuer, '/jwks') - before, [0, 1])
  }),
  check('RS-JWKS-003', 'a key that was taken back verifies nothing', async () => {
    const old = rotating.key
    await expectAccepted('a token of the old key', bearer(rotating.token()))
    const known = bearer(rotating.token())
    await expectAccepted('a token that is known', known)
    rotating.keys = [makeKey('ES256', 'key-2').jwk]
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    await expectRefused('a new token of the old key', bearer(rotating.token({}, {}, old)))
    // What was verified before goes with the key.
    await expectRefused('the token that was known', known)
  }),
  check('RS-JWKS-007', 'an RSA key under 2048 bits is no key', async () => {
    await expectRefused('it', bearer(world.issuer.token({}, {}, world.more.rsaSmall)))
  }),
  check('RS-JWKS-009', 'an address in the header is never fetched', async () => {
    const before = rotating.asked.length
    await expectRefused('it', bearer(world.issuer.token({}, { jku: `${rotating.url}/jwks` })))
    await expectRefused('it', bearer(world.issuer.token({}, { x5u: `${rotating.url}/jwks` })))
    expectEqual('requests', rotating.asked.length - before, 0)
  }),
  check('RS-JWKS-010', 'keys at another origin than their issuer are not fetched', async () => {
    const before = rotating.asked.length
    const { reply, reached } = await call(bearer(elsewhere.token()))
    expectEqual('status', reply.status, 503)
    expectEqual('calls', reached, 0)
    expectEqual('requests', rotating.asked.length - before, 0)
  }),
  check('RS-JWKS-011', 'a known token is known for a minute at most, and not beyond its end', async () => {
    let now = 0
    const cache = new VerifiedTokens<string>({ maxEntries: 10, now: () => now })
    const owner = {}
    cache.add('long', 'x', owner, undefined)
    cache.add('short', 'x', owner, 1_000)
    now = 1_000
    expectEqual('at its end', cache.get('short'), undefined)
    now = 60_000
    expectEqual('after a minute', cache.get('long'), undefined)
    const exp = nowSeconds() + 2
    const token = bearer(world.issuer.token({ exp }))
    await expectAccepted('before its end', token)
    await new Promise((resolve) => setTimeout(resolve, 2_000 + 5_500))
    await expectRefused('after its end', token)
  }),
  check(
    'RS-JWKS-012',
    'an opaque token is what its issuer says, and a no is remembered briefly',
    async () => {
      world.issuer.opaque.set('opaque-good', { active: true, sub: 'olga', aud: AUDIENCE, scope: 'mcp' })
      world.issuer.opaque.set('opaque-other', { active: true, sub: 'olga', aud: 'https://other.example' })
      await expectAccepted('an active one', bearer('opaque-good'))
      await expectRefused('one for somebody else', bearer('opaque-other'))
      const before = fetched(world.issuer, '/introspect')
      await expectRefused('an inactive one', bearer('opaque-bad'))
      await expectRefused('the same again', bearer('opaque-bad'))
      expectEqual('questions', fetched(world.issuer, '/introspect') - before, 1)
    },
  ),
  check('RS-JWKS-014', 'the memory of tokens is bounded', async () => {
    const cache = new VerifiedTokens<number>({ maxEntries: 100, now: () => 0 })
    for (let at = 0; at < 1_000; at++) cache.add(`digest ${at}`, at, {}, undefined)
    expectEqual('entries', cache.size, 100)
  }),
]

const PROOFS: readonly AuthCheck[] = [
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

const CERTIFICATES: readonly AuthCheck[] = [
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

const DAY_MS = 86_400_000
const FRESH = { ip: '127.0.0.1', notBefore: new Date(Date.now() - 60_000) }
const good = makeCertificate(FRESH)
const expired = makeCertificate({ ip: '127.0.0.1', notBefore: new Date(Date.now() - 10 * DAY_MS) })

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

const PROVIDERS: readonly AuthCheck[] = [
  check('IDP-001', 'Entra: the audience is api://APP, not our address', async () => {
    const claims = { oid: 'o-1', scp: 'mcp', scope: undefined, azp: 'app', client_id: undefined }
    await expectAccepted('it', bearer(entra.token(claims, { typ: 'JWT' })))
    await expectRefused('our address', bearer(entra.token({ ...claims, aud: AUDIENCE }, { typ: 'JWT' })))
  }),
  check('IDP-002', 'metadata without S256: a warning', async () => {
    await call(bearer(entra.token({ oid: 'o-1', scp: 'mcp' }, { typ: 'JWT' })))
    expectMatch('log', world.gateway.stderr(), /identity\.no-pkce/)
  }),
  check('IDP-003', 'Entra: another tenant, or the other version, is another issuer', async () => {
    const claims = { oid: 'o-1', scp: 'mcp' }
    for (const iss of [
      entra.url.replace('tenant-1', 'tenant-2'),
      entra.url.replace('/v2.0', '/'),
      `${entra.url}/`,
    ])
      await expectRefused(iss, bearer(entra.token({ ...claims, iss }, { typ: 'JWT' })))
  }),
  check('IDP-005', 'Okta: api://default and scp as a list', async () => {
    const claims = { cid: 'app', client_id: undefined, scope: undefined, scp: ['mcp'] }
    await expectAccepted('it', bearer(okta.token(claims, { typ: 'JWT' })))
  }),
  check('IDP-006', 'Keycloak: tokens whose audience a mapper wrote; an ID token is none', async () => {
    const claims = { azp: 'app', client_id: undefined, typ: 'Bearer' }
    await expectAccepted('it', bearer(keycloak.token(claims, { typ: 'JWT' })))
    await expectRefused('an ID token', bearer(keycloak.token({ ...claims, typ: 'ID' }, { typ: 'JWT' })))
    await expectRefused('no mapper', bearer(keycloak.token({ ...claims, aud: 'account' }, { typ: 'JWT' })))
  }),
  check('IDP-008', 'authentik: the audience is the client’s id, the issuer ends in a slash', async () => {
    await expectAccepted('it', bearer(authentik.token({}, { typ: 'JWT' })))
  }),
]

const WAYS_ROUND: readonly AuthCheck[] = [
  check('SES-002', 'the state of a call, brought back by somebody else', async () => {
    const params = { name: 'old__ask', arguments: {} }
    const before = world.calls()
    const asked = await asking(bearer(world.issuer.token()), params)
    const state = asked.json.result?.requestState
    if (typeof state !== 'string')
      throw new Error(`the call was not asked about: ${asked.text.slice(0, 200)}`)
    expectEqual('calls', world.calls() - before, 1)
    const inputs = asked.json.result?.inputRequests as Record<string, unknown>
    const inputResponses = Object.fromEntries(
      Object.keys(inputs).map((name) => [name, { action: 'accept', content: { name: 'eve' } }]),
    )
    const retry = { ...params, requestState: state, inputResponses }
    const stolen = await asking(bearer(world.issuer.token({ sub: 'eve' })), retry)
    expectEqual(
      'it was answered',
      stolen.json.result?.resultType === 'complete' && !stolen.json.result.isError,
      false,
    )
    const own = await asking(bearer(world.issuer.token()), retry)
    expectMatch('the answer to its owner', own.text, /eve/)
  }),
  check('MW-007', 'other spellings of the path', async () => {
    const before = world.calls()
    for (const target of [
      '/mcp/',
      '//mcp',
      '/MCP',
      '/%6dcp',
      '/mcp%2fold',
      '/mcp/new/',
      '/./mcp',
      '/mcp;a',
      '/mcp#x',
    ]) {
      const reply = await modern(world.origin, [], 'tools/call', { name: 'new__echo' }, target)
      expectOneOf(`status of ${target}`, reply.status, [400, 401, 404])
    }
    expectEqual('calls', world.calls() - before, 0)
  }),
  check('MW-008', 'headers that change the method or path are ignored', async () => {
    const before = world.calls()
    for (const name of [
      'X-HTTP-Method-Override',
      'X-HTTP-Method',
      'X-Method-Override',
      'X-Original-URL',
      'X-Rewrite-URL',
    ]) {
      const reply = await modern(world.origin, [name, '/healthz'], 'tools/call', { name: 'new__echo' })
      expectEqual(`status with ${name}`, reply.status, 401)
    }
    expectEqual('calls', world.calls() - before, 0)
  }),
]

/** A modern request of a client that can be asked with a form. */
function asking(credential: readonly string[], params: { readonly name: string } & object): Promise<Reply> {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } },
  }
  return send(world.origin, '/mcp', {
    method: 'POST',
    headers: [
      ...['Content-Type', 'application/json', 'Accept', 'application/json, text/event-stream'],
      ...['MCP-Protocol-Version', '2026-07-28', 'MCP-Method', 'tools/call', 'MCP-Name', params.name],
      ...credential,
    ],
    body: { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { ...params, _meta } },
  })
}

export const checks: readonly AuthCheck[] = [
  ...tokenChecks,
  ...HTTP,
  ...RESOURCE,
  ...KEYS,
  ...PROOFS,
  ...CERTIFICATES,
  ...PROVIDERS,
  ...WAYS_ROUND,
]
