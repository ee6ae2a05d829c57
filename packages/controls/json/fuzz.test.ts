import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { DEFAULT_BUDGET } from './budget.ts'
import { document, padded, space, writtenKey } from './documents.fixture.ts'
import {
  canonicalJson,
  foldedMember,
  isExactNumber,
  isObject,
  type JsonValue,
  parseJson,
  spliceMember,
  writeJson,
} from './index.ts'
import { locateFault } from './locate.ts'
import { plainReading } from './plainReading.fixture.ts'

const numRuns = Number(process.env.FUZZ_RUNS ?? 300)
vi.setConfig({ testTimeout: 60_000 + numRuns * 20 })

/** Enough structure in front of it that the document is surveyed before it is parsed. */
const FILLER = JSON.stringify(Array.from({ length: 3500 }, (_, index) => ({ n: index })))

/** Doubles in the place of exact numbers: what a plain reading has. */
function asDoubles(value: JsonValue | undefined): unknown {
  if (isExactNumber(value)) return Number(value.rawJSON)
  if (Array.isArray(value)) return value.map(asDoubles)
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, asDoubles(member)]))
}

/** What must hold for any bytes whatever. */
function checkAny(bytes: Buffer): 'accepted' | 'refused' {
  const parse = parseJson(bytes)
  const located = locateFault(bytes, DEFAULT_BUDGET)
  if (!parse.ok) {
    expect(parse.fault.rule).not.toBe('json/disagreement')
    expect(parse.fault).toEqual(located)
    expect(parse.fault.offset).toBeGreaterThanOrEqual(0)
    expect(parse.fault.offset).toBeLessThanOrEqual(bytes.length)
    expect(parse.fault.explain).toMatch(/^[^\p{Cc}\p{Cf}]+$/u)
    return 'refused'
  }
  expect(located, 'the second parser accepts it too').toBeUndefined()
  const text = bytes.toString()
  expect(Buffer.from(text).equals(bytes)).toBe(true)
  // JSON.parse proves the grammar; its keys depend on what it has read before.
  expect(() => JSON.parse(text)).not.toThrow()
  expect(isDeepStrictEqual(asDoubles(parse.value), plainReading(text))).toBe(true)
  const written = writeJson(parse.value)
  expect(parse.canonical).toBe(written === text)
  const again = parseJson(Buffer.from(written))
  expect(again.ok && again.canonical).toBe(true)
  expect(again.ok && writeJson(again.value)).toBe(written)
  return 'accepted'
}

describe('whatever RFC 8259 allows, and is not double, comes out as it went in', () => {
  test('small documents', () => {
    fc.assert(
      fc.property(padded, ({ text, mean }) => {
        const bytes = Buffer.from(text)
        expect(checkAny(bytes)).toBe('accepted')
        const parse = parseJson(bytes)
        expect(parse.ok && writeJson(parse.value)).toBe(mean)
      }),
      { numRuns },
    )
  })

  test('the same in a large document', () => {
    fc.assert(
      fc.property(padded, ({ text, mean }) => {
        const parse = parseJson(Buffer.from(`{"filler":${FILLER},"x":${text}}`))
        expect(parse.ok && writeJson(parse.value)).toBe(`{"filler":${FILLER},"x":${mean}}`)
      }),
      { numRuns: Math.ceil(numRuns / 10) },
    )
  })

  test('any value that JavaScript has', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 10, stringUnit: 'binary' }), (value) => {
        const text = JSON.stringify(value)
        const parse = parseJson(Buffer.from(text))
        if (/\\u0000(?:[^"\\]|\\.)*":/.test(text)) return
        expect(parse).toEqual({ ok: true, value: plainReading(text), canonical: true })
      }),
      { numRuns },
    )
  })
})

describe('no bytes make it throw, disagree with itself or with a plain reading', () => {
  const mutation = fc.record({
    at: fc.nat(),
    remove: fc.constantFrom(0, 0, 1, 2, 5),
    insert: fc.oneof(
      fc.uint8Array({ maxLength: 3 }),
      fc
        .constantFrom(
          ...[
            '"',
            '\\',
            '{',
            '}',
            '[',
            ']',
            ',',
            ':',
            '0',
            '-',
            '.',
            'e',
            ' ',
            '\n',
            '\u00a0',
            '\\u0000',
            '\\ud800',
          ],
          ...['\\udc00', '{"a":1,"a":2}', '"a":1,', 'NaN', '1.0', '/**/', '\ufeff', 'null', '\\"', '\0'],
        )
        .map((text) => Buffer.from(text)),
    ),
  })

  test('documents with bytes changed', () => {
    fc.assert(
      fc.property(padded, fc.array(mutation, { minLength: 1, maxLength: 3 }), ({ text }, mutations) => {
        let bytes = Buffer.from(text)
        for (const { at, remove, insert } of mutations) {
          const start = at % (bytes.length + 1)
          bytes = Buffer.concat([bytes.subarray(0, start), insert, bytes.subarray(start + remove)])
        }
        checkAny(bytes)
      }),
      { numRuns: numRuns * 3 },
    )
  })

  test('any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => void checkAny(Buffer.from(bytes))),
      { numRuns },
    )
  })

  test('tokens in any order', () => {
    const tokens = [
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"b"',
      '"\\u0061"',
      '1',
      '1.0',
      '-0',
      'true',
      ' ',
      '"',
      '\\',
    ]
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...tokens), { maxLength: 12 }),
        (list) => void checkAny(Buffer.from(list.join(''))),
      ),
      { numRuns: numRuns * 3 },
    )
  })
})

describe('a key that is there twice is always found', () => {
  test('at any depth, however it is written', () => {
    const wrap = fc.array(fc.constantFrom('[', '[1,', '{"x":', '{"y":1,"x":'), { maxLength: 8 })
    fc.assert(
      fc.property(
        wrap,
        writtenKey,
        document,
        document,
        space,
        fc.boolean(),
        (levels, key, one, two, gap, escaped) => {
          const second = escaped
            ? `"${key.meant
                .split('')
                .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
                .join('')}"`
            : key.text
          const between = key.meant === 'between' ? '' : '"between":[],'
          const before = `${levels.join('')}{${key.text}:${one.text},${between}${gap}`
          const closing = levels.map((level) => (level.startsWith('[') ? ']' : '}')).reverse()
          const text = `${before}${second}:${two.text}}${closing.join('')}`
          expect(parseJson(Buffer.from(text))).toMatchObject({
            ok: false,
            fault: { rule: 'json/duplicate-key', offset: Buffer.byteLength(before) },
          })
        },
      ),
      { numRuns },
    )
  })
})

describe('what is cut out, sorted or folded stays true', () => {
  test('the bytes of a member are what writing the member gives', () => {
    const id = fc.oneof(fc.string(), fc.integer(), fc.constantFrom('é😀', '"', null))
    fc.assert(
      fc.property(
        id,
        document,
        fc.nat(2),
        fc.constantFrom('result', 'error'),
        (ident, { mean }, place, member) => {
          const others = ['"jsonrpc":"2.0"', `"id":${JSON.stringify(ident)}`]
          others.splice(place, 0, `"${member}":${mean}`)
          const bytes = Buffer.from(`{${others.join(',')}}`)
          const parse = parseJson(bytes)
          if (!parse.ok || !isObject(parse.value)) throw new Error('refused')
          expect(parse.canonical).toBe(true)
          const part = spliceMember(bytes, parse.value, member)
          expect(part?.toString()).toBe(writeJson(parse.value[member] ?? null))
        },
      ),
      { numRuns },
    )
  })

  test('canonical JSON depends on what a document means, not on how it is written', () => {
    fc.assert(
      fc.property(padded, ({ text, mean }) => {
        const one = parseJson(Buffer.from(text))
        const two = parseJson(Buffer.from(mean))
        if (!one.ok || !two.ok) throw new Error('refused')
        const canonical = canonicalJson(one.value)
        expect(canonical).toBe(canonicalJson(two.value))
        const again = parseJson(Buffer.from(canonical))
        expect(again.ok && canonicalJson(again.value)).toBe(canonical)
        expect(again.ok && isDeepStrictEqual(asDoubles(again.value), asDoubles(one.value))).toBe(true)
      }),
      { numRuns },
    )
  })

  test('a member in disguise is named, other lower-case words never are', () => {
    const members = new Set(['jsonrpc', 'id', 'method', 'params', 'name', 'taskId', '_meta'])
    const disguises: ((unit: string) => string)[] = [
      (unit) => unit.toUpperCase(),
      (unit) => `${unit}\u200b`,
      (unit) => `\u00ad${unit}`,
      (unit) => (/[a-z]/i.test(unit) ? String.fromCharCode(unit.charCodeAt(0) + 0xfee0) : unit),
      (unit) => (unit === 's' ? 'ſ' : unit === 'k' ? '\u212a' : unit),
      (unit) => unit,
    ]
    const disguise = fc.constantFrom(...disguises)
    fc.assert(
      fc.property(
        fc.constantFrom(...members),
        fc.array(disguise, { minLength: 8, maxLength: 8 }),
        (member, list) => {
          const key = member.replace(/./g, (unit, at: number) => list[at]?.(unit) ?? unit)
          expect(foldedMember(key, members)).toBe(key === member ? undefined : member)
        },
      ),
      { numRuns },
    )
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z_]{1,12}$/), (key) => {
        if (key !== 'taskid') expect(foldedMember(key, members)).toBeUndefined()
      }),
      { numRuns },
    )
  })
})
