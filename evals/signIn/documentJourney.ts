/** A client that is known by the address of a document (CIMD), without an SDK: what others keep to themselves is seen here. */
import { expectEqual, expectMatch } from '../auth/expect.ts'
import { Documents } from '../auth/signIn/documents.ts'
import type { SignInWorld } from '../auth/signIn/world.ts'
import type { Person } from './chromium.ts'
import { type Step, steps } from './steps.ts'

export async function documentJourney(world: SignInWorld, person: Person): Promise<readonly Step[]> {
  const documents = await Documents.open()
  const redirect = 'https://app.example/cb'
  const id = documents.client('/client.json', { client_name: 'A host with a document' })
  const client = { id, redirect }
  const { step, done } = steps()
  try {
    let access = ''
    let refresh = ''
    await step('the document names the client, and its person allows it', async () => {
      const request = world.request({ client, scope: 'mcp' })
      const visit = await person.allow(request.url, { passphrase: world.passphrase, redirect })
      expectMatch('the consent page', visit.consent, /A host with a document/)
      expectMatch('the consent page', visit.consent, /app\.example/)
      expectEqual('issuer', visit.answer.searchParams.get('iss'), world.base)
      expectEqual('state', visit.answer.searchParams.get('state'), 'the-state')
      const code = visit.answer.searchParams.get('code') ?? ''
      const { status, body } = await world.redeem({ code, request })
      expectEqual('status of the token', status, 200)
      access = String(body.access_token)
      refresh = String(body.refresh_token)
    })
    await step('calls with its token', async () => expectEqual('status', await world.call(access), 200))
    await step('refreshes, and the old token is no good', async () => {
      const { status, body } = await world.refresh(client, refresh)
      expectEqual('status', status, 200)
      access = String(body.access_token)
      refresh = String(body.refresh_token)
      expectEqual('status of a call', await world.call(access), 200)
    })
    await step('revoked: refused at once', async () => {
      expectEqual('revocation', await world.revoke(client, refresh), 200)
      expectEqual('status of a call', await world.call(access), 401)
      expectEqual('status of a refresh', (await world.refresh(client, refresh)).status, 400)
    })
  } finally {
    await documents.close()
  }
  return done
}
