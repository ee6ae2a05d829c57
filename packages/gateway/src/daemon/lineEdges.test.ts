import fc from 'fast-check'
import { expect, it } from 'vitest'
import { EDGE_BYTES, type LineEdge, LineEdges, WHOLE_BYTES } from './lineEdges.ts'

it('shows both ends of every line, whatever the pieces it comes in', () => {
  const length = fc.oneof(fc.nat(40), fc.nat(3 * EDGE_BYTES), fc.integer({ min: 0, max: 2 * WHOLE_BYTES }))
  const line = length.map((bytes) => Buffer.from(Array.from({ length: bytes }, (_, at) => 32 + (at % 90))))
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 4 }),
      fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1 }),
      (lines, cuts) => {
        const seen: LineEdge[] = []
        const edges = new LineEdges((edge) => seen.push({ ...edge, head: Buffer.from(edge.head) }))
        const bytes = Buffer.concat(lines.flatMap((one) => [one, Buffer.from('\n')]))
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const size = cuts[turn % cuts.length] ?? 1
          edges.push(bytes.subarray(at, at + size))
          at += size
        }
        const full = lines.filter((one) => one.length > 0)
        expect(seen).toHaveLength(full.length)
        full.forEach((one, at) => {
          expect(seen[at]?.head.equals(one.subarray(0, EDGE_BYTES))).toBe(true)
          expect(seen[at]?.tail.equals(one.subarray(-EDGE_BYTES))).toBe(true)
          expect(seen[at]?.whole?.equals(one) ?? one.length > WHOLE_BYTES / 2).toBe(true)
        })
        expect(edges.midLine).toBe(false)
      },
    ),
    { numRuns: 40 },
  )
})
