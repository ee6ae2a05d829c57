/** Assertions for people (ID-JAG). */
import type { AuthCheck } from '../check.ts'
import { expect } from '../expect.ts'
import { expectError } from './expectAnswer.ts'
import { MACHINE_SECRET, onStage } from './stage.ts'
import { claimsOf, type TokenAnswer } from './world.ts'

async function bring(assertion: string, base?: string): Promise<TokenAnswer> {
  const { own } = onStage()
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    client_id: 'agent',
    client_secret: MACHINE_SECRET,
    assertion,
  }
  if (base === undefined) return await own.token(form)
  const response = await fetch(`${base}/oauth/token`, { method: 'POST', body: new URLSearchParams(form) })
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) }
}

const BAD: readonly (readonly [
  id: string,
  title: string,
  changes: () => Record<string, unknown>,
  typ?: string,
])[] = [
  ['AS-JAG-002', 'typ JWT', () => ({}), 'JWT'],
  ['AS-JAG-003', 'for another server', () => ({ aud: 'https://other.example' })],
  ['AS-JAG-004', 'for another client', () => ({ client_id: 'reader' })],
  ['AS-JAG-005', 'for another resource', () => ({ resource: 'https://other.example/mcp' })],
  ['AS-JAG-007', 'of an issuer that is not trusted', () => ({ iss: 'https://evil.example' })],
  ['AS-JAG-008', 'no jti', () => ({ jti: null })],
  ['SP-JAG-1', 'ended', () => ({ exp: Math.floor(Date.now() / 1000) - 60 })],
  ['SP-JAG-2', 'for us and somebody else', () => ({ aud: [onStage().own.base, 'https://other.example'] })],
]

export const assertionChecks: readonly AuthCheck[] = [
  {
    id: 'AS-JAG-001',
    title: 'a good assertion',
    async run() {
      const { own, assertion } = onStage()
      const { status, body } = await bring(await assertion())
      expect(status === 200, `answered ${status}: ${JSON.stringify(body)}`)
      expect(body.refresh_token === undefined, 'there is a refresh token')
      const token = String(body.access_token)
      expect(claimsOf(token).sub === 'https://assertions.example|ada', `sub is ${claimsOf(token).sub}`)
      expect((await own.call(token)) === 200, 'the token does not work')
    },
  },
  ...BAD.map(
    ([id, title, changes, typ]): AuthCheck => ({
      id,
      title: `assertion: ${title}`,
      async run() {
        const made = await onStage().assertion(changes(), typ === undefined ? {} : { typ })
        expectError(await bring(made), 'invalid_grant')
      },
    }),
  ),
  {
    id: 'SP-JAG-3',
    title: 'assertion: signed by somebody else',
    async run() {
      const { assertion, foreignKey } = onStage()
      expectError(await bring(await assertion({}, { key: foreignKey })), 'invalid_grant')
    },
  },
  {
    id: 'AS-JAG-009',
    title: 'an assertion works once',
    async run() {
      const made = await onStage().assertion()
      expect((await bring(made)).status === 200, 'it does not work at all')
      expectError(await bring(made), 'invalid_grant')
    },
  },
]
