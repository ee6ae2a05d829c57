import { expect, it } from 'vitest'
import { hashWord } from './hash.ts'
import { MaskTable } from './maskTable.ts'

it('finds every word that it was given with its bits, and no other', () => {
  const table = new MaskTable(3)
  const words = Array.from({ length: 3000 }, (_, at) => `word${at}`)
  for (const [at, word] of words.entries()) table.set(hashWord(word), at % 90)
  for (const [at, word] of words.entries()) {
    const slot = table.find(hashWord(word))
    expect(slot).toBeGreaterThanOrEqual(0)
    expect(table.has(slot, at % 90)).toBe(true)
    expect(table.has(slot, (at + 1) % 90)).toBe(false)
  }
  for (let at = 3000; at < 6000; at++) expect(table.find(hashWord(`word${at}`))).toBe(-1)
})

it('keeps the bits of a word together', () => {
  const table = new MaskTable(2)
  table.set(7, 1)
  table.set(7, 63)
  const slot = table.find(7)
  expect([1, 63, 2].map((bit) => table.has(slot, bit))).toEqual([true, true, false])
})
