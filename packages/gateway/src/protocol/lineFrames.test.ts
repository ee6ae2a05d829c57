import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isObjectLine, LineFrames } from './lineFrames.ts'

type Seen = ['line', string] | ['tooLong', string] | ['resumed', number]

function record(maxBytes: number) {
  const seen: Seen[] = []
  const frames = new LineFrames(maxBytes, {
    line: (bytes) => seen.push(['line', bytes.toString('latin1')]),
    tooLong: (head) => seen.push(['tooLong', head.toString('latin1')]),
    resumed: (bytes) => seen.push(['resumed', bytes]),
  })
  return { frames, seen }
}

/** Cuts `text` into pieces of the given lengths, over and over. */
function cut(text: Buffer, lengths: readonly number[]): Buffer[] {
  const pieces: Buffer[] = []
  for (let at = 0, i = 0; at < text.length; i++) {
    const length = lengths[i % lengths.length] ?? 1
    pieces.push(text.subarray(at, at + length))
    at += length
  }
  return pieces
}

describe('line frames', () => {
  test('however the bytes are cut into chunks, the same lines come out', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc
            .uint8Array({ maxLength: 40 })
            .map((bytes) => Buffer.from(bytes.filter((b) => b !== 10 && b !== 13))),
        ),
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
        fc.constantFrom('\n', '\r\n'),
        (lines, lengths, ending) => {
          const { frames, seen } = record(40)
          const text = Buffer.concat(lines.flatMap((line) => [line, Buffer.from(ending)]))
          for (const piece of cut(text, lengths)) frames.push(piece)
          expect(frames.end()).toBeUndefined()
          expect(seen).toEqual(
            lines.filter((l) => l.length > 0).map((line) => ['line', line.toString('latin1')]),
          )
        },
      ),
    )
  })

  test('a line of exactly the limit passes and one byte more does not, however it is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
        fc.constantFrom('\n', '\r\n'),
        fc.integer({ min: 1, max: 60 }),
        (lengths, ending, over) => {
          const { frames, seen } = record(20)
          const text = `${'a'.repeat(20)}${ending}${'b'.repeat(20 + over)}${ending}ok${ending}`
          for (const piece of cut(Buffer.from(text), lengths)) frames.push(piece)
          expect(seen.map(([kind]) => kind)).toEqual(['line', 'tooLong', 'resumed', 'line'])
          expect(seen[0]).toEqual(['line', 'a'.repeat(20)])
          expect(seen[1]?.[1]).toMatch(/^b{1,20}$/)
          expect(Number(seen[2]?.[1]) - (20 + over)).toBeLessThanOrEqual(1)
          expect(seen[3]).toEqual(['line', 'ok'])
        },
      ),
    )
  })

  test('the rest without a newline is given back at the end, and is no line', () => {
    const { frames, seen } = record(100)
    frames.push(Buffer.from('{"a":1}\n{"half'))
    frames.push(Buffer.from('"'))
    expect(frames.end()?.toString()).toBe('{"half"')
    expect(seen).toEqual([['line', '{"a":1}']])
  })

  test('an over-long line that never ends is accounted for at the end', () => {
    const { frames, seen } = record(10)
    for (let i = 0; i < 10; i++) frames.push(Buffer.from('xxxxxxx'))
    expect(frames.skippedBytes).toBe(70)
    expect(frames.end()).toBeUndefined()
    expect(seen).toEqual([
      ['tooLong', 'x'.repeat(10)],
      ['resumed', 70],
    ])
  })

  test('ten megabytes in chunks of a pipe, or byte by byte, take time in proportion to their size', () => {
    const time = (size: number, chunk: number) => {
      const { frames, seen } = record(size)
      const piece = Buffer.alloc(chunk, 'x')
      const began = performance.now()
      for (let sent = 0; sent < size; sent += chunk) frames.push(piece)
      frames.push(Buffer.from('\n'))
      const took = performance.now() - began
      expect(seen[0]?.[1]).toHaveLength(size)
      return took
    }
    const MIB = 1024 * 1024
    time(MIB, 65536)
    // Quadratic behaviour would be some 10 s here on a quiet machine; it takes tens of milliseconds.
    expect(time(10 * MIB, 65536)).toBeLessThan(5_000)
    expect(time(2 * MIB, 1)).toBeLessThan(15_000)
  })
})

describe('isObjectLine', () => {
  test.each(['{}', '{"a":1}', ' {"a":1}\t', '{ "a": 1 }', '\t{ }', '{"broken'.concat('}')])(
    'takes %j',
    (line) => {
      expect(isObjectLine(Buffer.from(line))).toBe(true)
    },
  )
  test.each([
    '',
    ' ',
    'ready',
    '{',
    '}',
    '{ port: 3000 }',
    "{ 'a': 1 }",
    '[{"jsonrpc":"2.0"}]',
    '"{}"',
    '\ufeff{}',
    '{"a":1} trailing',
    '{"half',
    'null',
  ])('leaves out %j', (line) => {
    expect(isObjectLine(Buffer.from(line))).toBe(false)
  })
  test('every object that JSON can write is one', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        expect(isObjectLine(Buffer.from(JSON.stringify(value)))).toBe(true)
      }),
    )
  })
})
