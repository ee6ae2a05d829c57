/**
 * A definition as an indented outline: keys, values, and whole texts behind a margin, each followed by whatever is to be
 * said about it. Keys and values are a server's: whatever is not plain is written as JSON in visible characters.
 */
import { isExactNumber, isObject, type JsonValue, pointerTo, writeJson } from '@sallyport/controls/json'
import { visibleJson } from '../pins/visibleJson.ts'
import { columnsOf } from './cells.ts'
import { type ProseOptions, proseLines, type Stretch } from './prose.ts'

export interface OutlineOptions extends Omit<ProseOptions, 'margin'> {
  /** In front of the outermost lines. */
  readonly indent: string
  /** Stretches of the text at this JSON Pointer; all of it as it is where this gives nothing. */
  readonly stretches?: (where: string, text: string) => readonly Stretch[] | undefined
  /** Lines to stand below what is at this JSON Pointer. */
  readonly remarks?: (where: string, indent: string) => readonly string[]
}

/** In front of the lines of a text. */
export const TEXT_MARGIN = '\u2502 '
const STEP = '  '

/**
 * The lines of a value.
 *
 * @example outline({ name: 'add', inputSchema: { type: 'object' } }, '', options) // ['name: "add"', 'inputSchema:', ...]
 */
export function outline(value: JsonValue, where: string, options: OutlineOptions): string[] {
  if (isObject(value) || Array.isArray(value)) {
    const flat = flatText(value)
    if (flat !== undefined && columnsOf(flat) + columnsOf(options.indent) <= options.width)
      return [`${options.indent}${flat}`]
    return members(value).flatMap(([name, key, member]) =>
      memberLines(name, member, pointerTo(where, key), options),
    )
  }
  if (typeof value !== 'string') return [`${options.indent}${scalar(value)}`]
  // A definition that is nothing but a text is shown as one; a small part of one reads better as a value.
  const short = where === '' ? undefined : shortText(value, where, options)
  if (short !== undefined) return [`${options.indent}${short}`]
  return textLines(value, where, options.indent, options)
}

function members(value: JsonValue): readonly (readonly [string, string, JsonValue])[] {
  if (Array.isArray(value)) return value.map((member, at) => ['-', String(at), member])
  if (!isObject(value)) return []
  return Object.keys(value).flatMap((key) => {
    const member = value[key]
    return member === undefined ? [] : [[`${shownKey(key)}:`, key, member] as const]
  })
}

function memberLines(name: string, value: JsonValue, where: string, options: OutlineOptions): string[] {
  const { indent, paint, width } = options
  const deeper = indent + STEP
  const head = `${indent}${paint('aside', name)}`
  const remarks = options.remarks?.(where, deeper) ?? []
  const inline = typeof value === 'string' ? shortText(value, where, options) : flatText(value)
  if (inline !== undefined && columnsOf(indent) + columnsOf(name) + 1 + columnsOf(inline) <= width)
    return [`${head} ${inline}`, ...remarks]
  const lines =
    typeof value === 'string'
      ? textLines(value, where, deeper, options)
      : outline(value, where, { ...options, indent: deeper })
  // What is said of a key stands below it; what is said of a text below the text.
  return typeof value === 'string' ? [head, ...lines, ...remarks] : [head, ...remarks, ...lines]
}

function textLines(text: string, where: string, indent: string, options: OutlineOptions): string[] {
  const { paint, width, stretches } = options
  return proseLines(stretches?.(where, text) ?? [{ text }], { paint, width, margin: indent + TEXT_MARGIN })
}

/** A text that can stand beside its key: one line, nothing to be marked in it. */
function shortText(text: string, where: string, { stretches }: OutlineOptions): string | undefined {
  if (text.length > MAX_SHORT || (stretches?.(where, text)?.length ?? 1) > 1) return undefined
  return text.includes('\n') ? undefined : visibleJson(text)
}

const MAX_SHORT = 60

/** A value without members of its own, or a list of a few such, as one piece. */
function flatText(value: JsonValue): string | undefined {
  if (Array.isArray(value)) {
    if (value.some((member) => typeof member === 'object' && !isScalar(member))) return undefined
    if (value.some((member) => typeof member === 'string' && member.length > MAX_SHORT)) return undefined
    return `[${value.map(scalar).join(', ')}]`
  }
  if (isObject(value)) return Object.keys(value).length === 0 ? '{}' : undefined
  return typeof value === 'string' ? undefined : scalar(value)
}

function isScalar(value: JsonValue): boolean {
  return value === null || isExactNumber(value) || typeof value !== 'object'
}

function scalar(value: JsonValue): string {
  return isExactNumber(value) ? writeJson(value) : visibleJson(value)
}

/** A key that cannot be mistaken for anything else stays bare. */
function shownKey(key: string): string {
  return /^[A-Za-z_$][\w$-]*$/.test(key) ? key : visibleJson(key)
}
