import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Admission, CallLimits, type CallRates, CONVERSATION_IDLE_MS, type Rate } from './index.ts'

const MINUTE = 60_000
const perMinute = (count: number): Rate => ({ count, windowMs: MINUTE })
const call = { principal: 'ann', server: 'files', tool: 'read' }
const refused = (admission: Admission) => {
  if (admission.admitted) throw new Error('it was admitted')
  return admission
}

describe('call limits', () => {
  it('200 calls at once against a limit of 100: exactly 100 pass', () => {
    const limits = new CallLimits()
    const passed = Array.from({ length: 200 }, () => limits.take(call, { tool: perMinute(100) }, 5))
    expect(passed.filter(({ admitted }) => admitted)).toHaveLength(100)
  })

  it('a bucket’s border does not let twice as many through: the window is laid anew at every call', () => {
    const limits = new CallLimits()
    const rates = { tool: perMinute(2) }
    expect(limits.take(call, rates, 59_000).admitted).toBe(true)
    expect(limits.take(call, rates, 59_999).admitted).toBe(true)
    expect(limits.take(call, rates, 60_001)).toEqual({
      admitted: false,
      limit: 'tool',
      most: 2,
      windowMs: MINUTE,
      retryAfterMs: 58_999,
    })
    expect(limits.take(call, rates, 118_999).admitted).toBe(false)
    expect(limits.take(call, rates, 119_000).admitted).toBe(true)
  })

  it('a refused call counts for nothing: who keeps trying is let in as early as who waits', () => {
    const limits = new CallLimits()
    const rates = { tool: perMinute(1), principal: perMinute(2), server: perMinute(2) }
    limits.take(call, rates, 0)
    for (let at = 1; at < MINUTE; at += 1_000) expect(limits.take(call, rates, at).admitted).toBe(false)
    expect(limits.take({ ...call, tool: 'write' }, rates, MINUTE - 1).admitted).toBe(true)
    expect(limits.take(call, rates, MINUTE).admitted).toBe(true)
  })

  it('tools, servers and principals have counters of their own, and names that look alike are others', () => {
    const limits = new CallLimits()
    const rates = { tool: perMinute(1) }
    const others = [
      { principal: 'bob', server: 'files', tool: 'read' },
      { principal: 'ann', server: 'file', tool: 's read' },
      { principal: 'ann', server: 'files', tool: 'Read' },
      { principal: 'ann', server: 'files', tool: 'read ' },
      { principal: 'ann', server: 'files', tool: '__proto__' },
    ]
    for (const one of [call, ...others]) expect(limits.take(one, rates, 0).admitted).toBe(true)
    for (const one of [call, ...others]) expect(limits.take(one, rates, 1).admitted).toBe(false)
  })

  it('the limit of a principal is over all its tools, that of a server over all principals', () => {
    const limits = new CallLimits()
    const of = (principal: string, server: string, tool: string, rates: CallRates) =>
      limits.take({ principal, server, tool }, rates, 0)
    const own = { principal: perMinute(2) }
    expect(of('ann', 'a', 'x', own).admitted).toBe(true)
    expect(of('ann', 'b', 'y', own).admitted).toBe(true)
    expect(refused(of('ann', 'c', 'z', own)).limit).toBe('principal')
    expect(of('bob', 'c', 'z', own).admitted).toBe(true)
    const all = { server: perMinute(2) }
    expect(of('cy', 's', 'x', all).admitted).toBe(true)
    expect(of('di', 's', 'x', all).admitted).toBe(true)
    expect(refused(of('ed', 's', 'y', all)).limit).toBe('server')
  })

  it('says the limit that holds longest', () => {
    const limits = new CallLimits()
    const rates = { tool: { count: 1, windowMs: 1_000 }, principal: perMinute(1) }
    limits.take(call, rates, 0)
    expect(limits.take(call, rates, 1)).toMatchObject({ limit: 'principal', retryAfterMs: MINUTE - 1 })
  })

  it('a conversation has so many calls, and an hour of silence ends it', () => {
    const limits = new CallLimits()
    const rates = { callsPerConversation: 2 }
    const talk = { ...call, conversation: 'c' }
    limits.take(talk, rates, 0)
    limits.take(talk, rates, 10)
    expect(limits.take(talk, rates, 20)).toEqual({ admitted: false, limit: 'conversation', most: 2 })
    expect(limits.take({ ...call, conversation: 'd' }, rates, 20).admitted).toBe(true)
    expect(limits.take({ ...talk, principal: 'bob' }, rates, 20).admitted).toBe(true)
    expect(limits.take(talk, rates, CONVERSATION_IDLE_MS + 9).admitted).toBe(false)
    expect(limits.take(talk, rates, CONVERSATION_IDLE_MS + 10).admitted).toBe(true)
  })

  it('a changed rate goes on with what was counted', () => {
    const limits = new CallLimits()
    for (let at = 0; at < 10; at++) limits.take(call, { tool: perMinute(10) }, at)
    expect(refused(limits.take(call, { tool: perMinute(5) }, 20))).toMatchObject({
      retryAfterMs: MINUTE + 5 - 20,
    })
    const widened = new CallLimits()
    for (let at = 0; at < 10; at++) widened.take(call, { tool: perMinute(10) }, at)
    expect(widened.take(call, { tool: perMinute(11) }, 20).admitted).toBe(true)
    expect(widened.take(call, { tool: perMinute(11) }, 21)).toMatchObject({ retryAfterMs: MINUTE - 21 })
  })

  it('who calls ever new names is refused when the table is full, and takes nobody else’s room', () => {
    const limits = new CallLimits()
    const rates = { tool: perMinute(1) }
    let first: { readonly at: number; readonly admission: Admission } | undefined
    for (let at = 0; at < 10_000 && first === undefined; at++) {
      const admission = limits.take({ ...call, tool: `t${at}` }, rates, at)
      if (!admission.admitted) first = { at, admission }
    }
    expect(first?.at).toBe(4_096)
    expect(first?.admission).toEqual({ admitted: false, limit: 'names', retryAfterMs: MINUTE - 4_096 })
    expect(limits.take({ ...call, principal: 'bob' }, rates, 5_000).admitted).toBe(true)
    // A name that counts already is refused for what it is, and the first that is idle makes room.
    expect(limits.take({ ...call, tool: 't0' }, rates, 5_000)).toMatchObject({ limit: 'tool' })
    expect(limits.take({ ...call, tool: 'new' }, rates, MINUTE - 1).admitted).toBe(false)
    expect(limits.take({ ...call, tool: 'new' }, rates, MINUTE).admitted).toBe(true)
  })
})

/* A reader's oracle: keeps every call for ever and counts. */

interface Attempt {
  readonly principal: string
  readonly server: string
  readonly tool: string
  readonly afterMs: number
}

const attempts = fc.array(
  fc.record({
    principal: fc.constantFrom('a', 'b'),
    server: fc.constantFrom('s', 't'),
    tool: fc.constantFrom('x', 'y'),
    afterMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 40 })),
  }),
  { maxLength: 150 },
)
const rate = fc.option(
  fc.record({ count: fc.integer({ min: 1, max: 12 }), windowMs: fc.integer({ min: 1, max: 200 }) }),
  {
    nil: undefined,
  },
)

describe('against an oracle that keeps every call', () => {
  it('whatever comes when: the same calls pass, and what is told of when to try again is true', () => {
    fc.assert(
      fc.property(attempts, rate, rate, rate, (tries, tool, principal, server) => {
        const limits = new CallLimits()
        const passed: (Attempt & { readonly at: number })[] = []
        const freeAt = (one: Attempt, now: number): number => {
          const kinds = [
            [
              tool,
              (p: Attempt) => p.principal === one.principal && p.server === one.server && p.tool === one.tool,
            ],
            [principal, (p: Attempt) => p.principal === one.principal],
            [server, (p: Attempt) => p.server === one.server],
          ] as const
          let free = now
          for (const [limit, mine] of kinds) {
            if (limit === undefined) continue
            const times = passed.filter(mine).map(({ at }) => at)
            const nth = times.at(-limit.count)
            if (nth !== undefined) free = Math.max(free, nth + limit.windowMs)
          }
          return free
        }
        let now = 0
        for (const one of tries) {
          now += one.afterMs
          const expected = freeAt(one, now)
          const admission = limits.take(one, { tool, principal, server }, now)
          expect(admission.admitted).toBe(expected === now)
          if (admission.admitted) passed.push({ ...one, at: now })
          else expect(admission).toMatchObject({ retryAfterMs: expected - now })
        }
      }),
      { numRuns: 300 },
    )
  })

  it('never more than N in any window, for every placement of it, also while the rate is changed', () => {
    const changes = fc.array(fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 1, max: 6 })), {
      maxLength: 200,
    })
    fc.assert(
      fc.property(changes, fc.integer({ min: 1, max: 100 }), (steps, windowMs) => {
        const limits = new CallLimits()
        const passed: number[] = []
        let now = 0
        for (const [afterMs, count] of steps) {
          now += afterMs
          if (!limits.take(call, { tool: { count, windowMs } }, now).admitted) continue
          passed.push(now)
          // The rate in force at the call decides: the window that ends with it.
          expect(passed.filter((at) => at > now - windowMs).length).toBeLessThanOrEqual(count)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('a clock that goes back gives nobody more', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 200 }), (times) => {
        const limits = new CallLimits()
        let latest = 0
        const passed: number[] = []
        for (const at of times) {
          latest = Math.max(latest, at)
          if (limits.take(call, { tool: { count: 3, windowMs: 100 } }, at).admitted) passed.push(latest)
        }
        for (const [index, at] of passed.entries()) {
          const before = passed[index - 3]
          if (before !== undefined) expect(at - before).toBeGreaterThanOrEqual(100)
        }
      }),
    )
  })
})

describe('questions of a server', () => {
  const question = { principal: 'p', server: 's', question: true } as const
  const rates = {
    question: { count: 2, windowMs: 1_000 },
    tool: { count: 1, windowMs: 1_000 },
    principal: { count: 1, windowMs: 1_000 },
    server: { count: 1, windowMs: 1_000 },
    callsPerConversation: 1,
  }

  it('are counted for each server and principal, exactly, and for nothing else', () => {
    const limits = new CallLimits()
    expect(limits.take(question, rates, 0).admitted).toBe(true)
    expect(limits.take(question, rates, 400).admitted).toBe(true)
    expect(limits.take(question, rates, 999)).toEqual({
      admitted: false,
      limit: 'question',
      most: 2,
      windowMs: 1_000,
      retryAfterMs: 1,
    })
    expect(limits.take({ ...question, server: 't' }, rates, 999).admitted).toBe(true)
    expect(limits.take({ ...question, principal: 'q' }, rates, 999).admitted).toBe(true)
    expect(limits.take({ principal: 'p', server: 's', tool: 'x' }, rates, 999).admitted).toBe(true)
    expect(limits.take(question, rates, 1_000).admitted).toBe(true)
    expect(limits.take(question, rates, 1_001).admitted).toBe(false)
  })

  it('have no limit where none is given', () => {
    const limits = new CallLimits()
    for (let at = 0; at < 1_000; at++) expect(limits.take(question, {}, 0).admitted).toBe(true)
  })
})
