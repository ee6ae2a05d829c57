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
 * number, and names of members that are more than a name. Deep values need no deep stack.
 *
 * Of what was `seen`, pixels and sounds and what is too short to be told from chance are left out. Of what is `sent` nothing is, and a
 * list of numbers that can be characters is a text as well.
 */
export function* textsIn(value: JsonValue, which: 'seen' | 'sent' = 'seen'): Generator<FoundText> {
  const isSent = which === 'sent'
  const least = isSent ? 1 : SHORTEST
  const waiting: { readonly value: JsonValue; readonly at: Step | undefined }[] = [{ value, at: undefined }]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value: part, at } = next
    if (typeof part === 'string') {
      if (part.length >= least) yield { text: part, where: () => pointerOf(at) }
    } else if (typeof part === 'number') {
      if (Math.abs(part) >= 1e7) yield { text: String(part), where: () => pointerOf(at) }
    } else if (Array.isArray(part)) {
      const spelled = isSent ? spelledBy(part) : undefined
      if (spelled !== undefined) yield { text: spelled, where: () => pointerOf(at) }
      for (let index = part.length - 1; index >= 0; index--) {
        waiting.push({ value: part[index] ?? null, at: { before: at, key: index } })
      }
    } else if (isObject(part)) {
      const names = Object.keys(part)
      const isMedia = !isSent && (part.type === 'image' || part.type === 'audio') && isBinary(part.data)
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
/** So long, whatever is no plain name is looked at on its own. */
const LONG_NAME = 16
const PLAIN_NAME = /^[A-Za-z_$@-]{1,40}$/

/** The names of all members in the order in which they are written, without those that the tool declares and those that are texts. */
export function namesIn(value: JsonValue, declared: ReadonlySet<string>, most: number): readonly string[] {
  const all: string[] = []
  const waiting: JsonValue[] = [value]
  for (let part = waiting.pop(); part !== undefined && all.length < most; part = waiting.pop()) {
    const inside: JsonValue[] = []
    if (Array.isArray(part)) {
      for (const item of part) if (typeof item === 'object' && item !== null) inside.push(item)
    } else if (isObject(part)) {
      for (const name in part) {
        const member = part[name]
        if (typeof member === 'object' && member !== null) inside.push(member)
        const isText = name.length >= LONG_NAME && !PLAIN_NAME.test(name)
        if (!isText && !declared.has(name)) all.push(name)
        if (all.length >= most) break
      }
    }
    for (let item = inside.pop(); item !== undefined; item = inside.pop()) waiting.push(item)
  }
  return all
}

/** A text that stands there as the numbers of its characters. */
function spelledBy(list: readonly JsonValue[]): string | undefined {
  if (list.length < 8) return undefined
  const codes: number[] = []
  for (const one of list) {
    if (typeof one !== 'number' || !Number.isInteger(one) || one < 9 || one > 255) return undefined
    codes.push(one)
  }
  return Buffer.from(codes).toString('latin1')
}

const HEAD = 128

/** Base64 of what is no text, as far as its beginning says. */
function isBinary(data: JsonValue | undefined): boolean {
  if (typeof data !== 'string') return false
  const head = data.slice(0, HEAD)
  // Words without spaces are of the same alphabet, but hardly with digits and capitals among them.
  if (!BASE64.test(head) || !/[0-9]/.test(head) || !/[a-z][A-Z]/.test(head)) return false
  return Buffer.from(head, 'base64').some((byte) => byte < 9 || (byte > 13 && byte < 32))
}
const BASE64 = /^[A-Za-z0-9+/_=\r\n-]*$/

function pointerOf(step: Step | undefined): string {
  const keys: (string | number)[] = []
  for (let at = step; at !== undefined; at = at.before) keys.push(at.key)
  return keys.reduceRight<string>((where, key) => pointerTo(where, key), '')
}
