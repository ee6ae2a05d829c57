import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Identify } from './door.ts'
import { headerValues } from './head.ts'
import {
  arrivals,
  EventReader,
  legacyPost,
  modernRequest,
  openDoor,
  openSession,
  RawClient,
  type TestDoor,
} from './testing/httpDoor.ts'
import { answerLegacy, noteBytes, resultBytes } from './testing/scriptedFront.ts'

const byHeader: Identify = (request) => ({
  principal: {
    issuer: 'test',
    subject: String(headerValues(request.rawHeaders, 'x-test-user')[0] ?? 'nobody'),
  },
  transport: 'http',
})

describe('for any damage done to a good request', () => {
  let door: TestDoor
  beforeAll(async () => {
    door = await openDoor()
  })
  afterAll(() => door.ingress.close())

  /** A good request, and behind it on the same connection one that must never be reached by way of the first. */
  function goodRequest(port: number, tool: string): string {
    const { headers, body } = modernRequest('tools/call', { name: tool })
    const lines = Object.entries(headers as Record<string, string>).map(
      ([name, value]) => `${name}: ${value}`,
    )
    const head = [
      'POST /mcp HTTP/1.1',
      `Host: 127.0.0.1:${port}`,
      ...lines,
      `Content-Length: ${String(body).length}`,
    ]
    return [...head, '', body].join('\r\n')
  }

  const snippet = fc.constantFrom(
    '\r',
    '\n',
    '\r\n',
    '\r\n\r\n',
    '\0',
    ' ',
    '\t',
    ':',
    ',',
    '\x0b',
    '%',
    '"',
    '\\',
    '{',
    '}',
    '[',
    '0\r\n\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Content-Length: 0\r\n',
    'Mcp-Name: b\r\n',
    'Host: evil.example\r\n',
    'Expect: 100-continue\r\n',
    'Upgrade: h2c\r\n',
    '\r\nGET /mcp HTTP/1.1\r\n',
  )
  const damage = fc.record({
    at: fc.nat(800),
    remove: fc.nat(12),
    insert: fc.oneof(snippet, fc.string({ maxLength: 6 })),
  })

  it('it is refused, or done as its body says; the door stands and the connection is not trusted further', async () => {
    // On a slow machine a call may be seen when the next request is already under way: its tool says whose it is.
    const earlier: string[] = []
    await fc.assert(
      fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 3 }), async (damages) => {
        const { front, port } = door
        const before = front.calls.length
        let text = goodRequest(port, `a${earlier.length}`)
        for (const { at, remove, insert } of damages)
          text = text.slice(0, at) + insert + text.slice(at + remove)
        const client = new RawClient(port)
        client.write(Buffer.from(text, 'latin1'))
        // Some wait for more than they sent: nothing tells that no answer will come.
        await Promise.race([client.until(() => client.statuses.some((status) => status !== 100)), arrivals()])
        client.destroy()
        // What has arrived is done now, and is not taken for the next one's.
        await arrivals(5)
        const calls = front.calls.slice(before)
        const names = (of: string, tool: string | undefined) => of.includes(`"name":"${tool}"`)
        expect(calls.filter(({ tool }) => names(text, tool)).length).toBeLessThanOrEqual(1)
        for (const call of calls) {
          // The body is the one thing that says what is done: it must still be there as it was parsed.
          const sent = [text, ...earlier].find((one) => names(one, call.tool))
          expect(sent).toContain(call.method)
          expect(call.era).toBe('modern')
        }
        earlier.push(text)
      }),
      { numRuns: 150 },
    )
    expect((await fetch(door.url, modernRequest('tools/list'))).status).toBe(200)
  })
})

describe('for any interleaving of principals, sessions and equal ids', () => {
  let door: TestDoor
  beforeAll(async () => {
    door = await openDoor({
      identify: byHeader,
      listen: { maxSessions: 10_000, maxStreams: 10_000 },
      script: {
        legacy: (message, port) => void (message.method === 'initialize' && answerLegacy(message, port)),
      },
    })
  })
  afterAll(() => door.ingress.close())

  const step = fc.record({
    session: fc.nat(3),
    id: fc.constantFrom(1, '1', 2),
    notes: fc.nat(2),
  })

  it('each request gets its own answer and nobody else sees a word of it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 2, maxLength: 8 }),
        fc.infiniteStream(fc.nat()),
        async (steps, order) => {
          const users = ['ann', 'bob', 'ann', 'bob']
          const opened = door.front.ports.size
          const sessions: { id: string; user: string; conversation: string }[] = []
          for (const user of users) {
            const id = await openSession(door.url, { 'x-test-user': user })
            sessions.push({ id, user, conversation: [...door.front.ports.keys()].at(-1) ?? '' })
          }
          expect(door.front.ports.size).toBe(opened + users.length)

          // One request under each id and session at most; the answer names who asked.
          const asked = new Map(steps.map((one) => [`${one.session}/${JSON.stringify(one.id)}`, one]))
          const before = door.front.calls.length
          const waiting = [...asked].map(([key, one]) => {
            const session = sessions[one.session]
            const init = legacyPost({ jsonrpc: '2.0', id: one.id, method: 'ask' }, session?.id, {
              'x-test-user': session?.user ?? '',
            })
            return { key, one, session, response: fetch(door.url, init) }
          })
          await door.front.until(() => door.front.calls.length === before + waiting.length)

          const queues = waiting.map(({ key, one, session }) => {
            const port = door.front.ports.get(session?.conversation ?? '')
            const relatedTo = JSON.stringify(one.id)
            const note = () => port?.send(noteBytes('note', { for: key }), { relatedTo, final: false })
            const finish = () => port?.send(resultBytes(relatedTo, { for: key }), { relatedTo, final: true })
            return [...Array.from({ length: one.notes }, () => note), finish]
          })
          // Any order between requests, the given one within each.
          for (let left = queues; left.length > 0; left = left.filter((queue) => queue.length > 0)) {
            left[(order.next().value ?? 0) % left.length]?.shift()?.()
          }
          for (const { key, response } of waiting) {
            const text = await (await response).text()
            const named = [...text.matchAll(/"for":"((?:[^"\\]|\\.)*)"/g)].map((match) =>
              JSON.parse(`"${match[1]}"`),
            )
            expect(new Set(named)).toEqual(new Set([key]))
          }
          for (const { id, user } of sessions) {
            await fetch(door.url, {
              method: 'DELETE',
              headers: { 'mcp-session-id': id, 'x-test-user': user },
            })
          }
        },
      ),
      { numRuns: 25 },
    )
  })

  it('what belongs to no request reaches the session it is for, and no other', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(3), { minLength: 1, maxLength: 20 }), async (targets) => {
        const sessions = []
        for (const user of ['ann', 'bob', 'ann', 'bob']) {
          const id = await openSession(door.url, { 'x-test-user': user })
          sessions.push({ id, user, port: [...door.front.ports.values()].at(-1) })
        }
        const [early, late] = [targets.slice(0, targets.length / 2), targets.slice(targets.length / 2)]
        for (const to of early) sessions[to]?.port?.send(noteBytes('note', { to }), { final: false })
        const readers = await Promise.all(
          sessions.map(async ({ id, user }) => {
            const headers = { accept: 'text/event-stream', 'mcp-session-id': id, 'x-test-user': user }
            return new EventReader(await fetch(door.url, { headers }))
          }),
        )
        for (const to of late) sessions[to]?.port?.send(noteBytes('note', { to }), { final: false })
        for (const { id, user } of sessions) {
          await fetch(door.url, { method: 'DELETE', headers: { 'mcp-session-id': id, 'x-test-user': user } })
        }
        for (const [index, reader] of readers.entries()) {
          const got = (await reader.rest()).map(({ data }) => JSON.parse(data).params.to)
          expect(got).toEqual(targets.filter((to) => to === index))
        }
      }),
      { numRuns: 20 },
    )
  })
})
