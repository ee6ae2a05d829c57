/**
 * How a person names what is reviewed: `SERVER`, or `SERVER/ITEM` with an item as it is filed (`tool/NAME`,
 * `instructions`). Hidden characters of a name are written as they are shown.
 */
import { ITEM_KINDS } from '@sallyport/controls/surface'
import { visible } from '@sallyport/controls/text'
import { suggest } from '../config/suggest.ts'

export interface Target {
  readonly server: string
  /** Absent: the whole server. */
  readonly item?: string
}

/** @example parseTarget('files/tool/read') // { server: 'files', item: 'tool/read' } */
export function parseTarget(text: string): Target {
  const slash = text.indexOf('/')
  if (slash < 0) return { server: text }
  return { server: text.slice(0, slash), item: text.slice(slash + 1) }
}

/** As a person may type it again. @example showTarget('files', 'tool/a\u200b') // 'files/tool/a\\u{200b}' */
export function showTarget(server: string, key?: string): string {
  return visible(key === undefined ? server : `${server}/${key}`)
}

export type Named =
  | { readonly kind: 'found'; readonly key: string }
  /** Two items are shown alike: a name with a hidden character, and one that spells its escape. */
  | { readonly kind: 'ambiguous'; readonly keys: readonly string[] }
  | { readonly kind: 'unknown'; readonly near?: string }

/**
 * The item that a person means, among those there are.
 *
 * @example findItem('tool/raed', ['tool/read']) // { kind: 'unknown', near: 'tool/read' }
 */
export function findItem(named: string, keys: readonly string[]): Named {
  if (keys.includes(named)) {
    const alike = keys.filter((key) => visible(key) === named)
    return alike.length > 1 ? { kind: 'ambiguous', keys: alike } : { kind: 'found', key: named }
  }
  const shown = keys.filter((key) => visible(key) === named)
  const [only] = shown
  if (only !== undefined)
    return shown.length === 1 ? { kind: 'found', key: only } : { kind: 'ambiguous', keys: shown }
  const bare = ITEM_KINDS.map((kind) => `${kind}/${named}`).find((key) => keys.includes(key))
  const near = bare ?? suggest(named, keys.slice(0, MAX_COMPARED))
  return near === undefined ? { kind: 'unknown' } : { kind: 'unknown', near }
}

/** Looking for the nearest name costs time. */
const MAX_COMPARED = 1_000
