import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exposeTaskId, openTaskId } from './taskIds.ts'

const key = randomBytes(32)

describe('task ids', () => {
  it('come back to the principal they were given to', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), fc.string({ maxLength: 200 }), (principal, taskId) => {
        const own = { server: 'srv', taskId: Buffer.from(taskId).toString() }
        const exposed = exposeTaskId(key, principal, own)
        expect(exposed).toMatch(/^[A-Za-z0-9_.-]+$/)
        expect(openTaskId(key, principal, exposed)).toEqual(own)
      }),
    )
  })

  it('are unknown to another principal, under another key, and when any character changes', () => {
    const exposed = exposeTaskId(key, 'alice', { server: 'srv', taskId: 'task-1' })
    expect(openTaskId(key, 'bob', exposed)).toBeUndefined()
    expect(openTaskId(randomBytes(32), 'alice', exposed)).toBeUndefined()
    for (let at = 0; at < exposed.length; at++) {
      const other = exposed[at] === 'A' ? 'B' : 'A'
      expect(
        openTaskId(key, 'alice', exposed.slice(0, at) + other + exposed.slice(at + 1)),
        String(at),
      ).toBeUndefined()
    }
    expect(openTaskId(key, 'alice', `${exposed}=`)).toBeUndefined()
    expect(openTaskId(key, 'alice', 'srv.dGFzay0x')).toBeUndefined()
    expect(openTaskId(key, 'alice', '')).toBeUndefined()
  })
})
