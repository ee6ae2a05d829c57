/** Signing in at a protected server: malicious metadata, addresses, answers, tokens and sizes (`upstream-client`). */
import { openOauthWorld } from '../../../packages/gateway/src/credentials/testing/oauthWorld.ts'
import { startHttpGateway } from '../../../tests/gateway/harness.ts'
import type { AuthCheck } from '../check.ts'
import { audit, CANARY, configOf, must, site, state } from './stage.ts'

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

export const signInChecks: readonly AuthCheck[] = [
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
]
