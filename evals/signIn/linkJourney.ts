/**
 * Signing in at a remote server through the gateway: a client is given a link, its person opens it in a browser, proves who
 * they are, signs in over there and comes back, and the call works; nobody else gets anywhere with the link.
 */
import type { Page } from 'playwright-core'
import { type OauthWorld, openOauthWorld } from '../../packages/gateway/src/credentials/testing/oauthWorld.ts'
import { postModern } from '../../tests/gateway/harness.ts'
import { run } from '../../tests/gateway/workerClient.ts'
import { expectEqual, expectMatch } from '../auth/expect.ts'
import { SignInWorld } from '../auth/signIn/world.ts'
import type { Person } from './chromium.ts'
import { type Step, steps } from './steps.ts'

const SERVERS = ['first', 'second', 'third'] as const
type ServerId = (typeof SERVERS)[number]

export async function linkJourney(person: Person): Promise<readonly Step[]> {
  const upstream = await openOauthWorld()
  const protectedServer = {
    url: upstream.url,
    era: 'modern',
    oauth: {},
    rate: 'unlimited',
    schemas: { arguments: 'off', results: 'off' },
  }
  const servers = Object.fromEntries(SERVERS.map((id) => [id, protectedServer]))
  const world = await SignInWorld.open({}, { auth: { keys: {} }, more: { servers } })
  const { step, done } = steps()
  try {
    await step('a link sends the holder of a key to the sign-in and back, and works once', () =>
      throughKey(world, upstream, person),
    )
    await step('another’s key gets nowhere with a link', () => throughAnotherKey(world, upstream, person))
    let token = ''
    await step('whoever is signed in at the gateway is asked for nothing', async () => {
      token = await tokenOf(world, person)
      await throughSession(world, token, await person.tab())
    })
    await step('whoever is not signs in with the passphrase, and a wrong one does not', async () =>
      throughPassphrase(world, upstream, { token, fresh: await person.freshBrowser() }),
    )
  } finally {
    await world.close()
    await upstream.close()
  }
  return done
}

async function throughKey(world: SignInWorld, upstream: OauthWorld, person: Person): Promise<void> {
  const key = await keyOf(world, 'ann')
  const link = await linkOf(world, key, 'first')
  const { page, complaints } = await as('ann', await person.freshBrowser())
  await page.goto(link)
  await page.locator('input[name=credential]').fill(key)
  await page.locator('button[value=credential]').click()
  await page.getByText('You are signed in').first().waitFor()
  expectEqual('complaints of the browser', complaints, [])
  const [sent] = upstream.seen.filter(({ path }) => path === '/authorize')
  expectEqual('what the other server learns of the link', sent?.headers.referer, undefined)
  expectMatch('the call', await call(world, key, 'first'), /you are ann/)
  expectEqual('status of the link', (await page.goto(link))?.status(), 404)
}

async function throughAnotherKey(world: SignInWorld, upstream: OauthWorld, person: Person): Promise<void> {
  const link = await linkOf(world, await keyOf(world, 'carol'), 'first')
  const before = upstream.seen.length
  const { page } = await as('bob', await person.freshBrowser())
  await page.goto(link)
  await page.locator('input[name=credential]').fill(await keyOf(world, 'bob'))
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.request().method() === 'POST'),
    page.locator('button[value=credential]').click(),
  ])
  expectEqual('status', answer.status(), 403)
  expectMatch('the page', await page.locator('body').innerText(), /for somebody else/)
  expectEqual('requests to the other server', upstream.seen.length, before)
}

async function throughSession(world: SignInWorld, token: string, tab: Page): Promise<void> {
  const link = await linkOf(world, token, 'second')
  const { page, complaints } = await as('owner', tab)
  await page.goto(link)
  await page.getByText('You are signed in').first().waitFor()
  expectEqual('complaints of the browser', complaints, [])
  expectMatch('the call', await call(world, token, 'second'), /you are owner/)
}

async function throughPassphrase(
  world: SignInWorld,
  upstream: OauthWorld,
  { token, fresh }: { readonly token: string; readonly fresh: Page },
): Promise<void> {
  const link = await linkOf(world, token, 'third')
  const before = upstream.seen.length
  const { page, complaints } = await as('owner', fresh)
  await page.goto(link)
  await page.locator('input[name=passphrase]').fill('wrong')
  await page.locator('button[value=passphrase]').click()
  await page.getByRole('alert').waitFor()
  expectEqual('requests to the other server', upstream.seen.length, before)
  await page.locator('input[name=passphrase]').fill(world.passphrase)
  await page.locator('button[value=passphrase]').click()
  await page.getByText('You are signed in').first().waitFor()
  expectEqual('complaints of the browser', complaints, [])
  expectMatch('the call', await call(world, token, 'third'), /you are owner/)
}

/** The browser of a person who is known over there by this name. */
async function as(user: string, page: Page): Promise<{ readonly page: Page; readonly complaints: string[] }> {
  const complaints: string[] = []
  page.setDefaultTimeout(20_000)
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) complaints.push(message.text())
  })
  await page.setExtraHTTPHeaders({ 'x-user': user })
  return { page, complaints }
}

async function keyOf(world: SignInWorld, name: string): Promise<string> {
  const config = world.home.path('sallyport.json')
  const { stdout, stderr, code } = await run(world.home, 'keys', 'create', name, '--config', config)
  if (code !== 0) throw new Error(stderr)
  return stdout.trim()
}

/** A host's token, allowed in the person's browser. */
async function tokenOf(world: SignInWorld, person: Person): Promise<string> {
  const client = await world.client()
  const request = world.request({ client, scope: 'mcp' })
  const { redirect } = client
  const { answer } = await person.allow(request.url, { passphrase: world.passphrase, redirect })
  const { status, body } = await world.redeem({ code: answer.searchParams.get('code') ?? '', request })
  expectEqual('status of the token', status, 200)
  return String(body.access_token)
}

async function call(world: SignInWorld, credential: string, server: ServerId): Promise<string> {
  const params = { name: `${server}__whoami`, arguments: {} }
  const headers = { authorization: `Bearer ${credential}` }
  return (await postModern(`${world.base}/mcp`, 1, 'tools/call', params, { headers })).text
}

async function linkOf(world: SignInWorld, credential: string, server: ServerId): Promise<string> {
  const text = await call(world, credential, server)
  const [link] = /http:\/\/127\.0\.0\.1:\d+\/oauth\/connect\/[\w-]{43}/.exec(text) ?? []
  if (link === undefined) throw new Error(`no link in ${text}`)
  return link
}
