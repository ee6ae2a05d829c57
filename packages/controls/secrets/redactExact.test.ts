import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { redactExact } from './index.ts'

const SECRET = 'correct horse/"battery"+é'
const MARK = '[redacted:secret/configured]'
const clean = redactExact([SECRET])
const base64 = (text: string) => Buffer.from(text).toString('base64')

describe('redactExact', () => {
  it.each([
    ['as it is', SECRET],
    ['in JSON', JSON.stringify({ token: SECRET })],
    ['in JSON within JSON', JSON.stringify(JSON.stringify({ token: SECRET }))],
    ['as Python writes JSON', '{"t": "correct horse/\\"battery\\"+\\u00e9"}'],
    ['in a URL', `https://x/?t=${encodeURIComponent(SECRET)}&u=1`],
    ['in a URL, in lower case', `https://x/?t=${encodeURIComponent(SECRET).toLowerCase()}`],
    ['in a form', new URLSearchParams({ t: SECRET }).toString()],
    ['in Base64', base64(SECRET)],
    ['in Base64 after one byte', base64(`:${SECRET}`)],
    ['in Base64 after a user name', `Basic ${base64(`me:${SECRET}`)}`],
    ['in Base64 amid more', base64(`user:${SECRET} and more`)],
    ['in Base64url', Buffer.from(SECRET).toString('base64url')],
    ['in hex', Buffer.from(SECRET).toString('hex')],
    ['cut off by the end of the text', `token is ${SECRET.slice(0, 9)}`],
  ])('takes a value out %s', (_how, text) => {
    const seen = clean(text)
    expect(seen).toContain(MARK)
    for (const part of ['horse', 'battery', base64('horse'), 'aG9yc2', 'Ba9yc2', '686f727365']) {
      expect(seen).not.toContain(part)
    }
    expect(clean(seen)).toBe(seen)
  })

  it('takes out each line of a value that has several, and white space at its ends is no disguise', () => {
    const key = '-----BEGIN KEY-----\nMIIBVQIBADANBgkq\r\nhkiG9w0BAQEFAASC\n-----END KEY-----\n'
    const hide = redactExact([key, '  padded-value\n'])
    expect(hide('> hkiG9w0BAQEFAASC <')).toBe(`> ${MARK} <`)
    expect(hide('got padded-value.')).toBe(`got ${MARK}.`)
  })

  it('leaves nothing between values that overlap', () => {
    expect(redactExact(['abcdef-ghi', 'ef-ghi-jklm'])('x abcdef-ghi-jklm y')).toBe(`x ${MARK} y`)
  })

  it('leaves alone what is not the value: other text, short values, no values', () => {
    const text = 'the horse is correct, the battery is flat'
    expect(clean(text)).toBe(text)
    expect(redactExact(['abcde', '', '\n'])('abcde')).toBe('abcde')
    expect(redactExact([])(SECRET)).toBe(SECRET)
  })

  it('never lets a value through, whatever stands around it, and does not change its own marks', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 6, unit: 'binary' }),
        fc.string(),
        fc.string(),
        (value, before, after) => {
          const hide = redactExact([value])
          const seen = hide(before + value.toWellFormed() + after)
          expect(seen.split(MARK).join('\0')).not.toContain(value.toWellFormed())
          expect(hide(seen)).toBe(seen)
        },
      ),
    )
    expect(redactExact(['redacted', 'secret'])(`a ${MARK} b`)).toBe(`a ${MARK} b`)
  })
})
