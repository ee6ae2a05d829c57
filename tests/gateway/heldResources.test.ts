/** What is held is not read and not subscribed to, and neither is what a held template names, whatever era is on either side. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { ENVELOPE, type Home, type HttpGateway, makeHome, startHttpGateway } from './harness.ts'
import { type ManyServers, type Said, startManyServers } from './manyServers.ts'
import { PlainClient } from './plainClient.ts'
import { approve, ERAS, holdsOf } from './poison.ts'

const SAID: Said = {
  serverInfo: { name: 'notes', version: '1.0.0' },
  instructions: 'Keeps notes.',
  tools: [],
  prompts: [],
  resources: [
    { uri: 'note://open', name: 'open' },
    { uri: 'note://held', name: 'held' },
  ],
  templates: [{ uriTemplate: 'secret://{id}', name: 'secrets' }],
}
const PATIENT = { timeout: 20_000, interval: 200 }
const HELD = ['note://held', 'secret://7', 'SECRET://a/b']
const CASES = ERAS.flatMap((client) => ERAS.map((server) => ({ client, server, id: `${client}_${server}` })))

describe('a resource that waits, or whose template does', () => {
  let home: Home
  let servers: ManyServers
  let gateway: HttpGateway
  beforeAll(async () => {
    home = makeHome()
    servers = await startManyServers()
    for (const { id } of CASES) servers.says(id, SAID)
    const entries = CASES.map(({ id, server }) => [
      id,
      { url: servers.url(id), era: server, trust: 'untrusted', rate: 'unlimited' },
    ])
    gateway = await startHttpGateway(home, { servers: Object.fromEntries(entries) })
    for (const { id, client: era } of CASES) {
      const { client } = await PlainClient.connect(`${gateway.url}/${id}`, era)
      const held = async () => {
        for (const list of ['resources/list', 'resources/templates/list']) await client.request(list)
        return (await holdsOf(home, id)).map(({ kind, name }) => `${kind} ${name}`)
      }
      const wanted = ['resource note://open', 'resource note://held', 'template secret://{id}']
      await vi.waitFor(async () => expect(await held()).toEqual(expect.arrayContaining(wanted)), PATIENT)
      await client.close()
    }
    await approve(home, ({ kind, name }) => kind === 'server' || name === 'note://open')
  }, 120_000)
  afterAll(async () => {
    await gateway?.stop()
    await servers?.close()
    home?.remove()
  })

  it.each(CASES)('is neither read nor subscribed to: $client to $server', async ({ id, client: era }) => {
    const { client } = await PlainClient.connect(`${gateway.url}/${id}`, era)
    const read = async (uri: string) => JSON.stringify(await client.request('resources/read', { uri }))
    await expect.poll(() => read('note://open'), PATIENT).toContain('done')
    for (const uri of HELD) expect(await read(uri)).toContain('pins/first-use')
    if (era === 'legacy') {
      for (const uri of HELD)
        expect(JSON.stringify(await client.request('resources/subscribe', { uri }))).toContain('pins/')
    } else {
      const text = await listen(`${gateway.url}/${id}`, ['note://open', ...HELD])
      for (const uri of HELD) expect(text).not.toContain(uri)
    }
    expect(servers.reached(id).filter((uri) => HELD.includes(uri))).toEqual([])
    await client.close()
  })
})

/** What a subscription is acknowledged with. */
async function listen(url: string, uris: readonly string[]): Promise<string> {
  const stop = new AbortController()
  const response = await fetch(url, {
    method: 'POST',
    signal: stop.signal,
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'subscriptions/listen',
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'subscriptions/listen',
      params: { notifications: { resourceSubscriptions: uris }, _meta: ENVELOPE },
    }),
  })
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array)
    if (text.includes('subscriptions/acknowledged') || text.includes('"error"')) break
  }
  stop.abort()
  return text
}
