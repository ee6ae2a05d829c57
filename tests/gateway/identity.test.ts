/** A gateway that wants tokens: who comes in, who does not, and what everybody is told. The servers' own logs are the witness. */
import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  accessTokenHash,
  makeKey,
  makeProof,
  thumbprintOf,
} from '../../packages/gateway/src/identity/testing/testIssuer.ts'
import { tokenCases } from '../../packages/gateway/src/identity/testing/tokenCases.ts'
import { eventually } from './harness.ts'
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
  send,
} from './identityWorld.ts'
import { run } from './workerClient.ts'

let world: IdentityWorld
let origin: string
beforeAll(async () => {
  world = await openIdentityWorld({
    auth: (issuer) => ({
      publicUrl: PUBLIC_URL,
      failures: 'unlimited',
      issuers: [
        {
          issuer,
          claims: { groups: 'groups' },
          introspection: {
            url: `${issuer}/introspect`,
            clientId: 'gate',
            // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference
            clientSecret: '${env:INTROSPECTION_SECRET}',
          },
        },
      ],
    }),
    config: {
      access: [{ groups: ['intern*'], tools: { deny: ['numbers'] } }],
      rules: [
        {
          when: '"auditors" in principal.groups && tool.name == "pid"',
          do: 'deny',
          reason: 'auditors look only',
        },
      ],
    },
  })
  origin = world.origin
})
afterAll(() => world?.close())

const METADATA = `resource_metadata="${PUBLIC_URL}/.well-known/oauth-protected-resource/mcp"`
const call = (name: string) => ({ name, arguments: {} })

/** Records of the audit trail that hold this text. */
async function records(text: string): Promise<Record<string, unknown>[]> {
  const { stdout } = await run(
    world.home,
    'audit',
    'query',
    '--json',
    '--config',
    world.home.path('sallyport.json'),
  )
  return stdout
    .split('\n')
    .filter((line) => line.includes(text))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

describe('whoever comes', () => {
  it('without credentials is told where to sign in, and nothing else', async () => {
    for (const reply of [await echo(origin, []), await legacy(origin, [], { id: 1, method: 'initialize' })]) {
      expect(reply.status).toBe(401)
      expect(reply.headers['www-authenticate']).toBe(`Bearer ${METADATA}, scope="mcp"`)
    }
    expect(world.calls()).toBe(0)
  })

  it('with a token calls in either era; the record names person, client and credential', async () => {
    const token = world.issuer.token({ sub: 'grace' })
    const before = world.calls()
    expect((await echo(origin, bearer(token))).json.result?.content?.[0]?.text).toContain('hello')
    const session = await openSession(origin, bearer(token))
    const params = { name: 'old__echo', arguments: { text: 'hello' } }
    const answer = await legacy(origin, bearer(token), { id: 2, method: 'tools/call', params }, session)
    expect(answer.json.result?.content?.[0]?.text).toContain('hello')
    expect(world.calls()).toBe(before + 2)
    const [record] = await records('grace')
    expect(record).toMatchObject({
      principal: JSON.stringify([world.issuer.url, 'grace']),
      oauthClient: 'client-1',
      credential: accessTokenHashPrefix(token),
    })
  })

  it('with anything that is no good token calls nothing', async () => {
    const wrong: string[] = []
    for (const { id, title, expect: expected, token } of tokenCases(world.issuer, world.more, AUDIENCE)) {
      const before = world.calls()
      const { status, headers } = await echo(origin, bearer(token))
      const reached = world.calls() - before
      const right =
        expected === 'accepted'
          ? status === 200 && reached === 1
          : [401, 431].includes(status) && reached === 0
      const error = status === 401 && !headers['www-authenticate']?.includes('error="invalid_token"')
      if (!right || error)
        wrong.push(`${id} ${title}: ${status}, ${reached} calls, ${headers['www-authenticate']}`)
    }
    expect(wrong).toEqual([])
  })

  it('with an expired token without scopes is told that it is invalid, not that scopes are missing', async () => {
    const nowSeconds = Math.floor(Date.now() / 1000)
    const reply = await echo(
      origin,
      bearer(world.issuer.token({ scope: '', exp: nowSeconds - 60, iat: nowSeconds - 90 })),
    )
    expect(reply.status).toBe(401)
    expect(reply.headers['www-authenticate']).toContain('error="invalid_token"')
  })

  it('may write the scheme as they like, but sends one credential, in the header, by a scheme there is', async () => {
    const token = world.issuer.token()
    const before = world.calls()
    expect((await echo(origin, ['authorization', `bEARER ${token}`])).status).toBe(200)
    expect((await echo(origin, ['Authorization', 'Basic YWRhOmFkYQ=='])).status).toBe(401)
    expect((await echo(origin, ['Authorization', `Bearer ${token} extra`])).status).toBe(401)
    expect((await echo(origin, [...bearer(token), ...bearer(token)])).status).toBe(400)
    const inQuery = await modern(origin, [], 'tools/call', call('new__echo'), `/mcp?access_token=${token}`)
    expect(inQuery.status).toBe(401)
    expect(world.calls()).toBe(before + 1)
    expect(world.gateway.stderr()).not.toContain(token)
    expect(await records(token)).toEqual([])
  })

  it('with an opaque token is who the issuer says', async () => {
    world.issuer.opaque.set('opaque-1', { active: true, sub: 'olga', aud: AUDIENCE, scope: 'mcp' })
    expect((await echo(origin, bearer('opaque-1'))).status).toBe(200)
    expect((await echo(origin, bearer('opaque-2'))).status).toBe(401)
  })

  it('by another way than the path there is finds nothing', async () => {
    const before = world.calls()
    for (const target of [
      '//mcp',
      '//mcp/',
      '/mcp//',
      '/mcp/new//',
      '/mcp/%2f',
      '/mcp/.',
      '/mcp%2f',
      '/MCP',
      '/%6dcp',
      '/mcp%2fnew',
      '/mcp/..;/mcp',
      '/./mcp',
      '/mcp;x',
    ]) {
      const { status } = await modern(origin, [], 'tools/call', call('new__echo'), target)
      expect([target, status]).toEqual([target, 404])
    }
    for (const header of ['X-HTTP-Method-Override', 'X-Method-Override', 'X-Original-URL', 'X-Rewrite-URL'])
      expect((await send(origin, '/mcp', { headers: [header, 'POST'] })).status).toBe(401)
    expect(world.calls()).toBe(before)
  })
})

describe('an address that was typed with a slash at its end', () => {
  it('is the one without it: the same session, the same challenge, the same scopes, a proof for what was asked', async () => {
    const token = world.issuer.token()
    expect((await echo(origin, bearer(token), '/mcp/new/')).status).toBe(200)
    expect((await modern(origin, bearer(token), 'tools/call', call('new__echo'), '/mcp/')).status).toBe(200)
    const session = await openSession(origin, bearer(token))
    const list = { id: 2, method: 'tools/list' }
    expect((await legacy(origin, bearer(token), list, session, '/mcp/')).status).toBe(200)
    expect((await legacy(origin, bearer(token), list, session, '/mcp/old/')).status).toBe(404)
    const challenges = await Promise.all(
      ['/mcp', '/mcp/'].map(async (target) => (await echo(origin, [], target)).headers['www-authenticate']),
    )
    expect(challenges[1]).toBe(challenges[0])
    const before = world.calls()
    const only = bearer(world.issuer.token({ aud: `${AUDIENCE}/old` }))
    expect((await echo(origin, only, '/mcp/new/')).status).toBe(401)
    expect((await echo(origin, bearer(world.issuer.token({ aud: `${AUDIENCE}/` })), '/mcp/')).status).toBe(
      401,
    )
    const read = bearer(world.issuer.token({ scope: 'mcp:read' }))
    expect((await modern(origin, read, 'tools/call', call('new__echo'), '/mcp/')).status).toBe(403)
    expect(world.calls()).toBe(before)
    const holder = makeKey('ES256', 'slash-holder')
    const bound = world.issuer.token({ cnf: { jkt: thumbprintOf(holder) } })
    for (const [htu, status] of [
      [`${AUDIENCE}/`, 200],
      [`${AUDIENCE}/new`, 401],
    ] as const) {
      const proof = makeProof(holder, { htm: 'POST', htu, ath: accessTokenHash(bound) })
      const credential = ['Authorization', `DPoP ${bound}`, 'DPoP', proof]
      expect((await modern(origin, credential, 'tools/list', {}, '/mcp/')).status).toBe(status)
    }
  })
})

describe('scopes', () => {
  it('that do not cover a message refuse it before anything is done, and are named', async () => {
    const token = world.issuer.token({ scope: 'mcp:read openid' })
    const before = world.calls()
    const list = await modern(origin, bearer(token), 'tools/list')
    expect(list.status).toBe(200)
    const reply = await echo(origin, bearer(token))
    expect(reply.status).toBe(403)
    expect(reply.headers['www-authenticate']).toMatch(
      /^Bearer error="insufficient_scope", .*scope="mcp:read mcp"$/,
    )
    const session = await openSession(origin, bearer(token))
    const refused = await legacy(
      origin,
      bearer(token),
      { id: 2, method: 'tools/call', params: call('old__echo') },
      session,
    )
    expect(refused.status).toBe(403)
    // Step-up: the same session, with the token of the same client that has them.
    const more = bearer(world.issuer.token({ scope: 'mcp:read mcp' }))
    const allowed = await legacy(
      origin,
      more,
      { id: 3, method: 'tools/call', params: call('old__echo') },
      session,
    )
    expect(allowed.status).toBe(200)
    expect(world.calls()).toBe(before + 1)
  })

  it('of other things open no stream and end no session', async () => {
    const session = await openSession(origin, bearer(world.issuer.token()))
    const other = [...bearer(world.issuer.token({ scope: 'openid' })), 'Mcp-Session-Id', session]
    const headers = [...other, 'Accept', 'text/event-stream']
    expect((await send(origin, '/mcp', { headers })).status).toBe(403)
    expect((await send(origin, '/sse', { headers })).status).toBe(403)
    expect((await send(origin, '/mcp', { method: 'DELETE', headers })).status).toBe(403)
  })

  it('of a token for one server end at that server', async () => {
    const token = world.issuer.token({ aud: `${AUDIENCE}/new` })
    expect((await echo(origin, bearer(token), '/mcp/new')).status).toBe(200)
    for (const target of ['/mcp', '/mcp/old']) {
      const reply = await echo(origin, bearer(token), target)
      expect([target, reply.status]).toEqual([target, 401])
    }
  })

  it('and groups decide in lists and rules', async () => {
    const intern = bearer(world.issuer.token({ groups: ['interns'] }))
    const refused = await modern(origin, intern, 'tools/call', call('new__numbers'))
    expect(refused.json.result).toMatchObject({ isError: true })
    const tools = (await modern(origin, intern, 'tools/list')).text
    expect(tools).not.toContain('new__numbers')
    expect(tools).toContain('new__echo')
    const auditor = bearer(world.issuer.token({ groups: ['auditors'] }))
    expect((await modern(origin, auditor, 'tools/call', call('new__pid'))).json.result).toMatchObject({
      isError: true,
    })
    const other = bearer(world.issuer.token())
    expect((await modern(origin, other, 'tools/call', call('new__numbers'))).json.result?.isError).not.toBe(
      true,
    )
  })
})

describe('a session', () => {
  it('is nobody else’s: not of another person, not of another client of the same person', async () => {
    const session = await openSession(origin, bearer(world.issuer.token()))
    const ping = { id: 9, method: 'tools/list' }
    expect((await legacy(origin, bearer(world.issuer.token()), ping, session)).status).toBe(200)
    for (const claims of [{ sub: 'eve' }, { client_id: 'client-2' }])
      expect((await legacy(origin, bearer(world.issuer.token(claims)), ping, session)).status).toBe(404)
    expect((await legacy(origin, [], ping, session)).status).toBe(401)
  })

  it('over HTTP+SSE asks for scopes like every other', async () => {
    const token = world.issuer.token({ scope: 'mcp:read' })
    const stream = await openSse(bearer(token))
    const before = world.calls()
    const headers = ['Content-Type', 'application/json', ...bearer(token)]
    const post = (message: object) =>
      send(origin, stream.path, { method: 'POST', headers, body: { jsonrpc: '2.0', ...message } })
    const params = {
      protocolVersion: '2024-11-05',
      capabilities: {},
      clientInfo: { name: 't', version: '1' },
    }
    expect((await post({ id: 1, method: 'initialize', params })).status).toBe(202)
    expect((await post({ id: 2, method: 'tools/call', params: call('old__echo') })).status).toBe(403)
    const other = [
      'Content-Type',
      'application/json',
      ...bearer(world.issuer.token({ client_id: 'client-2' })),
    ]
    expect(
      (
        await send(origin, stream.path, {
          method: 'POST',
          headers: other,
          body: { jsonrpc: '2.0', id: 3, method: 'ping' },
        })
      ).status,
    ).toBe(404)
    expect(world.calls()).toBe(before)
    stream.end()
  })

  it('’s stream ends with the token that opened it; the session waits for a new one', async () => {
    const exp = Math.floor(Date.now() / 1000) + 4
    const short = bearer(world.issuer.token({ sub: 'brief', exp }))
    const session = await openSession(origin, short)
    let ended = false
    const stream = request(
      {
        ...new URL(origin),
        port: new URL(origin).port,
        hostname: '127.0.0.1',
        path: '/mcp',
        headers: { 'Mcp-Session-Id': session, Accept: 'text/event-stream', Authorization: short[1] },
      },
      (answer) => {
        answer.resume()
        answer.on('close', () => {
          ended = true
        })
      },
    )
    stream.end()
    await eventually('the stream ends', () => ended)
    const fresh = bearer(world.issuer.token({ sub: 'brief' }))
    expect((await legacy(origin, fresh, { id: 5, method: 'tools/list' }, session)).status).toBe(200)
    expect(await records('identity.ended')).toHaveLength(1)
  })
})

describe('a token bound to a key', () => {
  it('is good with a proof for the public address, once', async () => {
    const holder = makeKey('ES256', 'holder')
    const token = world.issuer.token({ cnf: { jkt: thumbprintOf(holder) } })
    const proof = makeProof(holder, { htm: 'POST', htu: AUDIENCE, ath: accessTokenHash(token) })
    const credential = ['Authorization', `DPoP ${token}`, 'DPoP', proof]
    const before = world.calls()
    expect((await echo(origin, credential)).status).toBe(200)
    const replayed = await echo(origin, credential)
    expect(replayed.status).toBe(401)
    expect(replayed.headers['www-authenticate']).toMatch(/^DPoP error="invalid_dpop_proof", .*algs="ES256 /)
    expect((await echo(origin, bearer(token))).status).toBe(401)
    expect(world.calls()).toBe(before + 1)
  })
})

describe('metadata', () => {
  const PATH = '/.well-known/oauth-protected-resource'

  it('is at the root and at the path, of the public address, whatever a request says', async () => {
    for (const path of [PATH, `${PATH}/mcp`]) {
      const reply = await send(origin, path, {
        headers: ['X-Forwarded-Host', 'evil.example', 'Origin', 'https://app.example'],
      })
      expect(reply.status).toBe(200)
      expect(reply.json).toEqual({
        resource: AUDIENCE,
        authorization_servers: [world.issuer.url],
        scopes_supported: ['mcp:read', 'mcp'],
        bearer_methods_supported: ['header'],
        dpop_signing_alg_values_supported: ['ES256', 'EdDSA', 'Ed25519'],
      })
      expect(reply.headers['access-control-allow-origin']).toBe('*')
      expect(reply.headers['access-control-allow-credentials']).toBeUndefined()
    }
    expect((await send(origin, PATH, { headers: ['Host', 'evil.example'] })).status).toBe(421)
    // Nobody learns which servers there are.
    expect((await send(origin, `${PATH}/mcp/nosuch`)).json.resource).toBe(`${AUDIENCE}/nosuch`)
  })

  it('is read, and nothing else', async () => {
    const head = await send(origin, PATH, { method: 'HEAD' })
    expect([head.status, head.text]).toEqual([200, ''])
    expect((await send(origin, PATH, { method: 'OPTIONS' })).status).toBe(204)
    const post = await send(origin, PATH, { method: 'POST', body: {} })
    expect([post.status, post.headers.allow]).toEqual([405, 'GET, HEAD, OPTIONS'])
    for (const path of [
      '/.well-known/openid-configuration',
      '/.well-known/oauth-authorization-server',
      `${PATH}/other`,
    ]) {
      const none = await send(origin, path)
      expect([none.status, none.headers['content-type']]).toEqual([404, 'application/json'])
    }
  })
})

/** Opens a stream of HTTP+SSE; where to post. */
function openSse(credential: readonly string[]): Promise<{ path: string; end: () => void }> {
  const { hostname, port, host } = new URL(origin)
  return new Promise((resolve, reject) => {
    const headers = ['Host', host, 'Accept', 'text/event-stream', ...credential]
    const outgoing = request({ hostname, port, path: '/sse', headers, agent: false }, (answer) => {
      answer.setEncoding('utf8').on('data', (text: string) => {
        const path = /^data: (\/messages\/\S+)/m.exec(text)?.[1]
        if (path !== undefined) resolve({ path, end: () => outgoing.destroy() })
      })
      answer.on('error', () => {})
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}

function accessTokenHashPrefix(token: string): string {
  return Buffer.from(accessTokenHash(token), 'base64url').toString('hex').slice(0, 16)
}
