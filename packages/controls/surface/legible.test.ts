import { describe, expect, it } from 'vitest'
import { legible } from './index.ts'

const HIDDEN = '\u{e0068}\u{e0069}'

describe('what an item says to a model', () => {
  it('is the very definition where nothing hides', () => {
    const tool = {
      name: 'add',
      description:
        'Adds \u{1f468}\u200d\u{1f469}\u200d\u{1f467} and \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645.',
      inputSchema: { type: 'object', properties: { title: { type: 'string', description: 'x' } } },
    }
    expect(legible(tool)).toBe(tool)
    expect(legible('Be brief.')).toBe('Be brief.')
  })

  it.each([
    ['of a description', { description: `a${HIDDEN}` }, { description: 'a' }],
    ['of a title', { title: `a${HIDDEN}` }, { title: 'a' }],
    [
      'deep in a schema',
      { inputSchema: { properties: { a: { anyOf: [{ description: `b<!-- c -->${HIDDEN}` }] } } } },
      { inputSchema: { properties: { a: { anyOf: [{ description: 'b ' }] } } } },
    ],
    [
      'of the description of a parameter that is called description',
      { inputSchema: { properties: { description: { description: `a${HIDDEN}` } } } },
      { inputSchema: { properties: { description: { description: 'a' } } } },
    ],
  ])('is without what hides in it: %s', (_, before, after) => {
    expect(legible(before)).toEqual(after)
  })

  it('keeps values and names, which are sent back', () => {
    const tool = {
      name: `a${HIDDEN}`,
      inputSchema: { properties: { a: { enum: [`a${HIDDEN}`], default: `b${HIDDEN}` } } },
    }
    expect(legible(tool)).toBe(tool)
  })

  it('of instructions is the text without it', () => {
    expect(legible(`Be brief.${HIDDEN}`)).toBe('Be brief.')
  })
})
