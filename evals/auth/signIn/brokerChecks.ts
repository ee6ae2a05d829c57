/** Signing in at another provider, and what an earlier consent covers. */
import { request as httpRequest } from 'node:http'
import { postModern } from '../../../tests/gateway/harness.ts'
import type { AuthCheck } from '../check.ts'
import { expect } from '../expect.ts'
import { answerOf, Browser, type Landing, pageOf } from './browser.ts'
import { onStage } from './stage.ts'
import { APP_REDIRECT, claimsOf, SignInWorld } from './world.ts'

const STAFF = {
  sub: 'alice',
  groups: ['staff'],
  amr: ['pwd', 'mfa'],
  email: 'a@x.example',
  email_verified: true,
}

/** Signs in at the provider: from the page, over there and back. */
async function throughProvider(browser: Browser, url: string): Promise<Landing> {
  const { brokered, provider } = onStage()
  const page = pageOf(await browser.open(url))
  return await browser.press(page, 'broker', {}, [brokered.base, provider])
}

/** Whether a token of the gateway behind the provider gets an answer of the tool that rules are about. */
async function mayCallPid(token: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${token}` }
  const params = { name: 'files__pid', arguments: {} }
  const { messages } = await postModern(`${onStage().brokered.base}/mcp`, 1, 'tools/call', params, {
    headers,
  })
  const { result } = messages.at(-1) ?? {}
  expect(result !== undefined, `no result: ${JSON.stringify(messages)}`)
  return result?.isError !== true
}

/** Stops at the provider's door: the address that a browser is sent to. */
async function toProvider(browser: Browser): Promise<URL> {
  const { brokered } = onStage()
  const request = brokered.request({ client: await brokered.client() })
  const landing = await browser.press(pageOf(await browser.open(request.url)), 'broker')
  if (landing.kind === 'page') throw new Error(`not sent on: ${landing.text}`)
  return landing.url
}

/** Whether a request of somebody who allowed `scope` before is asked again. */
async function isAskedAgain(again: {
  readonly scope?: string
  readonly redirect?: string
  readonly other?: boolean
  readonly site?: Browser['site']
}): Promise<boolean> {
  const { own } = onStage()
  const { status, body } = await own.register({
    redirect_uris: [APP_REDIRECT, 'https://app.example/second'],
    token_endpoint_auth_method: 'none',
  })
  expect(status === 201, 'the client could not register')
  const client = { id: String(body.client_id), redirect: APP_REDIRECT }
  const browser = new Browser()
  await own.code({ client, scope: 'mcp:read' }, browser)
  browser.site = again.site ?? 'none'
  const landing = await browser.open(
    own.request({
      client: again.other === true ? await own.client(APP_REDIRECT, 'Other App') : client,
      scope: again.scope ?? 'mcp:read',
      redirect: again.redirect ?? APP_REDIRECT,
    }).url,
  )
  return landing.kind === 'page' && landing.text.includes('value="allow"')
}

export const brokerChecks: readonly AuthCheck[] = [
  {
    id: 'SP-BRK-1',
    title: 'somebody signs in at the provider: tokens of ours, groups mapped, issuer and subject',
    async run() {
      const { brokered, provider, person } = onStage()
      await person(STAFF)
      const request = brokered.request({ client: await brokered.client() })
      const answer = answerOf(await throughProvider(new Browser(), request.url))
      const { status, body } = await brokered.redeem({ code: answer.get('code') ?? '', request })
      expect(status === 200, `answered ${status}: ${JSON.stringify(body)}`)
      const claims = claimsOf(String(body.access_token))
      expect(claims.iss === brokered.base, 'it is not our token')
      expect(claims.sub === `${provider}|alice`, `sub is ${claims.sub}`)
      expect(JSON.stringify(claims.groups) === '["staff"]', `groups are ${JSON.stringify(claims.groups)}`)
      expect((await brokered.call(String(body.access_token))) === 200, 'the token does not work')
    },
  },
  {
    id: 'SP-BRK-2',
    title: 'whom the provider signs in and the configuration does not name stays out',
    async run() {
      const { brokered, person } = onStage()
      await person({ ...STAFF, sub: 'eve', groups: ['guests'] })
      const request = brokered.request({ client: await brokered.client() })
      const answer = answerOf(await throughProvider(new Browser(), request.url))
      expect(answer.get('error') === 'access_denied' && !answer.has('code'), `got ${answer}`)
    },
  },
  {
    id: 'SP-BRK-4',
    title: 'the owner signs in beside the provider, where both are configured',
    async run() {
      const { brokered } = onStage()
      const browser = new Browser()
      const request = brokered.request({ client: await brokered.client() })
      const page = pageOf(await browser.press(pageOf(await browser.open(request.url)), 'passphrase'))
      const wrong = pageOf(await browser.press(page, 'sign-in', { passphrase: 'wrong' }))
      expect(wrong.text.includes('name="passphrase"'), 'a wrong one cannot be tried again')
      const asked = pageOf(await browser.press(wrong, 'sign-in', { passphrase: brokered.passphrase }))
      const answer = answerOf(await browser.press(asked, 'allow'))
      const { body } = await brokered.redeem({ code: answer.get('code') ?? '', request })
      expect(claimsOf(String(body.access_token)).sub === 'owner', 'it is not the owner')
    },
  },
  {
    id: 'SP-BRK-5',
    title:
      'rules ask for claims that the provider says of this very person, also after a refresh; programs do not see them',
    async run() {
      const { brokered, person } = onStage()
      const client = await brokered.client()
      const signIn = async (claims: object) => {
        await person({ ...STAFF, ...claims })
        const request = brokered.request({ client })
        const answer = answerOf(await throughProvider(new Browser(), request.url))
        const { body } = await brokered.redeem({ code: answer.get('code') ?? '', request })
        return { access: String(body.access_token), refresh: String(body.refresh_token) }
      }
      const expectCall = async (who: string, token: string, allowed: boolean) =>
        expect((await mayCallPid(token)) === allowed, `${who} ${allowed ? 'may not' : 'may'} call it`)
      const alice = await signIn({ department: ['sales'], salary: 100 })
      const bob = await signIn({ sub: 'bob', department: 'support' })
      const carol = await signIn({ sub: 'carol' })
      await expectCall('who is of sales', alice.access, true)
      await expectCall('who is of another department', bob.access, false)
      await expectCall('of whom nothing is known', carol.access, false)
      const said = JSON.stringify(claimsOf(alice.access))
      expect(!said.includes('sales') && !said.includes('salary'), `the token says ${said}`)
      for (const [who, token, allowed] of [
        ['who is of sales', alice.refresh, true],
        ['who is of another department', bob.refresh, false],
      ] as const) {
        const { status, body } = await brokered.refresh(client, token)
        expect(status === 200, `the refresh was answered ${status}`)
        await expectCall(`${who}, refreshed,`, String(body.access_token), allowed)
      }
      const moved = await signIn({ department: ['support'] })
      await expectCall('who moved away', moved.access, false)
      const mallory = await signIn({ sub: 'mallory', preferred_username: 'alice' })
      await expectCall('who calls themselves like another', mallory.access, false)
    },
  },
  {
    id: 'BRK-002',
    title: 'the address of a sign-in that was sent to somebody else',
    async run() {
      const { brokered, provider, person } = onStage()
      await person(STAFF)
      const url = await toProvider(new Browser())
      const landing = await new Browser().open(url.href, [provider, brokered.base])
      expect(landing.kind === 'page' && landing.status === 403, 'the other browser was signed in')
    },
  },
  {
    id: 'BRK-003',
    title: 'no cookie of the way there before a person allows it',
    async run() {
      const { brokered } = onStage()
      const browser = new Browser()
      await browser.open(brokered.request({ client: await brokered.client() }).url)
      expect(!browser.cookieLines(brokered.base).some((line) => line.includes('broker')), 'there is one')
    },
  },
  {
    id: 'SP-BRK-3',
    title: 'an earlier consent counts where nothing changed',
    async run() {
      expect(!(await isAskedAgain({})), 'it was asked again')
    },
  },
  {
    id: 'BRK-004',
    title: 'consent for one client covers no other',
    async run() {
      expect(await isAskedAgain({ other: true }), 'nothing was asked')
    },
  },
  {
    id: 'BRK-005',
    title: 'consent for one address covers no other',
    async run() {
      expect(await isAskedAgain({ redirect: 'https://app.example/second' }), 'nothing was asked')
    },
  },
  {
    id: 'BRK-006',
    title: 'consent for a scope covers no more',
    async run() {
      expect(await isAskedAgain({ scope: 'mcp:read mcp' }), 'nothing was asked')
    },
  },
  {
    id: 'BRK-007',
    title: 'a request that another site sent is asked again',
    async run() {
      expect(await isAskedAgain({ site: 'cross-site' }), 'nothing was asked')
    },
  },
  {
    id: 'BRK-008',
    title: 'state: unknown, used, of another sign-in',
    async run() {
      const { brokered, provider, person } = onStage()
      await person(STAFF)
      const browser = new Browser()
      const url = await toProvider(browser)
      const callback = url.searchParams.get('redirect_uri') ?? ''
      const unknown = await browser.open(`${callback}?code=x&state=unknown`)
      expect(unknown.kind === 'page' && unknown.status === 400, 'an unknown state was taken')
      const state = url.searchParams.get('state') ?? ''
      await browser.open(url.href, [provider, brokered.base])
      const again = await browser.open(`${callback}?code=x&state=${state}`)
      expect(again.kind === 'page' && again.status === 400, 'a used state was taken')
    },
  },
  {
    id: 'BRK-010',
    title: 'an answer of another provider',
    async run() {
      const { brokered } = onStage()
      const browser = new Browser()
      const url = await toProvider(browser)
      const callback = new URL(url.searchParams.get('redirect_uri') ?? '')
      const answer = new URLSearchParams({
        code: 'x',
        state: url.searchParams.get('state') ?? '',
        iss: 'https://evil.example',
      })
      const landing = await browser.open(`${callback.href}?${answer}`)
      const refused = landing.kind === 'elsewhere' ? landing.url.searchParams.get('error') : undefined
      expect(refused === 'access_denied', 'it was taken')
      const other = await browser.open(`${brokered.base}/oauth/callback/000000000000?${answer}`)
      expect(other.kind === 'page' && other.status === 404, 'there is a way back for another provider')
    },
  },
  {
    id: 'BRK-012',
    title: 'cookies: __Host-, Secure, HttpOnly, SameSite, signed, each sign-in its own',
    async run() {
      const world = await SignInWorld.open(
        { registration: 'on' },
        {
          auth: { publicUrl: 'https://gate.test' },
          more: { listen: { allowedHosts: ['gate.test'] } },
        },
      )
      try {
        const client = await world.client()
        const lines = await Promise.all([1, 2].map(() => cookiesFor(world, world.request({ client }).url)))
        for (const line of lines.flat()) {
          expect(/^__Host-[^=]+=/.test(line), `no __Host-: ${line}`)
          for (const attribute of ['Secure', 'HttpOnly', 'SameSite=Lax', 'Path=/'])
            expect(line.split('; ').includes(attribute), `no ${attribute}: ${line}`)
        }
        const names = lines.map((all) => all.map((line) => line.slice(0, line.indexOf('='))).sort())
        expect(names[0]?.some((name) => name.endsWith('.sig')) === true, 'they are not signed')
        expect(!names[0]?.some((name) => names[1]?.includes(name)), 'two sign-ins share a cookie')
      } finally {
        await world.close()
      }
    },
  },
  {
    id: 'BRK-014',
    title: 'no code before the provider used what is asked for',
    async run() {
      const { brokered, person } = onStage()
      await person({ ...STAFF, sub: 'carol', amr: ['pwd'] })
      const request = brokered.request({ client: await brokered.client() })
      const answer = answerOf(await throughProvider(new Browser(), request.url))
      expect(answer.get('error') === 'access_denied' && !answer.has('code'), `got ${answer}`)
    },
  },
  {
    id: 'BRK-016',
    title: 'nothing of a client is loaded on the page',
    async run() {
      const { own, documents } = onStage()
      const id = documents.client('/c16', {
        logo_uri: `${documents.origin}/logo`,
        client_uri: `${documents.origin}/home`,
      })
      const page = await own.asked(own.request({ client: { id, redirect: APP_REDIRECT } }), new Browser())
      expect(!page.includes('/logo') && !page.includes('<img'), 'its logo is on the page')
      expect(documents.asked('/logo') === 0, 'its logo was asked for')
    },
  },
]

function cookiesFor(world: SignInWorld, url: string): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    httpRequest(
      url.replace('https://gate.test', world.base),
      { headers: { host: 'gate.test' } },
      (response) => {
        response.resume()
        resolve(response.headers['set-cookie'] ?? [])
      },
    )
      .on('error', reject)
      .end()
  })
}
