/** Clients that are known by a document. */

import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { AuthCheck } from '../check.ts'
import { expect } from '../expect.ts'
import { Browser } from './browser.ts'
import { expectNoCode } from './expectAnswer.ts'
import { onStage } from './stage.ts'
import { APP_REDIRECT } from './world.ts'

async function refused(id: string): Promise<void> {
  const { own } = onStage()
  await expectNoCode(own, own.request({ client: { id, redirect: APP_REDIRECT } }))
}

async function taken(id: string, redirect: string = APP_REDIRECT, sent?: string): Promise<void> {
  const { own } = onStage()
  await own.tokens({ client: { id, redirect }, ...(sent === undefined ? {} : { redirect: sent }) })
}

const BAD: readonly (readonly [id: string, title: string, address: () => string])[] = [
  [
    'AS-CIMD-002',
    'another client_id',
    () => onStage().documents.client('/c2', { client_id: 'https://x.example/c' }),
  ],
  ['AS-CIMD-003', 'a shared secret', () => onStage().documents.client('/c3', { client_secret: 's3cret' })],
  ['AS-CIMD-004', 'no JSON', () => onStage().documents.serve('/c4', { body: '<html>' })],
  [
    'AS-CIMD-007',
    'javascript: redirect',
    () => onStage().documents.client('/c7', { redirect_uris: [APP_REDIRECT, 'javascript:alert(1)'] }),
  ],
  ['AS-CIMD-008', '404', () => `${onStage().documents.origin}/nothing`],
  ['AS-CIMD-010', 'no path', () => `${onStage().documents.origin}/`],
  [
    'AS-CIMD-011',
    'user name in the address',
    () => `${onStage().documents.origin.replace('//', '//u@')}/c11`,
  ],
  [
    'AS-CIMD-019',
    'client_name missing',
    () => onStage().documents.client('/c19', { client_name: undefined }),
  ],
  [
    'SP-CIMD-1',
    'user name in a redirect',
    () => onStage().documents.client('/c30', { redirect_uris: [APP_REDIRECT, 'https://u:p@app.example/x'] }),
  ],
  [
    'SP-CIMD-2',
    'longer than 64 KiB',
    () => onStage().documents.client('/c31', { client_uri: 'x'.repeat(70_000) }),
  ],
]

export const documentChecks: readonly AuthCheck[] = [
  { id: 'AS-CIMD-001', title: 'a good document', run: () => taken(onStage().documents.client('/c1')) },
  ...BAD.map(
    ([id, title, address]): AuthCheck => ({ id, title: `document: ${title}`, run: () => refused(address()) }),
  ),
  {
    id: 'AS-CIMD-005',
    title: 'no redirect is followed',
    async run() {
      const { documents } = onStage()
      documents.client('/c5-target', { client_id: `${documents.origin}/c5` })
      const id = documents.serve('/c5', {
        status: 302,
        headers: { location: `${documents.origin}/c5-target` },
      })
      await refused(id)
      expect(documents.asked('/c5-target') === 0, 'the redirect was followed')
    },
  },
  {
    id: 'AS-CIMD-014',
    title: 'an address of this machine is not asked',
    async run() {
      const { brokered, documents } = onStage()
      documents.client('/c14')
      const ids = [`${documents.origin}/c14`, `${documents.origin.replace('http:', 'https:')}/c14`]
      for (const id of [...ids, 'https://localhost/c14', 'https://[::1]/c14', 'https://127.1/c14']) {
        const landing = await new Browser().open(
          brokered.request({ client: { id, redirect: APP_REDIRECT } }).url,
        )
        expect(landing.kind === 'page' && landing.status >= 400, `${id} was taken`)
      }
      expect(documents.asked('/c14') === 0, 'it was asked')
    },
  },
  {
    id: 'AS-CIMD-015',
    title: 'metadata services of clouds are not asked',
    async run() {
      const { brokered } = onStage()
      for (const host of ['169.254.169.254', 'metadata.google.internal', '[fd00:ec2::254]', '2852039166']) {
        const id = `https://${host}/latest/meta-data`
        const landing = await new Browser().open(
          brokered.request({ client: { id, redirect: APP_REDIRECT } }).url,
        )
        expect(landing.kind === 'page' && landing.status >= 400, `${id} was taken`)
      }
      const refusals = brokered.events().filter(({ event }) => event === 'identity.client-document')
      expect(
        refusals.some(({ text }) => /url\/(?:link-local|metadata|cloud)/.test(text)),
        'the record does not say why',
      )
    },
  },
  {
    id: 'AS-CIMD-020',
    title: 'grants that are not served are left out',
    run: () =>
      taken(
        onStage().documents.client('/c20', {
          grant_types: [
            'authorization_code',
            'refresh_token',
            'urn:ietf:params:oauth:grant-type:device_code',
          ],
        }),
      ),
  },
  {
    id: 'AS-CIMD-021',
    title: 'a document is fetched once while it is good',
    async run() {
      const { documents } = onStage()
      const id = documents.client('/c21', {}, { 'cache-control': 'max-age=600' })
      await taken(id)
      await taken(id)
      expect(documents.asked('/c21') === 1, `it was fetched ${documents.asked('/c21')} times`)
    },
  },
  {
    id: 'AS-CIMD-022',
    title: 'Claude Code: a loopback address without port stands for each',
    run: () =>
      taken(
        onStage().documents.client('/c22', {
          redirect_uris: ['http://localhost/callback', 'http://127.0.0.1/callback'],
        }),
        'http://localhost/callback',
        'http://localhost:54123/callback',
      ),
  },
  {
    id: 'HOST-004',
    title: 'ChatGPT: a document with private_key_jwt',
    async run() {
      const { own, documents } = onStage()
      const { publicKey, privateKey } = await generateKeyPair('RS256')
      const redirect = 'https://chatgpt.com/connector/oauth/abc123'
      const id = documents.client('/oauth/abc123/client.json', {
        redirect_uris: [redirect],
        token_endpoint_auth_method: 'private_key_jwt',
        jwks: { keys: [{ ...(await exportJWK(publicKey)), alg: 'RS256', use: 'sig', kid: 'k' }] },
      })
      const code = await own.code({ client: { id, redirect } })
      const assertion = await new SignJWT({ jti: crypto.randomUUID() })
        .setProtectedHeader({ alg: 'RS256', kid: 'k' })
        .setIssuer(id)
        .setSubject(id)
        .setAudience(`${own.base}/oauth/token`)
        .setIssuedAt()
        .setExpirationTime('1m')
        .sign(privateKey)
      const bare = await own.redeem(code)
      expect(bare.status === 401, 'it works without the key')
      const { status, body } = await own.redeem(code, {
        client_assertion: assertion,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      })
      expect(status === 200, `answered ${status}: ${JSON.stringify(body)}`)
    },
  },
]
