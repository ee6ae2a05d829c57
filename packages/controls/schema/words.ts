/** Parts of sentences about what a schema wants. They quote the schema and names of members, never a value. */
import type { JsonValue } from '../json/index.ts'
import { writeJson } from '../json/index.ts'
import { visible } from '../text/index.ts'

const MAX_CHARS = 64
const MAX_LISTED = 8

/** A value of the schema, on one line and not too long. */
export function quote(value: JsonValue): string {
  return cut(writeJson(value))
}

/** The name of a member. */
export function nameOf(name: string): string {
  return cut(JSON.stringify(name))
}

/** @example listOf(['a', 'b', 'c']) // 'a, b or c' */
export function listOf(words: readonly string[]): string {
  const shown = words.slice(0, MAX_LISTED)
  const more = words.length - shown.length
  const all = more > 0 ? [...shown, `one of ${more} others`] : shown
  return all.length < 2 ? (all[0] ?? 'nothing') : `${all.slice(0, -1).join(', ')} or ${all.at(-1)}`
}

function cut(text: string): string {
  const shown = visible(text.slice(0, MAX_CHARS))
  return text.length > MAX_CHARS ? `${shown}...` : shown
}
