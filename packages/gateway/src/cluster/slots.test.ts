import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { homeOf, MAX_WORKERS, newSessionId, slotOfSession } from './slots.ts'

describe('which worker something belongs to', () => {
  it('a session id names the slot it was made in, and looks like any other session id', () => {
    for (let slot = 0; slot < MAX_WORKERS; slot++) {
      const id = newSessionId(slot, randomBytes)
      expect(id).toMatch(/^[A-Za-z0-9_-]{32}$/)
      expect(slotOfSession(id, MAX_WORKERS)).toBe(slot)
      expect(slotOfSession(id, slot + 1)).toBe(slot)
      expect(slotOfSession(id, slot)).toBeUndefined()
    }
    expect(newSessionId(1, randomBytes)).not.toBe(newSessionId(1, randomBytes))
  })

  it('whatever a client sends as an id names a slot that there is, or none', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: MAX_WORKERS }), (id, workers) => {
        const slot = slotOfSession(id, workers)
        expect(slot === undefined || (Number.isInteger(slot) && slot >= 0 && slot < workers)).toBe(true)
      }),
    )
  })

  it('a principal has one home, and homes are spread', () => {
    const homes = Array.from({ length: 400 }, (_, n) => homeOf(`["issuer","user${n}"]`, 4))
    for (const slot of [0, 1, 2, 3]) expect(homes.filter((home) => home === slot).length).toBeGreaterThan(50)
    expect(homeOf('["local","ada"]', 4)).toBe(homeOf('["local","ada"]', 4))
  })
})
