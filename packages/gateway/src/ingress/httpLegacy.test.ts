import { describe, expect, it } from 'vitest'
import { EventReader, errorCode, initialize, legacyPost, openSession } from './testing/httpDoor.ts'
import { byHeader, get, portOf, request, seen, silent } from './testing/legacyCalls.ts'
import { open } from './testing/openDoors.ts'
import { resultBytes } from './testing/scriptedFront.ts'

describe('a session', () => {
  it('is opened by initialize, with an id nobody guesses, for one conversation', async () => {
    const { url, front } = await open()
    const ids = await Promise.all(Array.from({ length: 5 }, () => openSession(url)))
    expect(new Set(ids).size).toBe(5)
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{32}$/)
    const response = await fetch(url, legacyPost(request('a'), ids[2]))
    expect(await response.json()).toEqual({ jsonrpc: '2.0', id: 'a', result: { method: 'tools/list' } })
    expect(front.calls.at(-1)).toMatchObject({ era: 'legacy', conversation: 'c3' })
  })

  it('is needed for everything else', async () => {
    const { url, front } = await open()
    for (const init of [
      legacyPost(request(1)),
      legacyPost({ jsonrpc: '2.0', method: 'notifications/initialized' }),
      legacyPost({ jsonrpc: '2.0', id: 1, result: {} }),
      { headers: { accept: 'text/event-stream' } },
      { method: 'DELETE' },
    ]) {
      const response = await fetch(url, init)
      expect([response.status, await errorCode(response)]).toEqual([400, -31400])
    }
    expect(front.calls).toEqual([])
    expect(front.entries).toHaveLength(5)
  })

  it('of another principal, another view or nobody does not exist: three answers, one text', async () => {
    const { url, front, port } = await open({ identify: byHeader, script: { servers: ['files'] } })
    const id = await openSession(url)
    const answers = new Set<string>()
    for (const [target, session, user] of [
      [url, 'A'.repeat(32), 'ann'],
      [url, id, 'bob'],
      [`http://127.0.0.1:${port}/mcp/files`, id, 'ann'],
      [url, `${id}, ${id}`, 'ann'],
      [url, id.toLowerCase(), 'ann'],
    ] as const) {
      for (const init of [
        legacyPost(request(1), session, { 'x-test-user': user }),
        get(session, { 'x-test-user': user }),
        { method: 'DELETE', headers: { 'mcp-session-id': session, 'x-test-user': user } },
      ]) {
        const response = await fetch(target, init)
        const body = await response.text()
        answers.add(`${response.status} ${body.replace('"id":1', '"id":null')}`)
      }
    }
    expect([...answers]).toEqual([expect.stringMatching(/^404 .*no such session/)])
    expect(front.calls.map((call) => call.method)).toEqual(['initialize'])
    expect(front.closed).toEqual([])
    expect((await fetch(url, legacyPost(request(1), id))).status).toBe(200)
  })

  it('never makes room by ending that of another', async () => {
    const { url, front } = await open({ listen: { maxSessions: 2 } })
    const [first] = [await openSession(url), await openSession(url)]
    const refused = await fetch(url, legacyPost(initialize('x')))
    expect([refused.status, refused.headers.get('retry-after'), await refused.json()]).toMatchObject([
      503,
      '30',
      { id: 'x', error: { message: expect.stringContaining('listen.maxSessions') } },
    ])
    expect(front.calls).toHaveLength(2)
    expect((await fetch(url, legacyPost(request(1), first))).status).toBe(200)
    await fetch(url, { method: 'DELETE', headers: { 'mcp-session-id': first } })
    await openSession(url)
  })

  it('ends when nothing is done with it, and not while something is', async () => {
    let clock = 0
    const { url, front } = await open({ now: () => clock, listen: { sessionIdleMs: 40 }, script: silent })
    const idle = await openSession(url)
    const stream = new EventReader(await fetch(url, get(await openSession(url))))
    const pending = fetch(url, legacyPost(request(1), await openSession(url)))
    await front.until(() => seen(front, 'tools/list'))
    for (clock = 1_000; clock < 10_000; clock += 1_000)
      await new Promise((resolve) => setTimeout(resolve, 12))
    await front.until(() => front.closed.length > 0)
    expect(front.closed).toEqual(['c1: it was idle'])
    expect((await fetch(url, legacyPost(request(1), idle))).status).toBe(404)
    portOf(front, 'c3').send(resultBytes('1'), { relatedTo: '1', final: true })
    expect((await pending).status).toBe(200)
    await stream.cancel()
    const timer = setInterval(() => {
      clock += 1_000
    }, 5)
    await front.until(() => front.closed.length === 3)
    clearInterval(timer)
  })

  it('ends with DELETE: its streams end, its requests are answered, it is gone', async () => {
    const { url, front } = await open({ script: silent })
    const id = await openSession(url)
    const stream = new EventReader(await fetch(url, get(id)))
    const pending = fetch(url, legacyPost(request('p'), id))
    await front.until(() => seen(front, 'tools/list'))
    const deleted = await fetch(url, { method: 'DELETE', headers: { 'mcp-session-id': id } })
    expect(deleted.status).toBe(204)
    expect(await stream.rest()).toEqual([])
    const answer = await pending
    expect([answer.status, await answer.json()]).toMatchObject([
      404,
      { id: 'p', error: { message: expect.stringContaining('the client ended it') } },
    ])
    expect(front.closed).toEqual(['c1: the client ended it'])
    expect((await fetch(url, legacyPost(request(1), id))).status).toBe(404)
    expect((await fetch(url, { method: 'DELETE', headers: { 'mcp-session-id': id } })).status).toBe(404)
  })

  it('that was refused or abandoned while it opened takes no place', async () => {
    const refusal = Buffer.from('{"jsonrpc":"2.0","id":0,"error":{"code":-32602,"message":"no"}}')
    let answers = true
    const { url, front } = await open({
      listen: { maxSessions: 1 },
      script: {
        legacy: (message, port) =>
          void (answers && port.send(refusal, { relatedTo: String(message.id), final: true })),
      },
    })
    const response = await fetch(url, legacyPost(initialize()))
    expect([response.status, response.headers.get('mcp-session-id')]).toEqual([200, null])
    await front.until(() => front.closed.length === 1)
    answers = false
    const abort = new AbortController()
    const leaving = fetch(url, legacyPost(initialize(), undefined, {}, abort.signal)).catch(() => undefined)
    await front.until(() => front.calls.length === 2)
    abort.abort()
    await leaving
    await front.until(() => front.closed.length === 2)
  })

  it('is not opened twice', async () => {
    const { url, front } = await open()
    const id = await openSession(url)
    const again = await fetch(url, legacyPost(initialize('again'), id))
    expect([again.status, await again.json()]).toMatchObject([400, { id: 'again', error: { code: -32600 } }])
    expect(front.calls).toHaveLength(1)
  })

  it('speaks revisions we know: others are named back', async () => {
    const { url, front } = await open()
    const id = await openSession(url)
    const response = await fetch(url, legacyPost(request(1), id, { 'mcp-protocol-version': '2025-13-45' }))
    expect([response.status, await response.json()]).toMatchObject([
      400,
      {
        error: {
          code: -32022,
          data: { requested: '2025-13-45', supported: expect.arrayContaining(['2025-11-25']) },
        },
      },
    ])
    expect((await fetch(url, get(id, { 'mcp-protocol-version': 'x' }))).status).toBe(400)
    for (const revision of ['2025-03-26', '2025-06-18', '2025-11-25']) {
      expect(
        (await fetch(url, legacyPost(request(1), id, { 'mcp-protocol-version': revision }))).status,
      ).toBe(200)
    }
    expect(front.calls).toHaveLength(4)
  })

  it('is not told lies by headers of another revision', async () => {
    const { url, front } = await open()
    const id = await openSession(url)
    for (const headers of [
      { 'mcp-method': 'tools/list' },
      { 'mcp-method': 'tools/call', 'mcp-name': 'safe' },
    ]) {
      const response = await fetch(url, legacyPost(request(1, 'tools/call', { name: 'danger' }), id, headers))
      expect([response.status, await errorCode(response)]).toEqual([400, -32020])
    }
    const honest = legacyPost(request(1, 'tools/call', { name: 'safe' }), id, {
      'mcp-method': 'tools/call',
      'mcp-name': 'safe',
    })
    expect((await fetch(url, honest)).status).toBe(200)
    expect(front.calls).toHaveLength(2)
  })
})

describe('requests of a session', () => {
  it('one id, one request at a time: a second one reaches nobody', async () => {
    const { url, front } = await open({ script: silent })
    const id = await openSession(url)
    const first = fetch(url, legacyPost(request(1), id))
    await front.until(() => seen(front, 'tools/list'))
    const second = await fetch(url, legacyPost(request(1), id))
    expect([second.status, await second.json()]).toMatchObject([400, { id: 1, error: { code: -32600 } }])
    const other = fetch(url, legacyPost(request('1'), id))
    await front.until(() => front.calls.length === 3)
    portOf(front).send(resultBytes('"1"', { text: true }), { relatedTo: '"1"', final: true })
    portOf(front).send(resultBytes('1', { number: true }), { relatedTo: '1', final: true })
    expect(await (await first).json()).toMatchObject({ id: 1, result: { number: true } })
    expect(await (await other).json()).toMatchObject({ id: '1', result: { text: true } })
    expect(front.calls).toHaveLength(3)
    expect(front.entries).toMatchObject([{ rule: 'message/duplicate-id', conversation: 'c1' }])
  })

  it('of two principals with equal ids go their own ways', async () => {
    const { url, front } = await open({ identify: byHeader, script: silent })
    const [ann, bob] = [
      await openSession(url, { 'x-test-user': 'ann' }),
      await openSession(url, { 'x-test-user': 'bob' }),
    ]
    const calls = [
      fetch(url, legacyPost(request(1), ann, { 'x-test-user': 'ann' })),
      fetch(url, legacyPost(request(1), bob, { 'x-test-user': 'bob' })),
    ]
    await front.until(() => front.calls.length === 4)
    portOf(front, 'c2').send(resultBytes('1', 'for bob'), { relatedTo: '1', final: true })
    portOf(front, 'c1').send(resultBytes('1', 'for ann'), { relatedTo: '1', final: true })
    const answers = await Promise.all(calls.map(async (call) => (await call).json()))
    expect(answers).toMatchObject([{ result: 'for ann' }, { result: 'for bob' }])
  })

  it('are bounded in number', async () => {
    const { url, front } = await open({ limits: { maxInFlightPerClient: 2 }, script: silent })
    const id = await openSession(url)
    const pending = [fetch(url, legacyPost(request(1), id)), fetch(url, legacyPost(request(2), id))]
    await front.until(() => front.calls.length === 3)
    const refused = await fetch(url, legacyPost(request(3), id))
    expect([refused.status, await errorCode(refused)]).toEqual([429, -31429])
    for (const related of ['1', '2'])
      portOf(front).send(resultBytes(related), { relatedTo: related, final: true })
    expect((await Promise.all(pending)).map((response) => response.status)).toEqual([200, 200])
    expect(front.calls).toHaveLength(3)
  })

  it('become a stream when something comes before the answer, and the client answers on another POST', async () => {
    const { url, front } = await open({ script: silent })
    const id = await openSession(url, {}, '2025-06-18')
    const pending = fetch(url, legacyPost(request(1), id, { 'mcp-protocol-version': '2025-06-18' }))
    await front.until(() => seen(front, 'tools/list'))
    const ask = Buffer.from('{"jsonrpc":"2.0","id":7,"method":"roots/list"}')
    portOf(front).send(ask, { relatedTo: '1', final: false })
    const response = await pending
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    const reader = new EventReader(response)
    expect((await reader.next())?.data).toBe(ask.toString())
    const answer = await fetch(url, legacyPost({ jsonrpc: '2.0', id: 7, result: { roots: [] } }, id))
    expect([answer.status, await answer.text()]).toEqual([202, ''])
    expect(front.calls.at(-1)).toMatchObject({ kind: 'result', id: '7' })
    portOf(front).send(resultBytes('1'), { relatedTo: '1', final: true })
    expect(await reader.rest()).toMatchObject([
      { data: resultBytes('1').toString(), id: expect.stringMatching(/^\d+-\d+$/) },
    ])
  })

  it('are streams from the start for a client that names the stream first', async () => {
    const { url } = await open()
    const id = await openSession(url)
    const response = await fetch(
      url,
      legacyPost(request(1), id, { accept: 'text/event-stream, application/json' }),
    )
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    const events = await new EventReader(response).rest()
    expect(events.map(({ data }) => data)).toEqual(['', expect.stringContaining('tools/list')])
  })

  it('that are cancelled end without an answer; a late one is dropped', async () => {
    const { url, front } = await open({ script: silent })
    const id = await openSession(url)
    const pending = fetch(url, legacyPost(request(1), id))
    await front.until(() => seen(front, 'tools/list'))
    portOf(front).abandon('1')
    portOf(front).send(resultBytes('1'), { relatedTo: '1', final: true })
    expect(await (await pending).text()).toBe('')
    const again = fetch(url, legacyPost(request(1), id))
    await front.until(() => front.calls.length === 3)
    portOf(front).send(resultBytes('1'), { relatedTo: '1', final: true })
    expect((await again).status).toBe(200)
  })

  it.each([
    ['2025-11-25', /^id: \d+-\d+\nretry: \d+\ndata: \n\n/m],
    ['2025-06-18', /^: keep-alive\n\n/],
  ])('that stay silent become a stream a client of %s can wait on', async (revision, start) => {
    const { url, front } = await open({ listen: { keepAliveMs: 20 }, script: silent })
    const id = await openSession(url, {}, revision)
    const response = await fetch(url, legacyPost(request(1), id, { 'mcp-protocol-version': revision }))
    let text = ''
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      // It stays silent until it was kept alive.
      if (!text.includes(': keep-alive') && (text + chunk).includes(': keep-alive'))
        portOf(front).send(resultBytes('1'), { relatedTo: '1', final: true })
      text += chunk
    }
    expect(text).toMatch(start)
    expect(text).toContain(`data: ${resultBytes('1')}\n\n`)
  })
})

describe('a shutdown', () => {
  it('waits for requests underway, ends streams, closes every conversation', async () => {
    const { url, front, ingress } = await open({ script: silent })
    const id = await openSession(url)
    const stream = new EventReader(await fetch(url, get(id)))
    const pending = fetch(url, legacyPost(request(1), id))
    await front.until(() => seen(front, 'tools/list'))
    const closed = ingress.close()
    expect(await stream.rest()).toEqual([])
    portOf(front).send(resultBytes('1'), { relatedTo: '1', final: true })
    expect((await pending).status).toBe(200)
    await closed
    expect(front.closed).toEqual(['c1: the gateway is shutting down'])
  })

  it('answers what does not end in time', async () => {
    const { url, front, ingress } = await open({ listen: { drainMs: 50 }, script: silent })
    const id = await openSession(url)
    const pending = fetch(url, legacyPost(request(1), id))
    await front.until(() => seen(front, 'tools/list'))
    await ingress.close()
    const response = await pending
    expect([response.status, await response.json()]).toMatchObject([503, { id: 1, error: { code: -31503 } }])
  })
})
