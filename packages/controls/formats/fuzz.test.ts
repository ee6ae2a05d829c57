import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { checkFormat, type Format, type Marker } from './index.ts'

const numRuns = Number(process.env.FUZZ_RUNS ?? 1000)
vi.setConfig({ testTimeout: 120_000 + numRuns * 20 })

const MARKERS: readonly Marker[] = ['ldap', 'xpath', 'nosql', 'template', 'sql', 'printf', 'markup']
const FORMATS: readonly Format[] = [
  ...(['email', 'date', 'date-time', 'uuid', 'hostname', 'ipv4', 'ipv6', 'semver', 'slug'] as const).map(
    (kind) => ({ kind }),
  ),
  { kind: 'id' },
  { kind: 'integer' },
  { kind: 'line' },
  ...MARKERS.map((marker) => ({ kind: 'plain' as const, refuse: [marker] })),
]
const OF_ONE_LINE = FORMATS.filter(({ kind }) => kind !== 'plain')

it('no value makes it throw; none of one line has a line break', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      for (const format of FORMATS) checkFormat(text, format)
      for (const format of OF_ONE_LINE) {
        expect(checkFormat(`${text}\n`, format).ok).toBe(false)
        expect(checkFormat(`\r${text}`, format).ok).toBe(false)
      }
    }),
    { numRuns },
  )
})

it('what is made as its format says has it', () => {
  const iso = fc
    .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
    .map((date) => date.toISOString())
  fc.assert(
    fc.property(fc.uuid(), fc.ipV4(), fc.maxSafeInteger(), iso, (uuid, ipv4, integer, time) => {
      expect(checkFormat(uuid, { kind: 'uuid' }).ok).toBe(true)
      expect(checkFormat(ipv4, { kind: 'ipv4' }).ok).toBe(true)
      expect(checkFormat(String(integer), { kind: 'integer' }).ok).toBe(true)
      expect(checkFormat(integer, { kind: 'integer' }).ok).toBe(!Object.is(integer, -0))
      expect(checkFormat(time, { kind: 'date-time' }).ok).toBe(true)
      expect(checkFormat(time.slice(0, 10), { kind: 'date' }).ok).toBe(true)
    }),
    { numRuns },
  )
})

it('no value takes more than linear time: a megabyte of every beginning is done at once', () => {
  const beginnings = [
    'a',
    'a.',
    'a-',
    '-',
    '1',
    '1.',
    ':',
    '@',
    "'",
    '"',
    "' or ",
    '%',
    '%1',
    '%2a',
    '(',
    ')',
    'a=(',
    'a=',
    '$',
    '{',
    '<',
    '<!',
    '\\',
    ' ',
    '\n',
    '%s',
    'a@a.',
    'xmlns',
    '\u{1f600}',
  ]
  for (const beginning of beginnings) {
    const evil = beginning.repeat(Math.ceil(1_048_576 / beginning.length))
    const started = performance.now()
    for (const format of FORMATS) checkFormat(evil, format)
    expect(performance.now() - started, `repeating ${beginning}`).toBeLessThan(30_000)
  }
})
