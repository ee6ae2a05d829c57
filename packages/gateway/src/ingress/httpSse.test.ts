/** HTTP+SSE clients (2024-11-05): what a stream and a path to post to may be used for, and by whom. */
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import type { Identify } from './door.ts'
import {
  EventReader,
  envelope,
  errorCode,
  initialize,
  legacyPost,
  openDoor,
  openSession,
  RawClient,
  type TestDoor,
  type TestDoorOptions,
} from './testing/httpDoor.ts'
import { byHeader, silent } from './testing/legacyCalls.ts'
import { answerLegacy, noteBytes, resultBytes } from './testing/scriptedFront.ts'

const doors: TestDoor[] = []

async function open(options?: TestDoorOptions): Promise<TestDoor & { readonly origin: string }> {
  const door = await openDoor({ identify: byHeader, ...options })
  doors.push(door)
  return { ...door, origin: `http://127.0.0.1:${door.port}` }
}

afterEach(async () => {
  await Promise.all(doors.splice(0).map((door) => door.ingress.close()))
})

interface Stream {
  readonly path: string
  readonly events: EventReader
  post(message: unknown, headers?: Record<string, string>): Promise<Response>
  next(): Promise<unknown>
}

async function openStream(
  origin: string,
  options: { readonly path?: string; readonly user?: string } = {},
): Promise<Stream> {
  const user = { 'x-test-user': options.user ?? 'ann' }
  const response = await fetch(`${origin}${options.path ?? '/sse'}`, {
    headers: { accept: 'text/event-stream', ...user },
  })
  expect(response.status).toBe(200)
  const events = new EventReader(response)
  const first = await events.next()
  expect(first?.type).toBe('endpoint')
  const path = first?.data ?? ''
  return {
    path,
    events,
    post: (message, headers) =>
      fetch(`${origin}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...user, ...headers },
        body: JSON.stringify(message),
      }),
    next: async () => JSON.parse((await events.next())?.data ?? 'null') as unknown,
  }
}

const VERSION = 'io.modelcontextprotocol/protocolVersion'
const request = (id: unknown, method = 'tools/list', params: unknown = {}) => ({
  jsonrpc: '2.0',
  id,
  method,
  params,
})

describe('an HTTP+SSE session', () => {
  it('answers on its stream what was posted to its path', async () => {
    const { origin, front } = await open()
    const stream = await openStream(origin)
    expect(stream.path).toMatch(/^\/messages\/[A-Za-z0-9_-]{32}$/)
    const posted = await stream.post(initialize(0, '2024-11-05'))
    expect([posted.status, await posted.text()]).toEqual([202, ''])
    expect(await stream.next()).toMatchObject({ id: 0, result: { serverInfo: { name: 'gate' } } })
    expect((await stream.post({ jsonrpc: '2.0', method: 'notifications/initialized' })).status).toBe(202)
    await stream.post(request('a'))
    expect(await stream.next()).toEqual({ jsonrpc: '2.0', id: 'a', result: { method: 'tools/list' } })
    expect(front.calls.map(({ era, conversation }) => `${era} ${conversation}`)).toEqual(
      Array(3).fill('legacy c1'),
    )
    await stream.events.cancel()
  })

  it('carries notifications and questions in the order they were sent', async () => {
    const { origin } = await open({
      script: {
        legacy(message, port) {
          if (message.method === 'initialize') return answerLegacy(message, port)
          if (message.kind !== 'request' || message.id === undefined) return
          port.send(noteBytes('notifications/message', { data: 1 }), { final: false })
          port.send(noteBytes('notifications/progress', { progress: 1 }), {
            relatedTo: message.id,
            final: false,
          })
          port.send(resultBytes(message.id), { relatedTo: message.id, final: true })
          port.send(noteBytes('notifications/progress', { progress: 2 }), {
            relatedTo: message.id,
            final: false,
          })
          port.send(noteBytes('notifications/message', { data: 2 }), { final: false })
        },
      },
    })
    const stream = await openStream(origin)
    await stream.post(request(1))
    const said = [await stream.next(), await stream.next(), await stream.next(), await stream.next()]
    expect(said).toMatchObject([
      { params: { data: 1 } },
      { params: { progress: 1 } },
      { id: 1, result: {} },
      { params: { data: 2 } },
    ])
    await stream.events.cancel()
  })

  it('sees one server at /sse/SERVER, all at /sse', async () => {
    const { origin, front } = await open({ script: { servers: ['files'] } })
    for (const path of ['/sse', '/sse/files']) {
      const stream = await openStream(origin, { path })
      await stream.post(request(1))
      await stream.next()
      await stream.events.cancel()
    }
    expect(front.calls.map(({ view }) => view)).toEqual([{ kind: 'all' }, { kind: 'one', server: 'files' }])
    expect((await fetch(`${origin}/sse/other`, { headers: { accept: 'text/event-stream' } })).status).toBe(
      404,
    )
  })

  it('ends with its stream: the conversation is closed and its path is gone', async () => {
    const { origin, front } = await open({ script: silent })
    const stream = await openStream(origin)
    await stream.post(initialize())
    await stream.next()
    await stream.post(request(1, 'tools/call'))
    await front.until(() => front.calls.length === 2)
    await stream.events.cancel()
    await front.until(() => front.closed.length === 1)
    expect(front.closed).toEqual(['c1: the client closed its stream'])
    const late = await stream.post(request(2))
    expect([late.status, await errorCode(late)]).toEqual([404, expect.any(Number)])
    expect(front.calls.length).toBe(2)
    expect(front.entries.at(-1)).toMatchObject({ rule: 'session/unknown' })
  })

  it('is kept alive by comments', async () => {
    const { origin } = await open({ listen: { keepAliveMs: 20 } })
    const stream = await openStream(origin)
    const waiting = stream.next()
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        if (stream.events.comments < 2) return
        clearInterval(timer)
        resolve()
      }, 5)
    })
    await stream.events.cancel()
    expect(await waiting).toBeNull()
  })

  it('ends at the idle limit when its client never says a word, and not when it does', async () => {
    let clock = 0
    const { origin, front } = await open({ now: () => clock, listen: { sessionIdleMs: 40 } })
    const used = await openStream(origin)
    await used.post(request(1))
    await used.next()
    const mute = await openStream(origin)
    clock += 41
    expect(await mute.events.next()).toBeUndefined()
    expect(front.closed).toEqual(['c2: it was idle'])
    await used.post(request(2))
    expect(await used.next()).toMatchObject({ id: 2 })
    await used.events.cancel()
  })

  it('ends at its longest life', async () => {
    let clock = 0
    const listen = { keepAliveMs: 40 }
    const { origin, front } = await open({ now: () => clock, maxStreamMs: 1_000, listen, script: silent })
    const stream = await openStream(origin)
    await stream.post(request(7))
    clock += 1_000
    expect(await stream.next()).toMatchObject({ id: 7, error: { code: expect.any(Number) } })
    expect(await stream.events.next()).toBeUndefined()
    expect(front.closed).toEqual(['c1: its stream reached its longest life'])
  })

  it('leaves its place to another when it ends', async () => {
    const { origin, front } = await open({ listen: { maxStreams: 1 } })
    const first = await openStream(origin)
    const full = await fetch(`${origin}/sse`, { headers: { accept: 'text/event-stream' } })
    expect([full.status, full.headers.get('retry-after')]).toEqual([503, '10'])
    await full.text()
    await first.events.cancel()
    await front.until(() => front.closed.length === 1)
    await (await openStream(origin)).events.cancel()
  })

  it('counts as a session', async () => {
    const { origin, ingress } = await open({ listen: { maxSessions: 1 } })
    const first = await openStream(origin)
    expect(ingress.sessions()).toBe(1)
    const full = await fetch(`${origin}/sse`, { headers: { accept: 'text/event-stream' } })
    expect([full.status, full.headers.get('retry-after')]).toEqual([503, '30'])
    await full.text()
    await first.events.cancel()
  })
})

describe('nobody else can use an HTTP+SSE session', () => {
  it('another principal who knows its path finds nothing there', async () => {
    const { origin, front } = await open()
    const ann = await openStream(origin)
    const stolen = await ann.post(request(1), { 'x-test-user': 'bob' })
    const guessed = await fetch(`${origin}/messages/${'A'.repeat(32)}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request(1)),
    })
    expect([stolen.status, guessed.status]).toEqual([404, 404])
    // Nothing tells apart a session of another and one that never was.
    expect(await stolen.json()).toEqual(await guessed.json())
    expect(front.calls).toEqual([])
    expect(front.entries).toHaveLength(2)
    expect(JSON.stringify(front.entries)).not.toContain(ann.path.slice('/messages/'.length))
    await ann.post(request(2))
    expect(await ann.next()).toMatchObject({ id: 2 })
    await ann.events.cancel()
  })

  it('its id opens nothing at /mcp, and that of a Streamable HTTP session nothing at /messages', async () => {
    const { origin, url, front } = await open()
    const stream = await openStream(origin)
    const id = stream.path.slice('/messages/'.length)
    expect((await fetch(url, legacyPost(request(1), id))).status).toBe(404)
    const ended = await fetch(url, { method: 'DELETE', headers: { 'mcp-session-id': id } })
    expect(ended.status).toBe(404)
    const session = await openSession(url)
    const before = front.calls.length
    const crossed = await fetch(`${origin}/messages/${session}`, legacyPost(request(1)))
    expect(crossed.status).toBe(404)
    expect(front.calls).toHaveLength(before)
    await stream.events.cancel()
  })

  it('a second GET opens a session of its own and leaves the first alone', async () => {
    const { origin } = await open()
    const [one, other] = [await openStream(origin), await openStream(origin)]
    expect(one.path).not.toBe(other.path)
    const onPath = await fetch(`${origin}${one.path}`, { headers: { accept: 'text/event-stream' } })
    expect([onPath.status, onPath.headers.get('allow')]).toEqual([405, 'POST'])
    await one.post(request(1))
    await other.post(request(1, 'prompts/list'))
    expect(await one.next()).toMatchObject({ result: { method: 'tools/list' } })
    expect(await other.next()).toMatchObject({ result: { method: 'prompts/list' } })
    await Promise.all([one.events.cancel(), other.events.cancel()])
  })

  it('a server taken out of the configuration is gone for sessions that stand', async () => {
    const servers = ['files']
    const { origin, front } = await open({ script: { servers } })
    const stream = await openStream(origin, { path: '/sse/files' })
    servers.pop()
    expect((await stream.post(request(1))).status).toBe(404)
    expect(front.calls).toEqual([])
    await stream.events.cancel()
  })
})

describe('for any interleaving of principals, sessions and equal ids', () => {
  const users = ['ann', 'bob', 'ann', 'bob']
  const step = fc.record({
    session: fc.nat(3),
    user: fc.nat(3),
    id: fc.constantFrom(1, '1', 2),
    note: fc.boolean(),
  })

  it('a stream carries what was asked on its own path by its own principal, once, and no other word', async () => {
    const { origin, front } = await open({
      script: silent,
      listen: { maxSessions: 1_000, maxStreams: 1_000 },
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        const sessions = []
        for (const user of users) {
          const stream = await openStream(origin, { user })
          sessions.push({
            user,
            stream,
            port: [...front.ports.values()].at(-1),
            due: new Map<string, string[]>(),
          })
        }
        for (const { session, user: asUser, id, note } of steps) {
          const one = sessions[session]
          const user = users[asUser] ?? ''
          const key = JSON.stringify(id)
          const { status, ok } = (await one?.stream.post(request(id, 'ask'), { 'x-test-user': user })) ?? {}
          if (user !== one?.user) expect(status).toBe(404)
          else if (one.due.has(key)) expect(status).toBe(400)
          else expect(status).toBe(202)
          if (ok === true) one?.due.set(key, note ? [`note ${key}`, `end ${key}`] : [`end ${key}`])
        }
        const expected: string[][] = []
        for (const [at, { due, port, stream }] of sessions.entries()) {
          for (const [relatedTo, words] of due) {
            for (const text of words) {
              const final = text.startsWith('end')
              const said = { for: `${at} ${text}` }
              const bytes = final ? resultBytes(relatedTo, said) : noteBytes('note', said)
              port?.send(bytes, { relatedTo, final })
            }
          }
          expected.push([...due.values()].flat().map((text) => `${at} ${text}`))
          const got: string[] = []
          for (const _ of expected[at] ?? []) {
            const message = (await stream.next()) as { result?: { for: string }; params?: { for: string } }
            got.push(message.result?.for ?? message.params?.for ?? '')
          }
          expect(got).toEqual(expected[at])
        }
        await Promise.all(sessions.map(({ stream }) => stream.events.cancel()))
      }),
      { numRuns: 15 },
    )
  })
})

describe('a client that leaves before it is known who it is', () => {
  it('takes no place from others', async () => {
    let known: (() => void) | undefined
    const first = new Promise<void>((resolve) => {
      known = resolve
    })
    let asked = 0
    const identify: Identify = async (request) => {
      asked += 1
      if (asked === 1) {
        request.socket.once('close', () => known?.())
        await first
      }
      return byHeader(request)
    }
    const { origin, port, ingress } = await open({ identify, listen: { maxStreams: 1 } })
    const raw = new RawClient(port)
    raw.write(`GET /sse HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: text/event-stream\r\n\r\n`)
    const accepted = () => asked === 1
    while (!accepted()) await new Promise((resolve) => setImmediate(resolve))
    raw.destroy()
    await first
    const stream = await openStream(origin)
    expect(ingress.sessions()).toBe(1)
    await stream.events.cancel()
  })
})

describe('what the door refuses reaches no server', () => {
  it.each([
    ['a foreign Origin on the stream', { path: '/sse', headers: { Origin: 'https://evil.example' } }, 403],
    ['a foreign Host on the stream', { path: '/sse', headers: { Host: 'evil.example' } }, 421],
    ['no Accept for streams', { path: '/sse', headers: { Accept: 'application/json' } }, 406],
    [
      'a modern revision on the stream',
      { path: '/sse', headers: { 'MCP-Protocol-Version': '2026-07-28' } },
      400,
    ],
    [
      'an unknown revision on the stream',
      { path: '/sse', headers: { 'MCP-Protocol-Version': '1999-01-01' } },
      400,
    ],
    ['a query', { path: '/sse?sessionId=1', headers: {} }, 404],
    ['a server of no such name', { path: '/sse/nope', headers: {} }, 404],
    ['an overlong server name', { path: '/sse/aaaaaaaaaaaaaaaaa', headers: {} }, 404],
  ])('%s', async (_name, { path, headers }, status) => {
    const { port, front, ingress } = await open()
    const raw = new RawClient(port)
    const all = { Host: `127.0.0.1:${port}`, Accept: 'text/event-stream', ...headers }
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
    raw.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`)
    expect(await raw.until(() => raw.statuses.length > 0, 20_000)).toBe(true)
    expect(raw.statuses).toEqual([status])
    expect(ingress.sessions()).toBe(0)
    expect(front.entries).toHaveLength(1)
    raw.destroy()
  })

  it.each([
    ['POST', '/sse', 'GET'],
    ['DELETE', '/sse', 'GET'],
    ['OPTIONS', '/sse', 'GET'],
    ['PUT', `/messages/${'A'.repeat(32)}`, 'POST'],
    ['DELETE', `/messages/${'A'.repeat(32)}`, 'POST'],
  ])('%s %s: 405', async (method, path, allow) => {
    const { origin } = await open()
    const response = await fetch(`${origin}${path}`, { method })
    expect([response.status, response.headers.get('allow')]).toEqual([405, allow])
    await response.text()
  })

  it.each<[string, unknown, Record<string, string>, number]>([
    ['a foreign Origin', request(1), { origin: 'https://evil.example' }, 403],
    ['a type a page may send unasked', request(1), { 'content-type': 'text/plain' }, 415],
    ['an encoded body', request(1), { 'content-encoding': 'gzip' }, 415],
    ['a batch', [request(1), request(2)], {}, 400],
    [
      'an answer under an unknown revision',
      { jsonrpc: '2.0', id: 1, result: {} },
      { 'mcp-protocol-version': '2023-01-01' },
      400,
    ],
    ['a header that names another method', request(1), { 'mcp-method': 'tools/call' }, 400],
    ['an id with control characters', request('a\u0007'), {}, 400],
    ['a body over the limit', request(1, 'x', { text: 'x'.repeat(300 * 1024) }), {}, 413],
  ])('%s', async (_name, message, headers, status) => {
    const { origin, front } = await open()
    const stream = await openStream(origin)
    const response = await stream.post(message, headers)
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ jsonrpc: '2.0', error: { code: expect.any(Number) } })
    expect(front.calls).toEqual([])
    expect(front.entries).toHaveLength(1)
    // Its session stands, and other requests are answered.
    await stream.post(request(2))
    expect(await stream.next()).toMatchObject({ id: 2 })
    await stream.events.cancel()
  })

  it.each<[string, unknown, Record<string, string>]>([
    ['a modern envelope', request(1, 'server/discover', envelope()), {}],
    ['a modern header', request(1), { 'mcp-protocol-version': '2026-07-28' }],
    ['an unknown revision', request(1), { 'mcp-protocol-version': '2023-01-01' }],
    ['an envelope that is no text', request(1, 'a', { _meta: { [VERSION]: {} } }), {}],
  ])('%s is answered on the stream, where an old server would answer it', async (_name, message, headers) => {
    const { origin, front } = await open()
    const stream = await openStream(origin)
    expect((await stream.post(message, headers)).status).toBe(202)
    expect(await stream.next()).toMatchObject({
      id: 1,
      error: { code: -32022, data: { supported: expect.arrayContaining(['2024-11-05']) } },
    })
    expect(front.calls).toEqual([])
    expect(front.entries).toMatchObject([{ rule: 'headers/version-unsupported' }])
    await stream.post(initialize(1))
    expect(await stream.next()).toMatchObject({ id: 1, result: {} })
    await stream.events.cancel()
  })

  it('a second request under an id that is underway, until that is answered or cancelled', async () => {
    let answer: (() => void) | undefined
    const { origin, front } = await open({
      script: {
        legacy(message, port) {
          if (message.kind === 'notification') return port.abandon(JSON.stringify(message.params.requestId))
          const { id } = message
          if (id !== undefined) answer = () => port.send(resultBytes(id), { relatedTo: id, final: true })
        },
      },
    })
    const stream = await openStream(origin)
    await stream.post(request(1))
    expect((await stream.post(request(1))).status).toBe(400)
    expect((await stream.post(request('1'))).status).toBe(202)
    answer?.()
    expect(await stream.next()).toMatchObject({ id: '1' })
    const cancelled = { method: 'notifications/cancelled', params: { requestId: 1 } }
    await stream.post({ jsonrpc: '2.0', ...cancelled })
    expect((await stream.post(request(1))).status).toBe(202)
    expect(front.calls.map(({ id }) => id)).toEqual(['1', '"1"', undefined, '1'])
    await stream.events.cancel()
  })

  it('more requests at once than one client may have', async () => {
    const { origin, front } = await open({ script: silent, limits: { maxInFlightPerClient: 2 } })
    const stream = await openStream(origin)
    expect((await stream.post(request(1))).status).toBe(202)
    expect((await stream.post(request(2))).status).toBe(202)
    expect((await stream.post(request(3))).status).toBe(429)
    expect(front.calls).toHaveLength(2)
    await stream.events.cancel()
  })
})

describe('a client that does not read its stream', () => {
  it('is cut off, and its calls with it', async () => {
    const { port, origin, front } = await open({
      maxBufferedBytes: 64 * 1024,
      script: {
        legacy(message, port) {
          const big = noteBytes('notifications/message', { data: 'x'.repeat(64 * 1024) })
          if (message.kind === 'request') for (let i = 0; i < 200; i += 1) port.send(big, { final: false })
        },
      },
    })
    const raw = new RawClient(port)
    raw.write(`GET /sse HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: text/event-stream\r\n\r\n`)
    expect(await raw.until(() => /\/messages\/[\w-]{32}/.test(raw.text), 20_000)).toBe(true)
    const [path] = /\/messages\/[\w-]{32}/.exec(raw.text) ?? []
    raw.socket.pause()
    const flood = { 'content-type': 'application/json' }
    await fetch(`${origin}${path}`, { method: 'POST', headers: flood, body: JSON.stringify(request(1)) })
    await front.until(() => front.closed.length === 1)
    expect(front.closed).toEqual(['c1: the client closed its stream'])
    raw.destroy()
  })
})

describe('a shutdown', () => {
  it('waits for answers that are due on a stream, then ends it', async () => {
    const { origin, front, ingress } = await open({ script: silent, listen: { drainMs: 20_000 } })
    const [waiting, idle] = [await openStream(origin), await openStream(origin)]
    await waiting.post(request(1, 'tools/call'))
    const closing = ingress.close()
    expect(await idle.events.next()).toBeUndefined()
    front.ports.get('c1')?.send(resultBytes('1'), { relatedTo: '1', final: true })
    expect(await waiting.next()).toMatchObject({ id: 1, result: {} })
    expect(await waiting.events.next()).toBeUndefined()
    await closing
    expect(front.closed.toSorted()).toEqual([
      'c1: the gateway is shutting down',
      'c2: the gateway is shutting down',
    ])
  })

  it('answers with an error what does not end in time', async () => {
    const { origin, ingress } = await open({ script: silent, listen: { drainMs: 10 } })
    const stream = await openStream(origin)
    await stream.post(request(1, 'tools/call'))
    const closing = ingress.close()
    expect(await stream.next()).toMatchObject({ id: 1, error: { code: expect.any(Number) } })
    expect(await stream.events.next()).toBeUndefined()
    await closing
  })
})
