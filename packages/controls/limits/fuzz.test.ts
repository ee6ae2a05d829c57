import fc from 'fast-check'
import { expect, it } from 'vitest'
import { adviseRate, checkRate, parseRate, showRate } from './rate.ts'

const pieces = fc.constantFrom(
  '60',
  '0',
  '/',
  'min',
  's',
  'h',
  'd',
  ' ',
  'per',
  'minute',
  '1',
  '\n',
  '\u{0660}',
  '-',
  '.',
)
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(pieces, { maxLength: 8 }).map((all) => all.join('')),
)

it('any text is a rate of one reading, or none', () => {
  fc.assert(
    fc.property(text, (said) => {
      const rate = parseRate(said)
      const advice = adviseRate(said)
      if (rate === undefined) return
      expect(rate.count).toBeGreaterThanOrEqual(1)
      expect(rate.windowMs).toBeGreaterThanOrEqual(1_000)
      expect(advice).toBeUndefined()
      expect(parseRate(showRate(rate))).toEqual(rate)
      checkRate(rate)
    }),
  )
})

it('1 MiB of anything is no rate', () => {
  for (const piece of ['6', '/', '60/', 'min', ' ', '6 per ']) {
    const long = piece.repeat(2 ** 20 / piece.length)
    expect([parseRate(long), adviseRate(long)]).toEqual([undefined, undefined])
  }
})
