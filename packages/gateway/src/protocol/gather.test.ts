import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Gather } from './gather.ts'

describe('pieces', () => {
  it('come out whole and in order, small and large, and the collector starts anew', () => {
    const size = fc.oneof(
      { weight: 5, arbitrary: fc.nat(40) },
      fc.integer({ min: 2_000, max: 2_100 }),
      fc.nat(20_000),
    )
    const piece = fc.tuple(size, fc.nat(255)).map(([bytes, fill]) => Buffer.alloc(bytes, fill))
    fc.assert(
      fc.property(fc.array(fc.array(piece, { maxLength: 30 }), { maxLength: 3 }), (messages) => {
        const gather = new Gather()
        for (const pieces of messages) {
          for (const one of pieces) gather.append(one)
          const whole = Buffer.concat(pieces)
          expect(gather.length).toBe(whole.length)
          expect(gather.take().equals(whole)).toBe(true)
          expect(gather.length).toBe(0)
        }
      }),
    )
  })

  it('come out whole whatever was announced: as much, less, more, or nothing', () => {
    const piece = fc.tuple(fc.nat(90_000), fc.nat(255)).map(([bytes, fill]) => Buffer.alloc(bytes, fill))
    const announced = fc.oneof(fc.constant(Number.NaN), fc.nat(300_000))
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), announced, fc.boolean(), (pieces, guess, right) => {
        const whole = Buffer.concat(pieces)
        const gather = new Gather(right ? whole.length : guess)
        for (const one of pieces) gather.append(one)
        expect(gather.length).toBe(whole.length)
        expect(gather.take().equals(whole)).toBe(true)
        gather.append(Buffer.from('next'))
        expect(gather.take().toString()).toBe('next')
      }),
    )
  })

  it('one piece is handed on without a copy, and never written to', () => {
    const gather = new Gather()
    const piece = Buffer.from('abc')
    gather.append(piece)
    expect(gather.take().buffer).toBe(piece.buffer)
    gather.append(piece)
    gather.append(Buffer.from('def'))
    expect(gather.take().toString()).toBe('abcdef')
    expect(piece.toString()).toBe('abc')
  })

  it('a million pieces of one byte do not make a million objects', () => {
    const gather = new Gather()
    const one = Buffer.from('x')
    const before = process.memoryUsage().rss
    for (let i = 0; i < 1 << 20; i++) gather.append(one)
    expect(process.memoryUsage().rss - before).toBeLessThan(40 << 20)
    expect(gather.take().length).toBe(1 << 20)
  })
})
