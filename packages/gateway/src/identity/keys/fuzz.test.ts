/** The reader of keys meets text from anywhere. */
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findKeyId, newKey, readKeyId } from './keyText.ts'

const seed = process.env.FUZZ_SEED === undefined ? {} : { seed: Number(process.env.FUZZ_SEED) }
const unit = fc.string({ unit: 'binary', maxLength: 200 })

describe('keys', () => {
  it('what comes out of the generator goes in, and one changed character does not', () => {
    const change = fc.tuple(fc.nat(62), fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }))
    fc.assert(
      fc.property(change, ([at, character]) => {
        const { id, text } = newKey(randomBytes)
        expect(readKeyId(text)).toBe(id)
        const changed = text.slice(0, at) + character + text.slice(at + 1)
        expect(readKeyId(changed)).toBe(changed === text ? id : undefined)
      }),
      seed,
    )
  })

  it('any text is read without a throw', () => {
    const near = fc
      .tuple(unit, unit)
      .map(([before, behind]) => `${before}${newKey(randomBytes).text}${behind}`)
    fc.assert(
      fc.property(fc.oneof(unit, near), (text) => {
        const id = readKeyId(text)
        if (id !== undefined) expect(text.startsWith(`sp_${id}_`)).toBe(true)
        findKeyId(text)
      }),
      seed,
    )
  })

  it('a long text of beginnings is looked through once', () => {
    const text = 'sp_0123456789_'.repeat(75_000)
    expect(findKeyId(text)).toBeUndefined()
    expect(findKeyId(`${text}${newKey(randomBytes).text}`)).toBeDefined()
  })
})
