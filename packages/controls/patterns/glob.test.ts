import { expect, it } from 'vitest'
import { matchesGlob } from './index.ts'

it.each([
  ['read_file', 'read_file', true],
  ['read_file', 'Read_file', false],
  ['read_*', 'read_', true],
  ['read_*', 'reader', false],
  ['*_file', 'read_file', true],
  ['*', '', true],
  ['a*a', 'a', false],
  ['a*b*c', 'aXbYc', true],
  ['a*b*c', 'acb', false],
  ['*ab*ab*', 'abab', true],
  ['*ab*ab*', 'aba', false],
  ['', '', true],
  ['', 'a', false],
  ['a.c', 'abc', false],
])('%s and %s: %s', (glob, name, fits) => {
  expect(matchesGlob(glob, name)).toBe(fits)
})
