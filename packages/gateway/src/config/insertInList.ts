/**
 * Puts items at the end of a list of a configuration file as text: what a person wrote, comments and all, stays as it is. YAML
 * in lines, YAML in braces, JSON and JSONC. Maps on the way to the list, and the list, are written where they are not there.
 * Pure.
 *
 * It knows where to write and not what it means: whoever calls reads the result again, and refuses it unless it is the old
 * configuration with these items and nothing else.
 */
import { extname } from 'node:path'
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type YAMLMap, type YAMLSeq } from 'yaml'
import { blankComments } from './blankComments.ts'
import { EXTENSIONS } from './find.ts'

/** One item of the list, on one line. */
export interface ListItem {
  /** Where the list is written in lines (YAML). */
  readonly inLines: string
  /** Where it is written in brackets, as JSON has it. */
  readonly inBraces: string
}

/**
 * The whole text with the items in it; `undefined` where what stands there is written in a way that nothing is added to
 * safely, such as an alias.
 *
 * @param path of the file; decides its syntax and is not opened
 * @param keys of the list, from the top
 * @example insertInList('version: 1\n', '/etc/sallyport.yaml', ['a', 'b'], [{ inLines: 'x', inBraces: '"x"' }]) // 'version: 1\na:\n  b:\n    - x\n'
 */
export function insertInList(
  text: string,
  path: string,
  keys: readonly string[],
  items: readonly ListItem[],
): string | undefined {
  const plain = EXTENSIONS.get(extname(path)) === 'jsonc' ? blankComments(text) : text
  const found = place(plain, keys, items)
  return found === undefined ? undefined : text.slice(0, found.at) + found.added + text.slice(found.at)
}

/** Where in the text something new goes, and how it is written there. */
interface Place {
  readonly at: number
  readonly added: string
}

function place(text: string, keys: readonly string[], items: readonly ListItem[]): Place | undefined {
  const counter = new LineCounter()
  const root: unknown = parseDocument(text, { lineCounter: counter }).contents
  const columnOf = (offset: number) => counter.linePos(offset).col - 1
  let at: unknown = root
  for (const [depth, key] of keys.entries()) {
    if (!isMap(at) || at.range == null) return undefined
    const rest = keys.slice(depth)
    const next: unknown = at.get(key, true)
    if (next !== undefined) {
      at = next
      continue
    }
    if (at.flow) return inBraces(text, at, rest, items)
    const lines = inLines(rest, ' '.repeat(columnOf(at.range[0])), items)
    if (at !== root) return inside(text, at.range[1], lines)
    const gap = text === '' || text.endsWith('\n') ? '' : '\n'
    return { at: text.length, added: `${gap}${lines}` }
  }
  if (!isSeq(at) || at.range == null) return undefined
  if (at.flow) return inBraces(text, at, [], items)
  return inside(text, at.range[1], inLines([], ' '.repeat(columnOf(at.range[0])), items))
}

/** Items by themselves, or in what has to be there first, in lines of YAML. */
function inLines(keys: readonly string[], indent: string, items: readonly ListItem[]): string {
  const outer = keys.map((key, depth) => `${indent}${'  '.repeat(depth)}${key}:\n`)
  const inner = indent + '  '.repeat(keys.length)
  return [...outer, ...items.map((item) => `${inner}- ${item.inLines}\n`)].join('')
}

/** Behind the last thing between braces or brackets, on lines of its own where those before it are. */
function inBraces(
  text: string,
  container: YAMLMap | YAMLSeq,
  keys: readonly string[],
  items: readonly ListItem[],
): Place | undefined {
  if (container.range == null) return undefined
  const [start, end] = container.range
  const last: unknown = container.items.at(-1)
  const first: unknown = container.items[0]
  const lastPart = isPair(last) ? last.value : last
  const at = last === undefined ? start + 1 : endOf(lastPart)
  const from = first === undefined ? undefined : startOf(isPair(first) ? first.key : first)
  if (at === undefined || (first !== undefined && from === undefined)) return undefined
  const comma = last === undefined ? '' : ','
  const isInLines = text.slice(start, from ?? end).includes('\n')
  const line = text.lastIndexOf('\n', from ?? start) + 1
  const ofLine = /^[ \t]*/.exec(text.slice(line))?.[0] ?? ''
  const one = ofLine.startsWith('\t') ? '\t' : '  '
  const indent = from === undefined ? ofLine + one : ofLine
  const parts = bracketed(keys, items, isInLines ? { indent, one } : undefined)
  const ends = text.includes('\r\n') ? '\r\n' : '\n'
  if (!isInLines) return { at, added: `${comma}${last === undefined ? '' : ' '}${parts.join(' ')}` }
  return { at, added: `${comma}${parts.map((part) => `${ends}${part}`).join('')}` }
}

/** Items by themselves, or in what has to be there first. */
function bracketed(
  keys: readonly string[],
  items: readonly ListItem[],
  lines: { readonly indent: string; readonly one: string } | undefined,
): readonly string[] {
  const { indent = '', one = '' } = lines ?? {}
  const set = (depth: number, part: string) => `${indent}${one.repeat(depth)}${part}`
  const isList = (depth: number) => depth === keys.length - 1
  return [
    ...keys.map((key, depth) => set(depth, `${JSON.stringify(key)}: ${isList(depth) ? '[' : '{'}`)),
    ...items.map((item, at) => set(keys.length, `${item.inBraces}${at < items.length - 1 ? ',' : ''}`)),
    ...keys.map((_key, depth) => set(depth, isList(depth) ? ']' : '}')).reverse(),
  ]
}

function isPair(value: unknown): value is { readonly key: unknown; readonly value: unknown } {
  return typeof value === 'object' && value !== null && 'key' in value && 'value' in value
}

function startOf(node: unknown): number | undefined {
  return isMap(node) || isSeq(node) || isScalar(node) ? node.range?.[0] : undefined
}

/** Whatever else it is, such as an alias, is not known well enough to write behind it. */
function endOf(node: unknown): number | undefined {
  return isMap(node) || isSeq(node) || isScalar(node) ? node.range?.[1] : undefined
}

/** At the end of the line that holds the last thing of a block. */
function inside(text: string, end: number, added: string): Place {
  // A block's range may end after its last line break.
  const last = text[end - 1] === '\n' ? end - 1 : end
  const line = text.indexOf('\n', last)
  return line < 0 ? { at: text.length, added: `\n${added}` } : { at: line + 1, added }
}
