import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { pageWith } from './page.ts'
import type { Results } from './results.ts'

const row = { means: 'what it is', better: 'lower', gate: 5, goal: 3, smokeFails: false } as const
const results: Results = {
  node: '26.0.0',
  processors: '2 x a CPU',
  pinning: 'pinned',
  rounds: 7,
  others: 0.014,
  rows: [
    { ...row, label: 'one', value: { median: 2.5, low: 2, high: 3 }, standing: 'goal' },
    { ...row, label: 'two', value: { median: 6, low: 6, high: 6 }, standing: 'MISSED' },
    { ...row, label: 'three', standing: 'no reading' },
  ],
  tables: [{ title: 'HTTP', text: 'a table' }],
  missing: ['peer: no network'],
}

it('the page of this repository has a place for the results, and keeps everything around it', () => {
  const page = readFileSync(new URL('../docs/performance.md', import.meta.url), 'utf8')
  const once = pageWith(page, results)
  expect(once).toContain('| one | 2.50 [2.00-3.00] | ≤ 5 | ≤ 3 | goal | what it is |')
  expect(once).toContain('| two | 6.00 | ≤ 5 | ≤ 3 | MISSED | what it is |')
  expect(once).toContain('1 of 3 hold their gate, 1 of them reach the goal; 1 missed, 1 without a reading.')
  expect(once).toContain('- peer: no network')
  expect(pageWith(once, results)).toBe(once)
  expect(once.slice(0, 200)).toBe(page.slice(0, 200))
})

it('a page without that place is left alone, with a reason', () => {
  expect(() => pageWith('# Performance', results)).toThrow('has no part between')
})
