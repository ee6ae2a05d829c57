import { expect, it } from 'vitest'
import { ReplayStore } from './replayStore.ts'

it('takes each proof once within its window, and never forgets one to make room', () => {
  const store = new ReplayStore({ maxEntries: 2, windowMs: 100 })
  expect(store.take('a', 0)).toBe('taken')
  expect(store.take('a', 99)).toBe('used')
  expect(store.take('b', 50)).toBe('taken')
  expect(store.take('c', 60)).toBe('full')
  expect(store.take('a', 60)).toBe('used')
  expect(store.take('c', 100)).toBe('taken')
  expect(store.take('d', 100)).toBe('full')
  expect(store.size).toBe(2)
})
