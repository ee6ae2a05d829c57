import { describe, expect, it } from 'vitest'
import { FailedAttempts } from './failedAttempts.ts'

describe('failed attempts', () => {
  it('are limited per address, and again free after a minute', () => {
    const failures = new FailedAttempts({ count: 30, windowMs: 60_000 })
    for (let at = 0; at < 30; at++) expect(failures.note('192.0.2.1', at)).toBeUndefined()
    expect(failures.note('192.0.2.1', 100)).toBe(59_900)
    expect(failures.note('192.0.2.2', 100)).toBeUndefined()
    expect(failures.note('192.0.2.1', 60_000)).toBeUndefined()
  })

  it('count for the whole network that an IPv6 address is one of', () => {
    const failures = new FailedAttempts({ count: 30, windowMs: 60_000 })
    for (let at = 0; at < 30; at++) expect(failures.note(`2001:db8::${at}`, at)).toBeUndefined()
    expect(failures.note('2001:db8::ffff', 100)).toBe(59_900)
    expect(failures.note('2001:db8:0:1::1', 100)).toBeUndefined()
  })

  it('are limited in all, however many addresses they come from', () => {
    const failures = new FailedAttempts({ count: 30, windowMs: 60_000 })
    let refused = 0
    for (let at = 0; at < 5_000; at++)
      if (failures.note(`10.0.${at >> 8}.${at & 255}`, at) !== undefined) refused++
    expect(refused).toBe(4_000)
  })
})
