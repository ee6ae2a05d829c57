/**
 * Which keys a section has, lacks, and cannot have together.
 */
import { type Complain, dotted, type MapNode, type Path, quoteKey } from './document.ts'
import type { Place } from './fault.ts'
import type { RecordShape } from './shape.ts'
import { suggest } from './suggest.ts'

/** Finding the nearest key costs time; nobody reads more of these. */
const MAX_HINTS = 50

/** Complains about unknown and missing keys. `owner`: where the section's own key stands. */
export function checkKeys(
  shape: RecordShape,
  node: MapNode,
  path: Path,
  owner: Place,
  complain: Complain,
): void {
  const known = Object.keys(shape.fields)
  let unknown = 0
  const keys = new Set(node.entries.map((entry) => entry.key))
  for (const entry of node.entries) {
    const inner = [...path, entry.key]
    if (!known.includes(entry.key)) {
      complain({
        rule: 'config/unknown-key',
        explain: `${dotted(path)} has no key ${quoteKey(entry.key)}`,
        ...(unknown++ < MAX_HINTS ? { hint: didYouMean(entry.key, shape) } : {}),
        path: inner,
        place: entry.keyPlace,
      })
    }
    const partner = shape.needs?.[entry.key]
    if (known.includes(entry.key) && partner !== undefined && !keys.has(partner)) {
      complain({
        rule: 'config/together',
        explain: `${dotted(inner)} works only together with "${partner}"`,
        hint: `add "${partner}" or remove it`,
        path: inner,
        place: entry.keyPlace,
      })
    }
  }
  for (const [name, field] of Object.entries(shape.fields)) {
    if (field.presence === 'required' && !keys.has(name)) {
      complain({ rule: 'config/missing-key', explain: `${dotted(path)} lacks "${name}"`, path, place: owner })
    }
  }
  if (shape.oneOf) {
    const there = shape.oneOf.filter((name) => keys.has(name))
    const either = shape.oneOf.map((name) => `"${name}"`).join(' or ')
    if (there.length === 0) {
      complain({ rule: 'config/missing-key', explain: `${dotted(path)} lacks ${either}`, path, place: owner })
    }
    if (there.length > 1) {
      complain({
        rule: 'config/together',
        explain: `${dotted(path)} has ${there.map((name) => `"${name}"`).join(' and ')}`,
        hint: `keep one: ${either}`,
        path,
        place: owner,
      })
    }
  }
}

/** The nearest key, by its own name or by one that other programs use for it. */
function didYouMean(key: string, shape: RecordShape): string {
  const names = new Map(Object.keys(shape.fields).map((name) => [name, name]))
  for (const [name, field] of Object.entries(shape.fields)) {
    for (const alias of field.alias ?? []) if (!names.has(alias)) names.set(alias, name)
  }
  const near = suggest(key, [...names.keys()])
  return near === undefined
    ? `it knows ${Object.keys(shape.fields).join(', ')}`
    : `did you mean "${names.get(near) ?? near}"?`
}
