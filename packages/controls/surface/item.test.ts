import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ITEM_KINDS, itemKey, parseItemKey } from './index.ts'

test('what a key is made of is what is read out of it, whatever slashes the name has', () => {
  fc.assert(
    fc.property(fc.constantFrom(...ITEM_KINDS), fc.string({ unit: 'binary' }), (kind, name) => {
      expect(parseItemKey(itemKey({ kind, name }))).toEqual({ kind, name })
    }),
  )
  expect(parseItemKey('resource/file:///a/b')).toEqual({ kind: 'resource', name: 'file:///a/b' })
})

test.each(['', '/', 'tol/read', 'Tool/read', '__proto__', '/tool'])('%j is no key', (key) => {
  expect(() => parseItemKey(key)).toThrow(TypeError)
})
