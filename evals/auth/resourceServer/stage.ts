/** What the cases of the resource server share: gateways, and issuers of several kinds. */
import { writeFileSync } from 'node:fs'
import {
  startTestIssuer,
  type TestIssuer,
} from '../../../packages/gateway/src/identity/testing/testIssuer.ts'
import { type TokenCase, tokenCases } from '../../../packages/gateway/src/identity/testing/tokenCases.ts'
import { makeCertificate } from '../../../packages/gateway/src/upstream/testing/certificate.ts'
import {
  faultOnPipe,
  type Home,
  type HttpGateway,
  makeHome,
  startHttpGateway,
} from '../../../tests/gateway/harness.ts'
import {
  AUDIENCE,
  echo,
  type IdentityWorld,
  openIdentityWorld,
  PUBLIC_URL,
  type Reply,
} from '../../../tests/gateway/identityWorld.ts'
import type { AuthCheck } from '../check.ts'
import { expectEqual, expectMatch } from '../expect.ts'

export const DAY_MS = 86_400_000
export const FRESH = { ip: '127.0.0.1', notBefore: new Date(Date.now() - 60_000) }
export const good = makeCertificate(FRESH)
export const expired = makeCertificate({ ip: '127.0.0.1', notBefore: new Date(Date.now() - 10 * DAY_MS) })

export const METADATA = '/.well-known/oauth-protected-resource'

export let world: IdentityWorld
export let tokens: ReadonlyMap<string, TokenCase>
/** Issuers beside the one of the world, each for some cases of its own. */
export let rotating: TestIssuer
/** A gateway over TLS that asks for certificates, for tokens of the same issuer. */
export let secure: HttpGateway
export let secureHome: Home
export let elsewhere: TestIssuer
export let entra: TestIssuer
export let okta: TestIssuer
export let keycloak: TestIssuer
export let authentik: TestIssuer

export async function open(): Promise<void> {
  const issuers = await Promise.all([
    startTestIssuer({ audience: AUDIENCE }),
    startTestIssuer({ audience: AUDIENCE }),
    startTestIssuer({ audience: 'api://gate', path: '/tenant-1/v2.0' }),
    startTestIssuer({ audience: 'api://default', path: '/oauth2/default' }),
    startTestIssuer({ audience: AUDIENCE, path: '/realms/one' }),
    startTestIssuer({ audience: 'client-of-the-gateway', path: '/application/o/gate/' }),
  ])
  ;[rotating, elsewhere, entra, okta, keycloak, authentik] = issuers
  elsewhere.metadata = { jwks_uri: `${rotating.url}/jwks` }
  entra.metadata = { code_challenge_methods_supported: undefined }
  const types = ['jwt']
  world = await openIdentityWorld({
    auth: (issuer) => ({
      publicUrl: PUBLIC_URL,
      failures: 'unlimited',
      issuers: [
        {
          issuer,
          introspection: {
            url: `${issuer}/introspect`,
            clientId: 'gate',
            // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference
            clientSecret: '${env:INTROSPECTION_SECRET}',
          },
        },
        { issuer: rotating.url, keysMaxAge: '1s' },
        { issuer: elsewhere.url },
        { issuer: entra.url, audiences: ['api://gate'], types, claims: { scopes: ['scp'], subject: 'oid' } },
        { issuer: okta.url, audiences: ['api://default'], types },
        { issuer: keycloak.url, types },
        { issuer: authentik.url, audiences: ['client-of-the-gateway'], types, jwks: `${authentik.url}/jwks` },
      ],
    }),
  })
  tokens = new Map(tokenCases(world.issuer, world.more, AUDIENCE).map((one) => [one.id, one]))
  secureHome = makeHome()
  const file = (name: string, text: string) => {
    writeFileSync(secureHome.path(name), text, { mode: 0o600 })
    return secureHome.path(name)
  }
  const own = makeCertificate(FRESH)
  secure = await startHttpGateway(secureHome, {
    servers: { one: faultOnPipe(secureHome, 'one', 'modern') },
    auth: { publicUrl: PUBLIC_URL, issuers: [{ issuer: world.issuer.url }] },
    listen: {
      tls: {
        certificate: file('cert.pem', own.cert),
        key: file('key.pem', own.key),
        clientAuthorities: file('clients.pem', `${good.cert}${expired.cert}`),
      },
    },
  })
}

export async function close(): Promise<void> {
  await secure.stop()
  secureHome.remove()
  await world.close()
  for (const issuer of [rotating, elsewhere, entra, okta, keycloak, authentik]) await issuer.close()
}

/** Calls, and says what came back and how many calls reached a server for it. */
export async function call(
  credential: readonly string[],
  target = '/mcp',
): Promise<{ reply: Reply; reached: number }> {
  const before = world.calls()
  const reply = await echo(world.origin, credential, target)
  return { reply, reached: world.calls() - before }
}

export async function expectAccepted(what: string, credential: readonly string[]): Promise<void> {
  const { reply, reached } = await call(credential)
  expectEqual(`status of ${what}`, reply.status, 200)
  expectEqual(`calls for ${what}`, reached, 1)
}

/** 401, a challenge with this error, and nothing reached. */
export async function expectRefused(
  what: string,
  credential: readonly string[],
  error = 'invalid_token',
): Promise<Reply> {
  const { reply, reached } = await call(credential)
  expectEqual(`status of ${what}`, reply.status, 401)
  expectMatch(
    `challenge for ${what}`,
    reply.headers['www-authenticate'] ?? '',
    new RegExp(`error="${error}"`),
  )
  expectEqual(`calls for ${what}`, reached, 0)
  return reply
}

export const nowSeconds = () => Math.floor(Date.now() / 1000)
export const fetched = (issuer: TestIssuer, name: string) =>
  issuer.asked.filter((path) => path.endsWith(name)).length

export function check(id: string, title: string, run: () => Promise<void>): AuthCheck {
  return { id, title, run }
}
