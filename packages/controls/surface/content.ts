import { createHash } from 'node:crypto'
import { canonicalJson, isObject, type JsonValue } from '../json/index.ts'
import type { SurfaceItem } from './item.ts'
import { ownKeys } from './sameValue.ts'

/** Members that only say what an item is called. */
const NAMING: ReadonlySet<string> = new Set(['name', 'title', 'uri', 'uriTemplate'])

/**
 * Digest of what an item is, whatever it is called: its value without name, title and address.
 *
 * @example contentDigest({ kind: 'tool', name: 'b', value: { ...tool, name: 'b' } }) // as that of 'a'
 */
export function contentDigest({ kind, value }: Pick<SurfaceItem, 'kind' | 'value'>): string {
  const text = `${kind}\n${canonicalJson(unnamed(value))}`
  return `sha256-${createHash('sha256').update(text).digest('hex')}`
}

/** A value without what only names it. */
export function unnamed(value: JsonValue): JsonValue {
  if (!isObject(value)) return value
  const rest = ownKeys(value).filter((key) => !NAMING.has(key))
  return Object.fromEntries(
    // The title that hosts show may stand with the hints.
    rest.map((key) => [key, key === 'annotations' ? unnamed(value[key] ?? null) : value[key]]),
  )
}
