/** Challenges, metadata, scopes, sessions, and ways around the route. */
import {
  AUDIENCE,
  bearer,
  legacy,
  modern,
  openSession,
  PUBLIC_URL,
  type Reply,
  send,
} from '../../../tests/gateway/identityWorld.ts'
import type { AuthCheck } from '../check.ts'
import { expectEqual, expectMatch, expectOneOf } from '../expect.ts'
import { call, check, expectAccepted, expectRefused, METADATA, nowSeconds, world } from './stage.ts'

const ofCredentials: readonly AuthCheck[] = [
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

const ofMetadata: readonly AuthCheck[] = [
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

const waysRound: readonly AuthCheck[] = [
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

export const doorChecks: readonly AuthCheck[] = [...ofCredentials, ...ofMetadata, ...waysRound]
