/** Addresses that answers go to, registration, the consent page, metadata, and what hosts do. */
import { request as httpRequest } from 'node:http'
import { SignJWT } from 'jose'
import type { AuthCheck } from '../check.ts'
import { expect } from '../expect.ts'
import { Browser, pageOf } from './browser.ts'
import { expectError, expectNoRedirect } from './expectAnswer.ts'
import { MACHINE_SECRET, onStage } from './stage.ts'
import { APP_REDIRECT, answered, claimsOf, LOOPBACK_REDIRECT } from './world.ts'

const REDIRECTS: readonly (readonly [id: string, title: string, registered: string, sent: string])[] = [
  ['AS-RED-002', 'path traversal', APP_REDIRECT, 'https://app.example/cb/../evil'],
  ['AS-RED-004', 'fragment', APP_REDIRECT, 'https://app.example/cb#evil'],
  ['AS-RED-005', 'trailing slash', APP_REDIRECT, 'https://app.example/cb/'],
  ['AS-RED-007', 'host by its prefix', APP_REDIRECT, 'https://app.example.evil.test/cb'],
  ['AS-RED-008', 'localhost for 127.0.0.1', LOOPBACK_REDIRECT, 'http://localhost:5000/cb'],
  ['AS-RED-010', 'case', APP_REDIRECT, 'https://APP.example/cb'],
  ['AS-RED-011', 'backslash', APP_REDIRECT, 'https://app.example\\@evil.test/cb'],
  ['AS-RED-015', 'percent-encoding', APP_REDIRECT, 'https://app.example/%63b'],
  ['SP-AS-RED-1', 'user name before a loopback host', LOOPBACK_REDIRECT, 'http://evil@127.0.0.1:5000/cb'],
  ['SP-AS-RED-2', 'another port of an https host', APP_REDIRECT, 'https://app.example:8443/cb'],
]

const REGISTRATIONS: readonly (readonly [id: string, title: string, metadata: object, status: number])[] = [
  [
    'AS-REG-005',
    'Cursor',
    { redirect_uris: ['cursor://anysphere.cursor-mcp/oauth/callback'], token_endpoint_auth_method: 'none' },
    201,
  ],
  ['AS-REG-006', 'claude.ai', { redirect_uris: ['https://claude.ai/api/mcp/auth_callback'] }, 201],
  ['AS-REG-007', 'file:', { redirect_uris: ['file:///tmp/cb'] }, 400],
  ['AS-REG-011', 'no redirect_uris', { redirect_uris: [] }, 400],
  ['SP-AS-REG-1', 'javascript:', { redirect_uris: ['javascript:alert(1)//'] }, 400],
  ['SP-AS-REG-2', 'http: elsewhere', { redirect_uris: ['http://app.example/cb'] }, 400],
  ['SP-AS-REG-3', 'ms-msdt:', { redirect_uris: ['ms-msdt:/id'] }, 400],
  [
    'SP-HOST-1',
    'VS Code: four addresses and grants that are not served',
    {
      redirect_uris: [
        'https://insiders.vscode.dev/redirect',
        'https://vscode.dev/redirect',
        'http://127.0.0.1/',
        'http://127.0.0.1:33418/',
      ],
      client_name: 'Visual Studio Code',
      grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      application_type: 'native',
    },
    201,
  ],
  [
    'HOST-008',
    'Cursor: three addresses in one request',
    {
      redirect_uris: [
        'cursor://anysphere.cursor-retrieval/oauth/callback',
        'https://www.cursor.com/agents/mcp/oauth/callback',
        'http://localhost:8787/callback',
      ],
      client_name: 'Cursor',
      token_endpoint_auth_method: 'none',
    },
    201,
  ],
]

export const clientChecks: readonly AuthCheck[] = [
  ...REDIRECTS.map(
    ([id, title, registered, sent]): AuthCheck => ({
      id,
      title: `redirect_uri: ${title}`,
      async run() {
        const { own } = onStage()
        const client = await own.client(registered)
        await expectNoRedirect(own.request({ client, redirect: sent }))
      },
    }),
  ),
  ...REGISTRATIONS.map(
    ([id, title, metadata, status]): AuthCheck => ({
      id,
      title: `registration: ${title}`,
      async run() {
        const answer = await onStage().own.register(metadata)
        expect(answer.status === status, `answered ${answer.status}: ${JSON.stringify(answer.body)}`)
      },
    }),
  ),
  {
    id: 'AS-REG-012',
    title: 'registration: unknown grant',
    async run() {
      const { status, body } = await onStage().own.register({
        redirect_uris: [APP_REDIRECT],
        grant_types: ['authorization_code', 'password'],
        token_endpoint_auth_method: 'none',
      })
      expect(status === 400 || !JSON.stringify(body.grant_types).includes('password'), 'it may use passwords')
    },
  },
  {
    id: 'AS-REG-013',
    title: 'markup in a name is text on the page',
    async run() {
      const { own } = onStage()
      const client = await own.client(APP_REDIRECT, '<script>alert(1)</script>')
      const page = await own.asked(own.request({ client }), new Browser())
      expect(!page.includes('<script'), 'there is a script on the page')
      expect(page.includes('&lt;script&gt;'), 'the name is not shown')
    },
  },
  {
    id: 'AS-CON-001',
    title: 'no page in a frame, nothing loaded from elsewhere',
    async run() {
      const { own } = onStage()
      const page = pageOf(await new Browser().open(own.request({ client: await own.client() }).url))
      const policy = page.headers.get('content-security-policy') ?? ''
      expect(policy.includes("frame-ancestors 'none'"), 'it can be framed')
      expect(page.headers.get('x-frame-options') === 'DENY', 'it can be framed by old browsers')
      expect(policy.includes("default-src 'none'"), 'it loads what it likes')
      expect(!policy.includes('unsafe-inline'), 'it runs what is put into it')
    },
  },
  {
    id: 'AS-CON-004',
    title: 'a second client of the same browser is asked again',
    async run() {
      const { own } = onStage()
      const browser = new Browser()
      await own.code({ client: await own.client() }, browser)
      const page = pageOf(
        await browser.open(own.request({ client: await own.client(APP_REDIRECT, 'Other App') }).url),
      )
      expect(page.text.includes('value="allow"'), 'nothing was asked')
    },
  },
  {
    id: 'AS-CON-005',
    title: 'the page names where the answer goes',
    async run() {
      const { own } = onStage()
      const page = await own.asked(own.request({ client: await own.client() }), new Browser())
      expect(page.includes('app.example'), 'it does not')
    },
  },
  {
    id: 'SP-AS-CON-1',
    title: 'a form of another page, or without its token, does nothing',
    async run() {
      const { own } = onStage()
      const browser = new Browser()
      const request = own.request({ client: await own.client() })
      let page = pageOf(await browser.open(request.url))
      page = pageOf(await browser.press(page, 'sign-in', { passphrase: own.passphrase }))
      const forged = await browser.press(page, 'allow', { csrf: 'forged' })
      expect(forged.kind === 'page' && forged.status === 403, 'a forged form was taken')
      const other = new Browser()
      const elsewhere = await other.press(page, 'allow')
      expect(elsewhere.kind === 'page' && elsewhere.status === 403, 'another browser could allow it')
    },
  },
  {
    id: 'AS-META-001',
    title: 'metadata: issuer, S256 alone, none, iss',
    async run() {
      const { own } = onStage()
      const { body } = await answered(await fetch(`${own.base}/.well-known/oauth-authorization-server`))
      expect(body.issuer === own.base, `issuer is ${body.issuer}`)
      expect(JSON.stringify(body.code_challenge_methods_supported) === '["S256"]', 'more than S256')
      expect((body.token_endpoint_auth_methods_supported as string[]).includes('none'), 'none is not listed')
      expect(body.authorization_response_iss_parameter_supported === true, 'iss is not promised')
    },
  },
  {
    id: 'AS-META-002',
    title: 'Host changes nothing',
    async run() {
      const { own } = onStage()
      const { port } = new URL(own.base)
      const answers = await Promise.all(
        [`localhost:${port}`, 'evil.test'].map((host) => getWithHost(own.base, host)),
      )
      for (const text of answers) {
        expect(!text.includes('localhost') && !text.includes('evil.test'), 'a header changed an address')
      }
      expect(answers[0]?.includes(`"issuer":"${own.base}"`) === true, 'the issuer is another one')
    },
  },
  {
    id: 'SP-AS-META-1',
    title: 'no OpenID document is claimed',
    async run() {
      const response = await fetch(`${onStage().own.base}/.well-known/openid-configuration`)
      expect(response.status === 404, `answered ${response.status}`)
      expect(response.headers.get('content-type')?.includes('json') === true, 'it is no JSON')
    },
  },
  {
    id: 'HOST-002',
    title: 'claude.ai: client_secret_post',
    async run() {
      const { own } = onStage()
      const { body } = await own.register({
        redirect_uris: ['https://claude.ai/api/mcp/auth_callback'],
        token_endpoint_auth_method: 'client_secret_post',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        scope: 'claudeai',
        client_name: 'Claude',
      })
      const client = { id: String(body.client_id), redirect: 'https://claude.ai/api/mcp/auth_callback' }
      const code = await own.code({ client })
      expectError(await own.redeem(code), 'invalid_client', 401)
      const answer = await own.redeem(code, { client_secret: String(body.client_secret) })
      expect(answer.status === 200, `answered ${answer.status}: ${JSON.stringify(answer.body)}`)
    },
  },
  {
    id: 'HOST-003',
    title: 'documents are chosen: flag and none',
    async run() {
      const { body } = await answered(
        await fetch(`${onStage().own.base}/.well-known/oauth-authorization-server`),
      )
      expect(body.client_id_metadata_document_supported === true, 'the flag is missing')
      expect((body.token_endpoint_auth_methods_supported as string[]).includes('none'), 'none is missing')
    },
  },
  {
    id: 'HOST-007',
    title: 'an address typed with a slash at its end is the address without it',
    async run() {
      const { own } = onStage()
      const client = await own.client()
      for (const path of ['/mcp', '/mcp/files']) {
        const canonical = `${own.base}${path}`
        const challenges: (string | null)[] = []
        for (const typed of [path, `${path}/`]) {
          const refused = await fetch(own.base + typed, { method: 'POST', body: '{}' })
          expect(refused.status === 401, `${typed} without a token: ${refused.status}`)
          challenges.push(refused.headers.get('www-authenticate'))
          const { body } = await answered(
            await fetch(`${own.base}/.well-known/oauth-protected-resource${typed}`),
          )
          expect(body.resource === canonical, `the metadata of ${typed} is for ${body.resource}`)
          const { access, answer } = await own.tokens({ client, resource: own.base + typed })
          expect(claimsOf(access).aud === canonical, `a token for ${typed} is for ${claimsOf(access).aud}`)
          expect(answer.status === 200, `the token endpoint answered ${answer.status}`)
          for (const called of [path, `${path}/`]) {
            const status = await own.call(access, called)
            expect(status === 200, `a token for ${typed} at ${called}: ${status}`)
          }
        }
        expect(challenges[0] === challenges[1] && challenges[0] !== null, `challenged by ${challenges}`)
      }
      const code = await own.code({ client, resource: `${own.base}/mcp/` })
      const redeemed = await own.redeem(code, { resource: `${own.base}/mcp/` })
      expect(redeemed.status === 200, `redeemed with the slash: ${redeemed.status}`)
      const other = await own.redeem(await own.code({ client }), { resource: `${own.base}/mcp/files/` })
      expectError(other, 'invalid_target')
      for (const target of ['//mcp/', '/mcp//', '/mcp/files//', '/mcp/%2f', '/mcp/.', '/mcp/files/..']) {
        const response = await rawStatus(own.base, target)
        expect(response === 404 || response === 400, `${target}: ${response}`)
      }
    },
  },
  {
    id: 'HOST-014',
    title: 'a client that is not known any more hears so',
    async run() {
      const { own } = onStage()
      const answer = await own.token({
        grant_type: 'refresh_token',
        refresh_token: 'x',
        client_id: 'forgotten',
      })
      expectError(answer, 'invalid_client', 401)
    },
  },
  {
    id: 'HOST-015',
    title: 'a scope in the registration limits nothing later',
    async run() {
      const { own } = onStage()
      const { body } = await own.register({
        redirect_uris: [APP_REDIRECT],
        token_endpoint_auth_method: 'none',
        scope: 'mcp:read',
      })
      const client = { id: String(body.client_id), redirect: APP_REDIRECT }
      const { answer } = await own.tokens({ client, scope: 'mcp' })
      expect(answer.body.scope === 'mcp', `scope is ${answer.body.scope}`)
    },
  },
  {
    id: 'SP-AS-MACHINE-1',
    title: 'a machine by its secret, within its scopes',
    async run() {
      const { own } = onStage()
      const form = { grant_type: 'client_credentials', client_id: 'reader', client_secret: MACHINE_SECRET }
      expectError(await own.token({ ...form, client_secret: 'wrong' }), 'invalid_client', 401)
      expectError(await own.token({ ...form, scope: 'mcp' }), 'invalid_scope')
      const { status, body } = await own.token({ ...form, scope: 'mcp:read' })
      expect(status === 200, `answered ${status}: ${JSON.stringify(body)}`)
      expect(body.refresh_token === undefined, 'there is a refresh token')
      const token = String(body.access_token)
      expect(claimsOf(token).sub === 'client:reader', `sub is ${claimsOf(token).sub}`)
      expect((await own.call(token)) === 200, 'the token does not work')
    },
  },
  {
    id: 'SP-AS-MACHINE-2',
    title: 'a machine by its key; an assertion works once',
    async run() {
      const { own, clientKey, foreignKey } = onStage()
      const form = async (key: CryptoKey) => ({
        grant_type: 'client_credentials',
        client_id: 'signer',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await new SignJWT({ jti: crypto.randomUUID() })
          .setProtectedHeader({ alg: 'ES256' })
          .setIssuer('signer')
          .setSubject('signer')
          .setAudience(own.base)
          .setIssuedAt()
          .setExpirationTime('1m')
          .sign(key),
      })
      expectError(await own.token(await form(foreignKey)), 'invalid_client', 401)
      const good = await form(clientKey)
      const { status, body } = await own.token(good)
      expect(status === 200, `answered ${status}: ${JSON.stringify(body)}`)
      expectError(await own.token(good), 'invalid_client', 401)
    },
  },
]

/** The status of a POST whose target no client has tidied up. */
function rawStatus(base: string, path: string): Promise<number> {
  const { hostname, port } = new URL(base)
  return new Promise((resolve, reject) => {
    httpRequest({ hostname, port, path, method: 'POST' }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
      .on('error', reject)
      .end()
  })
}

function getWithHost(base: string, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    httpRequest(`${base}/.well-known/oauth-authorization-server`, { headers: { host } }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => resolve(text))
    })
      .on('error', reject)
      .end()
  })
}
