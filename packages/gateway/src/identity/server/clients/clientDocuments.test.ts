import { describe, expect, it } from 'vitest'
import { ClientDocuments, isDocumentId, keptMs } from './clientDocuments.ts'

const ID = 'https://app.example/client.json'
const GOOD = { client_id: ID, client_name: 'App', redirect_uris: ['https://app.example/cb'] }

function answer(document: unknown, headers: Record<string, string> = {}, status = 200): Response {
  const text = typeof document === 'string' ? document : JSON.stringify(document)
  return new Response(text, { status, headers: { 'content-type': 'application/json', ...headers } })
}

function documents(serve: (url: string) => Response | Promise<Response>, admits = () => true) {
  const world = { now: 1_000_000, fetched: [] as string[], notes: [] as (string | undefined)[] }
  const made = new ClientDocuments({
    fetch: async (url) => {
      world.fetched.push(String(url))
      return await serve(String(url))
    },
    loopback: false,
    now: () => world.now,
    admits,
    note: ({ why }) => world.notes.push(why),
  })
  return { made, world }
}

describe('an id that is an address', () => {
  it.each([
    ['https://claude.ai/oauth/claude-code-client-metadata'],
    ['https://chatgpt.com/oauth/abc/client.json'],
    ['https://app.example:8443/c?v=2'],
  ])('%s', (id) => {
    expect(isDocumentId(id, false)).toBe(true)
  })

  it.each([
    ['http', 'http://app.example/c'],
    ['no path', 'https://app.example/'],
    ['no path at all', 'https://app.example'],
    ['a user', 'https://u@app.example/c'],
    ['a fragment', 'https://app.example/c#x'],
    ['a path that climbs', 'https://app.example/a/../c'],
    ['a path that climbs in escapes', 'https://app.example/a/%2e%2e/c'],
    ['an escaped slash', 'https://app.example/a%2fc'],
    ['capitals', 'https://APP.example/c'],
    ['its own port', 'https://app.example:443/c'],
    ['a backslash', 'https://app.example\\c'],
    ['an address as a number', 'https://2130706433/c'],
    ['spaces', ' https://app.example/c'],
    ['this machine', 'http://127.0.0.1:5000/c'],
    ['a word', 'my-client'],
    ['too long', `https://app.example/${'a'.repeat(600)}`],
  ])('is none: %s', (_, id) => {
    expect(isDocumentId(id, false)).toBe(false)
  })

  it('is one on this machine only where that is allowed', () => {
    expect(isDocumentId('http://127.0.0.1:5000/c', true)).toBe(true)
    expect(isDocumentId('http://app.example/c', true)).toBe(false)
  })
})

describe('a document', () => {
  it('is fetched once for all who ask at once, and kept as long as it says', async () => {
    const { made, world } = documents(() => answer(GOOD, { 'cache-control': 'max-age=600' }))
    const found = await Promise.all([made.find(ID), made.find(ID)])
    expect(found[0]).toMatchObject({ client_id: ID, client_name: 'App' })
    world.now += 599_000
    await made.find(ID)
    expect(world.fetched).toHaveLength(1)
    world.now += 2_000
    await made.find(ID)
    expect(world.fetched).toHaveLength(2)
  })

  it.each([
    ['of somebody else', () => answer({ ...GOOD, client_id: `${ID}x` })],
    ['no JSON', () => answer('<html>')],
    ['not served as JSON', () => answer(GOOD, { 'content-type': 'text/html' })],
    ['another status', () => answer(GOOD, {}, 404)],
    ['a redirect', () => answer('', { location: ID }, 302)],
    ['null', () => answer('null')],
    ['no answer', () => Promise.reject(new Error('url/loopback'))],
  ])('is no client: %s; and is not asked for again at once', async (_, serve) => {
    const { made, world } = documents(serve)
    expect(await made.find(ID)).toBeUndefined()
    expect(await made.find(ID)).toBeUndefined()
    expect(world.fetched).toHaveLength(1)
    expect(world.notes[0]).toEqual(expect.any(String))
    world.now += 61_000
    await made.find(ID)
    expect(world.fetched).toHaveLength(2)
  })

  it('is not fetched for who may not ask, nor when many are', async () => {
    const never = documents(
      () => answer(GOOD),
      () => false,
    )
    expect(await never.made.find(ID)).toBeUndefined()
    expect(never.world.fetched).toHaveLength(0)

    let finish: (() => void) | undefined
    const wait = new Promise<void>((resolve) => {
      finish = resolve
    })
    const slow = documents(async (url) => {
      await wait
      return answer({ ...GOOD, client_id: url })
    })
    const all = Array.from({ length: 10 }, (_, at) => slow.made.find(`https://app.example/${at}.json`))
    expect(slow.world.fetched).toHaveLength(4)
    finish?.()
    expect((await Promise.all(all)).filter((found) => found !== undefined)).toHaveLength(4)
  })
})

describe('how long a document is kept', () => {
  const now = Date.parse('2026-11-28T00:00:00Z')
  it.each([
    ['nothing said', {}, 300_000],
    ['an hour', { 'cache-control': 'public, max-age=3600' }, 3_600_000],
    ['an hour, half of it gone', { 'cache-control': 'max-age=3600', age: '1800' }, 1_800_000],
    ['for ever', { 'cache-control': 'max-age=999999999' }, 86_400_000],
    ['no time', { 'cache-control': 'max-age=0' }, 60_000],
    ['not at all', { 'cache-control': 'no-store, max-age=3600' }, 60_000],
    ['until a date', { expires: 'Sat, 28 Nov 2026 02:00:00 GMT' }, 7_200_000],
    ['nonsense', { 'cache-control': 'max-age=abc', expires: 'never' }, 300_000],
  ])('%s', (_, headers, ms) => {
    expect(keptMs(new Headers(headers as Record<string, string>), now)).toBe(ms)
  })
})
