import { expect, test } from 'vitest'
import { pointerTo } from './index.ts'

test.each([
  ['a slash', 'a/b', '/x/a~1b'],
  ['a tilde', 'm~n', '/x/m~0n'],
  ['what looks escaped', '~1', '/x/~01'],
  ['no name', '', '/x/'],
  ['an index', 0, '/x/0'],
])('a step to a member with %s is read back as that member', (_, key, expected) => {
  expect(pointerTo('/x', key)).toBe(expected)
})
