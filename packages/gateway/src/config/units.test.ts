import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatDuration, formatSize, parseDuration, parseSize } from './units.ts'

test.each([
  ['500ms', 500],
  ['30s', 30_000],
  ['15m', 900_000],
  ['24h', 86_400_000],
  ['7d', 604_800_000],
])('%s is a duration', (text, ms) => {
  expect(parseDuration(text)).toBe(ms)
})

test.each([
  ['1B', 1],
  ['512KiB', 524_288],
  ['4MiB', 4_194_304],
  ['2GiB', 2_147_483_648],
  ['1kB', 1000],
  ['1KB', 1000],
  ['1MB', 1_000_000],
  ['1GB', 1_000_000_000],
])('%s is a size', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes)
})

test.each([
  '',
  '30',
  's',
  '0s',
  '-1s',
  '+1s',
  '1.5h',
  '1e3s',
  '30 s',
  ' 30s',
  '30s ',
  '30S',
  '1w',
  '٣s',
  '１s',
  '30s\n',
  '0x1s',
  '1_000s',
])('%j is neither', (text) => {
  expect(parseDuration(text)).toBeUndefined()
  expect(parseSize(text.replace('s', 'MiB').replace('S', 'mib'))).toBeUndefined()
})

test('more digits than any limit has are refused before they are multiplied', () => {
  expect(parseDuration('9999999999s')).toBeUndefined()
  expect(parseSize('9999999999999B')).toBeUndefined()
})

test('what is formatted is parsed to the same amount', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 999_999_999 }), (amount) => {
      expect(parseDuration(formatDuration(amount))).toBe(amount)
      expect(parseSize(formatSize(amount))).toBe(amount)
    }),
  )
  expect([formatDuration(90_000), formatDuration(0), formatSize(1_048_576), formatSize(1000)]).toEqual([
    '90s',
    '0ms',
    '1MiB',
    '1000B',
  ])
})
