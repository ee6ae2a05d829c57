/**
 * One protected server, several users who each sign in there through the gateway: a token serves the calls of its user and
 * of nobody else (invariant 2), and is seen by nobody but its server (invariant 3). What the server saw is the witness.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { monotonic, type RunningGateway, startGateway } from '../../packages/gateway/src/assemble.ts'
import { parseConfig } from '../../packages/gateway/src/config/load.ts'
import type { OauthServer } from '../../packages/gateway/src/credentials/connector/connector.ts'
import { returnTo } from '../../packages/gateway/src/credentials/connector/linkPages.ts'
import { withLinkPages } from '../../packages/gateway/src/credentials/connector/withLinkPages.ts'
import {
  goesTo,
  type OauthWorld,
  openOauthWorld,
} from '../../packages/gateway/src/credentials/testing/oauthWorld.ts'
import type { Identity } from '../../packages/gateway/src/identity/identity.ts'
import { type HttpIngress, openHttpIngress } from '../../packages/gateway/src/ingress/http.ts'
import { principalKey } from '../../packages/gateway/src/ingress/port.ts'
import { makeLog } from '../../packages/gateway/src/log.ts'
import { freePort } from '../programs/freePort.ts'
import { type Home, makeHome, postModern } from './harness.ts'

const USERS = ['ann', 'bob'] as const
const URLS = { 'io.modelcontextprotocol/clientCapabilities': { elicitation: { url: {} } } }
/** The back of a person who signs in: any address will do, as the test brings the answer home itself. */
const BACK = returnTo('http://127.0.0.1:49152')

let home: Home
let world: OauthWorld
let running: RunningGateway
let ingress: HttpIngress
let url: string
let said = ''
const issued = new Set<string>()

/** Everybody has the credential `credential of NAME`; a header says who calls, as a way in would find it out. */
const identity: Identity = {
  identify(request) {
    const at = request.rawHeaders.findIndex((name) => name.toLowerCase() === 'authorization')
    const [, who = ''] = /^Bearer key-of-(\w+)$/.exec(request.rawHeaders[at + 1] ?? '') ?? []
    return who === ''
      ? { refuse: { status: 401, code: -31401, rule: 'identity/none', explain: 'sign in first' } }
      : { principal: { issuer: 'test', subject: who }, transport: 'http' }
  },
  authorize: () => undefined,
  misplaced: () => undefined,
  standing: () => 'holds',
  side: { takes: () => false, receive: () => undefined },
  close: async () => undefined,
}

beforeAll(async () => {
  home = makeHome()
  world = await openOauthWorld()
  const env = { ...home.env }
  const open = { rate: 'unlimited', schemas: { arguments: 'off', results: 'off' } }
  const text = {
    version: 1,
    defaults: { trust: 'trusted', confirm: 'never' },
    servers: {
      old: { url: world.url, era: 'legacy', oauth: {}, ...open },
      fresh: { url: world.url, era: 'modern', oauth: {}, ...open },
      guessed: { url: world.url, oauth: {}, ...open },
      narrow: {
        url: world.url,
        era: 'modern',
        oauth: { scopes: ['read'], allowScopes: ['read', 'write'] },
        ...open,
      },
    },
    limits: { maxInFlightPerClient: 1000 },
    flow: 'note',
    audit: { dir: home.path('audit') },
  }
  const parsed = parseConfig(Buffer.from(JSON.stringify(text)), home.path('test.json'), {
    env,
    homeDir: home.dir,
  })
  if (!parsed.ok) throw parsed.error
  const log = makeLog({
    level: 'debug',
    format: 'json',
    write: (line) => {
      said += line
    },
    now: () => new Date(),
  })
  running = await startGateway(parsed.config, { env, homeDir: home.dir, log })
  const port = await freePort()
  const publicUrl = `http://127.0.0.1:${port}`
  ingress = await openHttpIngress({
    config: { ...parsed.config.listen, port },
    limits: parsed.config.limits,
    front: running.gateway,
    log,
    now: monotonic,
    identity: withLinkPages(identity, {
      credentials: running.credentials,
      publicUrl,
      audit: running.audit,
      log,
    }),
  })
  url = `${publicUrl}/mcp`
})

afterAll(async () => {
  await ingress.close()
  await running.close()
  await world.close()
  home.remove()
})

beforeEach(async () => {
  for (const user of USERS) for (const server of ['old', 'fresh', 'narrow']) await leave(server, user)
  Object.assign(world.behave, { expiresIn: 3600, needs: [], answer: {}, tokenStatus: 200, delayMs: 0 })
  world.calls.length = 0
})

const asUser = (user: string, meta: object = {}) => ({
  headers: {
    authorization: `Bearer key-of-${user}`,
    cookie: 'session=of-the-client',
    'x-api-key': 'api-key-of-the-client',
    'proxy-authorization': 'Basic cHJveHk=',
    'x-forwarded-user': user,
  },
  meta,
})

async function call(server: string, user: string, meta: object = {}, more: object = {}) {
  const params = { name: `${server}__whoami`, arguments: { as: user }, ...more }
  const answer = await postModern(url, 1, 'tools/call', params, asUser(user, meta))
  said += answer.text
  return answer.messages.at(-1)
}

const textOf = (answer: Awaited<ReturnType<typeof call>>) =>
  answer?.result?.content?.[0]?.text ?? JSON.stringify(answer)

const linkIn = (text: string) => /http:\/\/127\.0\.0\.1:\d+\/oauth\/connect\/[\w-]{43}/.exec(text)?.[0] ?? ''

function serverOf(id: string): OauthServer {
  const server = running.credentials.serverOf(id)
  if (server === undefined) throw new Error(`no server ${id}`)
  return server
}

const keyOf = (user: string) => principalKey({ issuer: 'test', subject: user })

async function signIn(server: string, user: string): Promise<void> {
  const connector = await running.credentials.connector()
  const answer = await world.approve(await connector.begin(serverOf(server), keyOf(user), BACK), user)
  const finished = await connector.finish(answer.searchParams, () => serverOf(server))
  if (!finished.ok) throw finished.fault
  remember()
}

async function leave(server: string, user: string): Promise<void> {
  const connector = await running.credentials.connector()
  await connector.disconnect(serverOf(server), keyOf(user))
}

/** Every token there ever was. */
function remember(): void {
  for (const token of world.tokens.keys()) issued.add(token)
  for (const { body } of world.tokenPosts('refresh_token')) issued.add(body.get('refresh_token') ?? '')
  for (const { body } of world.tokenPosts('authorization_code')) issued.add(body.get('code_verifier') ?? '')
}

/** A person's form on the page that asks who it is. */
async function prove(link: string, user: string, cookies = new Map<string, string>()) {
  const page = await fetch(link, {
    method: 'POST',
    redirect: 'manual',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      origin: new URL(link).origin,
      'sec-fetch-site': 'same-origin',
    },
    body: new URLSearchParams({ credential: `key-of-${user}` }),
  })
  const cookie = page.headers.get('set-cookie')?.split(';', 1)[0]
  if (cookie !== undefined) cookies.set('cookie', cookie)
  const text = await page.text()
  return { status: page.status, location: goesTo(text), text }
}

describe.each(['old', 'fresh'])('a server of an era (%s) that wants a sign-in', (server) => {
  it('is answered with a link that works for its user, in the browser that opened it', async () => {
    const before = textOf(await call(server, 'ann'))
    expect(before).toContain('upstream/sign-in')
    const link = linkIn(before)
    expect((await fetch(link)).status).toBe(200)
    const cookies = new Map<string, string>()
    const { status, location } = await prove(link, 'ann', cookies)
    expect(status).toBe(200)
    const back = await world.approve(location ?? '', 'ann')
    expect((await fetch(back)).status).toBe(400)
    // The state was used up by the browser without the cookie.
    const again = await prove(link, 'ann', cookies)
    const home = await world.approve(again.location ?? '', 'ann')
    const page = await fetch(home, { headers: { cookie: cookies.get('cookie') ?? '' } })
    expect(page.status).toBe(200)
    remember()
    expect(textOf(await call(server, 'ann'))).toBe('you are ann')
    expect(textOf(await call(server, 'bob'))).toContain('upstream/sign-in')
    // The link has done what it was for.
    expect((await prove(link, 'ann')).status).toBe(404)
  })

  it('is named with its link where the gateway says what is missing', async () => {
    const told = await postModern(url, 1, 'server/discover', {}, asUser('ann'))
    expect(linkIn(String(told.messages.at(-1)?.result?.instructions))).not.toBe('')
  })

  it('gives nothing to another user who opens the link', async () => {
    const link = linkIn(textOf(await call(server, 'ann')))
    expect(await prove(link, 'bob')).toMatchObject({ status: 403, location: null })
    expect(await prove(link, 'nobody here')).toMatchObject({ status: 403, location: null })
  })

  it('is asked for by an address where the client can open one, and called again after it', async () => {
    const first = await call(server, 'ann', URLS)
    expect(first?.result).toMatchObject({ resultType: 'input_required' })
    const { inputRequests, requestState } = first?.result ?? {}
    expect(JSON.stringify(inputRequests)).toContain('"mode":"url"')
    expect(linkIn(JSON.stringify(inputRequests))).not.toBe('')
    await signIn(server, 'ann')
    const inputResponses = { 'sallyport-sign-in': { action: 'accept' } }
    world.calls.length = 0
    expect(textOf(await call(server, 'ann', URLS, { requestState, inputResponses }))).toBe('you are ann')
    expect(JSON.stringify(world.calls)).not.toContain('sallyport-sign-in')
    // The state is good for this call of this user alone.
    const stolen = await call(server, 'bob', URLS, { requestState, inputResponses })
    expect(stolen?.error?.data?.rule).toBe('approvals/unknown')
  })

  it('renews what the server forgot, once, and asks again where that does not help', async () => {
    await signIn(server, 'ann')
    expect(textOf(await call(server, 'ann'))).toBe('you are ann')
    world.expireAll()
    const posts = world.tokenPosts('refresh_token').length
    const answers = await Promise.all(Array.from({ length: 6 }, () => call(server, 'ann')))
    expect(answers.map(textOf)).toEqual(Array(6).fill('you are ann'))
    expect(world.tokenPosts('refresh_token').length - posts).toBe(1)
    world.behave.tokenStatus = 400
    world.expireAll()
    expect(textOf(await call(server, 'ann'))).toContain('upstream/sign-in')
  })

  it('sees its own token and nothing that the client sent to the gateway', async () => {
    await signIn(server, 'ann')
    await call(server, 'ann')
    for (const { headers } of world.calls) {
      const text = JSON.stringify(headers)
      for (const secret of ['key-of-ann', 'of-the-client', 'cHJveHk', 'x-forwarded-user'])
        expect(text).not.toContain(secret)
    }
  })

  it('has its challenge kept from clients', async () => {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'tools/call',
        'mcp-name': `${server}__whoami`,
        ...asUser('ann').headers,
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: {
          name: `${server}__whoami`,
          arguments: {},
          _meta: {
            'io.modelcontextprotocol/protocolVersion': '2026-07-28',
            'io.modelcontextprotocol/clientCapabilities': {},
          },
        },
      }),
    })
    expect(response.status).toBe(200)
    expect(response.headers.get('www-authenticate')).toBeNull()
    expect(await response.text()).not.toContain('resource_metadata')
  })
})

it('a server that says nothing of its era before a sign-in can be signed in at, and nobody’s token is used to ask', async () => {
  await signIn('old', 'ann')
  world.calls.length = 0
  await running.gateway.learnEras()
  expect(linkIn(textOf(await call('guessed', 'bob')))).not.toBe('')
  expect(world.calls.every(({ token }) => token === undefined)).toBe(true)
})

it('more scopes are asked for once, and what the operator does not allow never', async () => {
  await signIn('narrow', 'ann')
  world.behave.needs = ['write']
  const link = linkIn(textOf(await call('narrow', 'ann')))
  expect(link).not.toBe('')
  const { location } = await prove(link, 'ann')
  expect(new URL(location ?? '').searchParams.get('scope')).toBe('read write')
  await signIn('narrow', 'ann')
  expect(textOf(await call('narrow', 'ann'))).toBe('you are ann')
  world.behave.needs = ['write', 'admin']
  const denied = textOf(await call('narrow', 'ann'))
  expect(denied).toContain('allowScopes')
  expect(linkIn(denied)).toBe('')
})

it('nobody ever gets anybody else’s token, whatever comes in whatever order', async () => {
  const server = fc.constantFrom('old', 'fresh')
  const user = fc.constantFrom(...USERS)
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('call' as const), server, user }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('sign in' as const), server, user }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), server, user }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('forget' as const), server, user }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('short' as const), server, user }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), server, user }) },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 24 }), async (steps) => {
      const open: Promise<unknown>[] = []
      world.calls.length = 0
      for (const one of steps) {
        if (one.do === 'call') {
          open.push(
            call(one.server, one.user).then((answer) => {
              const text = textOf(answer)
              const fine =
                text === `you are ${one.user}` || text.includes('upstream/') || text.includes('circuit')
              expect(fine, text).toBe(true)
            }),
          )
        } else if (one.do === 'sign in') open.push(signIn(one.server, one.user))
        else if (one.do === 'leave') open.push(leave(one.server, one.user))
        else if (one.do === 'forget') world.expireAll()
        // So short that every call renews it.
        else if (one.do === 'short') world.behave.expiresIn = world.behave.expiresIn === 1 ? 3600 : 1
        else await Promise.allSettled(open.splice(0))
      }
      await Promise.all(open)
      remember()
      for (const { token, arguments: args } of world.calls) {
        if (token !== undefined && 'as' in args) expect(token.split('-')[1]).toBe(args.as)
      }
    }),
    { numRuns: Number(process.env.FUZZ_RUNS ?? 25) },
  )
})

it('no token is in any log, record, answer, or file in clear, though the servers say it', async () => {
  await signIn('old', 'ann')
  await signIn('fresh', 'bob')
  world.behave.tells = true
  expect(textOf(await call('old', 'ann'))).toContain('with [redacted:secret/own]')
  expect(textOf(await call('fresh', 'bob'))).toContain('with [redacted:secret/own]')
  world.behave.tells = false
  remember()
  expect(issued.size).toBeGreaterThan(5)
  const files = filesUnder(home.dir)
  expect(files.some((file) => file.endsWith('vault.sqlite'))).toBe(true)
  const texts = [said, ...files.map((file) => readFileSync(file, 'latin1'))]
  for (const secret of issued) {
    if (secret.length < 20) continue
    for (const [at, text] of texts.entries()) {
      const where = at === 0 ? 'log or answer' : files[at - 1]
      if (text.includes(secret)) throw new Error(`a token is in ${where}`)
    }
  }
  const key = files.find((file) => file.endsWith('vault.key'))
  expect(statSync(key ?? '').mode & 0o077).toBe(0)
})

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? filesUnder(path) : entry.isFile() ? [path] : []
  })
}
