/**
 * `mcp-remote`, which stands between a host that speaks over a pipe and a server that wants a sign-in: the whole way in, and
 * out again. Once as it comes (it opens the conversation as a legacy client), once with `--protocol auto` (it goes along with
 * the era of its host, here the modern one).
 */
import { ENVELOPE } from '../../tests/gateway/harness.ts'
import { expectEqual, expectMatch } from '../auth/expect.ts'
import { freePort, type SignInWorld } from '../auth/signIn/world.ts'
import type { Person } from './chromium.ts'
import { McpRemote, type RemoteEra } from './mcpRemoteProcess.ts'
import { type Step, steps } from './steps.ts'

/** How long the access tokens of the world are good, and what clocks may differ by. */
const LIFETIME_MS = 60_000
const TOLERANCE_MS = 5_000

export async function remoteJourney(
  world: SignInWorld,
  person: Person,
  era: RemoteEra,
): Promise<readonly Step[]> {
  const port = await freePort()
  let host = await McpRemote.start(world, era, port)
  const { step, done } = steps()
  try {
    await step('challenged, finds the metadata, registers, and sends its person to the sign-in', async () => {
      const url = new URL(await host.addressToOpen())
      expectEqual('where it sends its person', url.origin + url.pathname, `${world.base}/oauth/authorize`)
      expectEqual('the resource', url.searchParams.get('resource'), world.gateway.url)
      expectEqual('the challenge of the code', url.searchParams.get('code_challenge_method'), 'S256')
      expectEqual('registrations', eventsOf(world, url.searchParams.get('client_id'), 'registered'), 1)
      // The person's client asks for less than the gateway offers: there is something to step up to.
      url.searchParams.set('scope', 'mcp:read')
      await allow(url.href)
      await host.established()
      expectEqual('the scope it has', host.kept().scope, 'mcp:read')
    })
    await step('opens a conversation and lists through it', async () => {
      await open()
      expectMatch('the tools', await host.ask('tools/list', meta()), /files__echo/)
    })
    await step('a call beyond its scope: asked for more, and nothing called before', async () => {
      const before = calls()
      const challenge = await challengeOf(host.kept().access_token)
      expectMatch('the challenge', challenge, /error="insufficient_scope"/)
      expectMatch('the challenge', challenge, /scope="mcp:read mcp"/)
      const answer = call('first')
      const url = new URL(await host.addressToOpen())
      // Of scopes that are all the metadata names it takes those of the first challenge in their place: here `mcp`, which is
      // everything. Of others it asks for what the challenge says.
      expectEqual('scope asked for', url.searchParams.get('scope'), 'mcp')
      expectEqual('calls at the server', calls(), before)
      await allow(url.href)
      expectMatch('the call then', await answer, /first/)
      expectEqual('calls at the server', calls(), before + 1)
      expectEqual('the scope it has', host.kept().scope, 'mcp')
    })
    await step('its access token expires: refused, refreshed without a person, called once', async () => {
      const { access_token: old, refresh_token: used } = host.kept()
      // It would renew a token within a minute of its end before it sends it. So that it is seen to take the gateway's word
      // for it, it is made to believe in this one.
      host.believe(Date.now() + 3_600_000)
      // From here on: the stream of a legacy session ends with its token, and opening it again may renew it before any call.
      const before = { calls: calls(), visits: host.visits, refreshes: refreshes() }
      await new Promise((resolve) => setTimeout(resolve, LIFETIME_MS + TOLERANCE_MS + 1_000))
      expectEqual('the old token', await world.call(old), 401)
      expectMatch('the call', await call('second'), /second/)
      expectEqual('calls at the server', calls(), before.calls + 1)
      expectEqual('visits to the sign-in', host.visits, before.visits)
      expectEqual('refreshes', refreshes() > before.refreshes, true)
      const { access_token, refresh_token } = host.kept()
      expectEqual('another access token', access_token === old, false)
      expectEqual('another refresh token', refresh_token === used, false)
    })
    await step('a token near its end is renewed before it is sent', async () => {
      const before = refreshes()
      expectMatch('the call', await call('third'), /third/)
      expectEqual('refreshes', refreshes() > before, true)
    })
    await step('revoked: refused at once, nothing called, and its person is asked anew', async () => {
      const { access_token, refresh_token } = host.kept()
      const client = { id: host.clientId(), redirect: '' }
      expectEqual('revocation', await world.revoke(client, refresh_token), 200)
      expectEqual('a call with its token', await world.call(access_token), 401)
      expectEqual('a refresh', (await world.refresh(client, refresh_token)).status, 400)
      const before = calls()
      const answer = call('fourth')
      const url = await host.addressToOpen()
      expectEqual('calls at the server', calls(), before)
      await allow(url)
      const said = await answer
      if (/fourth/.test(said)) return
      // Its stream of a legacy session was refused as well and may begin a sign-in of its own: the two then share one memory
      // of whom they were sent to, and it gives up. The gateway refused the revoked refresh token, and nothing else.
      expectMatch('what it makes of its own two sign-ins', said, /mcp-remote: /)
      expectEqual('other refusals by the gateway', otherRefusals(), 0)
      expectEqual('calls at the server', calls(), before)
    })
    await step('started again with what it kept: in again', async () => {
      const client = host.clientId()
      await host.stop()
      host = await McpRemote.start(world, era, port)
      if (await host.wantsSignIn()) await allow(await host.addressToOpen())
      await host.established()
      await open()
      expectMatch('the call', await call('fifth'), /fifth/)
      expectEqual('the same registration', host.clientId(), client)
    })
  } finally {
    await host.stop()
  }
  return done

  async function allow(url: string): Promise<void> {
    const redirect = new URL(new URL(url).searchParams.get('redirect_uri') ?? '')
    const visit = await person.allow(url, {
      passphrase: world.passphrase,
      redirect: redirect.origin + redirect.pathname,
    })
    expectMatch('the consent page', visit.consent, /MCP CLI Proxy/)
    expectEqual('complaints of the browser', visit.complaints, [])
  }

  async function open(): Promise<void> {
    if (era === 'modern') return void (await host.ask('server/discover', meta()))
    const clientInfo = { name: 'host', version: '1' }
    await host.ask('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo })
    host.tell('notifications/initialized')
  }

  function meta(): object {
    return era === 'legacy' ? {} : { _meta: ENVELOPE }
  }

  function call(text: string): Promise<string> {
    const args = { text: `${era} ${text}` }
    const answer = host.ask('tools/call', { name: 'files__echo', arguments: args, ...meta() })
    // Awaited later, after what happens meanwhile: until then nobody else looks at how it fails.
    answer.catch(() => undefined)
    return answer
  }

  /** What the gateway says to a call with this token, before any client has read it. */
  async function challengeOf(token: string): Promise<string> {
    const params = { name: 'files__echo', arguments: { text: 'unseen' }, _meta: ENVELOPE }
    const answer = await fetch(world.gateway.url, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'tools/call',
        'mcp-name': params.name,
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
    })
    expectEqual('status', answer.status, 403)
    return answer.headers.get('www-authenticate') ?? ''
  }

  /** Calls of this host that reached the server, by its own log. */
  function calls(): number {
    return world.home
      .witness('files.log')
      .filter((line) => line.method === 'tools/call' && JSON.stringify(line).includes(`${era} `)).length
  }

  function otherRefusals(): number {
    return world
      .events()
      .filter(({ event, text }) => event === 'identity.token-refused' && text.includes(host.clientId()))
      .filter(({ text }) => !text.includes('refresh token not found')).length
  }

  function refreshes(): number {
    return eventsOf(world, host.clientId(), 'refresh')
  }
}

/** How often this happened to a client, by the gateway's own record. */
function eventsOf(world: SignInWorld, client: string | null, event: string): number {
  return world.events().filter((entry) => {
    const { details } = JSON.parse(entry.text) as { readonly details?: { readonly client?: string } }
    return entry.event === `identity.${event}` && details?.client === client
  }).length
}
