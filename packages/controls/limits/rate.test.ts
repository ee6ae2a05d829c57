import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { adviseRate, checkRate, parseRate, showRate } from './rate.ts'

describe('a rate as people write it', () => {
  it.each([
    ['60/min', 60, 60_000],
    ['10/s', 10, 1_000],
    ['100/10s', 100, 10_000],
    ['1000/h', 1_000, 3_600_000],
    ['5/1d', 5, 86_400_000],
  ])('%s', (text, count, windowMs) => {
    expect(parseRate(text)).toEqual({ count, windowMs })
  })

  it.each([
    '',
    '60',
    '0/min',
    '-1/s',
    '1.5/s',
    '1e3/s',
    '60/m',
    '60/ min',
    '60/minute',
    '60/min ',
    '60/0s',
    '60/ms',
    '６0/min',
    '60/min\n',
  ])('%j is none', (text) => expect(parseRate(text)).toBeUndefined())

  it.each([
    ['60', 'write it as "60/min"'],
    ['0/min', 'to switch a server off use "enabled: false"'],
    ['60 per minute', 'write it as "60/min"'],
    ['60/m', 'write it as "60/min"'],
    ['5/second', 'write it as "5/s"'],
    ['7 per hour', 'write it as "7/h"'],
    ['fast', undefined],
  ])('who writes %s is told what to write', (text, hint) => {
    expect(adviseRate(text)?.hint).toBe(hint)
  })

  it('what cannot be kept is refused, and what can is not', () => {
    expect(checkRate({ count: 100_001, windowMs: 1_000 })?.explain).toContain('100000')
    expect(checkRate({ count: 1, windowMs: 2 * 86_400_000 })?.explain).toContain('a day')
    expect(checkRate({ count: 100_000, windowMs: 86_400_000 })).toBeUndefined()
  })

  it('is written as it was read', () => {
    const unit = fc.constantFrom(1_000, 60_000, 3_600_000, 86_400_000)
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 999_999_999 }),
        fc.integer({ min: 1, max: 999 }),
        unit,
        (count, times, each) => {
          const rate = { count, windowMs: times * each }
          expect(parseRate(showRate(rate))).toEqual(rate)
        },
      ),
    )
  })
})
