import { expect, it } from 'vitest'
import { Readings } from './readings.ts'

it('a ratio is that of the medians, and says how much one round alone can move it', () => {
  const readings = new Readings()
  for (const value of [20, 30, 40]) readings.add('ours', value)
  for (const value of [10, 10, 10]) readings.add('theirs', value)
  expect(readings.ratio('ours', 'theirs')).toEqual({ median: 3, low: 2.5, high: 3.5 })
  expect(readings.spread('ours')).toEqual({ median: 30, low: 20, high: 40 })
})

it('what was not measured has no reading', () => {
  const readings = new Readings()
  readings.add('ours', 1)
  expect(readings.ratio('ours', 'theirs')).toBeUndefined()
  expect(readings.spread('theirs')).toBeUndefined()
})
