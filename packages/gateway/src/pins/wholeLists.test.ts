import { describe, expect, it } from 'vitest'
import { type Page, WholeLists } from './wholeLists.ts'

const page = (cursor: string | undefined, next: string | undefined, ...keys: string[]): Page => ({
  cursor,
  next,
  keys,
})

describe('a list of several pages', () => {
  it('is whole with its last page, and only when every page before it came', () => {
    const lists = new WholeLists()
    expect(lists.page('a', page(undefined, undefined, 'x'))).toEqual(new Set(['x']))
    expect(lists.page('a', page(undefined, '2', 'x'))).toBeUndefined()
    expect(lists.page('a', page('2', '3', 'y'))).toBeUndefined()
    expect(lists.page('a', page('3', undefined, 'z'))).toEqual(new Set(['x', 'y', 'z']))
    // Once: asked for again, the last page alone is no list.
    expect(lists.page('a', page('3', undefined, 'z'))).toBeUndefined()
    expect(lists.page('b', page('2', undefined, 'y'))).toBeUndefined()
  })

  it('is that of one reading: one that begins anew forgets what came before', () => {
    const lists = new WholeLists()
    lists.page('a', page(undefined, '2', 'old'))
    lists.page('a', page(undefined, '2', 'new'))
    lists.page('b', page(undefined, '2', 'other'))
    expect(lists.page('a', page('2', undefined, 'y'))).toEqual(new Set(['new', 'y']))
  })

  it('that is too long, or was begun before hundreds of others, tells nothing', () => {
    const lists = new WholeLists()
    lists.page('long', page(undefined, '2', ...Array.from({ length: 20_001 }, (_, at) => `k${at}`)))
    expect(lists.page('long', page('2', undefined, 'y'))).toBeUndefined()
    for (let at = 0; at < 300; at++) lists.page(`l${at}`, page(undefined, '2', 'x'))
    expect(lists.page('l0', page('2', undefined))).toBeUndefined()
    expect(lists.page('l299', page('2', undefined))).toEqual(new Set(['x']))
  })
})
