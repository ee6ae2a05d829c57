import { describe, expect, it } from 'vitest'
import {
  arrivals,
  EventReader,
  errorCode,
  legacyPost,
  openSession,
  type TestDoorOptions,
} from './testing/httpDoor.ts'
import { byHeader, get, portOf, request, seen, silent } from './testing/legacyCalls.ts'
import { open } from './testing/openDoors.ts'
import { noteBytes, resultBytes } from './testing/scriptedFront.ts'

describe('the stream of a session', () => {
  it('is one: a second is refused while the first stands', async () => {
    const { url, front } = await open()
    const id = await openSession(url)
    const first = new EventReader(await fetch(url, get(id)))
    const second = await fetch(url, get(id))
    expect([second.status, await errorCode(second)]).toEqual([409, -31409])
    portOf(front).send(noteBytes('a'), { final: false })
    expect((await first.next())?.data).toBe(noteBytes('a').toString())
    await first.cancel()
    await expect.poll(() => fetch(url, get(id)).then((response) => response.status)).toBe(200)
  })

  it('brings what came while there was none, and nothing twice', async () => {
    const { url, front } = await open()
    const id = await openSession(url)
    for (const name of ['a', 'b']) portOf(front).send(noteBytes(name), { final: false })
    const first = new EventReader(await fetch(url, get(id)))
    portOf(front).send(noteBytes('c'), { final: false })
    const got = [await first.next(), await first.next(), await first.next()].map((event) => event?.data)
    expect(got).toEqual([noteBytes('a'), noteBytes('b'), noteBytes('c')].map(String))
    await first.cancel()
    await expect
      .poll(async () => {
        const response = await fetch(url, get(id))
        if (response.status !== 200) return response.status
        portOf(front).send(noteBytes('d'), { final: false })
        return (await new EventReader(response).next())?.data
      })
      .toBe(noteBytes('d').toString())
  })

  it('keeps the newest of what nobody fetched', async () => {
    const { url, front } = await open()
    const id = await openSession(url)
    for (let i = 0; i < 1_000; i++) portOf(front).send(noteBytes(`n${i}`), { final: false })
    const reader = new EventReader(await fetch(url, get(id)))
    portOf(front).send(noteBytes('end'), { final: false })
    const methods: string[] = []
    while (methods.at(-1) !== 'end') methods.push(JSON.parse((await reader.next())?.data ?? '{}').method)
    expect(methods.slice(0, -1)).toEqual(Array.from({ length: 256 }, (_, i) => `n${i + 744}`))
  })

  it('asks for an Accept and counts against the streams', async () => {
    const { url } = await open({ listen: { maxStreams: 1 } })
    const [one, two] = [await openSession(url), await openSession(url)]
    expect(
      (await fetch(url, { headers: { accept: 'application/json', 'mcp-session-id': one } })).status,
    ).toBe(406)
    const reader = new EventReader(await fetch(url, get(one)))
    expect((await fetch(url, get(two))).status).toBe(503)
    await reader.cancel()
    await expect.poll(() => fetch(url, get(two)).then((response) => response.status)).toBe(200)
  })

  it('is ended in order when it grows too old', async () => {
    const { url } = await open({ maxStreamMs: 50, listen: { keepAliveMs: 40 } })
    const id = await openSession(url)
    expect(await new EventReader(await fetch(url, get(id))).rest()).toEqual([])
    expect((await fetch(url, get(id))).status).toBe(200)
  })
})

describe('a client that lost a stream', () => {
  /** A request whose stream was opened by one event. */
  async function streaming(options: TestDoorOptions = {}) {
    const door = await open({ script: silent, ...options })
    const id = await openSession(door.url)
    const abort = new AbortController()
    const pending = fetch(door.url, legacyPost(request('r'), id, {}, abort.signal))
    await door.front.until(() => seen(door.front, 'tools/list'))
    const send = (name: string) =>
      portOf(door.front).send(noteBytes(name), { relatedTo: '"r"', final: false })
    const finish = () => portOf(door.front).send(resultBytes('"r"'), { relatedTo: '"r"', final: true })
    send('one')
    const response = await pending
    const reader = new EventReader(response)
    const primed = await reader.next()
    const first = await reader.next()
    const leave = async () => {
      abort.abort()
      // Nothing tells that the door has noticed: to it nothing has happened.
      await arrivals()
    }
    return { ...door, id, send, finish, reader, primed, first, leave }
  }

  it('has not cancelled: it fetches the rest, and the stream ends with the answer', async () => {
    const { url, id, send, finish, leave, first, front } = await streaming()
    await leave()
    send('two')
    const reader = new EventReader(await fetch(url, get(id, { 'last-event-id': first?.id ?? '' })))
    expect((await reader.next())?.data).toBe(noteBytes('two').toString())
    send('three')
    finish()
    expect((await reader.rest()).map(({ data }) => data)).toEqual(
      [noteBytes('three'), resultBytes('"r"')].map(String),
    )
    expect(front.closed).toEqual([])
  })

  it('may come back from the very first id, given before anything was sent', async () => {
    const { url, id, primed, finish, leave } = await streaming()
    expect(primed?.data).toBe('')
    await leave()
    finish()
    const reader = new EventReader(await fetch(url, get(id, { 'last-event-id': primed?.id ?? '' })))
    expect((await reader.rest()).map(({ data }) => data)).toEqual(
      [noteBytes('one'), resultBytes('"r"')].map(String),
    )
  })

  it('gets the rest of a finished stream, and that stream ends', async () => {
    const { url, id, first, send, finish, leave } = await streaming()
    await leave()
    send('two')
    finish()
    const rest = await new EventReader(await fetch(url, get(id, { 'last-event-id': first?.id ?? '' }))).rest()
    expect(rest.map(({ data }) => data)).toEqual([noteBytes('two'), resultBytes('"r"')].map(String))
    const last = rest.at(-1)?.id ?? ''
    const nothing = await fetch(url, get(id, { 'last-event-id': last }))
    expect([nothing.status, await errorCode(nothing)]).toEqual([400, -31400])
  })

  it('takes the stream over although its old connection looks alive', async () => {
    const { url, id, first, send, finish, reader } = await streaming()
    const taken = new EventReader(await fetch(url, get(id, { 'last-event-id': first?.id ?? '' })))
    expect(await reader.rest()).toEqual([])
    send('two')
    finish()
    expect((await taken.rest()).map(({ data }) => data)).toEqual(
      [noteBytes('two'), resultBytes('"r"')].map(String),
    )
  })

  it('resumes the stream of the session from where it was', async () => {
    const { url, front } = await open()
    const id = await openSession(url)
    const first = new EventReader(await fetch(url, get(id)))
    for (const name of ['a', 'b', 'c']) portOf(front).send(noteBytes(name), { final: false })
    const a = await first.next()
    const second = new EventReader(await fetch(url, get(id, { 'last-event-id': a?.id ?? '' })))
    expect([(await second.next())?.data, (await second.next())?.data]).toEqual(
      [noteBytes('b'), noteBytes('c')].map(String),
    )
    portOf(front).send(noteBytes('d'), { final: false })
    expect((await second.next())?.data).toBe(noteBytes('d').toString())
    // The connection it had before has ended: what came for it is there, and nothing of later.
    expect((await first.rest()).map(({ data }) => data)).toEqual([noteBytes('b'), noteBytes('c')].map(String))
  })

  it.each(['x', '1', '7-0', '-1-1', '1-1, 1-2', '__proto__'])(
    'with an id that is none of ours (%s) is told so',
    async (lastEventId) => {
      const { url, front } = await open()
      const id = await openSession(url)
      const response = await fetch(url, get(id, { 'last-event-id': lastEventId }))
      expect([response.status, await errorCode(response)]).toEqual([400, -31400])
      expect(front.entries).toMatchObject([{ rule: 'session/resume' }])
    },
  )

  it('gets nothing of the session of another with its event ids', async () => {
    const { url, id, first, send } = await streaming({ identify: byHeader })
    send('secret')
    const bob = await openSession(url, { 'x-test-user': 'bob' })
    for (const session of [bob, id]) {
      const response = await fetch(
        url,
        get(session, { 'last-event-id': first?.id ?? '', 'x-test-user': 'bob' }),
      )
      expect(response.status).toBe(session === bob ? 400 : 404)
      expect(await response.text()).not.toContain('secret')
    }
  })
})
