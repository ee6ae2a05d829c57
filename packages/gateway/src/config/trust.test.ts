import { describe, expect, test } from 'vitest'
import {
  COLUMNS,
  type TrustRow,
  trustCell,
  trustColumn,
  trustPolicy,
  trustRows,
  trustTable,
} from './trust.ts'

const LEVELS = ['trusted', 'partial', 'untrusted'] as const
const ROWS = Object.keys(trustTable) as TrustRow[]

test('balanced is the table of the design', () => {
  const row = (name: TrustRow) => LEVELS.map((level) => trustCell(name, level, 'balanced'))
  expect(row('deadline')).toEqual([120_000, 60_000, 60_000])
  expect(row('resultSize')).toEqual([4_194_304, 1_048_576, 1_048_576])
  expect(row('rate')).toEqual([300, 120, 60])
  expect(row('firstUse')).toEqual(['pin-if-clean', 'pin-if-clean-with-notice', 'wait'])
  expect(row('finding')).toEqual(['wait', 'quarantine', 'quarantine'])
  expect(row('privateData')).toEqual(['yes', 'yes', 'ask'])
  expect(row('collisions')).toEqual(['wins', 'yields-to-trusted', 'yields-to-both'])
})

describe('profiles shift the whole table', () => {
  test.each(ROWS)('%s', (name) => {
    for (const [at, level] of LEVELS.entries()) {
      const shifts = trustTable[name].kind !== 'order'
      expect(trustColumn(name, level, 'strict')).toBe(shifts ? COLUMNS[at + 1] : level)
      expect(trustColumn(name, level, 'balanced')).toBe(level)
      expect(trustColumn(name, level, 'observe')).toBe(trustTable[name].kind === 'limit' ? 'trusted' : level)
    }
  })

  test('less trust never means more room', () => {
    for (const name of ROWS) {
      const numbers = trustTable[name].cells.filter((cell) => typeof cell === 'number')
      expect(numbers).toEqual([...numbers].sort((a, b) => b - a))
    }
  })
})

test('a policy has a cell for every row, and every row says what it is', () => {
  expect(Object.keys(trustPolicy('untrusted', 'strict'))).toEqual(ROWS)
  expect(Object.keys(trustRows)).toEqual(ROWS)
})
