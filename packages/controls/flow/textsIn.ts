import { isExactNumber, isObject, type JsonValue, pointerTo } from '../json/index.ts'

/** A text in a JSON value, and how to say where. */
export interface FoundText {
  readonly text: string
  readonly where: () => string
}

interface Step {
  readonly before: Step | undefined
  readonly key: string | number
}

/**
 * Every text of a JSON value in the order in which it is written: strings, numbers long enough to be an account or a telephone
 * number, and names of members that are more than a name.
 * Pixels and sounds are left out, and strings shorter than `least`. Deep values need no deep stack.
 */
export function* textsIn(value: JsonValue, least = SHORTEST): Generator<FoundText> {
  const waiting: { readonly value: JsonValue; readonly at: Step | undefined }[] = [{ value, at: undefined }]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value: part, at } = next
    if (typeof part === 'string') {
      if (part.length >= least) yield { text: part, where: () => pointerOf(at) }
    } else if (typeof part === 'number') {
      if (Math.abs(part) >= 1e7) yield { text: String(part), where: () => pointerOf(at) }
    } else if (Array.isArray(part)) {
      for (let index = part.length - 1; index >= 0; index--) {
        waiting.push({ value: part[index] ?? null, at: { before: at, key: index } })
      }
    } else if (isObject(part)) {
      const names = Object.keys(part)
      const isMedia = part.type === 'image' || part.type === 'audio'
      for (let index = names.length - 1; index >= 0; index--) {
        const name = names[index] ?? ''
        const step: Step = { before: at, key: name }
        const member = part[name]
        if (member !== undefined && !(isMedia && name === 'data')) waiting.push({ value: member, at: step })
        if (name.length >= SHORTEST && !PLAIN_NAME.test(name)) waiting.push({ value: name, at: step })
      }
    } else if (isExactNumber(part)) {
      if (part.rawJSON.length >= 8) yield { text: part.rawJSON, where: () => pointerOf(at) }
    }
  }
}

/** Not even the shortest special value. */
const SHORTEST = 4
const PLAIN_NAME = /^[A-Za-z_$@-]{1,40}$/

function pointerOf(step: Step | undefined): string {
  const keys: (string | number)[] = []
  for (let at = step; at !== undefined; at = at.before) keys.push(at.key)
  return keys.reduceRight<string>((where, key) => pointerTo(where, key), '')
}
