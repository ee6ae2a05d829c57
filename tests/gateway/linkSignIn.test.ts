/**
 * A link to sign in at a server, opened by people whom the gateway itself signs in (`auth.server`): they prove who they are by
 * its session, its passphrase or its provider, and nobody else gets on. A real browser does the same in `evals/journey`.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Browser, type Landing, pageOf } from '../../evals/auth/signIn/browser.ts'
import { closeStage, onStage, openStage } from '../../evals/auth/signIn/stage.ts'
import { SignInWorld } from '../../evals/auth/signIn/world.ts'
import {
  goesTo,
  type OauthWorld,
  openOauthWorld,
} from '../../packages/gateway/src/credentials/testing/oauthWorld.ts'
import { postModern } from './harness.ts'
import { run } from './workerClient.ts'

const STAFF = { sub: 'alice', groups: ['staff'], amr: ['mfa'] }

let upstream: OauthWorld

beforeAll(async () => {
  upstream = await openOauthWorld()
  const open = { rate: 'unlimited', schemas: { arguments: 'off', results: 'off' } }
  await openStage({ one: { url: upstream.url, era: 'modern', oauth: {}, ...open } })
}, 60_000)

afterAll(async () => {
  await closeStage()
  await upstream.close()
})

beforeEach(async () => {
  await onStage().person(STAFF)
})

async function linkOf(world: SignInWorld, token: string, more: object = {}): Promise<string> {
  const headers = { authorization: `Bearer ${token}`, ...more }
  const params = { name: 'one__whoami', arguments: {} }
  const { text } = await postModern(`${world.base}/mcp`, 1, 'tools/call', params, { headers })
  const [link] = /http:\/\/127\.0\.0\.1:\d+\/oauth\/connect\/[\w-]{43}/.exec(text) ?? []
  if (link === undefined) throw new Error(`no link in ${text}`)
  return link
}

const isUpstream = (landing: Landing) =>
  landing.kind === 'elsewhere' && landing.url.origin === upstream.issuer

describe('a link of the owner', () => {
  let world: SignInWorld
  let link: string

  beforeAll(async () => {
    world = onStage().own
    link = await linkOf(world, (await world.tokens()).access)
  })

  it('goes on at once in a browser in which the owner is signed in', async () => {
    const browser = new Browser()
    await world.code({ client: await world.client() }, browser)
    expect(isUpstream(await browser.open(link))).toBe(true)
  })

  it('takes the passphrase, and nothing else', async () => {
    const browser = new Browser()
    const page = pageOf(await browser.open(link))
    const wrong = pageOf(await browser.press(page, 'passphrase', { passphrase: 'wrong' }))
    expect(wrong.status).toBe(403)
    const none = pageOf(await browser.press(page, 'provider'))
    expect(none.status).toBe(403)
    expect(isUpstream(await browser.press(page, 'passphrase', { passphrase: world.passphrase }))).toBe(true)
    // It counted for that request alone.
    expect((await browser.open(link)).kind).toBe('page')
  })

  it('takes no session that was not signed here', async () => {
    const name = `sallyport-${new URL(world.base).port}-session`
    for (const cookie of [`${name}=guess`, `${name}=guess; ${name}.sig=guess`, `${name}=; ${name}.sig=`]) {
      const page = await fetch(link, { redirect: 'manual', headers: { cookie } })
      expect(page.status).toBe(200)
      expect(page.headers.getSetCookie()).toEqual([])
    }
  })

  it.each([
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ])('takes no form of another page: %o', async (headers: Record<string, string>) => {
    const body = new URLSearchParams({ do: 'passphrase', passphrase: world.passphrase })
    const page = await fetch(link, { method: 'POST', body, headers })
    expect([page.status, page.headers.get('set-cookie')]).toEqual([403, null])
  })

  it('is a page that cannot be framed, loads nothing and lets its forms say where they are from', async () => {
    const { headers } = await fetch(link)
    expect(headers.get('content-security-policy')).toMatch(
      /default-src 'none'.*form-action 'self'; frame-ancestors 'none'/,
    )
    expect(headers.get('referrer-policy')).toBe('same-origin')
    expect(headers.get('x-frame-options')).toBe('DENY')
    expect(headers.get('cache-control')).toBe('no-store')
  })

  it('still takes the token of its client', async () => {
    const browser = new Browser()
    const page = pageOf(await browser.open(link))
    const { access } = await world.tokens()
    expect(isUpstream(await browser.press(page, 'credential', { credential: access }))).toBe(true)
  })
})

describe('a link of somebody who signs in at a provider', () => {
  let world: SignInWorld
  let within: string[]
  let link: string

  beforeAll(async () => {
    const { brokered, provider, person } = onStage()
    world = brokered
    within = [brokered.base, provider]
    await person(STAFF)
    link = await linkOf(world, await brokeredToken(new Browser()))
  })

  async function brokeredToken(browser: Browser): Promise<string> {
    const request = world.request({ client: await world.client() })
    const page = pageOf(await browser.open(request.url))
    const landing = await browser.press(page, 'broker', {}, within)
    if (landing.kind === 'page') throw new Error(`no code: ${landing.text}`)
    const { body } = await world.redeem({ code: landing.url.searchParams.get('code') ?? '', request })
    return String(body.access_token)
  }

  it('sends them there, and goes on when they are back', async () => {
    const browser = new Browser()
    const page = pageOf(await browser.open(link))
    expect(page.text).not.toContain('name="passphrase"')
    expect(isUpstream(await browser.press(page, 'provider', {}, within))).toBe(true)
  })

  it('is refused to another person of that provider', async () => {
    await onStage().person({ ...STAFF, sub: 'bob' })
    const browser = new Browser()
    const landing = pageOf(await browser.press(pageOf(await browser.open(link)), 'provider', {}, within))
    expect(landing.status).toBe(403)
    expect(landing.text).toContain('somebody else')
  })

  it('is refused to whom the provider signs in and the gateway does not allow', async () => {
    await onStage().person({ ...STAFF, groups: [] })
    const browser = new Browser()
    const landing = pageOf(await browser.press(pageOf(await browser.open(link)), 'provider', {}, within))
    expect(landing.status).toBe(403)
  })

  it('is refused to the owner who is signed in', async () => {
    const browser = new Browser()
    const request = world.request({ client: await world.client() })
    const chosen = pageOf(await browser.press(pageOf(await browser.open(request.url)), 'passphrase'))
    await browser.press(chosen, 'sign-in', { passphrase: world.passphrase })
    expect(pageOf(await browser.open(link)).status).toBe(403)
  })

  it('proves nothing for another link, and gives no session', async () => {
    const browser = new Browser()
    await browser.press(pageOf(await browser.open(link)), 'provider', {}, within)
    const lines = browser.cookieLines(world.base)
    expect(lines.some((line) => line.includes('-session='))).toBe(false)
    const person = lines.find((line) => /-person=/.test(line))?.split(';', 1)[0] ?? ''
    expect((await fetch(link, { redirect: 'manual', headers: { cookie: person } })).status).toBe(303)
    await onStage().person({ ...STAFF, sub: 'carol' })
    const other = await linkOf(world, await brokeredToken(new Browser()))
    expect((await fetch(other, { redirect: 'manual', headers: { cookie: person } })).status).toBe(200)
    const forged = person.replace(/\.[^.]*$/, '.guess')
    expect((await fetch(link, { redirect: 'manual', headers: { cookie: forged } })).status).toBe(200)
  })
})

it('a key that is bound to a network is judged by where the browser is, also behind a proxy', async () => {
  const open = { rate: 'unlimited', schemas: { arguments: 'off', results: 'off' } }
  const servers = { one: { url: upstream.url, era: 'modern', oauth: {}, ...open } }
  const listen = { trustedProxies: ['127.0.0.1'] }
  const world = await SignInWorld.open({}, { auth: { keys: {} }, more: { servers, listen } })
  try {
    const config = world.home.path('sallyport.json')
    const bound = ['--from', '203.0.113.0/24']
    const { stdout, stderr } = await run(world.home, 'keys', 'create', 'bound', ...bound, '--config', config)
    const key = stdout.trim()
    expect(key, stderr).not.toBe('')
    const link = await linkOf(world, key, { 'x-forwarded-for': '203.0.113.7' })
    const proveFrom = async (address: string) => {
      const body = new URLSearchParams({ do: 'credential', credential: key })
      const headers = { origin: world.base, 'x-forwarded-for': address }
      const page = await fetch(link, { method: 'POST', body, headers })
      return { status: page.status, to: goesTo(await page.text()) }
    }
    expect(await proveFrom('198.51.100.1')).toEqual({ status: 403, to: null })
    expect((await proveFrom('203.0.113.7')).to).toContain(upstream.issuer)
  } finally {
    await world.close()
  }
})
