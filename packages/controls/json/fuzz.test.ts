import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DEFAULT_BUDGET } from './budget.ts'
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

const numRuns = Number(process.env.FUZZ_RUNS ?? 300)

// --- Documents, written in every way that RFC 8259 allows, beside what they mean -------------------------------------

/** One way to write a document; `mean` is the text that `writeJson` must give for it. */
interface Written {
  readonly text: string
  readonly mean: string
}

const space = fc.oneof(
  { weight: 4, arbitrary: fc.constant('') },
  fc.string({ unit: fc.constantFrom(...' \t\n\r'), maxLength: 4 }),
)

const character = fc.oneof(
  fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 1 }),
  fc.constantFrom(
    '"',
    '\\',
    '/',
    '\b',
    '\f',
    '\n',
    '\r',
    '\t',
    '\u0000',
    '\u001f',
    '\u007f',
    '<',
    '&',
    ':',
    ',',
    '{',
    '[',
  ),
  fc.constantFrom('é', 'ſ', '€', '\u2028', '\ufeff', '\uffff', '😀', '\u{10ffff}', '\ud7ff', '\ue000'),
)

/** A character and one of the ways to write it in a string. */
const writtenCharacter = fc.tuple(character, fc.nat(9)).map(([meant, way]) => {
  const plain = JSON.stringify(meant).slice(1, -1)
  if (way < 6) return { meant, text: plain }
  if (way === 6 && meant === '/') return { meant, text: '\\/' }
  const hex = (unit: string) => {
    const digits = unit.charCodeAt(0).toString(16).padStart(4, '0')
    return `\\u${way === 7 ? digits.toUpperCase() : digits}`
  }
  return { meant, text: meant.split('').map(hex).join('') }
})

const writtenString = (allowed: (meant: string) => boolean) =>
  fc.array(writtenCharacter, { maxLength: 40, size: 'small' }).map((characters) => {
    const kept = characters.filter(({ meant }) => allowed(meant))
    return {
      text: `"${kept.map(({ text }) => text).join('')}"`,
      meant: kept.map(({ meant }) => meant).join(''),
    }
  })

const writtenKey = fc.oneof(
  { weight: 3, arbitrary: writtenString((meant) => meant !== '\0') },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('__proto__', 'constructor', 'toJSON', 'a', 'b', '1', '0', '10', '4294967295', '-1', '')
      .map((meant) => ({ text: JSON.stringify(meant), meant })),
  },
)

const number = fc
  .oneof(
    fc.integer().map(String),
    fc.bigInt().map(String),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
    fc
      .tuple(fc.nat(), fc.stringMatching(/^\d{1,20}$/), fc.integer({ min: -400, max: 400 }))
      .chain(([whole, fraction, power]) =>
        fc.constantFrom(
          `${whole}.${fraction}`,
          `-${whole}.${fraction}`,
          `${whole}e${power}`,
          `0.${fraction}E${power}`,
        ),
      ),
    fc.constantFrom(
      '-0',
      '0.0',
      '1.0',
      '1e400',
      '-1e400',
      '1e-400',
      '9007199254740993',
      '1E5',
      '1e+5',
      '0.000001',
      '1e-7',
    ),
  )
  .map((text): Written => ({ text, mean: text }))

const { document } = fc.letrec<{ document: Written; array: Written; object: Written }>((tie) => ({
  document: fc.oneof(
    { maxDepth: 6, depthSize: 'medium' },
    fc.constantFrom('null', 'true', 'false').map((text) => ({ text, mean: text })),
    number,
    writtenString(() => true).map(({ text, meant }) => ({ text, mean: JSON.stringify(meant) })),
    tie('array'),
    tie('object'),
  ),
  array: fc.array(fc.tuple(space, tie('document'), space), { maxLength: 6 }).map((items) => ({
    text: `[${items.map(([before, { text }, behind]) => before + text + behind).join(',')}]`,
    mean: `[${items.map(([, { mean }]) => mean).join(',')}]`,
  })),
  object: fc
    .uniqueArray(fc.tuple(writtenKey, space, tie('document'), space), {
      maxLength: 6,
      selector: ([key]) => key.meant,
    })
    .map((members) => ({
      text: `{${members.map(([key, before, { text }, behind]) => `${before}${key.text}${behind}:${before}${text}${behind}`).join(',')}}`,
      mean: `{${inObjectOrder(members.map(([key, , { mean }]) => [key.meant, mean]))
        .map(([key, mean]) => `${JSON.stringify(key)}:${mean}`)
        .join(',')}}`,
    })),
}))

/** ECMAScript objects have array indexes first, in ascending order. */
function inObjectOrder(members: [string, string][]): [string, string][] {
  const isIndex = (key: string) => /^(?:0|[1-9]\d{0,9})$/.test(key) && Number(key) < 2 ** 32 - 1
  const indexes = members.filter(([key]) => isIndex(key)).sort(([a], [b]) => Number(a) - Number(b))
  return [...indexes, ...members.filter(([key]) => !isIndex(key))]
}

const padded = fc.tuple(space, document, space).map(([before, { text, mean }, behind]) => ({
  text: before + text + behind,
  mean,
}))

/** Enough structure in front of it that the document is surveyed before it is parsed. */
const FILLER = JSON.stringify(Array.from({ length: 3500 }, (_, index) => ({ n: index })))

/** Doubles in the place of exact numbers: what JSON.parse reads. */
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
  expect(isDeepStrictEqual(asDoubles(parse.value), JSON.parse(text))).toBe(true)
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
        expect(parse).toEqual({ ok: true, value: JSON.parse(text), canonical: true })
      }),
      { numRuns },
    )
  })
})

describe('no bytes make it throw, disagree with itself or with JSON.parse', () => {
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
