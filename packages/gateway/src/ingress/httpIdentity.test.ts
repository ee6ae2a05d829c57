/** Sessions, streams and calls of callers whose authority ends while they are here. */
import { expect, it } from 'vitest'
import type { Identity, Standing } from '../identity/identity.ts'
import { headerValues } from './head.ts'
import { EventReader, legacyPost, modernRequest, openSession } from './testing/httpDoor.ts'
import { get, request, silent } from './testing/legacyCalls.ts'
import { open, raw } from './testing/openDoors.ts'

/** Everybody comes in, with the credential that a header names; what became of it says the test. */
function openWith(standings: Map<string, Standing>) {
  const identity: Identity = {
    identify: ({ rawHeaders }) => ({
      principal: { issuer: 'https://idp.example', subject: 'ada' },
      transport: 'http',
      authority: {
        kind: 'token',
        id: headerValues(rawHeaders, 'x-id')[0] ?? 'one',
        scopes: ['mcp'],
        groups: [],
      },
    }),
    misplaced: () => undefined,
    authorize: () => undefined,
    standing: ({ authority }) => standings.get(authority?.id ?? '') ?? 'holds',
    side: {
      takes: (path) => path === '/oauth/token',
      receive: (incoming, response) => void incoming.resume().on('end', () => response.end('done')),
    },
    close: async () => {},
  }
  return open({
    identity,
    script: { ...silent, modern: () => {} },
    listen: { sessionIdleMs: 4_000, keepAliveMs: 40 },
  })
}

it('a revoked one ends its session and what is underway in it, and that is on the record', async () => {
  const standings = new Map<string, Standing>()
  const { url, front } = await openWith(standings)
  const id = await openSession(url)
  const underway = fetch(url, legacyPost(request(5), id))
  await front.until(() => front.calls.some(({ id }) => id === '5'))
  standings.set('one', 'revoked')
  // A stream by now, so its status says nothing.
  expect(await (await underway).text()).toContain('the authority of its caller was revoked')
  expect((await fetch(url, legacyPost(request(6), id))).status).toBe(404)
  expect(front.closed).toEqual(['c1: the authority of its caller was revoked: sign in again'])
  expect(front.entries).toContainEqual(
    expect.objectContaining({
      event: 'identity.ended',
      principal: '["https://idp.example","ada"]',
      conversation: 'c1',
      rule: 'identity/ended',
    }),
  )
})

it('an expired one ends its streams; the session goes on with the next', async () => {
  const standings = new Map<string, Standing>()
  const { url, front } = await openWith(standings)
  const id = await openSession(url)
  const stream = new EventReader(await fetch(url, get(id)))
  standings.set('one', 'expired')
  expect(await stream.rest()).toEqual([])
  const renewed = await fetch(url, get(id, { 'x-id': 'two' }))
  expect(renewed.status).toBe(200)
  expect(front.closed).toEqual([])
  // It is the one it came with last that counts.
  standings.set('two', 'revoked')
  await new EventReader(renewed).rest()
  await front.until(() => front.closed.length > 0)
})

it('a call that is underway ends when it is revoked, not when it expires; a subscription ends with both', async () => {
  const standings = new Map<string, Standing>()
  const { url, front } = await openWith(standings)
  const underway = fetch(url, modernRequest('tools/call', { name: 'x' }))
  const listening = fetch(url, modernRequest('subscriptions/listen', {}, { id: 2 }))
  await front.until(() => front.calls.length === 2)
  standings.set('one', 'expired')
  expect((await listening).status).toBe(401)
  expect(front.cancelled).toEqual([
    'subscriptions/listen 2: the authority of its caller ended: sign in again',
  ])
  standings.set('one', 'revoked')
  expect((await underway).status).toBe(401)
  expect(front.cancelled).toHaveLength(2)
})

it('over HTTP+SSE the stream is the session, and ends with either', async () => {
  const standings = new Map<string, Standing>()
  const { url, front } = await openWith(standings)
  const stream = new EventReader(await fetch(new URL('/sse', url)))
  expect((await stream.next())?.data).toMatch(/^\/messages\//)
  standings.set('one', 'expired')
  await stream.rest()
  expect(front.closed).toEqual(['c1: the authority of its caller expired: sign in again'])
})

it('a client that asks before it sends a body is told to go on, also beside MCP', async () => {
  const { port } = await openWith(new Map())
  const client = raw(port)
  client.write(
    `POST /oauth/token HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n`,
  )
  expect(await client.until(() => client.statuses.length > 0, 5_000)).toBe(true)
  client.write('a=b')
  expect(await client.until(() => client.statuses.length > 1)).toBe(true)
  expect(client.statuses).toEqual([100, 200])
})

it('a page beside MCP is answered by itself, however plainly it is asked for, also behind a query', async () => {
  const { port } = await openWith(new Map())
  for (const target of ['/oauth/token', '/oauth/token?a=b']) {
    const client = raw(port)
    client.write(`POST ${target} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 3\r\n\r\na=b`)
    expect(await client.until(() => client.text.endsWith('done'), 5_000)).toBe(true)
    expect([target, client.statuses]).toEqual([target, [200]])
  }
})
