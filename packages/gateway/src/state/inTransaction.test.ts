import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { inTransaction } from './inTransaction.ts'

it('all of the work is done, or nothing, and the next one can begin', () => {
  const database = new DatabaseSync(':memory:')
  database.exec('CREATE TABLE numbers (one INTEGER PRIMARY KEY) STRICT')
  const put = (...numbers: number[]) =>
    inTransaction(database, () => {
      for (const number of numbers) database.prepare('INSERT INTO numbers VALUES (?)').run(number)
      return numbers.length
    })
  const all = () =>
    database
      .prepare('SELECT one FROM numbers ORDER BY one')
      .all()
      .map(({ one }) => one)
  expect(put(1, 2)).toBe(2)
  expect(() => put(3, 1)).toThrow('UNIQUE')
  expect(all()).toEqual([1, 2])
  put(3)
  expect(all()).toEqual([1, 2, 3])
  database.close()
})
