/** Codes, PKCE, resources, scopes, grants, and refreshing. */
import { setTimeout as pause } from 'node:timers/promises'
import type { AuthCheck } from '../check.ts'
import { expect } from '../expect.ts'
import { answerOf } from './browser.ts'
import { expectError, expectNoCode } from './expectAnswer.ts'
import { GRACE_MS, onStage } from './stage.ts'
import { APP_REDIRECT, claimsOf, type Wish } from './world.ts'

async function withoutCode(more: Wish['more'], rest: Partial<Wish> = {}): Promise<void> {
  const { own } = onStage()
  const client = await own.client()
  await expectNoCode(own, own.request({ client, ...rest, ...(more === undefined ? {} : { more }) }))
}

export const codeChecks: readonly AuthCheck[] = [
  {
    id: 'AS-OK-001',
    title: 'happy path: code, iss, state, at+jwt, no-store, works',
    async run() {
      const { own } = onStage()
      const client = await own.client()
      const request = own.request({ client })
      const answer = answerOf(await own.goThrough(request.url))
      expect(answer.get('iss') === own.base, 'iss is not the issuer')
      expect(answer.get('state') === 'the-state', 'state came back changed')
      const { status, body, headers } = await own.redeem({ code: answer.get('code') ?? '', request })
      expect(status === 200, `the token endpoint answered ${status}`)
      expect(headers.get('cache-control') === 'no-store', 'tokens may be cached')
      const token = String(body.access_token)
      const header = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString('utf8'))
      expect(header.typ === 'at+jwt' && header.alg === 'ES256', `header is ${JSON.stringify(header)}`)
      expect((await own.call(token)) === 200, 'the token does not work')
    },
  },
  {
    id: 'AS-PKCE-001',
    title: 'no code_challenge',
    run: () => withoutCode({ code_challenge: undefined, code_challenge_method: undefined }),
  },
  { id: 'AS-PKCE-002', title: 'plain', run: () => withoutCode({ code_challenge_method: 'plain' }) },
  {
    id: 'AS-PKCE-003',
    title: 'method left out',
    run: () => withoutCode({ code_challenge_method: undefined }),
  },
  {
    id: 'AS-PKCE-005',
    title: 'wrong verifier',
    async run() {
      const { own } = onStage()
      const code = await own.code({ client: await own.client() })
      expectError(await own.redeem(code, { code_verifier: 'w'.repeat(43) }), 'invalid_grant', 400)
    },
  },
  {
    id: 'AS-CODE-001',
    title: 'a code that is used again ends what it gave',
    async run() {
      const { own } = onStage()
      const code = await own.code({ client: await own.client() })
      const first = await own.redeem(code)
      expect(first.status === 200, 'the code does not work')
      expectError(await own.redeem(code), 'invalid_grant')
      expect((await own.call(String(first.body.access_token))) === 401, 'its access token still works')
      const again = await own.refresh(code.request.wish.client, String(first.body.refresh_token))
      expectError(again, 'invalid_grant')
    },
  },
  {
    id: 'AS-CODE-002',
    title: 'a code of another client',
    async run() {
      const { own } = onStage()
      const code = await own.code({ client: await own.client() })
      const other = await own.client(APP_REDIRECT, 'Other App')
      expectError(await own.redeem(code, { client_id: other.id }), 'invalid_grant')
    },
  },
  {
    id: 'AS-CODE-003',
    title: 'another redirect_uri at the token endpoint',
    async run() {
      const { own } = onStage()
      const code = await own.code({ client: await own.client() })
      expectError(await own.redeem(code, { redirect_uri: 'https://app.example/other' }), 'invalid_grant')
    },
  },
  {
    id: 'AS-CODE-005',
    title: 'token endpoint by GET',
    async run() {
      const { status } = await fetch(`${onStage().own.base}/oauth/token?grant_type=authorization_code`)
      expect(status === 404 || status === 405, `GET answered ${status}`)
    },
  },
  {
    id: 'AS-RES-001',
    title: 'resource of another server',
    run: () => withoutCode(undefined, { resource: 'https://other.example/mcp' }),
  },
  {
    id: 'AS-RES-002',
    title: 'another resource at the token endpoint',
    async run() {
      const { own } = onStage()
      const wish = { client: await own.client(), resource: `${own.base}/mcp/files` }
      expectError(
        await own.redeem(await own.code(wish), { resource: `${own.base}/mcp/notes` }),
        'invalid_target',
      )
    },
  },
  {
    id: 'AS-RES-003',
    title: 'no resource: the gateway as a whole',
    async run() {
      const { own } = onStage()
      const { access } = await own.tokens()
      expect(claimsOf(access).aud === `${own.base}/mcp`, `aud is ${claimsOf(access).aud}`)
    },
  },
  {
    id: 'SP-AS-RES-1',
    title: 'a token for one server is good at no other',
    async run() {
      const { own } = onStage()
      const { access } = await own.tokens({ client: await own.client(), resource: `${own.base}/mcp/files` })
      expect((await own.call(access, '/mcp/files')) === 200, 'it does not work where it is for')
      expect((await own.call(access, '/mcp/notes')) === 401, 'it works at another server')
      expect((await own.call(access)) === 401, 'it works at all of them')
    },
  },
  {
    id: 'AS-SCP-001',
    title: 'unknown scopes only',
    run: () => withoutCode(undefined, { scope: 'admin root' }),
  },
  {
    id: 'AS-SCP-002',
    title: 'a refresh gets no wider scope',
    async run() {
      const { own } = onStage()
      const { refresh, client } = await own.tokens({ client: await own.client(), scope: 'mcp:read' })
      expectError(await own.refresh(client, refresh, { scope: 'mcp' }), 'invalid_scope')
    },
  },
  {
    id: 'SP-AS-SCP-1',
    title: 'scopes of other servers beside ours are left out',
    async run() {
      const { own } = onStage()
      const scope = 'openid profile offline_access mcp:read'
      const { answer, refresh, client } = await own.tokens({ client: await own.client(), scope })
      expect(answer.body.scope === 'mcp:read', `scope is ${answer.body.scope}`)
      expect(answer.body.id_token === undefined, 'there is an id token')
      expect((await own.refresh(client, refresh, { scope })).status === 200, 'it cannot be refreshed so')
    },
  },
  {
    id: 'SP-AS-SCP-2',
    title: 'what only OpenID knows is ignored',
    async run() {
      const { own } = onStage()
      const more = { nonce: 'n', max_age: '60', acr_values: 'x', ui_locales: 'de', prompt: 'select_account' }
      await own.tokens({ client: await own.client(), scope: 'mcp:read', more })
    },
  },
  {
    id: 'AS-RT-003',
    title: 'a refresh token of another client',
    async run() {
      const { own } = onStage()
      const { refresh } = await own.tokens()
      expectError(await own.refresh(await own.client(APP_REDIRECT, 'Other App'), refresh), 'invalid_grant')
    },
  },
  {
    id: 'SP-AS-RT-1',
    title: 'parallel refreshes get one answer',
    async run() {
      const { own } = onStage()
      const { refresh, client } = await own.tokens()
      const answers = await Promise.all(Array.from({ length: 5 }, () => own.refresh(client, refresh)))
      const tokens = new Set(answers.map(({ body }) => body.refresh_token))
      expect(
        answers.every(({ status }) => status === 200),
        'one of them failed',
      )
      expect(tokens.size === 1, `${tokens.size} lines of tokens came of one`)
      const [next] = tokens
      expect((await own.refresh(client, String(next))).status === 200, 'the new one does not work')
    },
  },
  {
    id: 'OPS-008',
    title: 'reuse after the time of grace ends the family, on the record',
    async run() {
      const { own } = onStage()
      const { refresh, client } = await own.tokens()
      const { body } = await own.refresh(client, refresh)
      await pause(GRACE_MS + 200)
      expectError(await own.refresh(client, refresh), 'invalid_grant')
      expectError(await own.refresh(client, String(body.refresh_token)), 'invalid_grant')
      expect((await own.call(String(body.access_token))) === 401, 'the access token still works')
      expect(
        own
          .events()
          .some(({ event, text }) => event === 'identity.refresh-reused' && text.includes(client.id)),
        'the record does not say so',
      )
    },
  },
  {
    id: 'AS-GT-001',
    title: 'password grant',
    async run() {
      const { own } = onStage()
      const { id } = await own.client()
      const answer = await own.token({ grant_type: 'password', client_id: id, username: 'a', password: 'b' })
      expectError(answer, 'unsupported_grant_type')
    },
  },
  { id: 'AS-GT-002', title: 'implicit', run: () => withoutCode({ response_type: 'token' }) },
  {
    id: 'SP-AS-GT-1',
    title: 'whoever registered itself gets nothing without a person',
    async run() {
      const { own } = onStage()
      const { body } = await own.register({
        redirect_uris: ['https://app.example/cb'],
        grant_types: ['authorization_code', 'client_credentials'],
        token_endpoint_auth_method: 'client_secret_post',
      })
      const answer = await own.token({
        grant_type: 'client_credentials',
        client_id: String(body.client_id),
        client_secret: String(body.client_secret),
      })
      expect(answer.status >= 400 && answer.body.access_token === undefined, 'it got a token')
    },
  },
]
