import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import type { JsonValue } from '../json/index.ts'
import { chanceFrom, copyOf, word } from './copies.fixture.ts'
import { decideFlow } from './decide.ts'
import { toolEffects } from './effects.ts'
import { FlowMemory } from './memory.ts'
import { readingsOf } from './readings.ts'
import type { FlowSource } from './source.ts'

const RUNS = Number(process.env.FUZZ_RUNS ?? 300)
const seed = process.env.FUZZ_SEED === undefined ? {} : { seed: Number(process.env.FUZZ_SEED) }
vi.setConfig({ testTimeout: 120_000 + RUNS * 100 })
const source = (name: string): FlowSource => ({
  server: 's',
  name,
  kind: 'tool',
  untrusted: true,
  private: true,
  at: 0,
})

const PIECES = [
  ...[
    '%',
    '%2',
    '%25',
    '%41',
    '%e9',
    '&',
    '&#',
    '&#65;',
    '&amp;',
    '&amp',
    ';',
    '\\',
    '\\u',
    '\\u0041',
    '\\x41',
    '\\n',
  ],
  ...[
    'QUJDREVGR0hJSktM',
    '=',
    '==',
    '-',
    '_',
    '+',
    '/',
    '41 42 43 44 45 46 47 48',
    '0x',
    ':',
    'a@b.io',
    '@',
    '.',
    '://',
  ],
  ...[
    '2026-11-28',
    '12:30',
    '+49 151 234 567 89',
    '\0',
    '\u200b',
    '\ud800',
    '\udc00',
    '\u{1f600}',
    '\ufdfa',
    '\u00df',
    ' ',
  ],
]
const text = fc
  .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: 'binary', maxLength: 12 })), {
    maxLength: 24,
  })
  .map((parts) => parts.join(''))
const value = fc.letrec<{ any: JsonValue }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.double(),
    fc.constant(null),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(text, tie('any'), { maxKeys: 4 }),
  ),
})).any

describe('a copied value', () => {
  it('is found however it was changed: at least 99 of 100', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0x7fffffff }), (start) => {
        const chance = chanceFrom(start)
        const around = (): string => Array.from({ length: 30 }, () => word(chance)).join(' ')
        const memory = new FlowMemory({ seed: start })
        const copies = Array.from({ length: 200 }, (_, index) => {
          const copy = copyOf(chance)
          const body = `${around()}\n${copy.value}\n${around()}`
          const shape: JsonValue =
            index % 2 === 0 ? { content: [{ type: 'text', text: body }] } : JSON.stringify({ body })
          memory.note(source(`tool${index}`), shape)
          return copy
        })
        const missed = copies.filter(
          ({ args }, index) => !memory.trace(args).some((trace) => trace.source.name === `tool${index}`),
        )
        // About one in a thousand is missed.
        expect(missed.length, JSON.stringify(missed.slice(0, 3))).toBeLessThanOrEqual(6)
        total += copies.length
        lost += missed.length
      }),
      { numRuns: Math.max(10, Math.ceil(RUNS / 40)), ...seed },
    )
    expect(lost / total).toBeLessThanOrEqual(0.01)
  })
  let total = 0
  let lost = 0

  it('that is long enough is found as it is, whatever it is made of', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[A-Z0-9]{4}-[a-z]{3}[0-9]{3}-[A-Z0-9]{6}$/),
        text,
        text,
        (id, before, after) => {
          const memory = new FlowMemory()
          memory.note(source('t'), `${before} ${id} ${after}`)
          expect(memory.trace({ x: `${after} ${id} ${before}` }).length).toBeGreaterThan(0)
        },
      ),
      { numRuns: RUNS, ...seed },
    )
  })
})

describe('whatever is seen and sent', () => {
  it('is taken in and traced, and every trace says something true', () => {
    fc.assert(
      fc.property(value, value, fc.boolean(), (seen, args, own) => {
        const memory = new FlowMemory({ maxBytes: 65_536 })
        if (own) memory.noteOwn(args)
        memory.note(source('t'), seen)
        for (const { where, excerpt, source: from } of memory.trace(args)) {
          expect(where === '' || where.startsWith('/')).toBe(true)
          expect(excerpt.length).toBeLessThanOrEqual(80)
          expect(from.name).toBe('t')
          expect(own).toBe(false)
        }
      }),
      { numRuns: RUNS, ...seed },
    )
  })

  it('tool definitions of any shape are judged', () => {
    fc.assert(
      fc.property(text, text, value, fc.boolean(), (server, name, inputSchema, believed) => {
        const definition = { name, inputSchema, description: server, annotations: { readOnlyHint: believed } }
        const effects = toolEffects({ server, name, definition }, { believed })
        if (effects.destructive || effects.outside) expect(effects.writes).toBe(true)
        const call = { server, tool: name, trust: 'untrusted', effects, args: inputSchema } as const
        expect(decideFlow(call, new FlowMemory(), { profile: 'balanced', privateData: 'ask' })).toEqual([])
      }),
      { numRuns: RUNS, ...seed },
    )
  })
})

describe('a hostile text costs no more than its length', () => {
  const MIB = 1 << 20
  const HOSTILE = [
    ...[
      'a',
      ' ',
      '%',
      '%25',
      '%2525',
      '&',
      '&#x',
      '&amp;',
      '\\',
      '\\\\',
      '\\u00',
      'A',
      'QUJD',
      'QUJDRA==',
      '41',
      '4 1 ',
      '0x41,',
    ],
    ...[
      'a@',
      'a@a.',
      '.',
      'a.',
      'a-',
      '1-',
      '+1 ',
      '://a',
      '12:',
      '2026-',
      '\u00e9',
      '\ufdfa',
      '\ud800',
      '\u200b',
      '\0',
    ],
  ]

  it('in arguments, also where all of it was seen', () => {
    const memory = new FlowMemory()
    for (const piece of HOSTILE) memory.note(source('t'), piece.repeat(2000))
    for (const piece of HOSTILE) {
      const long = piece.repeat(Math.ceil(MIB / piece.length))
      const read = readingsOf(long).reduce((sum, reading) => sum + reading.text.length, 0)
      expect(read, piece).toBeLessThan(8 * long.length)
      const started = performance.now()
      expect(memory.trace({ x: long }).length).toBeLessThanOrEqual(32)
      expect(performance.now() - started, `repeating ${JSON.stringify(piece)}`).toBeLessThan(30_000)
    }
  })

  it('in encodings within encodings, and in a hundred thousand members', () => {
    let nested = 'The code is QZ-4471-harbour-VELLUM.'
    const memory = new FlowMemory()
    memory.note(source('t'), nested)
    while (nested.length < MIB) nested = Buffer.from(nested).toString('base64')
    const many = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`k${index}`, 'abcdefgh']))
    const started = performance.now()
    memory.trace({ nested })
    memory.trace(many)
    memory.note(source('u'), many)
    memory.trace({ x: 'y' })
    expect(performance.now() - started).toBeLessThan(60_000)
  })

  it('and what is more than is looked through says so, however many pieces it is in', () => {
    const memory = new FlowMemory()
    memory.note(source('t'), 'The code is QZ-4471-harbour-VELLUM.')
    const bytes = Buffer.alloc(24, 'code of the vault ')
    const pieces = Array.from({ length: 30_000 }, (_, at) => Buffer.from(`${bytes}${at}`).toString('base64'))
    const many: readonly JsonValue[] = [
      { pieces },
      { text: 'some words of prose '.repeat(80_000) },
      { text: Buffer.from('some words of prose '.repeat(40_000)).toString('base64') },
      { letters: Array.from({ length: 200_000 }, () => 'a') },
      Object.fromEntries(pieces.map((name) => [name, 1])),
    ]
    for (const args of many) {
      const started = performance.now()
      expect(memory.search(args).isPartial).toBe(true)
      expect(performance.now() - started).toBeLessThan(10_000)
    }
    const enough: readonly JsonValue[] = [
      { pieces: pieces.slice(0, 500) },
      { text: 'some words of prose '.repeat(10_000), code: 'QZ-4471-harbour-VELLUM' },
      Object.fromEntries(pieces.slice(0, 500).map((name) => [name, 1])),
    ]
    for (const args of enough) expect(memory.search(args).isPartial).toBe(false)
    // The bound is one of work, whatever the machine: nothing near the end of what is looked through is missed.
    expect(memory.trace(enough[1] ?? null)).toHaveLength(1)
  })

  it('in long words without spaces that were all seen', () => {
    const chance = chanceFrom(8)
    const words = Array.from({ length: 4000 }, () => Array.from({ length: 10 }, () => word(chance)).join(''))
    const memory = new FlowMemory()
    memory.note(source('t'), words.join(' '))
    const started = performance.now()
    expect(memory.trace({ text: words.reverse().join('! ') })).toHaveLength(1)
    expect(performance.now() - started).toBeLessThan(10_000)
  })

  it('in results', () => {
    for (const piece of HOSTILE) {
      const memory = new FlowMemory()
      memory.note(source('t'), piece.repeat(Math.ceil(MIB / piece.length)))
      let pieces = 0
      const started = performance.now()
      while (memory.work()) pieces++
      expect(pieces).toBeLessThan(200)
      expect(performance.now() - started, `repeating ${JSON.stringify(piece)}`).toBeLessThan(30_000)
    }
  })
})
