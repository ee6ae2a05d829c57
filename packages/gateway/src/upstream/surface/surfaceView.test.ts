import type { JsonObject } from '@sallyport/controls/json'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { silentLog } from '../../log.ts'
import { ServerSurfaces } from './serverSurfaces.ts'
import { compareLists } from './surface.ts'
import type { SurfaceScope } from './surfaceKey.ts'
import { SurfaceView } from './surfaceView.ts'

const SCOPE: SurfaceScope = { era: 'legacy', revision: 'r', principal: 'ann', declared: '{}', client: '' }

async function make() {
  let now = 0
  const drifted: string[] = []
  const surfaces = new ServerSurfaces({
    server: 'a',
    log: silentLog,
    now: () => ++now,
    scope: (scope) => JSON.stringify(scope),
    read: async () => new Map(),
    write: async () => undefined,
    drifted: (method, { changed, gone }) => drifted.push(`${method} ${[...changed]} ${[...gone]}`),
  })
  await surfaces.load()
  return { surfaces, drifted, view: () => new SurfaceView(surfaces, SCOPE) }
}

const tools = (...names: string[]): JsonObject => ({ tools: names.map((name) => ({ name })) })
const reads = (result: JsonObject) => async () => result
const told = (view: SurfaceView) => {
  const heard: string[] = []
  view.follow((method) => heard.push(method))
  return heard
}

describe('a list', () => {
  it('is remembered when it was read to its end, page by page, and not before', async () => {
    const { view } = await make()
    const connection = {}
    const one = view()
    one.note('tools/list', undefined, { ...tools('a'), nextCursor: 'x' }, connection)
    expect(view().page('tools/list', undefined)).toBeUndefined()
    one.note('tools/list', 'y', tools('stray'), connection)
    one.note('tools/list', undefined, { ...tools('a'), nextCursor: 'x' }, connection)
    one.note('tools/list', 'x', tools('b'), connection)
    const two = view()
    expect(two.page('tools/list', undefined)).toEqual({ ...tools('a'), nextCursor: 'x' })
    expect(two.page('tools/list', 'x')).toEqual(tools('b'))
    expect(two.page('tools/list', 'z')).toBeUndefined()
  })

  it('that a call may have changed for its conversation alone is not shown to others', async () => {
    const { view } = await make()
    const [connection, one] = [{}, view()]
    one.note('tools/list', undefined, tools('a'), connection)
    one.use(connection)
    one.note('tools/list', undefined, tools('a', 'unlocked'), connection)
    expect(view().page('tools/list', undefined)).toEqual(tools('a'))
    expect(one.page('tools/list', undefined)).toEqual(tools('a', 'unlocked'))
  })

  it('that its server says has changed has to be asked for', async () => {
    const { view } = await make()
    const one = view()
    one.note('tools/list', undefined, tools('a'), {})
    one.outdate('tools/list')
    expect(one.page('tools/list', undefined)).toBeUndefined()
    one.note('tools/list', undefined, tools('b'), {})
    expect(one.page('tools/list', undefined)).toEqual(tools('b'))
  })
})

describe('a look after a start', () => {
  it('names what changed and what is gone, tells once, and does so for everyone who waits', async () => {
    const { view, drifted } = await make()
    view().note('tools/list', undefined, { tools: [{ name: 'a', x: 1 }, { name: 'b' }, { name: 'c' }] }, {})
    const one = view()
    one.page('tools/list', undefined)
    const [heard, connection] = [told(one), {}]
    const read = reads({ tools: [{ name: 'c' }, { name: 'a', x: 2 }, { name: 'new' }] })
    const [first, second] = await Promise.all([one.look(connection, read), one.look(connection, read)])
    expect(first).toBe(second)
    expect([...(first.get('tools/list')?.changed ?? [])]).toEqual(['a'])
    expect([...(first.get('tools/list')?.gone ?? [])]).toEqual(['b'])
    expect(heard).toEqual(['tools/list'])
    expect(drifted).toEqual(['tools/list a b'])
    for (const name of ['a', 'b']) one.refused('tools/list', name)
    expect(one.isCurrent(connection)).toBe(true)
    // It was told: the next start finds what it was told of.
    expect((await one.look({}, read)).size).toBe(0)
  })

  it('reads nothing when nothing was shown, or all was read on this connection', async () => {
    const { view } = await make()
    const never = () => Promise.reject(new Error('read'))
    const connection = {}
    expect((await view().look(connection, never)).size).toBe(0)
    const one = view()
    one.note('tools/list', undefined, tools('a'), connection)
    expect((await one.look(connection, never)).size).toBe(0)
    await expect(one.look({}, never)).rejects.toThrow('read')
  })

  it('is news until the client has listed again, or was refused for it', async () => {
    const { surfaces, view } = await make()
    view().note('tools/list', undefined, tools('a', 'b', 'c'), {})
    for (const [settle, left] of [
      [(shown: SurfaceView) => shown.note('tools/list', undefined, tools('c'), {}), undefined],
      [(shown: SurfaceView) => shown.refused('tools/list', 'a'), ['b']],
    ] as const) {
      surfaces.keep(JSON.stringify(SCOPE), {
        method: 'tools/list',
        list: { pages: [{ result: tools('a', 'b', 'c') }], readAt: 1 },
      })
      const shown = view()
      shown.page('tools/list', undefined)
      const started = {}
      expect(shown.unseen(started)).toBeUndefined()
      await shown.look(started, reads(tools('c')))
      expect([...(shown.unseen(started)?.get('tools/list')?.gone ?? [])]).toEqual(['a', 'b'])
      expect(shown.isCurrent(started)).toBe(false)
      settle(shown)
      const gone = shown.unseen(started)?.get('tools/list')?.gone
      expect(gone && [...gone]).toEqual(left)
      if (left !== undefined) shown.refused('tools/list', 'b')
      expect(shown.isCurrent(started)).toBe(true)
    }
  })

  it('compares with what the client was shown, whatever the gateway looked up meanwhile', async () => {
    const { view } = await make()
    view().note('tools/list', undefined, tools('a'), {})
    const shown = view()
    shown.page('tools/list', undefined)
    const started = {}
    shown.noteLookUp('tools/list', undefined, tools('b'), started)
    const drift = await shown.look(started, reads(tools('b')))
    expect([...(drift.get('tools/list')?.gone ?? [])]).toEqual(['a'])
  })

  it('that failed is taken again by the next call', async () => {
    const { view } = await make()
    const one = view()
    one.note('tools/list', undefined, tools('a'), {})
    const connection = {}
    await expect(one.look(connection, () => Promise.reject(new Error('silent')))).rejects.toThrow('silent')
    expect(one.isCurrent(connection)).toBe(false)
    expect((await one.look(connection, reads(tools('b')))).size).toBe(1)
  })

  it('takes a list that the server no longer has for an empty one', async () => {
    const { view } = await make()
    const one = view()
    one.note('prompts/list', undefined, { prompts: [{ name: 'p' }] }, {})
    const drift = await one.look({}, async () => undefined)
    expect([...(drift.get('prompts/list')?.gone ?? [])]).toEqual(['p'])
  })
})

it('a conversation hears when another one of its scope read another list, and one of another scope does not', async () => {
  const { view, surfaces } = await make()
  view().note('tools/list', undefined, tools('a'), {})
  const [same, other] = [view(), new SurfaceView(surfaces, { ...SCOPE, principal: 'bob' })]
  same.page('tools/list', undefined)
  other.page('tools/list', undefined)
  const [heard, heardNot] = [told(same), told(other)]
  view().note('tools/list', undefined, tools('a'), {})
  expect(heard).toEqual([])
  view().note('tools/list', undefined, tools('b'), {})
  expect(heard).toEqual(['tools/list'])
  expect(heardNot).toEqual([])
  expect(same.page('tools/list', undefined)).toEqual(tools('b'))
  expect(other.page('tools/list', undefined)).toBeUndefined()
})

it('two readings differ exactly when an item does, whatever the order of items, keys and pages', () => {
  const item = fc.record({
    name: fc.constantFrom('a', 'b', 'c', 'd'),
    d: fc.integer({ min: 0, max: 2 }),
    e: fc.boolean(),
  })
  const items = fc.uniqueArray(item, { selector: ({ name }) => name })
  const list = (all: readonly JsonObject[], cut: number) => ({
    readAt: 0,
    pages: [{ result: { tools: all.slice(0, cut) } }, { cursor: 'x', result: { tools: all.slice(cut) } }],
  })
  const key = (all: readonly JsonObject[]) => JSON.stringify(all.map(({ name, d, e }) => [name, d, e]).sort())
  fc.assert(
    fc.property(items, items, fc.nat({ max: 4 }), fc.nat({ max: 4 }), (before, after, one, two) => {
      const turned = after.map(({ name, d, e }) => ({ e, d, name })).reverse()
      const { any, changed, gone } = compareLists('tools/list', list(before, one), list(turned, two))
      expect(any).toBe(key(before) !== key(after))
      for (const { name } of before) expect(gone.has(name)).toBe(!after.some((other) => other.name === name))
      for (const name of changed) expect(after.some((other) => other.name === name)).toBe(true)
    }),
  )
})

it('an item that is listed twice is another one when the second comes first: only the first is shown', () => {
  const [good, bad, other] = [{ name: 'a', d: 'good' }, { name: 'a', d: 'bad' }, { name: 'b' }]
  const list = (...items: JsonObject[]) => ({ readAt: 0, pages: [{ result: { tools: items } }] })
  const shown = list(good, bad, other)
  expect([...compareLists('tools/list', shown, list(bad, good, other)).changed]).toEqual(['a'])
  expect(compareLists('tools/list', shown, list(other, good, bad)).any).toBe(false)
})
