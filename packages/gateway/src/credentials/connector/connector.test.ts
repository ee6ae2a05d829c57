/** The gateway as an OAuth client against servers that behave, and against servers that do not. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type OauthWorld, openOauthWorld } from '../testing/oauthWorld.ts'
import { TokenVault } from '../vault/tokenVault.ts'
import { parseVaultKeys } from '../vault/vaultKey.ts'
import { PrincipalAuthorizer } from './authorizer.ts'
import { ConnectFault } from './connectFault.ts'
import { Connector, type ConnectorEvent, type OauthServer } from './connector.ts'
import { returnTo } from './linkPages.ts'

const ADA = JSON.stringify(['test', 'ada'])
const BOB = JSON.stringify(['test', 'bob'])
const BACK = returnTo('http://127.0.0.1:49152')

let dir: string
let world: OauthWorld
let vault: TokenVault
let connector: Connector
let ahead = 0
let events: ConnectorEvent[] = []
let learned: string[] = []
let secret: string | undefined

const now = () => Date.now() + ahead

function makeConnector(): Connector {
  return new Connector({
    vault,
    now,
    learn: (values) => learned.push(...values),
    event: (event) => events.push(event),
    secretsOf: async () => (secret === undefined ? {} : { secret }),
  })
}

function openVault(): TokenVault {
  const keys = parseVaultKeys(Buffer.alloc(32, 7).toString('base64'), 'a test')
  return new TokenVault({ path: join(dir, 'vault.sqlite'), keys, now })
}

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sallyport-connector-'))
  ahead = 0
  events = []
  learned = []
  secret = undefined
  vault = openVault()
  connector = makeConnector()
  world = await openOauthWorld()
})

afterEach(async () => {
  vault.close()
  await world.close()
  rmSync(dir, { recursive: true, force: true })
})

function serverOf(oauth: Partial<OauthServer['oauth']> = {}): OauthServer {
  const full = {
    shared: false,
    grant: 'code',
    resourceParent: false,
    privateNetworks: false,
    ...oauth,
  } as const
  return { id: 'one', kind: 'http', url: world.url, oauth: full } as OauthServer
}

async function signIn(server: OauthServer, owner: string, user: string) {
  const url = await connector.begin(server, owner, BACK)
  const answer = await world.approve(url, user)
  return await connector.finish(answer.searchParams, () => server)
}

function tokenOf(server: OauthServer, owner: string): string | undefined {
  const access = connector.access(server, owner)
  return access.kind === 'token' ? access.stored.tokens.access : undefined
}

function authorizerOf(server: OauthServer, principal: string): PrincipalAuthorizer {
  return new PrincipalAuthorizer({
    connector,
    server,
    principal,
    remedy: async () => ({ remedy: 'sign in', link: 'http://link' }),
  })
}

async function faultOf(work: Promise<unknown>): Promise<ConnectFault> {
  const fault = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!(fault instanceof ConnectFault)) throw new Error(`no fault: ${String(fault)}`)
  return fault
}

describe('a sign-in', () => {
  it('names the resource in both requests, proves itself by S256, and keeps the token for its principal alone', async () => {
    const server = serverOf()
    expect(await signIn(server, ADA, 'ada')).toMatchObject({ ok: true, principal: ADA })
    const asked = world.seen.find(({ path }) => path === '/authorize')?.query
    expect(asked?.get('resource')).toBe(world.url)
    expect(asked?.get('code_challenge_method')).toBe('S256')
    expect(world.tokenPosts()[0]?.body.get('resource')).toBe(world.url)
    expect(tokenOf(server, ADA)).toMatch(/^access-ada-/)
    expect(tokenOf(server, BOB)).toBeUndefined()
    const registered = JSON.parse(world.seen.find(({ path }) => path === '/register')?.text ?? '{}')
    expect(registered).toMatchObject({ application_type: 'native', token_endpoint_auth_method: 'none' })
  })

  it('works once for each state', async () => {
    const server = serverOf()
    const answer = await world.approve(await connector.begin(server, ADA, BACK), 'ada')
    expect(await connector.finish(answer.searchParams, () => server)).toMatchObject({ ok: true })
    const again = await connector.finish(answer.searchParams, () => server)
    expect(again).toMatchObject({ ok: false, fault: { rule: 'upstream/oauth-state' } })
  })

  it('ends in the browser that began it, and in no other', async () => {
    const server = serverOf()
    const answer = await world.approve(
      await connector.begin(server, ADA, BACK, { browser: 'browser one' }),
      'mallory',
    )
    expect(await connector.finish(answer.searchParams, () => server, 'browser two')).toMatchObject({
      ok: false,
    })
    expect(world.tokenPosts()).toEqual([])
  })

  it('that took longer than ten minutes is over', async () => {
    const server = serverOf()
    const answer = await world.approve(await connector.begin(server, ADA, BACK), 'ada')
    ahead = 11 * 60_000
    expect(await connector.finish(answer.searchParams, () => server)).toMatchObject({ ok: false })
  })

  it.each([
    ['another state', { state: 'forged' }, 'upstream/oauth-state'],
    ['no state', { state: undefined }, 'upstream/oauth-state'],
    ['another issuer', { iss: 'https://evil.example' }, 'upstream/oauth-answer'],
    ['an issuer that differs by a slash', { iss: 'SLASH' }, 'upstream/oauth-answer'],
    ['no issuer where one is promised', { iss: undefined }, 'upstream/oauth-answer'],
    ['an error', { error: 'access_denied', error_description: 'SECRET-TEXT' }, 'upstream/oauth-refused'],
  ])('with %s is refused before any code is sent', async (_, answer, rule) => {
    world.behave.answer = 'iss' in answer && answer.iss === 'SLASH' ? { iss: `${world.issuer}/` } : answer
    const finished = await signIn(serverOf(), ADA, 'ada')
    expect(finished).toMatchObject({ ok: false, fault: { rule } })
    expect(world.tokenPosts()).toEqual([])
    expect(JSON.stringify(finished)).not.toContain('SECRET-TEXT')
  })
})

describe('metadata', () => {
  it.each([
    ['without PKCE', { code_challenge_methods_supported: undefined }, 'upstream/oauth-pkce'],
    ['with plain PKCE only', { code_challenge_methods_supported: ['plain'] }, 'upstream/oauth-pkce'],
    ['of another issuer', { issuer: 'https://evil.example' }, 'upstream/oauth-metadata'],
    [
      'with a file to sign in at',
      { authorization_endpoint: 'file:///etc/passwd' },
      'upstream/oauth-endpoint',
    ],
    ['with a program to sign in at', { authorization_endpoint: 'ms-msdt:/id' }, 'upstream/oauth-endpoint'],
    ['with data to sign in at', { authorization_endpoint: 'data:text/html,x' }, 'upstream/oauth-endpoint'],
    [
      'with a script to sign in at',
      { authorization_endpoint: 'javascript:alert(1)' },
      'upstream/oauth-endpoint',
    ],
    [
      'with plain http elsewhere',
      { authorization_endpoint: 'http://as.example/a' },
      'upstream/oauth-endpoint',
    ],
    [
      'with a token endpoint inside',
      { token_endpoint: 'http://169.254.169.254/t' },
      'upstream/oauth-endpoint',
    ],
  ])('%s ends it', async (_, issuer, rule) => {
    world.behave.issuer = issuer
    expect((await faultOf(connector.begin(serverOf(), ADA, BACK))).rule).toBe(rule)
    expect(world.seen.some(({ path }) => path === '/register')).toBe(false)
  })

  it.each([
    ['about its origin', (url: string) => new URL(url).origin, false],
    ['about its origin, where parents are allowed', (url: string) => new URL(url).origin, true],
    ['about a prefix that is no parent', (url: string) => `${new URL(url).origin}/mc`, false],
    ['about another server', () => 'https://other.example/mcp', false],
  ])('of a server %s', async (_, resource, accepted) => {
    world.behave.resource = { resource: resource(world.url) }
    const begun = connector.begin(serverOf({ resourceParent: accepted }), ADA, BACK)
    if (accepted) expect(new URL(await begun).searchParams.get('resource')).toBe(new URL(world.url).origin)
    else expect((await faultOf(begun)).rule).toBe('upstream/oauth-resource')
  })

  it('at the root may be about the origin, and about nothing else', async () => {
    world.behave.resourcePath = ''
    const { origin } = new URL(world.url)
    world.behave.resource = { resource: origin }
    expect(new URL(await connector.begin(serverOf(), ADA, BACK)).searchParams.get('resource')).toBe(origin)
    world.behave.resource = { resource: `${origin}/other` }
    expect((await faultOf(connector.begin(serverOf(), ADA, BACK))).rule).toBe('upstream/oauth-resource')
  })

  it('is never guessed: without a document nothing is asked', async () => {
    world.behave.issuerStatus = 404
    expect((await faultOf(connector.begin(serverOf(), ADA, BACK))).rule).toBe('upstream/oauth-metadata')
    world.behave.resourceStatus = 404
    expect((await faultOf(connector.begin(serverOf(), ADA, BACK))).rule).toBe('upstream/oauth-metadata')
    expect(world.seen.every(({ path }) => path.startsWith('/.well-known/'))).toBe(true)
  })

  it('of another issuer than the configured one is not used', async () => {
    const server = serverOf({ issuer: 'https://login.example' })
    expect((await faultOf(connector.begin(server, ADA, BACK))).rule).toBe('upstream/oauth-metadata')
  })
})

describe('a token', () => {
  it.each([
    ['of type mac', { token_type: 'mac' }],
    ['with a line end', { access_token: 'abc\r\nx-evil: 1' }],
    ['with a space', { access_token: 'a b' }],
    ['that is no text', { access_token: 7 }],
  ])('%s is refused and not kept', async (_, token) => {
    world.behave.token = token
    const finished = await signIn(serverOf(), ADA, 'ada')
    expect(finished).toMatchObject({ ok: false, fault: { rule: 'upstream/oauth-token' } })
    expect(tokenOf(serverOf(), ADA)).toBeUndefined()
  })

  it('that is refused says nothing of the error but its code', async () => {
    world.behave.tokenStatus = 400
    world.behave.tokenError = {
      error: 'invalid_grant',
      error_description: 'SECRET-TEXT',
      x: 'y'.repeat(1000),
    }
    const finished = await signIn(serverOf(), ADA, 'ada')
    expect(finished).toMatchObject({ ok: false, fault: { code: 'invalid_grant' } })
    const said = finished.ok
      ? ''
      : `${finished.fault.message} ${finished.fault.stack} ${JSON.stringify(events)}`
    expect(said).not.toContain('SECRET-TEXT')
    expect(said.length).toBeLessThan(4_000)
  })

  it('of another address of the server is not used', async () => {
    const server = serverOf()
    await signIn(server, ADA, 'ada')
    expect(tokenOf({ ...server, url: 'https://elsewhere.example/mcp' }, ADA)).toBeUndefined()
  })

  it('is told to those who redact before it is used', async () => {
    await signIn(serverOf(), ADA, 'ada')
    expect(learned).toContain(tokenOf(serverOf(), ADA))
  })
})

describe('a refresh', () => {
  async function due(server: OauthServer): Promise<number> {
    await signIn(server, ADA, 'ada')
    ahead = 3590_000
    return connector.versionOf(server, ADA) ?? 0
  }

  it('is one POST however many calls want it, in two processes', async () => {
    const server = serverOf()
    await due(server)
    world.behave.delayMs = 150
    const otherVault = openVault()
    const other = new Connector({
      vault: otherVault,
      now,
      learn: () => undefined,
      event: () => undefined,
      secretsOf: async () => ({}),
    })
    const authorizers = [
      ...Array.from({ length: 5 }, () => authorizerOf(server, ADA)),
      ...Array.from(
        { length: 5 },
        () =>
          new PrincipalAuthorizer({
            connector: other,
            server,
            principal: ADA,
            remedy: async () => ({ remedy: '' }),
          }),
      ),
    ]
    const values = await Promise.all(authorizers.map((one) => one.authorization()))
    expect(new Set(values).size).toBe(1)
    expect(values[0]).toBe(`Bearer ${tokenOf(server, ADA)}`)
    expect(world.tokenPosts('refresh_token')).toHaveLength(1)
    expect(world.tokenPosts('refresh_token')[0]?.body.get('resource')).toBe(world.url)
    otherVault.close()
  })

  it('refused with invalid_grant clears the access', async () => {
    const server = serverOf()
    await due(server)
    world.behave.tokenStatus = 400
    expect(await authorizerOf(server, ADA).authorization()).toBeUndefined()
    expect(tokenOf(server, ADA)).toBeUndefined()
  })

  it('that fails in passing keeps the access, uses it while it lasts, and is not tried again at once', async () => {
    const server = serverOf()
    await due(server)
    world.behave.tokenStatus = 503
    const before = `Bearer ${tokenOf(server, ADA)}`
    for (let i = 0; i < 5; i++) expect(await authorizerOf(server, ADA).authorization()).toBe(before)
    expect(world.tokenPosts('refresh_token')).toHaveLength(1)
    ahead = 3700_000
    await expect(authorizerOf(server, ADA).authorization()).rejects.toMatchObject({
      fault: { code: 'unauthorized' },
    })
    world.behave.tokenStatus = 200
    ahead += 300_000
    expect(await authorizerOf(server, ADA).authorization()).toMatch(/^Bearer access-ada-/)
  })

  it('that comes back after its user left does not sign them in again', async () => {
    const server = serverOf()
    await due(server)
    world.behave.delayMs = 200
    const pending = authorizerOf(server, ADA).authorization()
    await new Promise((resolve) => setTimeout(resolve, 50))
    await connector.disconnect(server, ADA)
    expect(await pending).toBeUndefined()
    expect(tokenOf(server, ADA)).toBeUndefined()
  })
})

describe('another authorization server', () => {
  it('gets neither the token nor the client of the one before, and the access is gone', async () => {
    const server = serverOf()
    world.behave.registration = {
      client_secret: 'the-secret-of-the-first-one',
      token_endpoint_auth_method: 'client_secret_basic',
    }
    await signIn(server, ADA, 'ada')
    const sent = `Bearer ${tokenOf(server, ADA)}`
    const second = await openOauthWorld()
    try {
      world.behave.resource = { authorization_servers: [second.issuer] }
      const fault = await authorizerOf(server, ADA).refused({
        status: 401,
        challenge: 'Bearer',
        sent,
        attempt: 0,
      })
      expect(fault).toMatchObject({ code: 'sign-in' })
      expect(tokenOf(server, ADA)).toBeUndefined()
      expect(world.tokenPosts('refresh_token')).toEqual([])
      const answer = await second.approve(await connector.begin(server, ADA, BACK), 'ada')
      expect(await connector.finish(answer.searchParams, () => server)).toMatchObject({ ok: true })
      const told = JSON.stringify(second.seen.map(({ text, headers }) => [text, headers]))
      expect(told).not.toContain('the-secret-of-the-first-one')
      expect(told).not.toContain(Buffer.from('client-1:the-secret-of-the-first-one').toString('base64'))
      expect(told).not.toContain('access-ada')
    } finally {
      await second.close()
    }
  })

  it('does not get a configured secret that was used at another', async () => {
    secret = 'configured-secret-value'
    const server = serverOf({ clientId: 'me' })
    await signIn(server, ADA, 'ada')
    const second = await openOauthWorld()
    try {
      world.behave.resource = { authorization_servers: [second.issuer] }
      expect((await faultOf(connector.begin(server, ADA, BACK))).rule).toBe('upstream/oauth-issuer')
      expect(second.seen.every(({ path }) => path.startsWith('/.well-known/'))).toBe(true)
    } finally {
      await second.close()
    }
  })
})

describe('a client', () => {
  it('with a secret sends it form-encoded, and a hyphen as it is', async () => {
    secret = 's-e:c/r et%'
    world.behave.issuer = { token_endpoint_auth_methods_supported: ['client_secret_basic'] }
    await signIn(serverOf({ clientId: 'my-client' }), ADA, 'ada')
    const [, basic = ''] = (world.tokenPosts()[0]?.headers.authorization ?? '').split(' ')
    expect(Buffer.from(basic, 'base64').toString()).toBe('my-client:s-e%3Ac%2Fr+et%25')
  })

  it('is registered once for all users, and again where the server forgot it', async () => {
    const server = serverOf()
    await signIn(server, ADA, 'ada')
    await signIn(server, BOB, 'bob')
    expect(world.seen.filter(({ path }) => path === '/register')).toHaveLength(1)
    world.behave.tokenStatus = 401
    world.behave.tokenError = { error: 'invalid_client' }
    expect(await signIn(server, BOB, 'bob')).toMatchObject({ ok: false })
    world.behave.tokenStatus = 200
    expect(await signIn(server, BOB, 'bob')).toMatchObject({ ok: true })
    expect(world.seen.filter(({ path }) => path === '/register')).toHaveLength(2)
  })

  it('as itself gets a token, once', async () => {
    secret = 'of-the-gateway-itself'
    const server = serverOf({ clientId: 'me', grant: 'client-credentials' })
    const authorizer = authorizerOf(server, ADA)
    const refusal = { status: 401, challenge: 'Bearer', sent: undefined, attempt: 0 }
    expect(await authorizer.refused(refusal)).toBe('again')
    const sent = await authorizer.authorization()
    expect(sent).toMatch(/^Bearer access-gateway-/)
    expect(await authorizer.refused({ ...refusal, sent, attempt: 1 })).toMatchObject({ code: 'unauthorized' })
    const more = 'Bearer error="insufficient_scope", scope="x"'
    expect(await authorizer.refused({ status: 403, challenge: more, sent, attempt: 0 })).toMatchObject({
      code: 'unauthorized',
    })
    expect(world.tokenPosts()).toHaveLength(1)
  })
})

describe('more scopes', () => {
  const challenge = (scope: string) => `Bearer error="insufficient_scope", scope="${scope}"`

  async function stepUp(server: OauthServer, scope: string) {
    const sent = `Bearer ${tokenOf(server, ADA)}`
    return await authorizerOf(server, ADA).refused({
      status: 403,
      challenge: challenge(scope),
      sent,
      attempt: 0,
    })
  }

  it('are asked for together with what there is', async () => {
    const server = serverOf({ scopes: ['read'] })
    await signIn(server, ADA, 'ada')
    expect(await stepUp(server, 'write')).toMatchObject({ code: 'sign-in', link: 'http://link' })
    const url = new URL(await connector.begin(server, ADA, BACK))
    expect(url.searchParams.get('scope')).toBe('read write')
    // Until then what was granted goes on.
    expect(tokenOf(server, ADA)).toBeDefined()
  })

  it('that were asked for and are asked for again are not asked for a second time', async () => {
    const server = serverOf({ scopes: ['read'] })
    await signIn(server, ADA, 'ada')
    await stepUp(server, 'write')
    await signIn(server, ADA, 'ada')
    expect(await stepUp(server, 'write')).toMatchObject({ code: 'unauthorized' })
  })

  it('are asked for three times in a row and no more', async () => {
    const server = serverOf({ scopes: ['read'] })
    await signIn(server, ADA, 'ada')
    for (const scope of ['a', 'b', 'c']) {
      expect(await stepUp(server, scope)).toMatchObject({ code: 'sign-in' })
      await signIn(server, ADA, 'ada')
    }
    expect(await stepUp(server, 'd')).toMatchObject({ code: 'unauthorized' })
  })

  it('outside the list of the operator are refused and recorded', async () => {
    const server = serverOf({ scopes: ['read'], allowScopes: ['read', 'write'] })
    await signIn(server, ADA, 'ada')
    expect(await stepUp(server, 'write admin')).toMatchObject({ code: 'unauthorized' })
    expect(events).toContainEqual(
      expect.objectContaining({ event: 'upstream.denied', rule: 'upstream/scope-denied' }),
    )
    expect(connector.needOf(server, ADA)).toBeUndefined()
  })
})

it('leaving deletes the access here and revokes both tokens there', async () => {
  const server = serverOf()
  await signIn(server, ADA, 'ada')
  await signIn(server, BOB, 'bob')
  expect(await connector.disconnect(server, ADA)).toEqual({ had: true, revoked: true })
  expect(world.revoked).toHaveLength(2)
  expect(tokenOf(server, ADA)).toBeUndefined()
  expect(tokenOf(server, BOB)).toBeDefined()
})
