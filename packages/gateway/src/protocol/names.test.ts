import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exposeName, isServerId, MAX_EXPOSED_NAME, NameMap, splitExposedName } from './names.ts'

describe('exposed names', () => {
  it('are server__tool where that is short and plain', () => {
    expect(exposeName('github', 'create_issue')).toBe('github__create_issue')
  })

  it('are cut to 46 characters and end in eight hex of the full name', () => {
    const name = exposeName('github', 'a'.repeat(100))
    expect(name).toHaveLength(MAX_EXPOSED_NAME)
    expect(name).toMatch(/^github__a+_[0-9a-f]{8}$/)
  })

  it('differ for own names that differ only in characters hosts fold', () => {
    const names = ['a.b', 'a/b', 'a-b', 'a b', 'a_b', 'A_b'].map((own) => exposeName('s', own))
    expect(new Set(names).size).toBe(names.length)
  })

  it('always fit, stay in the alphabet and lead back to their server', () => {
    const id = fc.stringMatching(/^[a-z0-9](_?[a-z0-9]){0,7}$/).filter(isServerId)
    fc.assert(
      fc.property(id, fc.string({ minLength: 1, maxLength: 128, unit: 'binary' }), (server, own) => {
        const exposed = exposeName(server, own)
        expect(exposed).toMatch(/^[A-Za-z0-9_]{1,46}$/)
        expect(splitExposedName(exposed)?.server).toBe(server)
      }),
    )
  })

  it('never let a tool name choose another server', () => {
    expect(splitExposedName('a__b__c')).toEqual({ server: 'a', rest: 'b__c' })
    expect(splitExposedName('a___x')).toEqual({ server: 'a', rest: '_x' })
    expect(splitExposedName('__x')).toBeUndefined()
    expect(splitExposedName('A__x')).toBeUndefined()
    expect(splitExposedName('plain')).toBeUndefined()
  })

  it('refuse server ids that would make the first separator ambiguous', () => {
    for (const bad of ['', '_a', 'a_', 'a__b', 'A', 'ä', 'a-b', 'a'.repeat(17)])
      expect(isServerId(bad), bad).toBe(false)
    for (const good of ['a', 'a_b', '0', 'a'.repeat(16)]) expect(isServerId(good), good).toBe(true)
  })
})

describe('a server that offers two names that would be exposed as one', () => {
  it('keeps the first and reports the second', () => {
    const map = new NameMap('s')
    const altered = exposeName('s', 'a.b').slice('s__'.length)
    expect(map.add('a.b')).toBe(exposeName('s', 'a.b'))
    expect(map.add(altered)).toEqual({ exposed: exposeName('s', 'a.b'), first: 'a.b', second: altered })
    expect(map.own(exposeName('s', 'a.b'))).toBe('a.b')
  })
})
