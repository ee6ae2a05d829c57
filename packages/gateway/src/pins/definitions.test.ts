import type { JsonObject } from '@sallyport/controls/json'
import { describe, expect, it } from 'vitest'
import { ShownDefinitions } from './definitions.ts'

const tool = (name: string): JsonObject => ({ name, inputSchema: { type: 'object' } })
const CHARS = JSON.stringify(tool('a')).length

describe('definitions that were shown', () => {
  it('are one copy for all who were shown the same', () => {
    const shown = new ShownDefinitions()
    const first = tool('a')
    shown.note('s', 'h1', { value: first })
    shown.note('s', 'h1', { value: tool('a') })
    expect(shown.get('s', 'h1')).toBe(first)
    expect(shown.get('t', 'h1')).toBeUndefined()
    shown.forget('s')
    expect(shown.get('s', 'h1')).toBeUndefined()
  })

  it('of one server push out its own, those shown longest ago first, and never those of another', () => {
    const shown = new ShownDefinitions(2 * CHARS)
    shown.note('other', 'h', { value: tool('z') })
    shown.note('s', 'h1', { value: tool('a') })
    shown.note('s', 'h2', { value: tool('b') })
    shown.note('s', 'h1', { value: tool('a') })
    shown.note('s', 'h3', { value: tool('c') })
    const left = ['h1', 'h2', 'h3'].filter((hash) => shown.get('s', hash) !== undefined)
    expect(left).toEqual(['h1', 'h3'])
    expect(shown.get('other', 'h')).toBeDefined()
  })
})
