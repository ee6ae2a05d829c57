import { afterEach, describe, expect, it } from 'vitest'
import type { TicketState } from './ticket.ts'
import { WaitingCalls, type WaitingEnd } from './waitingCalls.ts'

const states = new Map<string, TicketState>()
let version = 0
let now = 0
let failures = 0
let broken = false
const waiting = () =>
  new WaitingCalls({
    version: () => {
      if (broken) throw new Error('locked')
      return String(version)
    },
    state: (ticket) => states.get(ticket),
    now: () => now,
    failed: () => {
      failures++
    },
  })
const never = new AbortController().signal
const turn = () => new Promise((resolve) => setImmediate(resolve))
afterEach(() => {
  states.clear()
  version = now = failures = 0
  broken = false
})

describe('six hundred calls alike that wait for one ticket', () => {
  it('go on a few at a time when it is decided, and others get their turn between', async () => {
    const calls = waiting()
    states.set('A', 'open')
    let gone = 0
    const all = Array.from({ length: 600 }, () =>
      calls.wait('A', 1_000, never).then((how) => {
        gone++
        return how
      }),
    )
    states.set('A', 'allowed')
    calls.look('A')
    let turns = 0
    let most = 0
    while (gone < 600) {
      const before = gone
      await turn()
      most = Math.max(most, gone - before)
      turns++
    }
    expect(most).toBeLessThanOrEqual(16)
    expect(turns).toBeGreaterThanOrEqual(600 / 16)
    expect(new Set(await Promise.all(all))).toEqual(new Set(['decided']))
    expect(calls.size).toBe(0)
  })
})

describe('a call that waits', () => {
  const ends = async (change: () => void, signal = never): Promise<WaitingEnd> => {
    const calls = waiting()
    states.set('A', 'open')
    const ended = calls.wait('A', 1_000, signal)
    change()
    const how = await ended
    expect(calls.size).toBe(0)
    return how
  }

  it('hears of what was decided elsewhere, of a ticket that is no more, and when time is up', async () => {
    expect(
      await ends(() => {
        states.set('A', 'denied')
        version++
      }),
    ).toBe('decided')
    expect(
      await ends(() => {
        states.set('A', 'expired')
        version++
      }),
    ).toBe('closed')
    expect(
      await ends(() => {
        now = 1_000
      }),
    ).toBe('late')
  })

  it('is let go when nobody waits for it any more', async () => {
    const gone = new AbortController()
    expect(await ends(() => gone.abort(), gone.signal)).toBe('late')
    expect(await waiting().wait('A', 1_000, AbortSignal.abort())).toBe('late')
  })

  it('goes on waiting while nothing can be read, which is said once, and hears of it afterwards', async () => {
    const calls = waiting()
    states.set('A', 'open')
    broken = true
    const ended = calls.wait('A', 1_000, never)
    await new Promise((resolve) => setTimeout(resolve, 650))
    expect(failures).toBe(1)
    states.set('A', 'allowed')
    broken = false
    expect(await ended).toBe('decided')
  })
})
