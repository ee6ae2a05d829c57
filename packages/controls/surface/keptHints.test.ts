/** Hints that are kept only ever make a tool stricter. */
import { describe, expect, it } from 'vitest'
import { hintsToKeep, looserHints, stricterHints, withStricterHints } from './hints.ts'
import type { SurfaceItem } from './item.ts'

const tool = (annotations: object): SurfaceItem => ({
  kind: 'tool',
  name: 'wipe',
  value: { name: 'wipe', annotations: { ...annotations } },
})

describe('kept hints', () => {
  it.each([
    [{ destructiveHint: true }, { destructiveHint: 'false' }],
    [{ destructiveHint: true }, { destructiveHint: 'absent' }],
    [{ readOnlyHint: false }, { readOnlyHint: 'true' }],
    [{}, { readOnlyHint: 'true' }],
    [{ destructiveHint: 'no' }, { destructiveHint: 'false' }],
  ] as const)('of %j are ignored where they are looser: %j', (own, kept) => {
    const { value } = tool(own)
    expect(looserHints(value, kept)).toEqual(Object.keys(kept))
    expect(withStricterHints(value, kept)).toBe(value)
  })

  it('count where they are stricter, beside others that are ignored', () => {
    const { value } = tool({ readOnlyHint: true, destructiveHint: true })
    const shown = withStricterHints(value, { readOnlyHint: 'absent', destructiveHint: 'false' })
    expect(shown).toEqual(tool({ destructiveHint: true }).value)
  })

  it('are no claim in the place of what is no hint', () => {
    const kept = hintsToKeep(tool({ destructiveHint: false }), tool({ destructiveHint: 'no' }), 'all')
    expect(kept).toEqual({ destructiveHint: 'absent' })
  })

  it('of two sets are the stricter ones', () => {
    const one = { readOnlyHint: 'absent', destructiveHint: 'true' } as const
    const other = { readOnlyHint: 'false', destructiveHint: 'absent', openWorldHint: 'absent' } as const
    const both = { readOnlyHint: 'false', destructiveHint: 'true', openWorldHint: 'absent' }
    expect(stricterHints(one, other)).toEqual(both)
    expect(stricterHints(other, one)).toEqual(both)
    expect(stricterHints(undefined, one)).toBe(one)
    expect(stricterHints(one, undefined)).toBe(one)
  })
})
