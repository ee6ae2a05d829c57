/**
 * JSON (RFC 8259) as a document tree; for `.jsonc` with comments and a trailing comma, as editors write it.
 *
 * Own reader because the tree needs the place of every key and value, and because a duplicate must not be swallowed.
 */
import { LineCounter } from 'yaml'
import {
  type Complain,
  type DocumentNode,
  MAX_DEPTH,
  type MapEntry,
  makeMap,
  type Path,
  Unreadable,
} from './document.ts'
import type { Place } from './fault.ts'

export interface JsoncOptions {
  /** Comments and trailing commas. */
  readonly relaxed: boolean
  /** `MAX_DEPTH` if not given; reading recurses. */
  readonly maxDepth?: number
}

const SPACE = /[ \t\r\n]*/y
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const WORD = /[A-Za-z_$][\w$]*/y

/**
 * Reads JSON text. Complains about duplicate keys; throws `Unreadable` at the first syntax error.
 *
 * @example readJsonc('{"version":1}', { relaxed: false }, complain)
 */
export function readJsonc(text: string, options: JsoncOptions, complain: Complain): DocumentNode {
  const lines = new LineCounter()
  lines.addNewLine(0)
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines.addNewLine(at + 1)
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
  let at = 0

  const stop = (explain: string, hint?: string, offset = at): Unreadable =>
    new Unreadable({
      rule: 'config/syntax',
      explain,
      ...(hint === undefined ? {} : { hint }),
      path: [],
      place: place(offset),
    })

  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0]
    if (found !== undefined) at += found.length
    return found
  }

  const skip = () => {
    for (;;) {
      match(SPACE)
      const start = at
      if (text[at] !== '/') return
      if (!options.relaxed) throw stop('JSON has no comments', 'name the file .jsonc or .yaml to write them')
      if (text[at + 1] === '/') {
        const end = text.indexOf('\n', at)
        at = end < 0 ? text.length : end
      } else if (text[at + 1] === '*') {
        const end = text.indexOf('*/', at + 2)
        if (end < 0) throw stop('this comment does not end', undefined, start)
        at = end + 2
      } else {
        throw stop('this does not belong here')
      }
    }
  }

  const readString = (): string => {
    const end = text[at] === '"' ? stringEnd(text, at + 1) : undefined
    const read = end === undefined ? undefined : parseString(text.slice(at, end))
    if (end === undefined || read === undefined)
      throw stop('this text is not well formed', 'it needs double quotes and known escapes')
    at = end
    return read
  }

  /** After an element: true when another follows. */
  const another = (close: string): boolean => {
    skip()
    if (text[at] === close) return false
    if (text[at] !== ',') throw stop(`a comma or ${close} is missing`)
    const comma = at
    at += 1
    skip()
    if (text[at] !== close) return true
    if (!options.relaxed) throw stop('JSON has no trailing comma', 'remove it', comma)
    return false
  }

  const readMap = (path: Path): DocumentNode => {
    const start = at
    at += 1
    skip()
    const entries: MapEntry[] = []
    if (text[at] !== '}') {
      do {
        const keyPlace = place(at)
        const key = readString()
        skip()
        if (text[at] !== ':') throw stop('a colon is missing')
        at += 1
        skip()
        entries.push({ key, keyPlace, node: readValue([...path, key]) })
      } while (another('}'))
    }
    at += 1
    return makeMap(entries, place(start), path, complain)
  }

  const readList = (path: Path): DocumentNode => {
    const start = at
    at += 1
    skip()
    const items: DocumentNode[] = []
    if (text[at] !== ']') {
      do items.push(readValue([...path, items.length]))
      while (another(']'))
    }
    at += 1
    return { kind: 'list', place: place(start), items }
  }

  const readValue = (path: Path): DocumentNode => {
    if (path.length > (options.maxDepth ?? MAX_DEPTH)) throw stop('the file is nested too deeply')
    const here = place(at)
    const first = text[at]
    if (first === '{') return readMap(path)
    if (first === '[') return readList(path)
    if (first === '"') return { kind: 'text', place: here, value: readString() }
    const start = at
    const word = match(WORD)
    if (word === 'true' || word === 'false') return { kind: 'flag', place: here, value: word === 'true' }
    if (word === 'null') return { kind: 'null', place: here }
    if (word !== undefined) throw stop('a text needs double quotes', undefined, start)
    const number = match(NUMBER)
    if (number === undefined)
      throw stop(at >= text.length ? 'the file ends too early' : 'this does not belong here')
    return { kind: 'number', place: here, value: Number(number) }
  }

  skip()
  if (at >= text.length) throw stop('the file is empty', 'start with { "version": 1 }', 0)
  const root = readValue([])
  skip()
  if (at < text.length) throw stop('the file goes on after its end')
  return root
}

/** Behind the quote that ends the string: one that is not escaped. No pattern: on a long string it would end the stack. */
function stringEnd(text: string, from: number): number | undefined {
  for (let quote = text.indexOf('"', from); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let before = quote
    while (before > from && text[before - 1] === '\\') before--
    if ((quote - before) % 2 === 0) return quote + 1
  }
  return undefined
}

/** A quoted string is the same in JSON and here; `undefined` for one with an unknown escape or a control character. */
function parseString(quoted: string): string | undefined {
  try {
    return JSON.parse(quoted)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
