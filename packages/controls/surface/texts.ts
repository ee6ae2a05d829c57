import { isExactNumber, type JsonValue, pointerTo } from '../json/index.ts'
import type { SurfaceItem } from './item.ts'

/** What a text is for where it stands: rules differ between a name, a sentence and a value. */
export type TextRole =
  | 'name'
  | 'title'
  | 'description'
  | 'instructions'
  /** A key that the server chose: a parameter's name, a member of `_meta`. */
  | 'key'
  | 'default'
  | 'enum'
  | 'example'
  | 'uri'
  | 'other'

/** One text of an item, with its place. */
export interface ItemText {
  /** JSON Pointer (RFC 6901) within the item's value; of a key the pointer of its member. */
  readonly where: string
  readonly role: TextRole
  readonly text: string
}

const ROLES: ReadonlyMap<string, TextRole> = new Map([
  ['name', 'name'],
  ['title', 'title'],
  ['description', 'description'],
  ['$comment', 'description'],
  ['instructions', 'instructions'],
  ['default', 'default'],
  ['const', 'enum'],
  ['enum', 'enum'],
  ['examples', 'example'],
  ['example', 'example'],
  ['uri', 'uri'],
  ['uriTemplate', 'uri'],
  ['src', 'uri'],
  ['websiteUrl', 'uri'],
] as const)

/** Keys of MCP and JSON Schema that say nothing of the server's own: whatever is not here is a text a model may read. */
const KNOWN_KEYS: ReadonlySet<string> = new Set(
  (
    'name title description inputSchema outputSchema annotations icons _meta execution arguments required type ' +
    'properties items enum const default examples format pattern minimum maximum minLength maxLength minItems ' +
    'maxItems uniqueItems additionalProperties anyOf oneOf allOf not if then else $ref $defs definitions $schema ' +
    '$id $comment uri uriTemplate mimeType size src sizes theme readOnlyHint destructiveHint idempotentHint ' +
    'openWorldHint taskSupport audience priority lastModified version websiteUrl instructions frontmatter resources ' +
    'digest'
  ).split(' '),
)

/**
 * Every text of an item, keys included, with its place and role, in document order. Iterative: a definition nested
 * however deeply costs no stack.
 *
 * @example
 * textsOf({ kind: 'tool', name: 'add', value: { name: 'add', description: 'Adds.' } })
 * // [{ where: '/name', role: 'name', text: 'add' }, { where: '/description', role: 'description', text: 'Adds.' }]
 */
export function textsOf(item: SurfaceItem): ItemText[] {
  const texts: ItemText[] = []
  const root: TextRole = item.kind === 'instructions' ? 'instructions' : 'other'
  const stack: { value: JsonValue; where: string; role: TextRole; schemaMap: boolean }[] = [
    { value: item.value, where: '', role: root, schemaMap: false },
  ]
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { value, where, role, schemaMap } = next
    if (typeof value === 'string') {
      texts.push({ where, role, text: value })
      continue
    }
    if (typeof value !== 'object' || value === null || isExactNumber(value)) continue
    if (Array.isArray(value)) {
      for (let at = value.length - 1; at >= 0; at--) {
        const member = value[at]
        if (member !== undefined)
          stack.push({ value: member, where: `${where}/${at}`, role, schemaMap: false })
      }
      continue
    }
    const keys = Object.keys(value)
    for (const key of keys) {
      // Under `properties` every key is a parameter's name, also one that is called like a keyword.
      if (schemaMap || !KNOWN_KEYS.has(key))
        texts.push({ where: pointerTo(where, key), role: 'key', text: key })
    }
    for (let at = keys.length - 1; at >= 0; at--) {
      const key = keys[at] as string
      const member = value[key]
      if (member === undefined) continue
      const own = schemaMap ? undefined : ROLES.get(key)
      const inherited = role === 'default' || role === 'enum' || role === 'example' ? role : 'other'
      stack.push({
        value: member,
        where: pointerTo(where, key),
        role: own ?? inherited,
        schemaMap: !schemaMap && (key === 'properties' || key === '$defs' || key === 'definitions'),
      })
    }
  }
  return texts
}
