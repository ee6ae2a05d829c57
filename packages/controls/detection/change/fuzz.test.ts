import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { newTexts, type SurfaceItem } from '../../surface/index.ts'
import { inspectTexts } from '../inspect.ts'
import { rank } from '../severity.ts'
import { inspectChange } from './inspectChange.ts'

const numRuns = Number(process.env.FUZZ_RUNS ?? 200)
vi.setConfig({ testTimeout: 60_000 + numRuns * 50 })

const word = fc.constantFrom(
  'the',
  'user',
  'password',
  'copy',
  'is',
  'kept',
  'http://a.dev',
  'x@b.eu',
  '.',
  'Always',
  'call',
  'this',
  '\u202e',
)
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.array(word, { maxLength: 20 }).map((words) => words.join(' ')),
)
const item = text.map(
  (description): SurfaceItem => ({ kind: 'tool', name: 't', value: { name: 't', description } }),
)

describe('a change', () => {
  test('is judged at least as strictly as a first version, and never blocked by that alone', () => {
    fc.assert(
      fc.property(item, item, (before, after) => {
        const texts = newTexts(before, after)
        const first = inspectTexts(after, texts)
        const now = inspectChange(after, before, texts)
        expect(now.score).toBeGreaterThanOrEqual(first.score)
        expect(now.findings.slice(0, first.findings.length)).toEqual(first.findings)
        if (first.verdict !== 'block') expect(now.verdict).not.toBe('block')
        for (const { rule, severity, start, end } of now.findings.slice(first.findings.length)) {
          expect(rule).toMatch(/^change\//)
          expect(rank(severity)).toBe(rank('medium'))
          expect(end).toBeGreaterThanOrEqual(start)
        }
      }),
      { numRuns },
    )
  })
})
