import { expect, test } from 'vitest'
import { suggest } from './suggest.ts'

const KEYS = ['command', 'args', 'cwd', 'env', 'url', 'headers', 'deadline', 'maxResult', 'trust']

test.each([
  ['comand', 'command'],
  ['commnad', 'command'],
  ['Command', 'command'],
  ['max_result', 'maxResult'],
  ['header', 'headers'],
  ['trsut', 'trust'],
  ['ulr', 'url'],
])('%s is taken for %s', (slip, meant) => {
  expect(suggest(slip, KEYS)).toBe(meant)
})

test.each(['sandbox', 'x', '', 'rules', 'commandcommand', 'a'.repeat(100_000)])(
  '%s is taken for nothing',
  (word) => {
    expect(suggest(word, KEYS)).toBeUndefined()
  },
)
