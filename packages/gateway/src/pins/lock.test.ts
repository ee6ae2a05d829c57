import { describe, expect, it } from 'vitest'
import {
  approvalOf,
  BY_DRIFT,
  BY_FIRST_USE,
  baseVersions,
  changeLock,
  EMPTY_LOCK,
  exceptedRules,
  type Lock,
  type LockChange,
  lockedServer,
  MAX_VERSIONS,
} from './lock.ts'
import { AT, SECRECY, tool, version } from './testing/pinFixture.ts'

const NOW = Date.parse(AT)
const later = (days: number) => new Date(NOW + days * 86_400_000).toISOString()
const READ = tool('read')
const OTHER = tool('read', 'Reads otherwise.')

function locked(...changes: readonly LockChange[]): Lock {
  return changeLock(EMPTY_LOCK, changes)
}

function approve(item = READ, more: Parameters<typeof version>[1] = {}): LockChange {
  return { kind: 'approve', server: 'files', item: 'tool/read', version: version(item, more) }
}

const isApproved = (lock: Lock, item = READ, now = NOW) =>
  approvalOf(lockedServer(lock, 'files'), 'tool/read', version(item).hash, now) !== undefined

describe('an approval', () => {
  it('is of one version of one item of one server', () => {
    const lock = locked(approve())
    expect(isApproved(lock)).toBe(true)
    expect(isApproved(lock, OTHER)).toBe(false)
    const { hash } = version(READ)
    expect(approvalOf(lockedServer(lock, 'files'), 'tool/write', hash, NOW)).toBeUndefined()
    expect(approvalOf(lockedServer(lock, 'notes'), 'tool/read', hash, NOW)).toBeUndefined()
  })

  it('ends at its time, to the millisecond', () => {
    const lock = locked(approve(READ, { expires: later(30) }))
    expect(isApproved(lock, READ, NOW + 30 * 86_400_000 - 1)).toBe(true)
    expect(isApproved(lock, READ, NOW + 30 * 86_400_000)).toBe(false)
  })

  it('is taken back by its own digest alone, and an item of which none is left is not there', () => {
    const revoke = (item = READ): LockChange => ({
      kind: 'revoke',
      server: 'files',
      item: 'tool/read',
      hash: version(item).hash,
    })
    const both = locked(approve(), approve(OTHER))
    const one = changeLock(both, [revoke()])
    expect([isApproved(one), isApproved(one, OTHER)]).toEqual([false, true])
    const none = changeLock(one, [revoke(OTHER)])
    expect(lockedServer(none, 'files').items.size).toBe(0)
    expect(changeLock(none, [revoke()])).toBe(none)
    expect(changeLock(EMPTY_LOCK, [revoke()])).toBe(EMPTY_LOCK)
  })

  it('by a person is not replaced by one of a rule that comes to the same a moment later', () => {
    const lock = locked(
      approve(READ, { reason: 'read it' }),
      approve(READ, { by: BY_DRIFT, at: later(1) }),
      approve(READ, { by: BY_FIRST_USE, at: later(1) }),
    )
    expect(lockedServer(lock, 'files').items.get('tool/read')).toEqual([version(READ, { reason: 'read it' })])
  })

  it('by a rule is replaced by that of a person', () => {
    const lock = locked(approve(READ, { by: BY_FIRST_USE }), approve(READ, { reason: 'read it' }))
    expect(lockedServer(lock, 'files').items.get('tool/read')).toEqual([version(READ, { reason: 'read it' })])
  })
})

describe('of many versions', () => {
  const churn = Array.from({ length: 3 * MAX_VERSIONS }, (_, at) =>
    approve(tool('read', `Version ${at}.`), { by: BY_DRIFT }),
  )

  it('what a person decided outlives what only drifted', () => {
    const lock = locked(approve(), ...churn)
    const versions = lockedServer(lock, 'files').items.get('tool/read') ?? []
    expect(versions).toHaveLength(MAX_VERSIONS)
    expect(isApproved(lock)).toBe(true)
  })

  it('only what a person or the first use approved is compared with', () => {
    const lock = locked(approve(OTHER, { by: BY_FIRST_USE }), approve(), ...churn)
    const bases = baseVersions(lockedServer(lock, 'files'), 'tool/read')
    expect(bases.map(({ by }) => by)).toEqual([BY_FIRST_USE, 'ada'])
  })
})

describe('an exception', () => {
  const exception = {
    server: 'files',
    item: 'tool/read',
    hash: version(READ).hash,
    rule: SECRECY,
    at: AT,
    by: 'ada',
  }
  const rulesOf = (lock: Lock, item = READ, now = NOW) => [
    ...exceptedRules(lock, 'files', 'tool/read', version(item).hash, now),
  ]

  it('is for this rule, this item and this version, until its end', () => {
    const lock = locked({ kind: 'except', exception: { ...exception, expires: later(1) } })
    expect(rulesOf(lock)).toEqual([SECRECY])
    expect(rulesOf(lock, OTHER)).toEqual([])
    expect(rulesOf(lock, READ, NOW + 86_400_000)).toEqual([])
    expect([...exceptedRules(lock, 'files', 'tool/write', exception.hash, NOW)]).toEqual([])
    expect([...exceptedRules(lock, 'notes', 'tool/read', exception.hash, NOW)]).toEqual([])
  })

  it('is there once, as it was given last, and ends when it is taken back', () => {
    const twice = locked(
      { kind: 'except', exception },
      { kind: 'except', exception: { ...exception, by: 'bob' } },
    )
    expect(twice.exceptions).toEqual([{ ...exception, by: 'bob' }])
    expect(changeLock(twice, [{ kind: 'unexcept', exception }]).exceptions).toEqual([])
  })
})

describe('a change', () => {
  it('leaves the lock that it was given as it was', () => {
    const lock = locked(approve())
    const copy = structuredClone(lock)
    changeLock(lock, [
      approve(OTHER),
      {
        kind: 'deny',
        server: 'files',
        content: version(READ).hash,
        denial: { item: 'tool/read', at: AT, by: 'ada' },
      },
      { kind: 'open', server: 'files', itemKind: 'tool', at: AT },
      { kind: 'forget', server: 'files' },
    ])
    expect(lock).toEqual(copy)
  })

  it('that was made already gives the same lock', () => {
    const lock = locked({ kind: 'open', server: 'files', itemKind: 'tool', at: AT })
    expect(changeLock(lock, [])).toBe(lock)
    expect(changeLock(lock, [{ kind: 'open', server: 'files', itemKind: 'tool', at: later(1) }])).toBe(lock)
    expect(changeLock(lock, [{ kind: 'undeny', server: 'files', content: version(READ).hash }])).toBe(lock)
  })

  it('that forgets a server leaves nothing of it, and everything of the others', () => {
    const exception = {
      server: 'files',
      item: 'tool/read',
      hash: version(READ).hash,
      rule: SECRECY,
      at: AT,
      by: 'ada',
    }
    const lock = locked(
      approve(),
      { kind: 'except', exception },
      { kind: 'approve', server: 'notes', item: 'tool/read', version: version(READ) },
      { kind: 'forget', server: 'files' },
    )
    expect([...lock.servers.keys()]).toEqual(['notes'])
    expect(lock.exceptions).toEqual([])
  })
})
