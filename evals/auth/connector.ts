// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written like this in the configuration
/**
 * The cases of the gateway as a client of protected servers: malicious metadata, tokens and answers (`upstream-client`), what
 * goes through it (`passthrough`), what it keeps (`vault`), and more scopes (`stepup`).
 *
 * Each case has a protected server and an authorization server of its own (real HTTP servers that write down what they get)
 * behind one real gateway process. A person is the link that the gateway gives, opened by a plain HTTP client.
 */
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type OauthWorld, openOauthWorld } from '../../packages/gateway/src/credentials/testing/oauthWorld.ts'
import {
  FAULT_SERVER,
  type Home,
  type HttpGateway,
  makeHome,
  postModern,
  startHttpGateway,
} from '../../tests/gateway/harness.ts'
import type { AuthCheck } from './check.ts'
import { openSignInDoor, type SignInDoor } from './signInDoor.ts'

const MAIN = fileURLToPath(new URL('../../packages/gateway/src/cli/main.ts', import.meta.url))
const URLS = { 'io.modelcontextprotocol/clientCapabilities': { elicitation: { url: {} } } }
const CANARY = ['canary', 'Hx7-qT2-wB9', 'kD4'].join('-')

/** One case's own server, by its id in the configuration. */
class Site {
  readonly id: string
  readonly world: OauthWorld
  constructor(id: string, world: OauthWorld) {
    this.id = id
    this.world = world
  }

  /** The answer to one call, as a text. */
  async call(
    options: { readonly at?: string; readonly meta?: object; readonly headers?: Record<string, string> } = {},
  ) {
    const { at = state().gateway.url, ...more } = options
    const { messages, text, status } = await postModern(
      at,
      1,
      'tools/call',
      { name: `${this.id}__whoami`, arguments: { as: 'ann' } },
      more,
    )
    state().answers.push(text)
    const last = messages.at(-1)
    return { status, raw: text, last, text: last?.result?.content?.[0]?.text ?? JSON.stringify(last) }
  }

  /** The link that the gateway gives for a call. */
  async link(): Promise<string> {
    const { text } = await this.call()
    const [link] = /http:\/\/127\.0\.0\.1:\d+\/oauth\/connect\/[\w-]{43}/.exec(text) ?? []
    if (link === undefined) throw new Error(`the gateway gave no link: ${text.slice(0, 300)}`)
    return link
  }

  /** A person opens the link and approves whatever is asked. */
  async signIn(user = 'ann') {
    return await this.world.browse(await this.link(), user)
  }

  async signedIn(): Promise<void> {
    const page = await this.signIn()
    must(page.status === 200, `signing in failed: ${page.text.slice(0, 300)}`)
    const { text } = await this.call()
    must(text === 'you are ann', `the call after the sign-in said ${text.slice(0, 300)}`)
  }

  /** A sign-in that must fail before a code, or anything registered, is sent anywhere. */
  async refusesSignIn(rule: string): Promise<void> {
    const page = await this.signIn()
    must(
      page.status >= 400 && page.text.includes(rule),
      `the page said ${page.status} ${page.text.slice(0, 300)}`,
    )
    must(this.world.tokenPosts().length === 0, 'a token was asked for')
  }
}

interface State {
  readonly home: Home
  readonly gateway: HttpGateway
  readonly sites: Map<string, Site>
  readonly answers: string[]
  readonly door: SignInDoor
}

let opened: State | undefined
function state(): State {
  if (opened === undefined) throw new Error('open() was not called')
  return opened
}
const site = (id: string): Site => {
  const found = state().sites.get(id)
  if (found === undefined) throw new Error(`no site ${id}`)
  return found
}

function must(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise)
}

/** Case, and what its server's entry says beside the address. */
const SITES: Readonly<Record<string, object>> = {
  meta1: {},
  meta2: {},
  meta3: {},
  url2: {},
  url4: {},
  url5: {},
  res2: {},
  down2: {},
  state1: {},
  rt1: {},
  err1: {},
  tok1: {},
  tok2: {},
  cred1: { clientId: 'configured', clientSecret: '${env:UPSTREAM_CLIENT_SECRET}' },
  pass: {},
  pass4: {},
  vault8: {},
  vault10: {},
  vault13: {},
  vault15: {},
  vault16: {},
  step1: { scopes: ['read'] },
  step2: { scopes: ['read'] },
  step3: { scopes: ['read'], allowScopes: ['read', 'write'] },
  step5: {},
  step7: { clientId: 'machine', clientSecret: '${env:UPSTREAM_CLIENT_SECRET}', grant: 'client-credentials' },
  iss1: {},
  replay: {},
  ssrf1: {},
  ssrf2: {},
  ssrf3: {},
  size1: {},
  move1: {},
  reg1: {},
}

function configOf(sites: ReadonlyMap<string, Site>, home: Home): object {
  const open = { rate: 'unlimited', schemas: { arguments: 'off', results: 'off' } }
  const remote = [...sites].map(([id, { world }]) => [
    id,
    { url: world.url, era: 'modern', oauth: SITES[id] ?? {}, ...open },
  ])
  const command = [
    process.execPath,
    FAULT_SERVER,
    '--era',
    'modern',
    '--name',
    'pipe',
    '--log',
    home.path('pipe.log'),
  ]
  return {
    servers: { ...Object.fromEntries(remote), pipe: { command, era: 'modern', ...open } },
    limits: { maxInFlightPerClient: 1000 },
  }
}

export async function open(): Promise<void> {
  const home = makeHome()
  Object.assign(home.env, { UPSTREAM_CLIENT_SECRET: CANARY })
  const sites = new Map<string, Site>()
  for (const id of Object.keys(SITES)) sites.set(id, new Site(id, await openOauthWorld()))
  const gateway = await startHttpGateway(home, configOf(sites, home))
  opened = { home, gateway, sites, answers: [], door: await openSignInDoor() }
}

export async function close(): Promise<void> {
  const { gateway, sites, home, door } = state()
  opened = undefined
  await gateway.stop()
  await door.close()
  for (const { world } of sites.values()) await world.close()
  home.remove()
}

async function cli(...args: string[]): Promise<string> {
  const { home } = state()
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [MAIN, ...args, '--config', home.path('sallyport.json')],
    { env: home.env, cwd: home.dir },
  )
  return stdout
}

function audit(): string {
  const { home } = state()
  return filesUnder(home.path('audit'))
    .map((file) => readFileSync(file, 'utf8'))
    .join('')
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? filesUnder(path) : entry.isFile() ? [path] : []
  })
}

/** A case whose issuer's metadata has members that must end the sign-in. */
const badIssuer = (
  id: string,
  at: string,
  title: string,
  issuer: Record<string, unknown>,
  rule: string,
): AuthCheck => ({
  id,
  title,
  async run() {
    site(at).world.behave.issuer = issuer
    await site(at).refusesSignIn(rule)
    const told = site(at).world.seen.filter(({ path }) => !path.startsWith('/.well-known/'))
    must(told.length === 0, `the authorization server was asked for ${told[0]?.path}`)
  },
})

export const checks: readonly AuthCheck[] = [
  badIssuer(
    'CL-META-001',
    'meta1',
    'another issuer in the document is discarded',
    { issuer: 'https://evil.example' },
    'upstream/oauth-metadata',
  ),
  badIssuer(
    'CL-META-002',
    'meta2',
    'no PKCE advertised is refused',
    { code_challenge_methods_supported: undefined },
    'upstream/oauth-pkce',
  ),
  badIssuer(
    'CL-META-003',
    'meta3',
    'only plain PKCE is refused',
    { code_challenge_methods_supported: ['plain'] },
    'upstream/oauth-pkce',
  ),
  badIssuer(
    'CL-URL-002',
    'url2',
    'file: is no place to sign in',
    { authorization_endpoint: 'file:///etc/passwd' },
    'upstream/oauth-endpoint',
  ),
  badIssuer(
    'CL-URL-004',
    'url4',
    'ms-msdt: is no place to sign in',
    { authorization_endpoint: 'ms-msdt:/id' },
    'upstream/oauth-endpoint',
  ),
  badIssuer(
    'CL-URL-005',
    'url5',
    'data: is no place to sign in',
    { authorization_endpoint: 'data:text/html,x' },
    'upstream/oauth-endpoint',
  ),
  {
    id: 'CL-RES-002',
    title: 'metadata about the parent is refused',
    async run() {
      const { world } = site('res2')
      world.behave.resource = { resource: new URL(world.url).origin }
      await site('res2').refusesSignIn('upstream/oauth-resource')
    },
  },
  {
    id: 'CL-DOWN-002',
    title: 'without metadata no endpoint is guessed',
    async run() {
      const { world } = site('down2')
      world.behave.issuerStatus = 404
      await site('down2').refusesSignIn('upstream/oauth-metadata')
      must(
        world.seen.every(({ path }) => path.startsWith('/.well-known/')),
        'an endpoint was guessed',
      )
    },
  },
  {
    id: 'CL-STATE-001',
    title: 'an answer with another state is refused',
    async run() {
      site('state1').world.behave.answer = { state: 'forged' }
      await site('state1').refusesSignIn('upstream/oauth-state')
    },
  },
  {
    id: 'SP-CL-ISS-001',
    title: 'an answer of another issuer is refused, and its text not shown',
    async run() {
      site('iss1').world.behave.answer = {
        iss: 'https://evil.example',
        error: 'x',
        error_description: CANARY,
      }
      await site('iss1').refusesSignIn('upstream/oauth-answer')
      must(!(await site('iss1').signIn()).text.includes(CANARY), 'the text of the answer was shown')
    },
  },
  {
    id: 'CL-RT-001',
    title: 'parallel calls refresh once',
    async run() {
      const at = site('rt1')
      await at.signedIn()
      at.world.expireAll()
      at.world.behave.delayMs = 200
      const texts = (await Promise.all(Array.from({ length: 8 }, () => at.call()))).map(({ text }) => text)
      must(
        texts.every((text) => text === 'you are ann'),
        `a call said ${texts.find((text) => text !== 'you are ann')}`,
      )
      const posts = at.world.tokenPosts('refresh_token').length
      must(posts === 1, `there were ${posts} refreshes`)
    },
  },
  {
    id: 'CL-ERR-001',
    title: 'the body of an error is shown to nobody',
    async run() {
      const at = site('err1')
      at.world.behave.tokenStatus = 400
      at.world.behave.tokenError = { error: 'invalid_grant', error_description: `${CANARY}-in-an-error` }
      const page = await at.signIn()
      must(page.status >= 400, 'the sign-in did not fail')
      const everything = [page.text, state().gateway.stderr(), audit(), ...state().answers].join('')
      must(!everything.includes(`${CANARY}-in-an-error`), 'the text of the error was repeated')
    },
  },
  {
    id: 'CL-TOK-001',
    title: 'a token of type mac is refused',
    async run() {
      const at = site('tok1')
      at.world.behave.token = { token_type: 'mac' }
      must((await at.signIn()).text.includes('upstream/oauth-token'), 'it was taken')
      must((await at.call()).text.includes('upstream/sign-in'), 'it was used')
    },
  },
  {
    id: 'CL-TOK-002',
    title: 'a token with a line end is refused',
    async run() {
      const at = site('tok2')
      at.world.behave.token = { access_token: 'abc\r\nx-evil: 1' }
      must((await at.signIn()).text.includes('upstream/oauth-token'), 'it was taken')
      await at.call()
      must(
        at.world.calls.every(({ headers }) => headers['x-evil'] === undefined),
        'it became a header',
      )
    },
  },
  {
    id: 'CL-CRED-001',
    title: 'a client secret is not sent to another authorization server',
    async run() {
      const at = site('cred1')
      at.world.behave.issuer = { token_endpoint_auth_methods_supported: ['client_secret_post'] }
      await at.signedIn()
      must(
        at.world.tokenPosts()[0]?.body.get('client_secret') === CANARY,
        'the secret was not used where it belongs',
      )
      const evil = await openOauthWorld()
      try {
        evil.behave.issuer = { token_endpoint_auth_methods_supported: ['client_secret_post'] }
        at.world.behave.resource = { authorization_servers: [evil.issuer] }
        at.world.expireAll()
        await at.signIn()
        const told = evil.seen
          .map(({ text, headers, query }) => `${text} ${JSON.stringify(headers)} ${query}`)
          .join(' ')
        must(
          !told.includes(CANARY) && !told.includes('access-ann') && !told.includes('refresh-ann'),
          'it got a secret',
        )
        must(evil.tokenPosts().length === 0, 'it was asked for a token')
      } finally {
        await evil.close()
      }
    },
  },
  {
    id: 'SP-CL-CODE-001',
    title: 'an answer is good once',
    async run() {
      const at = site('replay')
      const page = await at.signIn()
      must(page.status === 200, 'the sign-in failed')
      const again = await fetch(page.url)
      must(again.status === 400, `the same answer was taken again (${again.status})`)
      must(at.world.tokenPosts('authorization_code').length === 1, 'the code was sent twice')
    },
  },
  {
    id: 'SP-CL-SSRF-001',
    title: 'a challenge that names an address inside is not followed',
    async run() {
      site('ssrf1').world.behave.challenge =
        'Bearer resource_metadata="http://169.254.169.254/latest/meta-data/"'
      await site('ssrf1').refusesSignIn('upstream/oauth-metadata')
    },
  },
  badIssuer(
    'SP-CL-SSRF-002',
    'ssrf2',
    'a token endpoint inside is refused',
    { token_endpoint: 'https://user:pw@10.0.0.1/token' },
    'upstream/oauth-endpoint',
  ),
  {
    id: 'SP-CL-SSRF-003',
    title: 'an authorization server inside is not asked',
    async run() {
      site('ssrf3').world.behave.resource = { authorization_servers: ['https://10.0.0.1'] }
      await site('ssrf3').refusesSignIn('upstream/oauth-unreachable')
    },
  },
  {
    id: 'SP-CL-SIZE-001',
    title: 'a document without measure is given up',
    async run() {
      site('size1').world.behave.issuer = { padding: 'x'.repeat(2_000_000) }
      await site('size1').refusesSignIn('upstream/oauth-unreachable')
    },
  },
  {
    id: 'SP-CL-URL-001',
    title: 'a token for a server goes to no other address of it',
    async run() {
      const at = site('move1')
      await at.signedIn()
      const other = await openOauthWorld()
      try {
        const { home, sites } = state()
        const moved = configOf(sites, home) as { servers: Record<string, object> }
        moved.servers.move1 = { ...moved.servers.move1, url: other.url }
        const second = await startHttpGateway(home, moved)
        try {
          must(
            (await at.call({ at: second.url })).text.includes('upstream/sign-in'),
            'it is taken for signed in',
          )
          must(
            other.calls.every(({ token }) => token === undefined),
            'the token was sent there',
          )
        } finally {
          await second.stop()
          home.configure(configOf(sites, home))
        }
      } finally {
        await other.close()
      }
    },
  },
  {
    id: 'SP-CL-REG-001',
    title: 'a registration without its times is understood, and its secret used where it belongs',
    async run() {
      const at = site('reg1')
      at.world.behave.issuer = { token_endpoint_auth_methods_supported: ['client_secret_basic'] }
      at.world.behave.registration = {
        client_secret: 'registered-secret',
        token_endpoint_auth_method: undefined,
      }
      await at.signedIn()
      const [, basic = ''] = (at.world.tokenPosts()[0]?.headers.authorization ?? '').split(' ')
      must(Buffer.from(basic, 'base64').toString().endsWith(':registered-secret'), 'the secret was not sent')
    },
  },
  {
    id: 'GW-PASS-001',
    title: 'the client’s Authorization never reaches a server',
    async run() {
      const at = site('pass')
      await at.call({ headers: { authorization: `Bearer ${CANARY}` } })
      await at.signedIn()
      await at.call({ headers: { authorization: `Bearer ${CANARY}` } })
      must(!JSON.stringify(at.world.calls).includes(CANARY), 'it was sent on')
    },
  },
  {
    id: 'GW-PASS-002',
    title: 'no other credential of the client reaches a server',
    async run() {
      const at = site('pass')
      const names = [
        'cookie',
        'x-api-key',
        'dpop',
        'proxy-authorization',
        'x-forwarded-user',
        'forwarded',
        'x-upstream-authorization',
      ]
      await at.call({ headers: Object.fromEntries(names.map((name) => [name, `${name}=${CANARY}`])) })
      for (const { headers } of at.world.calls) {
        for (const name of names) must(headers[name] === undefined, `${name} was sent on`)
        must(!JSON.stringify(headers).includes(CANARY), 'a value was sent on')
      }
    },
  },
  {
    id: 'GW-PASS-004',
    title: 'a server’s challenge is replaced by our own words',
    async run() {
      const at = site('pass4')
      const { status, raw } = await at.call()
      must(
        status === 200 && !raw.includes('resource_metadata'),
        `the answer was HTTP ${status} ${raw.slice(0, 200)}`,
      )
      must(raw.includes('/oauth/connect/'), 'there is no link of ours')
    },
  },
  {
    id: 'GW-PASS-006',
    title: 'tokens are asked for with the server as their audience',
    async run() {
      const at = site('pass')
      for (const { body } of at.world.tokenPosts())
        must(body.get('resource') === at.world.url, 'a request names no resource')
      must(at.world.tokenPosts().length > 0, 'there was none')
      must(
        !JSON.stringify(at.world.seen.map(({ text }) => text)).includes('subject_token'),
        'a token of the client was exchanged',
      )
    },
  },
  {
    id: 'GW-PASS-007',
    title: 'a local server gets no variable of the gateway that it does not name',
    async run() {
      await postModern(state().gateway.url, 1, 'tools/call', { name: 'pipe__pid', arguments: {} })
      const pid = Number(
        (
          await postModern(state().gateway.url, 1, 'tools/call', { name: 'pipe__pid', arguments: {} })
        ).messages.at(-1)?.result?.content?.[0]?.text,
      )
      const environment = readFileSync(`/proc/${pid}/environ`, 'latin1')
      must(pid > 0 && !environment.includes(CANARY), 'the secret of another server is in its environment')
    },
  },
  {
    id: 'VAULT-008',
    title: 'a refresh that fails in passing keeps the access',
    async run() {
      const at = site('vault8')
      await at.signedIn()
      at.world.expireAll()
      at.world.behave.tokenStatus = 503
      must((await at.call()).text.includes('cannot be renewed now'), 'it does not say so')
      const posts = at.world.tokenPosts('refresh_token').length
      for (let i = 0; i < 4; i++) await at.call()
      must(at.world.tokenPosts('refresh_token').length === posts, 'it does not wait before it tries again')
      at.world.behave.tokenStatus = 200
      for (let i = 0; i < 100; i++) {
        if ((await at.call()).text === 'you are ann') return
        await new Promise((resolve) => setTimeout(resolve, 200))
      }
      throw new Error('it never recovered')
    },
  },
  {
    id: 'VAULT-010',
    title: 'two gateways refresh once',
    async run() {
      const at = site('vault10')
      const { home, sites } = state()
      const second = await startHttpGateway(home, configOf(sites, home))
      try {
        at.world.behave.expiresIn = 1
        const page = await at.signIn()
        must(page.status === 200, 'the sign-in failed')
        at.world.behave.expiresIn = 3600
        at.world.behave.delayMs = 400
        const calls = [state().gateway.url, second.url].flatMap((url) => [
          at.call({ at: url }),
          at.call({ at: url }),
        ])
        const texts = (await Promise.all(calls)).map(({ text }) => text)
        must(
          texts.every((text) => text === 'you are ann'),
          `a call said ${texts.join(' | ').slice(0, 500)}`,
        )
        const posts = at.world.tokenPosts('refresh_token').length
        must(posts === 1, `there were ${posts} refreshes`)
      } finally {
        await second.stop()
      }
    },
  },
  {
    id: 'VAULT-012',
    title: 'what is listed of servers has no token in it, and a link is its user’s alone',
    async run() {
      const text = await cli('servers', '--json')
      for (const token of tokensOf()) must(!text.includes(token), 'a token is listed')
      const { door } = state()
      must(
        (await door.open('ann', await door.linkOf('bob'))).status === 403,
        'another user’s link was opened',
      )
      must(
        (await fetch(`${door.origin}/oauth/connect/${'A'.repeat(43)}`)).status === 404,
        'a guessed link was opened',
      )
    },
  },
  {
    id: 'VAULT-013',
    title: 'leaving deletes here and revokes there',
    async run() {
      const at = site('vault13')
      await at.signedIn()
      await cli('servers', 'disconnect', 'vault13')
      must(at.world.revoked.length === 2, `${at.world.revoked.length} tokens were revoked`)
      must((await at.call()).text.includes('upstream/sign-in'), 'the access is still there')
    },
  },
  {
    id: 'VAULT-015',
    title: 'another issuer gets no token or client of the one before',
    async run() {
      const at = site('vault15')
      await at.signedIn()
      const second = await openOauthWorld()
      try {
        at.world.behave.resource = { authorization_servers: [second.issuer] }
        at.world.expireAll()
        const posts = at.world.tokenPosts().length
        const link = await at.link()
        must(at.world.tokenPosts().length === posts, 'the old one was asked to renew')
        await second.browse(link, 'ann')
        must(
          second.seen.some(({ path }) => path === '/register'),
          'it was not registered anew',
        )
        const told = second.seen.map(({ text, headers }) => `${text} ${JSON.stringify(headers)}`).join(' ')
        must(!/(?:access|refresh)-ann/.test(told), 'it got a token of the one before')
      } finally {
        await second.close()
      }
    },
  },
  {
    id: 'VAULT-016',
    title: 'no token is in any log, record, answer or file in clear',
    async run() {
      const at = site('vault16')
      await at.signedIn()
      at.world.expireAll()
      await at.call()
      const { home, gateway, answers } = state()
      const texts = [
        gateway.stderr(),
        ...answers,
        ...filesUnder(home.dir).map((file) => readFileSync(file, 'latin1')),
      ]
      const tokens = tokensOf()
      must(tokens.length > 3, 'there are no tokens to look for')
      for (const token of tokens)
        must(
          texts.every((text) => !text.includes(token)),
          'a token is there in clear',
        )
    },
  },
  {
    id: 'VAULT-017',
    title: 'the same subject at two issuers is two users',
    async run() {
      const { door } = state()
      await door.signIn('ann')
      must((await door.call('ann')) === 'you are ann', 'the user is not signed in')
      must(
        (await door.call('ann', 'https://second.example')).includes('upstream/sign-in'),
        'the other one is, too',
      )
    },
  },
  {
    id: 'VAULT-018',
    title: 'an address that passes to somebody else gives them nothing',
    async run() {
      const { door } = state()
      await door.signIn('ann')
      // Only issuer and subject name a user: whoever has ann's address now has another subject.
      must((await door.call('ann2')).includes('upstream/sign-in'), 'the new holder is signed in')
    },
  },
  {
    id: 'STEP-001',
    title: 'more scopes are asked for with those there are, at most three times',
    async run() {
      const at = site('step1')
      await at.signedIn()
      let asked = 0
      for (const scope of ['a', 'b', 'c', 'd', 'e']) {
        at.world.behave.needs = [...at.world.behave.needs, scope]
        if ((await at.call()).text.includes('upstream/sign-in')) {
          asked++
          must((await at.signIn()).status === 200, 'the sign-in failed')
          const scopes =
            at.world.seen
              .filter(({ path }) => path === '/authorize')
              .at(-1)
              ?.query.get('scope') ?? ''
          must(scopes.startsWith('read') && scopes.includes(scope), `it asked for "${scopes}"`)
        }
      }
      must(asked === 3, `it asked ${asked} times`)
    },
  },
  {
    id: 'STEP-002',
    title: 'the same demand again is a failure for good',
    async run() {
      const at = site('step2')
      await at.signedIn()
      at.world.behave.needs = ['more']
      must((await at.call()).text.includes('upstream/sign-in'), 'it does not ask')
      // The server grants what is asked for and is not content with it.
      await at.signIn()
      for (const [token, { user }] of at.world.tokens) at.world.tokens.set(token, { user, scopes: [] })
      for (let i = 0; i < 3; i++) must(!(await at.call()).text.includes('/oauth/connect/'), 'it asks again')
    },
  },
  {
    id: 'STEP-003',
    title: 'a scope that the operator does not allow is refused and recorded',
    async run() {
      const at = site('step3')
      await at.signedIn()
      at.world.behave.needs = ['admin']
      const { text } = await at.call()
      must(!text.includes('/oauth/connect/'), 'it asks for it')
      for (let i = 0; i < 50 && !audit().includes('upstream/scope-denied'); i++)
        await new Promise((resolve) => setTimeout(resolve, 100))
      must(audit().includes('upstream/scope-denied'), 'it is not recorded')
    },
  },
  {
    id: 'STEP-005',
    title: 'a client that opens no addresses gets a link in the error, one that does gets the question',
    async run() {
      const at = site('step5')
      const plain = await at.call()
      must(plain.last?.result?.isError === true && plain.text.includes('/oauth/connect/'), 'there is no link')
      const asked = await at.call({ meta: URLS })
      must(asked.last?.result?.resultType === 'input_required', 'there is no question')
    },
  },
  {
    id: 'STEP-006',
    title: 'a link that another user opens is 403',
    async run() {
      const { door } = state()
      const link = await door.linkOf('bob')
      must((await door.open('ann', link)).status === 403, 'it was opened')
      must((await door.open('bob', link)).location !== null, 'its own user cannot open it')
    },
  },
  {
    id: 'STEP-007',
    title: 'as itself the gateway asks once, and never loops',
    async run() {
      const at = site('step7')
      must((await at.call()).text === 'you are gateway', 'it got no access')
      const posts = at.world.tokenPosts().length
      must(posts === 1, `it asked ${posts} times`)
      at.world.behave.needs = ['more']
      for (let i = 0; i < 3; i++)
        must(!(await at.call()).text.includes('/oauth/connect/'), 'it asks a person')
      must(at.world.tokenPosts().length === posts, 'it asked again for a scope')
    },
  },
]

/** Every token that any authorization server issued so far. */
function tokensOf(): string[] {
  return [...state().sites.values()].flatMap(({ world }) => [
    ...world.tokens.keys(),
    ...world.tokenPosts('refresh_token').map(({ body }) => body.get('refresh_token') ?? ''),
  ])
}
