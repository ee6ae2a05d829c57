import { randomBytes } from 'node:crypto'
import { isExactNumber, type JsonObject, parseJson, writeJson } from '@sallyport/controls/json'
import { LIST_METHODS } from '@sallyport/controls/surface'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Surface } from './surface.ts'
import { decodeSurfaces, encodeSurfaces, type StoredSurfaces } from './surfaceText.ts'

const KEY = randomBytes(32)
const digest = fc.stringMatching(/^[0-9a-f]{64}$/)
const time = fc.nat({ max: Number.MAX_SAFE_INTEGER })
const json = fc.dictionary(
  fc.stringMatching(/^\w{1,8}$/),
  fc.jsonValue({ maxDepth: 3 }),
) as fc.Arbitrary<JsonObject>
const pages = fc
  .array(json, { minLength: 1, maxLength: 3 })
  .map((results) => results.map((result, at) => (at === 0 ? { result } : { cursor: `c${at}`, result })))
const list = fc.record({ pages, readAt: time })
const surface = fc.record(
  { greeting: json, readAt: time, lists: fc.dictionary(fc.constantFrom(...LIST_METHODS), list) },
  { requiredKeys: ['readAt', 'lists'] },
) as fc.Arbitrary<Surface>
const stored: fc.Arbitrary<StoredSurfaces> = fc
  .record({
    server: fc.string(),
    config: digest,
    owner: digest,
    surfaces: fc.array(fc.tuple(digest, surface), { maxLength: 3 }),
  })
  .map((one) => ({ ...one, surfaces: new Map(one.surfaces) }))
  .filter(({ server }) => server.isWellFormed() && !server.includes('\0'))

const plain = ({ surfaces, ...rest }: StoredSurfaces) => JSON.stringify({ ...rest, surfaces: [...surfaces] })

describe('a file of surfaces', () => {
  it('says what was written into it', () => {
    fc.assert(
      fc.property(stored, (one) => {
        const read = decodeSurfaces(encodeSurfaces(one, KEY), KEY)
        expect(typeof read === 'string' ? read : JSON.parse(plain(read))).toEqual(JSON.parse(plain(one)))
      }),
    )
  })

  it('keeps numbers as the server wrote them', () => {
    const read = parseJson(Buffer.from('{"maximum":12345678901234567890,"step":1.0}'))
    if (!read.ok) throw new Error('unreadable')
    const result = read.value as JsonObject
    const one = {
      server: 'a',
      config: '0'.repeat(64),
      owner: '1'.repeat(64),
      surfaces: new Map([
        ['2'.repeat(64), { readAt: 1, lists: { 'tools/list': { readAt: 1, pages: [{ result }] } } }],
      ]),
    }
    const back = decodeSurfaces(encodeSurfaces(one, KEY), KEY)
    const page =
      typeof back === 'string' ? undefined : back.surfaces.get('2'.repeat(64))?.lists['tools/list']?.pages[0]
    expect(isExactNumber(page?.result.maximum)).toBe(true)
    expect(writeJson(page?.result ?? null)).toBe('{"maximum":12345678901234567890,"step":1.0}')
  })

  it('is ignored when one bit of it is another, or it was written with another key', () => {
    fc.assert(
      fc.property(stored, fc.nat(), fc.integer({ min: 0, max: 7 }), (one, at, bit) => {
        const bytes = encodeSurfaces(one, KEY)
        const place = at % bytes.length
        bytes[place] = (bytes[place] ?? 0) ^ (1 << bit)
        expect(typeof decodeSurfaces(bytes, KEY)).toBe('string')
        expect(typeof decodeSurfaces(encodeSurfaces(one, randomBytes(32)), KEY)).toBe('string')
      }),
    )
  })

  it('is ignored whatever else it holds, and nothing is thrown', () => {
    const seal = (body: string) => {
      const bytes = encodeSurfaces({ server: '', config: '', owner: '', surfaces: new Map() }, KEY)
      return Buffer.concat([bytes.subarray(0, bytes.indexOf(10) + 1), Buffer.from(body)])
    }
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), fc.uint8Array(), (text, bytes) => {
        expect(typeof decodeSurfaces(Buffer.from(text), KEY)).toBe('string')
        expect(typeof decodeSurfaces(Buffer.from(bytes), KEY)).toBe('string')
        expect(typeof decodeSurfaces(seal(text), KEY)).toBe('string')
      }),
    )
  })
})
