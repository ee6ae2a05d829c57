import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pack } from './bundle.fixture.ts'
import { readZip } from './zip.ts'

const file = fc.record({
  path: fc.stringMatching(/^[a-z]{1,4}(\/[a-z]{1,4}){0,2}$/),
  data: fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
  stored: fc.boolean(),
})
const files = fc.uniqueArray(file, { selector: ({ path }) => path, maxLength: 5 })

test('what was packed comes out', () => {
  fc.assert(
    fc.property(files, (packed) => {
      const zip = readZip(pack(packed))
      if (!zip.ok) throw new Error(zip.explain)
      expect(zip.entries.map(({ path }) => path)).toEqual(packed.map(({ path }) => path))
      for (const [index, entry] of zip.entries.entries())
        expect(entry.read()).toEqual({ ok: true, bytes: packed[index]?.data })
    }),
  )
})

test('whatever is changed, nothing is thrown, and nothing leads out or unpacks to more than it says', () => {
  const change = fc.record({ at: fc.nat(2000), byte: fc.nat(255) })
  fc.assert(
    fc.property(
      files,
      fc.array(change, { minLength: 1, maxLength: 4 }),
      fc.nat(40),
      (packed, changes, cut) => {
        const bytes = pack(packed)
        for (const { at, byte } of changes) bytes[at % bytes.length] = byte
        const zip = readZip(bytes.subarray(0, bytes.length - (cut > 30 ? cut - 30 : 0)))
        if (!zip.ok) {
          expect(zip.rule).toMatch(/^bundle\//)
          return
        }
        for (const entry of zip.entries) {
          expect(entry.path).not.toMatch(/^\/|(?:^|\/)\.\.(?:\/|$)|\\|\0/)
          const content = entry.read()
          if (content.ok) expect(content.bytes.length).toBe(entry.bytes)
        }
      },
    ),
    { numRuns: Number(process.env.FUZZ_RUNS ?? 1000) },
  )
})
