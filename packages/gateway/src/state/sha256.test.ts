import { createHash, createHmac } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { hmacSha256, sha256 } from './sha256.ts'

it('is SHA-256, whatever the length: the vectors of FIPS 180-4 and every block boundary', () => {
  expect(sha256(Buffer.from('abc')).toString('hex')).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  )
  for (let length = 0; length < 200; length++) {
    const bytes = Buffer.alloc(length, length)
    expect(sha256(bytes)).toEqual(createHash('sha256').update(bytes).digest())
  }
})

it('agrees with OpenSSL on any bytes and any key', () => {
  const bytes = fc.uint8Array({ maxLength: 1_000 })
  fc.assert(
    fc.property(bytes, bytes, (key, message) => {
      expect(sha256(message)).toEqual(createHash('sha256').update(message).digest())
      expect(hmacSha256(key, message)).toEqual(createHmac('sha256', key).update(message).digest())
    }),
  )
})
