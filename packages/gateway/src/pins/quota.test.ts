import { describe, expect, it } from 'vitest'
import type { Hold } from './hold.ts'
import type { Judgement } from './judge.ts'
import { BY_FIRST_USE, EMPTY_LOCK, type LockedServer, lockedServer } from './lock.ts'
import { MAX_LOCK_BYTES } from './lockFile.ts'
import { LOCK_QUOTA_BYTES, overQuota } from './quota.ts'

const at = '2026-06-01T12:00:00.000Z'
const hash = `sha256-${'0'.repeat(64)}`
const accepted = { kind: 'accepted', version: { hash, at, by: BY_FIRST_USE } } as const satisfies Judgement

const APPROVED: Judgement = { kind: 'approved', version: accepted.version }

function heldAs(name: string, explain = ''): Judgement {
  const hold: Hold = {
    server: 's',
    kind: 'tool',
    name,
    state: 'blocked',
    rule: 'pins/finding',
    explain,
    hash,
    content: hash,
    classes: [],
    findings: [],
    since: at,
  }
  return { kind: 'held', hold, fresh: true }
}

const judged = (name: string, judgement: Judgement) => ({
  item: { kind: 'tool', name, value: {} } as const,
  judgement,
})
const NOTHING = lockedServer(EMPTY_LOCK, 's')

describe('one server', () => {
  it('cannot fill the lock with names that need no person, and what it has goes on counting', () => {
    const name = (at: number) => `${'n'.repeat(1_000)}${at}`
    const many = Array.from({ length: 2_000 }, (_, at) => judged(name(at), accepted))
    const over = overQuota(many, NOTHING, new Map())
    expect(over.size).toBeGreaterThan(500)
    expect(over.size).toBeLessThan(1_000)
    const items = new Map(
      many
        .filter((one) => !over.has(one))
        .map(({ item }) => [`tool/${item.name}`, [accepted.version]] as const),
    )
    const locked: LockedServer = { ...NOTHING, items }
    const shown = many.map((one) => (over.has(one) ? one : judged(one.item.name, APPROVED)))
    expect([...overQuota(shown, locked, new Map())].map(({ item }) => item.name)).toEqual(
      [...over].map(({ item }) => item.name),
    )
    expect(LOCK_QUOTA_BYTES).toBe(8 * 1024 * 1024)
  })

  it('may have twenty thousand tools of common names', () => {
    const many = Array.from({ length: 20_000 }, (_, at) => judged(`read_something_${at}`, accepted))
    expect(overQuota(many, NOTHING, new Map()).size).toBe(0)
  })

  it('cannot fill the holds, and what was approved once is blocked all the same', () => {
    const text = 'x'.repeat(1024 * 1024)
    const many = Array.from({ length: 20 }, (_, at) => judged(`tool_${at}`, heldAs(`tool_${at}`, text)))
    const locked: LockedServer = { ...NOTHING, items: new Map([['tool/tool_19', [accepted.version]]]) }
    const over = [...overQuota(many, locked, new Map())].map(({ item }) => item.name)
    expect(over).toEqual(['tool_15', 'tool_16', 'tool_17', 'tool_18'])
  })

  it('leaves room for others and for a person, however many flood us together', () => {
    const name = (at: number) => `${'n'.repeat(1_000)}${at}`
    const many = Array.from({ length: 2_000 }, (_, at) => judged(name(at), accepted))
    let written = 0
    const taken = Array.from({ length: 12 }, () => {
      const left = many.length - overQuota(many, NOTHING, new Map(), { lock: written, holds: 0 }).size
      written += left * 6_200
      return left
    })
    expect(taken[0]).toBeGreaterThan(1_000)
    expect(taken[2]).toBeGreaterThan(200)
    expect(taken.every((one, at) => at === 0 || one <= (taken[at - 1] ?? 0))).toBe(true)
    expect(written).toBeLessThan(MAX_LOCK_BYTES - 4_096)
  })

  it('cannot fill the lock with versions of what it has', () => {
    const items = new Map(
      Array.from({ length: 20_000 }, (_, at) => [`tool/read_something_${at}`, [accepted.version]] as const),
    )
    const again = [...items.keys()].map((key) => judged(key.slice('tool/'.length), accepted))
    const over = overQuota(again, { ...NOTHING, items }, new Map())
    expect(over.size).toBeGreaterThan(5_000)
    const held = again.map(({ item }) => judged(item.name, heldAs(item.name)))
    expect(overQuota(held, { ...NOTHING, items }, new Map()).size).toBe(0)
  })
})
