import { randomBytes } from 'node:crypto'
import type { JsonObject } from '@sallyport/controls/json'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openHandle, requestDigest, sealHandle } from './sealedHandle.ts'

const key = randomBytes(32)
const handle = { call: 'c1', round: 0, principal: '["local","me"]', digest: 'd', expiresAt: 1 }

describe('a sealed handle', () => {
  it('changed in any one bit is none', () => {
    const sealed = Buffer.from(sealHandle(key, handle), 'base64url')
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const forged = Buffer.from(sealed)
      forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(openHandle(key, forged.toString('base64url'))).toBeUndefined()
    }
  })

  it('of another key, cut, extended or spelled otherwise is none', () => {
    const text = sealHandle(key, handle)
    expect(openHandle(randomBytes(32), text)).toBeUndefined()
    for (let length = 0; length < text.length; length++)
      expect(openHandle(key, text.slice(0, length))).toBeUndefined()
    for (const other of [`${text}A`, `${text}=`, ` ${text}`, `${text}\n`, text.repeat(100)])
      expect(openHandle(key, other)).toBeUndefined()
  })

  it('anything else is none, and never an error', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.base64String()), (text) => {
        expect(openHandle(key, text)).toBeUndefined()
      }),
    )
  })

  it('gives back what went in, says nothing of it, and is never twice the same', () => {
    const text = sealHandle(key, handle)
    expect(openHandle(key, text)).toEqual(handle)
    expect(Buffer.from(text, 'base64url').toString('latin1')).not.toContain('local')
    expect(sealHandle(key, handle)).not.toBe(text)
  })
})

describe('what a retry has in common with its call', () => {
  const params = { name: 't', arguments: { b: 1, a: 2 } }
  const digest = requestDigest('tools/call', params)

  it.each<[string, string, JsonObject]>([
    ['method', 'prompts/get', params],
    ['name', 'tools/call', { ...params, name: 'u' }],
    ['argument', 'tools/call', { ...params, arguments: { b: 1, a: 3 } }],
    ['further member', 'tools/call', { ...params, extra: null }],
  ])('another %s is another call', (_, method, other) => {
    expect(requestDigest(method, other)).not.toBe(digest)
  })

  it('order of members, envelope, answers and handle are not part of it', () => {
    const retry = {
      requestState: 'x',
      inputResponses: { 'input-1': { action: 'accept' } },
      _meta: { progressToken: 9 },
      arguments: { a: 2, b: 1 },
      name: 't',
    }
    expect(requestDigest('tools/call', retry)).toBe(digest)
  })
})
