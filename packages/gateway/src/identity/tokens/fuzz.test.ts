import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { challengeFor } from '../challenge.ts'
import { credentialInQuery, credentialOf } from '../credentialOf.ts'
import { looksLikeJwt, MAX_TOKEN_CHARS, readJwt } from './readJwt.ts'

const seed = process.env.FUZZ_SEED === undefined ? {} : { seed: Number(process.env.FUZZ_SEED) }
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

const anyText = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('latin1'))

describe('the reader of tokens', () => {
  it('never throws, and what it reads is what was written', () => {
    const header = fc.record({ alg: fc.string(), kid: fc.string(), other: fc.string() })
    const claims = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean()))
    fc.assert(
      fc.property(header, claims, fc.uint8Array({ minLength: 1, maxLength: 64 }), (head, body, signature) => {
        const text = `${part(head)}.${part(body)}.${Buffer.from(signature).toString('base64url')}`
        const read = readJwt(text)
        if (!read.ok) return text.length > MAX_TOKEN_CHARS || JSON.stringify([head, body]).includes('\\u')
        expect({ ...read.jwt.claims }).toEqual({ ...body })
        return read.jwt.algorithm === head.alg
      }),
      seed,
    )
  })

  it('reads a token in one way only: no letter more, less or other gives the same bytes', () => {
    const text = `${part({ alg: 'ES256' })}.${part({ a: 1 })}.${Buffer.alloc(64, 7).toString('base64url')}`
    expect(readJwt(text).ok).toBe(true)
    fc.assert(
      fc.property(
        fc.nat(text.length),
        fc.constantFrom('=', '+', '/', ' ', '\n', '.', '\u00e9', '%'),
        (at, letter) => {
          return !readJwt(text.slice(0, at) + letter + text.slice(at)).ok
        },
      ),
      seed,
    )
    for (const end of ['B', 'C', 'D']) expect(readJwt(text.slice(0, -1) + end).ok).toBe(false)
  })

  it('takes any text, and a long one costs nothing', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        readJwt(text)
        looksLikeJwt(text)
      }),
      seed,
    )
    for (const text of ['.'.repeat(1 << 20), 'ey'.repeat(1 << 19), `ey.${'{'.repeat(1 << 20)}.x`])
      expect(readJwt(text)).toMatchObject({ ok: false })
  })
})

describe('the reader of credentials', () => {
  it('finds one or none or a fault, whatever the lines are', () => {
    const name = fc.constantFrom('authorization', 'Authorization', 'X-Api-Key', 'Cookie')
    const value = fc.oneof(
      anyText,
      fc.constantFrom('Bearer a', 'bearer a', 'DPoP x', 'Basic YQ==', 'Bearer a b', 'Bearer', 'Bearer  '),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { maxLength: 4 }), (lines) => {
        const read = credentialOf(lines.flat(), 'x-api-key')
        const sent = lines.filter(([own]) => own !== 'Cookie').length
        if (sent === 0) expect(read.kind).toBe('none')
        if (sent > 1) expect(read.kind).toBe('fault')
        if (read.kind === 'one') expect(read.credential.text).toMatch(/^[\x21-\x7e]+$/)
      }),
      seed,
    )
  })

  it.each([
    'a'.repeat(1 << 20),
    `Bearer ${'a '.repeat(1 << 19)}`,
    `Bearer ${' '.repeat(1 << 20)}`,
    `Bearer ${'a'.repeat(1 << 20)}`,
  ])('is linear in a long line', (line) => {
    expect(credentialOf(['Authorization', line], undefined)).toMatchObject({ kind: 'fault' })
  })

  it.each([
    ['/mcp?access_token=x', true],
    ['/mcp?a=b&ACCESS-TOKEN=x', true],
    ['/mcp?api_key=x', true],
    ['/mcp?%61ccess_token=x', true],
    ['/mcp?page=2', false],
    ['/mcp', false],
  ])('%s', (target, carries) => {
    expect(credentialInQuery(target)).toBe(carries)
  })
})

describe('a challenge', () => {
  it('is one header line of printable letters, whatever is said in it', () => {
    const options = { publicUrl: 'https://gate.example', oauth: true, scopes: ['mcp'] }
    fc.assert(
      fc.property(anyText, fc.array(fc.string()), (description, scopes) => {
        const value = challengeFor(options, { kind: 'all' }, { error: 'invalid_token', description, scopes })
        expect(value).toMatch(/^Bearer (?:[a-z_]+="[\x20\x21\x23-\x5b\x5d-\x7e]*"(?:, |$))+$/)
      }),
      seed,
    )
  })
})
