import { describe, expect, it, vi } from 'vitest'
import { knownSecrets, scanValue } from './index.ts'
import { decodedLayer } from './layers.ts'

const OWN = 'correct-horse-9/battery'
const SHORT = 'Tr0ub4d&3'
const known = knownSecrets([OWN, SHORT])

const base64 = (text: string) => Buffer.from(text).toString('base64')
const CODINGS: Readonly<Record<string, (text: string) => string>> = {
  base64,
  'base64 in the middle of something': (text) => base64(`x=${text}; y`),
  'base64 of UTF-16': (text) => Buffer.from(text, 'utf16le').toString('base64'),
  base64url: (text) => Buffer.from(text).toString('base64url'),
  hex: (text) => Buffer.from(text).toString('hex'),
  HEX: (text) => Buffer.from(text).toString('hex').toUpperCase(),
  percent: encodeURIComponent,
  'percent, every character': (text) =>
    [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  '\\u escapes': (text) =>
    [...text].map((one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
  '\\x escapes': (text) =>
    [...text].map((one) => `\\x${one.charCodeAt(0).toString(16).padStart(2, '0')}`).join(''),
}
const NAMES = Object.keys(CODINGS)
const encode = (name: string, text: string) => CODINGS[name]?.(text) ?? ''

describe('a value of the gateway that is encoded', () => {
  it.each(NAMES)('once as %s is found, and after any other', (outer) => {
    for (const secret of [OWN, SHORT]) {
      expect(known.isIn(`see ${encode(outer, secret)} there`)).toBe(true)
      for (const inner of NAMES) {
        const text = `see ${encode(outer, encode(inner, secret))} there`
        expect(known.isIn(text), `${outer} of ${inner}`).toBe(true)
        const [found, ...more] = known.find(text)
        expect(more).toEqual([])
        const hidden = text.slice(0, found?.start) + text.slice(found?.end)
        expect(known.isIn(hidden), `what is left of ${outer} of ${inner}: ${hidden}`).toBe(false)
      }
    }
  })

  it.each(['key_', 'data/', 'x-', '0x', 'a='])(
    'is found behind what looks like a part of it: %s',
    (before) => {
      for (const outer of ['base64', 'hex', 'HEX']) {
        const text = `${before}${encode(outer, base64(OWN))}${before}`
        expect(known.isIn(text), text).toBe(true)
      }
    },
  )

  it('three and four times is found, at whatever place the codings begin', () => {
    for (const a of ['base64', 'hex', 'percent, every character'])
      for (const b of ['base64', 'base64url', 'hex'])
        for (const c of ['base64', 'hex', '\\u escapes'])
          for (const pad of ['', 'a', 'ab', 'abc']) {
            const three = encode(a, pad + encode(b, pad + encode(c, OWN)))
            expect(known.isIn(`${pad}${three}`), `${a} ${b} ${c}`).toBe(true)
            // Escapes of every character are no form that is looked for: with them it is a layer more.
            if (c !== '\\u escapes') expect(known.isIn(base64(three)), `base64 ${a} ${b} ${c}`).toBe(true)
          }
  })

  it('stays hidden in no argument, and all beside it stays as it was', () => {
    const twice = base64(base64(OWN))
    const { value, sightings } = scanValue(
      { a: 'plain', b: [`key: ${twice}.`], c: 1 },
      { known, replace: () => true },
    )
    expect(value).toMatchObject({ a: 'plain', c: 1 })
    expect(sightings).toEqual([{ rule: 'secret/own', kind: 'own', where: 'b[0]' }])
    expect(known.isIn(JSON.stringify(value))).toBe(false)
    expect(JSON.stringify(value)).toMatch(/key: \[redacted:secret\/own\]/)
  })
})

describe('benign twins', () => {
  it.each([
    ['the same codings of something else', base64(base64('correct horse and 9 batteries'))],
    ['a path', '/project/reports/2026/november/correct-horse/battery/summary.md'],
    ['a digest', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    [
      'a picture',
      Buffer.from(Array.from({ length: 4096 }, (_, at) => (at * 167 + 13) & 255)).toString('base64'),
    ],
    ['an address', 'https://x.example/a%20b%2Fc?q=%7B%22a%22%3A1%7D'],
    ['a program', 'const pattern = /\\u0041[\\x20-\\x7e]+%d/'],
    ['zeros', 'A'.repeat(1000)],
  ])('%s is left alone', (_, text) => {
    expect(known.isIn(text)).toBe(false)
    expect(known.find(text)).toEqual([])
  })
})

describe('texts made to be slow', () => {
  const MIB = 1024 * 1024
  it.each([
    ['ASCII in Base64', base64('a'.repeat(MIB))],
    ['Base64 of Base64 of Base64', base64(base64(base64('abc'.repeat(MIB / 8))))],
    ['what is ASCII however it is cut', 'EEEE'.repeat(MIB / 4)],
    ['hex', '41'.repeat(MIB / 2)],
    ['hex of hex of hex', '33343331'.repeat(MIB / 8)],
    ['percent signs', '%'.repeat(MIB)],
    ['percent of percent', '%25'.repeat(MIB / 3)],
    ['escapes', '\\u005c'.repeat(MIB / 6)],
    ['short runs', 'abcdefghij '.repeat(MIB / 11)],
    ['stretches that end', `${'Zm9v'.repeat(4)}////`.repeat(MIB / 20)],
  ])('%s: decoded to no more than a few times its length', (_, text) => {
    expect(decodedLayer(text, 8)?.text.length ?? 0).toBeLessThanOrEqual(5 * text.length)
    known.isIn(text)
  })

  it.each([
    ['what is ASCII however it is cut', 'QUFBQUFBQUFBQUFBQUFB '],
    ['what is Base64 again', `${base64(base64('abcdefghijkl'))} `],
    ['hex', '4142434445464748494a '],
    ['stretches that end', `${'Zm9v'.repeat(4)}////`],
  ])('very many short ones (%s) are decoded all at once, one time a layer', (_, unit) => {
    const text = unit.repeat(MIB / 16 / unit.length)
    const made = [
      vi.spyOn(Buffer, 'from'),
      vi.spyOn(Buffer, 'allocUnsafe'),
      vi.spyOn(Buffer.prototype, 'toString'),
    ] as const
    try {
      for (const use of [known.isIn, known.find]) {
        for (const one of made) one.mockClear()
        use(text)
        // Three layers, whose bytes are moved each time that they have doubled.
        expect(made.reduce((sum, { mock }) => sum + mock.calls.length, 0)).toBeLessThan(64)
      }
    } finally {
      for (const one of made) one.mockRestore()
    }
  })

  it('a value among very many short ones is found, and nothing beside it is hidden', () => {
    const noise = 'QUFBQUFBQUFBQUFBQUFB '.repeat(1000)
    for (const secret of [OWN, SHORT]) {
      const twice = base64(base64(secret))
      const [found, ...more] = known.find(`${noise}${twice} ${noise}`)
      expect(more).toEqual([])
      expect(found?.start).toBeGreaterThanOrEqual(noise.length)
      expect(found?.end).toBeLessThanOrEqual(noise.length + twice.length)
    }
  })

  it('nothing is read across two stretches that do not belong together', () => {
    const [left, right] = [base64(`xxxxxxxx${SHORT.slice(0, 5)}`), base64(`${SHORT.slice(5)}yyyyyyyy`)]
    expect(known.isIn(`${left} ${right}`)).toBe(false)
  })
})
