import { describe, expect, it } from 'vitest'
import type { Contents } from './contents.ts'
import { changeHolds, type HoldChange, NO_HOLDS } from './holdsFile.ts'
import { BY_DRIFT, changeLock, EMPTY_LOCK, type LockChange } from './lock.ts'
import {
  approvedItem,
  changeSetDigest,
  differencesOf,
  type ReviewSources,
  reviewPins,
  serverVersion,
} from './review.ts'
import { AT, finding, holdOf, SECRECY, tool, version } from './testing/pinFixture.ts'

const OLD = tool('read', 'Reads a file.')
const NEW = tool('read', 'Reads a file. And more.')
const INFO = { kind: 'server', name: '', value: { name: 'files-server', version: '1.3.0' } } as const

function sources(
  holds: readonly HoldChange[],
  lock: readonly LockChange[] = [],
  kept: readonly { readonly item: typeof OLD }[] = [],
): ReviewSources {
  const contents: Contents = new Map(kept.map(({ item }) => [version(item).hash, item]))
  return {
    holds: changeHolds(NO_HOLDS, holds),
    lock: changeLock(EMPTY_LOCK, lock),
    contents: async () => contents,
    now: Date.parse(AT),
  }
}
const held = (...args: Parameters<typeof holdOf>): HoldChange => ({ kind: 'hold', hold: holdOf(...args) })
const approve = (item = OLD, more: Parameters<typeof version>[1] = {}): LockChange => ({
  kind: 'approve',
  server: 'files',
  item: 'tool/read',
  version: version(item, more),
})

describe('a tool with hints that are not taken over', () => {
  const hints = { destructiveHint: 'true' } as const
  const lock = () => [approve(OLD), approve(NEW, { by: 'harmless drift', hints })]

  it('may be approved and need not be: it is no part of what waits', async () => {
    const kept = [{ item: OLD }, { item: NEW }]
    const [review] = await reviewPins(sources([], lock(), kept))
    expect(review).toMatchObject({ server: 'files', waiting: [], blocked: [] })
    const [one] = review?.optional ?? []
    expect(one).toMatchObject({
      key: 'tool/read',
      hold: { state: 'optional', rule: 'pins/hints', hash: version(NEW).hash },
      base: { version: { hash: version(OLD).hash } },
    })
    expect(review?.changeSet).toBe(changeSetDigest([]))
  })

  it('is told of hints in the lock that would loosen it as what they are', async () => {
    const hints = { readOnlyHint: 'true' } as const
    const [review] = await reviewPins(sources([], [approve(NEW, { hints })], [{ item: NEW }]))
    expect(review?.optional).toMatchObject([
      {
        hold: { rule: 'pins/hints', classes: [], explain: expect.stringMatching(/readOnlyHint.*not count/) },
      },
    ])
  })

  it('is not told of once a later version is approved, or while it is held', async () => {
    expect(await reviewPins(sources([], [...lock(), approve(NEW, { by: 'ada' })]))).toEqual([])
    const [review] = await reviewPins(sources([held('files', NEW)], lock()))
    expect(review).toMatchObject({ optional: [], waiting: [{ key: 'tool/read' }] })
  })
})

describe('a review', () => {
  it('has what waits and what is blocked of every server, in the order of names', async () => {
    const blocked = { state: 'blocked', rule: 'pins/finding' } as const
    const all = sources([
      held('notes', tool('b')),
      held('files', tool('c'), blocked),
      held('files', tool('b')),
      held('files', tool('a')),
    ])
    const shown = (await reviewPins(all)).map(({ server, waiting, blocked }) => [
      server,
      waiting.map(({ key }) => key),
      blocked.map(({ key }) => key),
    ])
    expect(shown).toEqual([
      ['files', ['tool/a', 'tool/b'], ['tool/c']],
      ['notes', ['tool/b'], []],
    ])
    expect((await reviewPins(all, 'notes')).map(({ server }) => server)).toEqual(['notes'])
    expect(await reviewPins(all, 'elsewhere')).toEqual([])
  })

  it('compares with what the hold was compared with, else with the last that a person approved', async () => {
    const older = tool('read', 'Older.')
    const lock = [
      approve(older, { by: 'ada' }),
      approve(OLD, { by: 'bob' }),
      approve(tool('read', 'Drifted.'), { by: BY_DRIFT }),
    ]
    const kept = [{ item: OLD }, { item: older }, { item: NEW }]
    const baseOf = async (base?: string) => {
      const hold = base === undefined ? held('files', NEW) : held('files', NEW, { base })
      const [review] = await reviewPins(sources([hold], lock, kept))
      return review?.waiting[0]?.base
    }
    expect(await baseOf(version(older).hash)).toEqual({ version: version(older), item: older })
    expect(await baseOf()).toEqual({ version: version(OLD, { by: 'bob' }), item: OLD })
    expect(await baseOf('sha256-gone')).toEqual({ version: version(OLD, { by: 'bob' }), item: OLD })
  })

  it('shows a version whose approval has ended whole, not as no change of itself', async () => {
    const lock = [approve(OLD, { expires: AT })]
    const [review] = await reviewPins(
      sources([held('files', OLD, { rule: 'pins/expired' })], lock, [{ item: OLD }]),
    )
    const item = review?.waiting[0]
    expect(item?.base).toBeUndefined()
    expect(item?.item).toEqual(OLD)
    expect(item && differencesOf(item)).toBeUndefined()
  })

  it('has the differences where both definitions are kept, and says so where one is not', async () => {
    const lock = [approve()]
    const whole = (await reviewPins(sources([held('files', NEW)], lock, [{ item: OLD }, { item: NEW }])))[0]
      ?.waiting[0]
    expect(whole && differencesOf(whole)?.map(({ where, change }) => [where, change])).toEqual([
      ['/description', 'changed'],
    ])
    const half = (await reviewPins(sources([held('files', NEW)], lock, [{ item: NEW }])))[0]?.waiting[0]
    expect(half?.base).toEqual({ version: version(OLD) })
    expect(half && differencesOf(half)).toBeUndefined()
    const none = (await reviewPins(sources([held('files', NEW)], lock, [{ item: OLD }])))[0]?.waiting[0]
    expect(none?.item).toBeUndefined()
  })

  it('names the rules that are excepted for this very version, while they are', async () => {
    const exception = {
      server: 'files',
      item: 'tool/read',
      hash: version(NEW).hash,
      rule: SECRECY,
      at: AT,
      by: 'ada',
    }
    const of = async (more: object) => {
      const lock: LockChange[] = [{ kind: 'except', exception: { ...exception, ...more } }]
      return (await reviewPins(sources([held('files', NEW, { findings: [finding()] })], lock)))[0]?.waiting[0]
        ?.excepted
    }
    expect(await of({})).toEqual([SECRECY])
    expect(await of({ expires: AT })).toEqual([])
    expect(await of({ hash: version(OLD).hash })).toEqual([])
  })
})

describe('a change set', () => {
  it('is another one when an item, a version or a name is another, and the same in any order', async () => {
    const digestOf = async (...holds: HoldChange[]) => (await reviewPins(sources(holds)))[0]?.changeSet
    const [a, b] = [held('files', tool('a')), held('files', tool('b'))]
    const both = await digestOf(a, b)
    expect(await digestOf(b, a)).toBe(both)
    expect(await digestOf(a)).not.toBe(both)
    expect(await digestOf(a, held('files', tool('b', 'Otherwise.')))).not.toBe(both)
    expect(await digestOf(a, held('files', { ...tool('b'), name: 'c' }))).not.toBe(both)
    expect(await digestOf(a, b, held('files', tool('x'), { state: 'blocked' }))).toBe(both)
    expect(changeSetDigest([])).toMatch(/^sha256-[0-9a-f]{64}$/)
  })
})

describe('what is approved', () => {
  it('is given with the definitions that are kept', async () => {
    const all = sources([], [approve(), approve(NEW)], [{ item: OLD }])
    expect(await approvedItem(all, 'files', 'tool/read')).toEqual({
      server: 'files',
      key: 'tool/read',
      versions: [{ ...version(OLD), item: OLD }, version(NEW)],
    })
    expect(await approvedItem(all, 'files', 'tool/other')).toBeUndefined()
  })

  it('came from the version that the server says it is', () => {
    const contents: Contents = new Map([[version(INFO).hash, INFO]])
    const lock: LockChange = { kind: 'approve', server: 'files', item: 'server', version: version(INFO) }
    const known = sources([], [lock])
    expect(serverVersion(contents, known, 'files')).toBe('files-server@1.3.0')
    expect(serverVersion(contents, sources([{ kind: 'hold', hold: holdOf('files', INFO) }]), 'files')).toBe(
      'files-server@1.3.0',
    )
    expect(serverVersion(new Map(), known, 'files')).toBeUndefined()
    expect(serverVersion(contents, known, 'notes')).toBeUndefined()
  })
})
