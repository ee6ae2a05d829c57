/**
 * The whole way in, as people and their hosts go it, with a real gateway, real clients of both eras and a real browser:
 * a call without a credential, the challenge, discovery, registration, sign-in and consent, a token, a call, a step-up, a
 * refresh, a revocation, and nothing after it.
 *
 *   npm run e2e:sign-in
 *
 * The last line of standard output is one JSON object. Exit 1 when a step is not as it should be, 3 without a browser.
 */
import { expectEqual, expectMatch } from '../auth/expect.ts'
import { SignInWorld } from '../auth/signIn/world.ts'
import { findChromium, Person } from './chromium.ts'
import { documentJourney } from './documentJourney.ts'
import { HostMemory } from './host.ts'
import { linkJourney } from './linkJourney.ts'
import { remoteJourney } from './mcpRemote.ts'
import { SDK_V1, SDK_V2, type Sdk } from './sdks.ts'
import { type Step, steps } from './steps.ts'

const executable = findChromium()
if (executable === undefined) {
  process.stderr.write(
    'e2e:sign-in could not check: there is no Chromium on this machine (apt-get install chromium)\n',
  )
  process.exit(3)
}

const world = await SignInWorld.open({ accessTokens: '1m', loopbackDocuments: true })
const person = await Person.open(executable)
const other = await Person.open(executable)
const results: Record<string, readonly Step[]> = {}
try {
  for (const sdk of [SDK_V2, SDK_V1]) results[sdk.name] = await sdkJourney(sdk)
  results['client known by a document'] = await documentJourney(world, person)
  const [legacy, modern] = await Promise.all([
    remoteJourney(world, person, 'legacy'),
    remoteJourney(world, other, 'modern'),
  ])
  results['mcp-remote, 2025-11-25'] = legacy
  results['mcp-remote, 2026-07-28'] = modern
  results['links to sign in at a server'] = await linkJourney(person)
} finally {
  await person.close()
  await other.close()
  await world.close()
}

let wrong = 0
for (const [name, made] of Object.entries(results)) {
  process.stdout.write(`${name}\n`)
  for (const { title, fault } of made) {
    if (fault !== undefined) wrong++
    process.stdout.write(
      `  ${fault === undefined ? 'ok   ' : 'WRONG'} ${title}${fault === undefined ? '' : `: ${fault}`}\n`,
    )
  }
}
const count = Object.values(results).flat().length
process.stdout.write(`${JSON.stringify({ journeys: Object.keys(results).length, steps: count, wrong })}\n`)
process.exitCode = wrong === 0 ? 0 : 1

async function sdkJourney(sdk: Sdk): Promise<readonly Step[]> {
  const url = new URL(world.gateway.url)
  const memory = await HostMemory.open({
    person,
    passphrase: world.passphrase,
    name: sdk.name,
    firstScope: 'mcp:read',
  })
  const { step, done } = steps()
  try {
    await step('without a credential: 401, and where to begin', async () => {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{}',
      })
      const challenge = response.headers.get('www-authenticate') ?? ''
      expectEqual('status', response.status, 401)
      expectMatch('challenge', challenge, /^Bearer resource_metadata="[^"]+"/)
      const metadata = /resource_metadata="([^"]+)"/.exec(challenge)?.[1] ?? ''
      const said = (await (await fetch(metadata)).json()) as {
        resource: string
        authorization_servers: string[]
      }
      expectEqual('resource', said.resource, url.href)
      expectEqual('its server', said.authorization_servers, [world.base])
    })
    await step('the client registers, its person signs in and allows', async () => {
      const refused = await sdk.open(url, memory).then(
        () => 'connected',
        () => 'sent to sign in',
      )
      expectEqual('the first connection', refused, 'sent to sign in')
      const [visit] = memory.visits
      expectMatch('the consent page', visit?.consent ?? '', new RegExp(sdk.name))
      expectMatch('the consent page', visit?.consent ?? '', /127\.0\.0\.1/)
      expectEqual('complaints of the browser', visit?.complaints, [])
      await sdk.finishFirst(url, memory)
    })
    let conversation = await sdk.open(url, memory)
    await step('lists what its scope covers', async () => {
      expectEqual('tools', (await conversation.tools()).includes('files__echo'), true)
    })
    await step('a call beyond its scope: asked for more, both together', async () => {
      const before = world.home.witness('files.log').filter(({ method }) => method === 'tools/call').length
      if (sdk.refreshesForScopes) memory.forgetRefreshToken()
      const outcome = await conversation.call('files__echo', { text: 'x' }).then(
        (text) => `answered ${text}`,
        () => 'sent to sign in',
      )
      expectEqual('the call', outcome, 'sent to sign in')
      expectEqual('scopes asked for', [...(memory.asked[1] ?? '').split(' ')].sort(), ['mcp', 'mcp:read'])
      const after = world.home.witness('files.log').filter(({ method }) => method === 'tools/call').length
      expectEqual('calls at the server', after, before)
      await conversation.finish(memory.answer)
      expectMatch('the call then', await conversation.call('files__echo', { text: 'hello' }), /hello/)
    })
    await step('an access token that is no good any more is refreshed, without a person', async () => {
      const { access_token, refresh_token } = memory.tokensKept
      memory.saveTokens({ ...memory.tokensKept, access_token: `${access_token.slice(0, -4)}AAAA` })
      await conversation.close()
      conversation = await sdk.open(url, memory)
      expectMatch('a call', await conversation.call('files__echo', { text: 'again' }), /again/)
      expectEqual('visits to the sign-in', memory.visits.length, 2)
      expectEqual('another refresh token', memory.tokensKept.refresh_token === refresh_token, false)
    })
    await step('revoked: refused at once, the open conversation too', async () => {
      const { access_token, refresh_token } = memory.tokensKept
      expectEqual('revocation', await world.revoke({ id: memory.clientId, redirect: '' }, refresh_token), 200)
      expectEqual('a call with the token', await world.call(access_token), 401)
      const outcome = await conversation.tools().then(
        () => 'answered',
        () => 'refused',
      )
      expectEqual('the conversation', outcome, 'refused')
    })
    await conversation.close()
  } catch (error) {
    done.push({ title: 'goes on', fault: String(error) })
  } finally {
    memory.close()
  }
  return done
}
