import { describe, expect, it } from 'vitest'
import { findItem, parseTarget, showTarget } from './target.ts'

describe('a target', () => {
  it.each([
    ['files', { server: 'files' }],
    ['files/tool/read', { server: 'files', item: 'tool/read' }],
    ['files/instructions', { server: 'files', item: 'instructions' }],
    ['files/resource/file:///a/b', { server: 'files', item: 'resource/file:///a/b' }],
    ['files/', { server: 'files', item: '' }],
  ])('%s', (text, target) => {
    expect(parseTarget(text)).toEqual(target)
  })

  it('is shown as it can be typed again', () => {
    const keys = ['tool/read\u200b', 'tool/write']
    const shown = showTarget('files', 'tool/read\u200b')
    expect(shown).toBe('files/tool/read\\u{200b}')
    expect(findItem(parseTarget(shown).item ?? '', keys)).toEqual({ kind: 'found', key: 'tool/read\u200b' })
  })
})

describe('an item that is named', () => {
  const keys = ['tool/read', 'tool/read\u200b', 'instructions', 'tool/search_files']

  it.each([
    ['by its key', 'tool/read', { kind: 'found', key: 'tool/read' }],
    ['by its key with what hides in it', 'tool/read\u200b', { kind: 'found', key: 'tool/read\u200b' }],
    ['as it is shown', 'tool/read\\u{200b}', { kind: 'found', key: 'tool/read\u200b' }],
    ['with a slip', 'tool/serch_files', { kind: 'unknown', near: 'tool/search_files' }],
    ['without its kind', 'read', { kind: 'unknown', near: 'tool/read' }],
    ['in another case', 'tool/READ', { kind: 'unknown', near: 'tool/read' }],
    ['by nothing like it', 'prompt/elsewhere', { kind: 'unknown' }],
    ['by nothing', '', { kind: 'unknown' }],
  ])('%s', (_how, named, found) => {
    expect(findItem(named, keys)).toEqual(found)
  })

  it('is never guessed where two are shown alike', () => {
    const alike = ['tool/a\u200b', 'tool/a\\u{200b}']
    expect(findItem('tool/a\\u{200b}', alike)).toEqual({ kind: 'ambiguous', keys: alike })
    expect(findItem('tool/a\u200b', alike)).toEqual({ kind: 'found', key: 'tool/a\u200b' })
  })
})
