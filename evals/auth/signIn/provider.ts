/**
 * A second identity provider: a real `oidc-provider` in a process of its own, which signs in whom it is told to and asks
 * nobody. Prints its issuer once it serves. Arguments: port, callback address of its one client.
 */
import { createServer } from 'node:http'
import { exportJWK, generateKeyPair } from 'jose'
import { Provider } from 'oidc-provider'

const [port = '0', callback = ''] = process.argv.slice(2)
const issuer = `http://127.0.0.1:${port}`
/** Who is at the browser; `POST /who` changes it. */
let person: Record<string, unknown> = { sub: 'alice' }

const { privateKey } = await generateKeyPair('RS256', { extractable: true })
const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'gate',
      client_secret: 'the-secret-of-the-gate-at-the-provider',
      redirect_uris: [callback],
      application_type: 'native',
    },
  ],
  jwks: { keys: [{ ...(await exportJWK(privateKey)), use: 'sig', alg: 'RS256' }] },
  scopes: ['openid', 'profile', 'email'],
  claims: {
    openid: ['sub', 'groups', 'amr', 'department', 'salary'],
    profile: ['preferred_username'],
    email: ['email', 'email_verified'],
  },
  conformIdTokenClaims: false,
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_ctx: unknown, { uid }: { readonly uid: string }) => `/interaction/${uid}` },
  findAccount: async (_ctx: unknown, sub: string) => ({
    accountId: sub,
    claims: async () => ({ ...person, sub }),
  }),
})

createServer(async (request, response) => {
  if (request.url === '/who') {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    person = JSON.parse(Buffer.concat(chunks).toString('utf8'))
    response.end()
  } else if (request.url?.startsWith('/interaction/')) {
    const { params, prompt } = await provider.interactionDetails(request, response)
    const result: Record<string, unknown> = {}
    if (prompt.name === 'login')
      result.login = { accountId: String(person.sub), acr: person.acr, amr: person.amr }
    if (prompt.name === 'consent') {
      const grant = new provider.Grant({ accountId: String(person.sub), clientId: String(params.client_id) })
      ;(grant as unknown as { addOIDCScope(scope: string): void }).addOIDCScope(String(params.scope))
      result.consent = { grantId: await grant.save() }
    }
    const to = await provider.interactionResult(request, response, result)
    response.writeHead(303, { location: to }).end()
  } else {
    await provider.callback()(request, response)
  }
}).listen(Number(port), '127.0.0.1', () => process.stdout.write(`${issuer}\n`))
