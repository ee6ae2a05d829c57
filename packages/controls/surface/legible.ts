import { isExactNumber, isObject, type JsonObject, type JsonValue } from '../json/index.ts'
import { removeHidden } from '../text/index.ts'

/** Members that a model reads as prose. What is a value, an address or a name stays as it is: it is sent back. */
const PROSE: ReadonlySet<string> = new Set(['title', 'description', 'instructions', '$comment'])
/** Where prose and values are told apart by nothing: values win. */
const VALUES: ReadonlySet<string> = new Set(['default', 'const', 'enum', 'examples', 'example'])
const MAX_DEPTH = 64

/**
 * What an item says to a model, without what hides in it: comments, characters that nobody sees. The definition itself
 * where nothing hides, which is nearly always.
 *
 * For what was approved: what hides decisively is held before, and a person who approves it all the same has seen it
 * marked; the model need not.
 *
 * @example legible({ name: 'add', description: 'Adds.<!-- hi -->' }) // { name: 'add', description: 'Adds.' }
 */
export function legible(value: JsonValue): JsonValue {
  return typeof value === 'string' ? removeHidden(value) : walk(value, 0, false)
}

/** `named`: a map whose keys are the server's own (`properties`), so that `title` is a parameter there. */
function walk(value: JsonValue, depth: number, named: boolean): JsonValue {
  if (typeof value !== 'object' || value === null || isExactNumber(value) || depth > MAX_DEPTH) return value
  if (Array.isArray(value)) {
    let changed = false
    const items = value.map((member) => {
      const next = walk(member, depth + 1, false)
      changed ||= next !== member
      return next
    })
    return changed ? items : value
  }
  let cleaned: JsonObject | undefined
  for (const key of Object.keys(value)) {
    const member = value[key]
    if (member === undefined) continue
    const next = clean(key, member, depth, named)
    if (next === member) continue
    cleaned ??= { ...value }
    Object.defineProperty(cleaned, key, { value: next, enumerable: true, configurable: true, writable: true })
  }
  return cleaned ?? value
}

function clean(key: string, member: JsonValue, depth: number, named: boolean): JsonValue {
  if (!named && PROSE.has(key) && typeof member === 'string') return removeHidden(member)
  if (!named && VALUES.has(key)) return member
  const isMap =
    !named && (key === 'properties' || key === '$defs' || key === 'definitions') && isObject(member)
  return walk(member, depth + 1, isMap)
}
