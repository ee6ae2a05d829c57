import { randomBytes } from 'node:crypto'
import { looksLikeSecret } from '@sallyport/controls/secrets'
import { describe, expect, it } from 'vitest'
import { findKeyId, KEY_CHARS, KEY_ID, newKey, readKeyId } from './keyText.ts'

describe('a new key', () => {
  it('has the prefix for scanners, an id, 256 bits in base 62 and a checksum (KEY-014)', () => {
    const { id, text } = newKey(randomBytes)
    expect(text).toMatch(/^sp_[0-9a-z]{10}_[0-9A-Za-z]{49}$/)
    expect(text).toHaveLength(KEY_CHARS)
    expect(id).toMatch(KEY_ID)
    expect(readKeyId(text)).toBe(id)
    expect(looksLikeSecret(text)).toBe('secret/sallyport')
  })

  it('asks the generator for at least 256 bits beside its id, and uses all of them', () => {
    const asked: number[] = []
    const fill = (byte: number) => (bytes: number) => {
      asked.push(bytes)
      return Buffer.alloc(bytes, byte)
    }
    const highest = newKey(fill(0xff)).text
    expect(asked).toEqual([7, 32])
    expect(highest).not.toBe(newKey(fill(0xfe)).text)
    // 2^256 - 1 is the largest number there is, and has 43 digits: nothing is cut off.
    let value = 0n
    for (const digit of highest.slice(14, 57))
      value =
        value * 62n + BigInt('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'.indexOf(digit))
    expect(value).toBe(2n ** 256n - 1n)
  })
})

describe('what is no key', () => {
  const { id, text } = newKey(randomBytes)
  const wrong: readonly (readonly [string, string])[] = [
    ['nothing', ''],
    ['a JWT', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.'],
    ['a key with a NUL behind it', `${text}\0`],
    ['a key with a NUL in it', `${text.slice(0, 30)}\0${text.slice(31)}`],
    ['a key with a line break behind it', `${text}\n`],
    ['a key with a letter that looks the same', text.replace('s', '\u{455}')],
    ['a key in full width', text.replace('sp_', '\u{ff53}\u{ff50}_')],
    ['a lone surrogate of the right length', '\ud800'.repeat(KEY_CHARS)],
    ['64 KiB', text.repeat(1040)],
    ['a key in upper case', text.toUpperCase()],
    ['another prefix', text.replace('sp_', 'sk_')],
    ['a typo', text.slice(0, 20) + (text[20] === 'a' ? 'b' : 'a') + text.slice(21)],
    ['two letters exchanged', exchanged(text)],
    ['a key cut short', text.slice(0, -1)],
  ]
  it.each(wrong)('%s (KEY-017)', (_name, candidate) => {
    expect(readKeyId(candidate)).toBeUndefined()
  })

  it('is told in an address from one that is', () => {
    expect(findKeyId(`/mcp?key=${text}&x=1`)).toBe(id)
    expect(findKeyId('/mcp?key=sp_abc')).toBeUndefined()
  })
})

function exchanged(text: string): string {
  for (let at = 15; at < 55; at++) {
    if (text[at] !== text[at + 1]) return text.slice(0, at) + text[at + 1] + text[at] + text.slice(at + 2)
  }
  return text.slice(1)
}
