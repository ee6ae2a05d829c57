/** A gateway whose callers are several users: who calls is what a header says, as a way in would find it out. */
import { monotonic, startGateway } from '../../packages/gateway/src/assemble.ts'
import { parseConfig } from '../../packages/gateway/src/config/load.ts'
import { withLinkPages } from '../../packages/gateway/src/credentials/connector/withLinkPages.ts'
import { goesTo, openOauthWorld } from '../../packages/gateway/src/credentials/testing/oauthWorld.ts'
import type { Identity } from '../../packages/gateway/src/identity/identity.ts'
import { openHttpIngress } from '../../packages/gateway/src/ingress/http.ts'
import { silentLog } from '../../packages/gateway/src/log.ts'
import { makeHome, postModern } from '../../tests/gateway/harness.ts'
import { freePort } from '../../tests/programs/freePort.ts'

export interface SignInDoor {
  readonly origin: string
  /** What a call of this user is answered. */
  call(user: string, issuer?: string): Promise<string>
  linkOf(user: string): Promise<string>
  /** A browser that proves to be this user's opens a link. */
  open(
    user: string,
    link: string,
  ): Promise<{ readonly status: number; readonly location: string | null; readonly cookie: string }>
  signIn(user: string): Promise<void>
  close(): Promise<void>
}

const FIRST = 'https://first.example'

const identity: Identity = {
  identify(request) {
    const at = request.rawHeaders.findIndex((name) => name.toLowerCase() === 'authorization')
    const [, subject, issuer] = /^Bearer key-of-(\w+)@(\S+)$/.exec(request.rawHeaders[at + 1] ?? '') ?? []
    return subject === undefined || issuer === undefined
      ? { refuse: { status: 401, code: -31401, rule: 'identity/none', explain: 'sign in first' } }
      : { principal: { issuer, subject }, transport: 'http' }
  },
  authorize: () => undefined,
  misplaced: () => undefined,
  standing: () => 'holds',
  side: { takes: () => false, receive: () => undefined },
  close: async () => undefined,
}

export async function openSignInDoor(): Promise<SignInDoor> {
  const home = makeHome()
  const world = await openOauthWorld()
  const text = {
    version: 1,
    defaults: { trust: 'trusted', confirm: 'never' },
    servers: { one: { url: world.url, era: 'modern', oauth: {}, rate: 'unlimited' } },
    flow: 'note',
    audit: { dir: home.path('audit') },
  }
  const parsed = parseConfig(Buffer.from(JSON.stringify(text)), home.path('door.json'), {
    env: home.env,
    homeDir: home.dir,
  })
  if (!parsed.ok) throw parsed.error
  const running = await startGateway(parsed.config, { env: home.env, homeDir: home.dir, log: silentLog })
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const ingress = await openHttpIngress({
    config: { ...parsed.config.listen, port },
    limits: parsed.config.limits,
    front: running.gateway,
    log: silentLog,
    now: monotonic,
    identity: withLinkPages(identity, {
      credentials: running.credentials,
      publicUrl: origin,
      audit: running.audit,
      log: silentLog,
    }),
  })
  const door: SignInDoor = {
    origin,
    async call(user, issuer = FIRST) {
      const params = { name: 'one__whoami', arguments: { as: user } }
      const headers = { authorization: `Bearer key-of-${user}@${issuer}` }
      const last = (await postModern(`${origin}/mcp`, 1, 'tools/call', params, { headers })).messages.at(-1)
      return last?.result?.content?.[0]?.text ?? JSON.stringify(last)
    },
    async linkOf(user) {
      const [link] = /http:\S+\/oauth\/connect\/[\w-]{43}/.exec(await door.call(user)) ?? []
      if (link === undefined) throw new Error('there is no link')
      return link
    },
    async open(user, link) {
      const page = await fetch(link, {
        method: 'POST',
        redirect: 'manual',
        headers: { 'content-type': 'application/x-www-form-urlencoded', origin },
        body: new URLSearchParams({ credential: `key-of-${user}@${FIRST}` }),
      })
      const text = await page.text()
      const cookie = page.headers.get('set-cookie')?.split(';', 1)[0] ?? ''
      return { status: page.status, location: goesTo(text), cookie }
    },
    async signIn(user) {
      if ((await door.call(user)) === `you are ${user}`) return
      const { location, cookie } = await door.open(user, await door.linkOf(user))
      const page = await fetch(await world.approve(location ?? '', user), { headers: { cookie } })
      if (page.status !== 200) throw new Error(`the sign-in failed: ${await page.text()}`)
    },
    async close() {
      await ingress.close()
      await running.close()
      await world.close()
      home.remove()
    },
  }
  return door
}
