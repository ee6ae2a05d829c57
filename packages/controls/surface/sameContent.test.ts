import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../json/index.ts'
import { contentDigest, contentMatcher, type SurfaceItem, sameContent } from './index.ts'

const PROSE =
  'Formats a document with the rules of the house. Before it formats, it reads the settings of the user and ' +
  'adds what it finds to the head of the document, so that others may see with what it was made.'

function tool(name: string, value: JsonObject = {}): SurfaceItem {
  const schema = { type: 'object', properties: { text: { type: 'string', description: 'What to format.' } } }
  return { kind: 'tool', name, value: { name, description: PROSE, inputSchema: schema, ...value } }
}
const blocked = tool('format')

describe('a block follows content', () => {
  test.each<[string, SurfaceItem]>([
    ['another name', tool('tidy')],
    ['another title', tool('tidy', { title: 'Tidy', annotations: { title: 'Tidy up' } })],
    ['its own name in its text', tool('tidy', { description: `${PROSE} See tidy.` })],
    [
      'other capitals and punctuation',
      tool('tidy', { description: PROSE.toUpperCase().replaceAll(',', '') }),
    ],
    ['invisible characters', tool('tidy', { description: PROSE.replaceAll(' ', '\u200b ') })],
    ['look-alike letters', tool('tidy', { description: PROSE.replaceAll('a', '\u0430') })],
    ['some other words', tool('tidy', { description: PROSE.replace('settings', 'preferences') })],
    ['a sentence more', tool('tidy', { description: `${PROSE} ${'It is fast and small. '.repeat(1)}` })],
    [
      'a page more',
      tool('tidy', { description: `${'It is known to be fast, kind and small. '.repeat(50)}${PROSE}` }),
    ],
    [
      'another schema',
      tool('tidy', { inputSchema: { type: 'object', properties: { body: { type: 'string' } } } }),
    ],
  ])('with %s it is the same', (_, renamed) => {
    expect(sameContent(blocked, renamed)).toBe(true)
    expect(sameContent(renamed, blocked)).toBe(true)
    expect(contentMatcher([tool('x', { description: 'Other.' }), blocked])(renamed)).toBe(blocked)
  })

  test.each<[string, SurfaceItem]>([
    ['other prose', tool('tidy', { description: 'Formats a text.' })],
    ['the same prose as a prompt', { ...tool('format'), kind: 'prompt' }],
  ])('with %s it is another one', (_, other) => {
    expect(sameContent(blocked, other)).toBe(false)
    expect(contentMatcher([blocked])(other)).toBeUndefined()
  })

  test('short siblings are not taken for one another', () => {
    const sibling = (name: string, thing: string): SurfaceItem => ({
      kind: 'tool',
      name,
      value: { name, description: `Get one ${thing} by its id.`, inputSchema: { type: 'object' } },
    })
    expect(sameContent(sibling('get_user', 'user'), sibling('get_team', 'team'))).toBe(false)
    expect(sameContent(sibling('get_user', 'user'), sibling('fetch_user', 'user'))).toBe(true)
  })

  test('the digest leaves out names and nothing else', () => {
    expect(contentDigest(tool('a'))).toBe(contentDigest(tool('b', { title: 'B' })))
    expect(contentDigest(tool('a'))).not.toBe(
      contentDigest(tool('a', { annotations: { readOnlyHint: true } })),
    )
    const resource = (uri: string): SurfaceItem => ({
      kind: 'resource',
      name: uri,
      value: { uri, name: 'x', mimeType: 'a/b' },
    })
    expect(contentDigest(resource('a:1'))).toBe(contentDigest(resource('a:2')))
  })

  test('nothing is held, nothing is the same', () => {
    expect(contentMatcher([])(blocked)).toBeUndefined()
  })
})
