/** What the cases of the authorization server share: gateways, a provider, documents and an issuer of assertions. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { makeHome } from '../../../tests/gateway/harness.ts'
import { Documents } from './documents.ts'
import { APP_REDIRECT, freePort, SignInWorld } from './world.ts'

/** The issuer of assertions needs no server but for its keys. */
export const ASSERTION_ISSUER = 'https://assertions.example'
export const MACHINE_SECRET = 'machine-secret-9f2c7a61b8d34e05'
export const GRACE_MS = 1_500

export interface Stage {
  /** Signs in with the passphrase; documents of this machine count; a short grace for refresh tokens. */
  readonly own: SignInWorld
  /** As a gateway without any key but the provider: documents of this machine are refused. */
  readonly brokered: SignInWorld
  readonly provider: string
  readonly documents: Documents
  /** An assertion for the client `agent`: a good one but for the changes. */
  assertion(
    changes?: Readonly<Record<string, unknown>>,
    header?: { readonly typ?: string; readonly key?: CryptoKey },
  ): Promise<string>
  /** Another key than the issuer's. */
  readonly foreignKey: CryptoKey
  /** The key of the client `signer`. */
  readonly clientKey: CryptoKey
  /** Who is at the browser of the provider. */
  person(claims: object): Promise<void>
}

let stage: Stage | undefined
let provider: ChildProcess | undefined

export function onStage(): Stage {
  if (stage === undefined) throw new Error('the stage is not open')
  return stage
}

/** @param servers in place of those that gateways here have otherwise */
export async function openStage(servers?: object): Promise<void> {
  const other = servers === undefined ? {} : { servers }
  const more = { more: other }
  /** Of people whom the provider signs in: who may call the tool "pid". */
  const rules = [
    {
      when: 'tool.name == "pid" && !("department" in principal.claims && "sales" in principal.claims["department"])',
      do: 'deny',
      reason: 'of sales alone',
    },
  ]
  const documents = await Documents.open()
  const issuerKeys = await generateKeyPair('ES256')
  const foreign = await generateKeyPair('ES256')
  const clientKeys = await generateKeyPair('ES256')
  const jwksUri = documents.serve('/keys', {
    body: JSON.stringify({
      keys: [{ ...(await exportJWK(issuerKeys.publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }],
    }),
  })
  const home = makeHome()
  writeFileSync(
    home.path('signer.json'),
    JSON.stringify({ keys: [{ ...(await exportJWK(clientKeys.publicKey)), alg: 'ES256', use: 'sig' }] }),
  )
  const own = await SignInWorld.open(
    {
      loopbackDocuments: true,
      refreshGrace: `${GRACE_MS}ms`,
      assertions: [{ issuer: ASSERTION_ISSUER, jwks: jwksUri }],
      clients: {
        // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference
        agent: { secret: '${env:MACHINE_SECRET}', grants: ['assertion', 'client-credentials'] },
        reader: {
          // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference
          secret: '${env:MACHINE_SECRET}',
          scopes: ['mcp:read'],
        },
        signer: { jwksFile: 'signer.json' },
        web: { redirects: [APP_REDIRECT], name: 'Registered' },
      },
    },
    { home, env: { MACHINE_SECRET }, ...more },
  )

  const [providerPort, brokeredPort] = [await freePort(), await freePort()]
  const providerIssuer = `http://127.0.0.1:${providerPort}`
  const path = createHash('sha256').update(providerIssuer).digest('hex').slice(0, 12)
  await startProvider(providerPort, `http://127.0.0.1:${brokeredPort}/oauth/callback/${path}`)
  const brokered = await SignInWorld.open(
    {
      broker: {
        issuer: providerIssuer,
        clientId: 'gate',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference
        clientSecret: '${env:SIGN_IN_SECRET}',
        allow: ['group:staff'],
        requireAcr: ['mfa'],
        claims: { rules: ['department'] },
      },
      owner: 'passphrase',
    },
    {
      env: { SIGN_IN_SECRET: 'the-secret-of-the-gate-at-the-provider' },
      port: brokeredPort,
      more: { ...other, rules },
    },
  )
  stage = {
    own,
    brokered,
    provider: providerIssuer,
    documents,
    foreignKey: foreign.privateKey,
    clientKey: clientKeys.privateKey,
    async assertion(changes = {}, { typ = 'oauth-id-jag+jwt', key = issuerKeys.privateKey } = {}) {
      const seconds = Math.floor(Date.now() / 1000)
      const claims: Record<string, unknown> = {
        iss: ASSERTION_ISSUER,
        sub: 'ada',
        aud: own.base,
        client_id: 'agent',
        resource: `${own.base}/mcp`,
        jti: crypto.randomUUID(),
        iat: seconds,
        exp: seconds + 300,
        scope: 'mcp',
        ...changes,
      }
      return await new SignJWT(claims).setProtectedHeader({ alg: 'ES256', typ, kid: 'one' }).sign(key)
    },
    async person(claims) {
      await fetch(`${providerIssuer}/who`, { method: 'POST', body: JSON.stringify(claims) })
    },
  }
}

async function startProvider(port: number, callback: string): Promise<void> {
  const program = fileURLToPath(new URL('./provider.ts', import.meta.url))
  const child = spawn(process.execPath, [program, String(port), callback], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  provider = child
  let said = ''
  await new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes(`http://127.0.0.1:${port}`)) resolve()
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    child.once('close', () => reject(new Error(`the provider ended: ${said}`)))
  })
}

export async function closeStage(): Promise<void> {
  const { own, brokered, documents } = onStage()
  stage = undefined
  provider?.kill()
  await Promise.all([own.close(), brokered.close(), documents.close()])
}
