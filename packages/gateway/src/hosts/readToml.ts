/**
 * TOML 1.0 as a document tree, for the hosts that keep their servers in it. What TOML 1.1 adds is read too (line breaks
 * and a last comma in inline tables, `\e`, `\xHH`, times without seconds): a host may have moved on.
 *
 * Own reader because the tree needs the place of every key and value, and because a key given twice must not be
 * swallowed. Dates and times become texts. Linear in the length of the text, but for the depth of its keys.
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
} from '../config/document.ts'
import type { Place } from '../config/fault.ts'

/** A table while it is being read: headers may add to it later, unless it was closed. */
interface Table {
  readonly kind: 'table'
  readonly place: Place
  readonly members: Map<string, { readonly keyPlace: Place; readonly value: Draft }>
  /** What stands under a key that was taken; the tree keeps it apart. */
  readonly repeated: { readonly key: string; readonly keyPlace: Place; readonly value: Draft }[]
  /** `open`: by the way to another one; `headed`: by a header of its own; `dotted`: by a dotted key; `closed`: inline. */
  made: 'open' | 'headed' | 'dotted' | 'closed'
}
type Draft = Table | TableList | DocumentNode
/** `[[name]]` */
interface TableList {
  readonly kind: 'tables'
  readonly place: Place
  readonly items: Table[]
}

interface Key {
  readonly text: string
  readonly place: Place
}

const BLANK = /[ \t]*/y
/** Blanks, line ends and comments, where an array or inline table lets them stand. */
const SPACE = /[ \t\r\n]*/y
const BARE = /[A-Za-z0-9_-]+/y
/** A number, a date or a word: up to what ends a value. */
const SCALAR = /[^\s,\]}#=]{1,128}/y
const DAY = /^\d{4}-\d{2}-\d{2}$/
const CLOCK = /^ \d{2}:\d{2}(?::\d{2})?(?:\.\d{1,64})?(?:[Zz]|[+-]\d{2}:\d{2})?/
const MOMENT =
  /^(?:\d{4}-\d{2}-\d{2}(?:[Tt ]\d{2}:\d{2}(?::\d{2})?(?:\.\d{1,64})?(?:[Zz]|[+-]\d{2}:\d{2})?)?|\d{2}:\d{2}(?::\d{2})?(?:\.\d{1,64})?)$/
const NUMBER =
  /^(?:[+-]?(?:0|[1-9](?:_?\d)*)(?:\.\d(?:_?\d)*)?(?:[eE][+-]?\d(?:_?\d)*)?|0x[0-9A-Fa-f](?:_?[0-9A-Fa-f])*|0o[0-7](?:_?[0-7])*|0b[01](?:_?[01])*)$/
const ESCAPES: Readonly<Record<string, string>> = {
  b: '\b',
  t: '\t',
  n: '\n',
  f: '\f',
  r: '\r',
  e: '\u001b',
  '"': '"',
  '\\': '\\',
}
const HEX_LENGTH: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 }
// biome-ignore lint/suspicious/noControlCharactersInRegex: TOML forbids exactly these in strings and comments
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above, and no line end
const CONTROL_OR_LINE = /[\u0000-\u0008\u000a-\u001f\u007f]/

/**
 * Reads TOML text. Complains about keys given twice, keeping them apart in the tree; throws `Unreadable` at the first
 * error of syntax.
 *
 * @example readToml('[mcp_servers.files]\ncommand = "npx"', complain)
 */
export function readToml(text: string, complain: Complain): DocumentNode {
  return new TomlReader(text, complain).read()
}

class TomlReader {
  readonly #text: string
  readonly #complain: Complain
  readonly #lines = new LineCounter()
  readonly #root: Table
  #at = 0

  constructor(text: string, complain: Complain) {
    this.#text = text
    this.#complain = complain
    this.#lines.addNewLine(0)
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#lines.addNewLine(at + 1)
    this.#root = makeTable({ line: 1, column: 1 }, 'headed')
  }

  read(): DocumentNode {
    let table = this.#root
    for (;;) {
      this.#skipLines()
      if (this.#at >= this.#text.length) break
      if (this.#sees('[')) table = this.#header()
      else this.#keyValue(table)
      this.#endLine()
    }
    return this.#toNode(this.#root, [])
  }

  /** `[a.b]` or `[[a.b]]`: the table that the lines below it fill. */
  #header(): Table {
    const start = this.#at
    const isList = this.#text.startsWith('[[', start)
    this.#at += isList ? 2 : 1
    const keys = this.#keys()
    if (!this.#text.startsWith(isList ? ']]' : ']', this.#at)) throw this.#stop('a table header does not end')
    this.#at += isList ? 2 : 1
    const last = keys.pop() as Key
    let table = this.#root
    for (const key of keys) table = this.#stepInto(table, key)
    return isList ? this.#appendTable(table, last) : this.#openTable(table, last)
  }

  #openTable(parent: Table, key: Key): Table {
    const known = parent.members.get(key.text)?.value
    if (known?.kind === 'table' && known.made === 'open') {
      known.made = 'headed'
      return known
    }
    const table = makeTable(key.place, 'headed')
    this.#put(parent, key, table)
    return table
  }

  #appendTable(parent: Table, key: Key): Table {
    const table = makeTable(key.place, 'headed')
    const known = parent.members.get(key.text)?.value
    if (known?.kind === 'tables') known.items.push(table)
    else this.#put(parent, key, { kind: 'tables', place: key.place, items: [table] })
    return table
  }

  /** The table one step further on the way of a header. */
  #stepInto(table: Table, key: Key): Table {
    const known = table.members.get(key.text)?.value
    if (known?.kind === 'table' && known.made !== 'closed') return known
    const last = known?.kind === 'tables' ? known.items.at(-1) : undefined
    if (last !== undefined) return last
    const made = makeTable(key.place, 'open')
    this.#put(table, key, made)
    return made
  }

  #keyValue(table: Table): void {
    this.#assign(table, this.#keys(), 0)
  }

  /** What is behind a key, put where the key says; `depth` is the table's own. */
  #assign(table: Table, keys: Key[], depth: number): void {
    if (!this.#sees('=')) throw this.#stop('"=" is missing behind a key')
    this.#at++
    this.#match(BLANK)
    const last = keys.pop() as Key
    let target = table
    for (const key of keys) target = this.#dotInto(target, key)
    this.#put(target, last, this.#value(depth + keys.length + 1))
  }

  /** The table one step further on the way of a dotted key, which may only add to what dotted keys have made. */
  #dotInto(table: Table, key: Key): Table {
    const known = table.members.get(key.text)?.value
    if (known?.kind === 'table' && (known.made === 'dotted' || known.made === 'open')) {
      known.made = 'dotted'
      return known
    }
    const made = makeTable(key.place, 'dotted')
    this.#put(table, key, made)
    return made
  }

  #put(table: Table, key: Key, value: Draft): void {
    const member = { keyPlace: key.place, value }
    if (table.members.has(key.text)) table.repeated.push({ key: key.text, ...member })
    else table.members.set(key.text, member)
  }

  /** One or more keys with dots between them, and the blanks behind. */
  #keys(): Key[] {
    const keys: Key[] = []
    for (;;) {
      this.#match(BLANK)
      const place = this.#place(this.#at)
      const first = this.#text[this.#at]
      const text = first === '"' || first === "'" ? this.#string(first, false) : this.#match(BARE)
      if (text === undefined) throw this.#stop('a key is missing here')
      keys.push({ text, place })
      if (keys.length > MAX_DEPTH) throw this.#stop('the file is nested too deeply')
      this.#match(BLANK)
      if (!this.#sees('.')) return keys
      this.#at++
    }
  }

  #value(depth: number): Draft {
    if (depth > MAX_DEPTH) throw this.#stop('the file is nested too deeply')
    const place = this.#place(this.#at)
    const first = this.#text[this.#at]
    if (first === '"' || first === "'") return { kind: 'text', place, value: this.#string(first, true) }
    if (first === '[') return this.#list(place, depth)
    if (first === '{') return this.#inlineTable(place, depth)
    return this.#scalar(place)
  }

  #scalar(place: Place): DocumentNode {
    const start = this.#at
    let word = this.#match(SCALAR)
    if (word === undefined) throw this.#stop('a value is missing here')
    if (word === 'true' || word === 'false') return { kind: 'flag', place, value: word === 'true' }
    if (DAY.test(word)) {
      const clock = CLOCK.exec(this.#text.slice(this.#at, this.#at + 100))?.[0] ?? ''
      this.#at += clock.length
      word += clock
    }
    if (MOMENT.test(word)) return { kind: 'text', place, value: word }
    if (/^[+-]?(?:inf|nan)$/.test(word)) return { kind: 'text', place, value: word }
    if (!NUMBER.test(word)) {
      this.#at = start
      throw this.#stop('this is no value', 'a text needs quotes')
    }
    return { kind: 'number', place, value: Number(word.replaceAll('_', '')) }
  }

  #list(place: Place, depth: number): DocumentNode {
    this.#at++
    const items: DocumentNode[] = []
    for (;;) {
      this.#skipLines()
      if (this.#sees(']')) break
      items.push(this.#toNode(this.#value(depth + 1), []))
      this.#skipLines()
      if (this.#sees(',')) this.#at++
      else if (!this.#sees(']')) throw this.#stop('a comma or ] is missing')
    }
    this.#at++
    return { kind: 'list', place, items }
  }

  #inlineTable(place: Place, depth: number): Table {
    this.#at++
    const table = makeTable(place, 'headed')
    for (;;) {
      this.#skipLines()
      if (this.#sees('}')) break
      const before = this.#at
      const keys = this.#keys()
      if (depth + keys.length > MAX_DEPTH)
        throw this.#stop('the file is nested too deeply', undefined, before)
      this.#assign(table, keys, depth)
      this.#skipLines()
      if (this.#sees(',')) this.#at++
      else if (!this.#sees('}')) throw this.#stop('a comma or } is missing')
    }
    this.#at++
    close(table)
    return table
  }

  /** A quoted text, whose first quote is here. */
  #string(quote: '"' | "'", mayBeLong: boolean): string {
    const start = this.#at
    const long = quote.repeat(3)
    const isLong = mayBeLong && this.#text.startsWith(long, start)
    const from = start + (isLong ? 3 : 1)
    const end = isLong ? this.#longEnd(from, long) : this.#shortEnd(from, quote)
    if (end === undefined) throw this.#stop('this text does not end', undefined, start)
    let raw = this.#text.slice(from, end)
    this.#at = end + (isLong ? 3 : 1)
    if ((isLong ? CONTROL : CONTROL_OR_LINE).test(raw))
      throw this.#stop('this text has a control character', 'write it as an escape', start)
    if (isLong) raw = raw.replace(/^\r?\n/, '')
    return quote === "'" ? raw : this.#unescape(raw, isLong, start)
  }

  #shortEnd(from: number, quote: string): number | undefined {
    for (let at = this.#text.indexOf(quote, from); at >= 0; at = this.#text.indexOf(quote, at + 1)) {
      if (quote === "'" || !isEscaped(this.#text, from, at)) return at
    }
    return undefined
  }

  /** Up to two quotes may stand before the three that end it. */
  #longEnd(from: number, long: string): number | undefined {
    for (let at = this.#text.indexOf(long, from); at >= 0; at = this.#text.indexOf(long, at + 1)) {
      if (long[0] === '"' && isEscaped(this.#text, from, at)) continue
      let end = at
      while (end < at + 2 && this.#text[end + 3] === long[0]) end++
      return end
    }
    return undefined
  }

  #unescape(raw: string, isLong: boolean, start: number): string {
    let at = raw.indexOf('\\')
    if (at < 0) return raw
    const parts: string[] = []
    let from = 0
    for (; at >= 0; at = raw.indexOf('\\', from)) {
      parts.push(raw.slice(from, at))
      const sign = raw[at + 1] ?? ''
      const plain = ESCAPES[sign]
      const digits = HEX_LENGTH[sign]
      if (plain !== undefined) {
        parts.push(plain)
        from = at + 2
      } else if (digits !== undefined) {
        const hex = raw.slice(at + 2, at + 2 + digits)
        const code = /^[0-9A-Fa-f]+$/.test(hex) && hex.length === digits ? Number.parseInt(hex, 16) : -1
        if (code < 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
          throw this.#stop('this text has an escape that is no character', undefined, start)
        parts.push(String.fromCodePoint(code))
        from = at + 2 + digits
      } else {
        // A backslash at the end of a line takes all white space behind it away.
        const folded = isLong ? /^\\[ \t]*\r?\n[ \t\r\n]*/.exec(raw.slice(at)) : null
        if (folded === null) throw this.#stop('this text has an unknown escape', undefined, start)
        from = at + folded[0].length
      }
    }
    parts.push(raw.slice(from))
    return parts.join('')
  }

  /** Blank lines and comments. */
  #skipLines(): void {
    for (;;) {
      this.#match(SPACE)
      if (!this.#sees('#')) return
      this.#comment()
    }
  }

  #comment(): void {
    const start = this.#at
    const end = this.#text.indexOf('\n', start)
    this.#at = end < 0 ? this.#text.length : end
    const comment = this.#text.slice(start, this.#at).replace(/\r$/, '')
    if (CONTROL_OR_LINE.test(comment)) throw this.#stop('a comment has a control character', undefined, start)
  }

  /** Nothing but a comment may follow on the line. */
  #endLine(): void {
    this.#match(BLANK)
    if (this.#sees('#')) this.#comment()
    const rest = this.#text.slice(this.#at, this.#at + 2)
    if (rest !== '' && rest[0] !== '\n' && rest !== '\r\n') throw this.#stop('this does not belong here')
  }

  /** What the pattern matches here, stepping over it; `undefined` for nothing. */
  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0] ?? ''
    this.#at += found.length
    return found === '' ? undefined : found
  }

  #sees(sign: string): boolean {
    return this.#text[this.#at] === sign
  }

  #place(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset)
    return { line, column: col }
  }

  #stop(explain: string, hint?: string, offset = this.#at): Unreadable {
    return new Unreadable({
      rule: 'config/syntax',
      explain,
      ...(hint === undefined ? {} : { hint }),
      path: [],
      place: this.#place(offset),
    })
  }

  #toNode(draft: Draft, path: Path): DocumentNode {
    if (path.length > MAX_DEPTH) throw this.#stop('the file is nested too deeply')
    if (draft.kind === 'tables') {
      const items = draft.items.map((item, index) => this.#toNode(item, [...path, index]))
      return { kind: 'list', place: draft.place, items }
    }
    if (draft.kind !== 'table') return draft
    const entry = (key: string, member: { keyPlace: Place; value: Draft }): MapEntry => {
      return { key, keyPlace: member.keyPlace, node: this.#toNode(member.value, [...path, key]) }
    }
    const entries = [...draft.members].map(([key, member]) => entry(key, member))
    const repeated = draft.repeated.map(({ key, ...member }) => entry(key, member))
    return makeMap([...entries, ...repeated], draft.place, path, this.#complain)
  }
}

function makeTable(place: Place, made: Table['made']): Table {
  return { kind: 'table', place, members: new Map(), repeated: [], made }
}

/** Nothing outside its braces may add to an inline table, nor to what its dotted keys have made. */
function close(table: Table): void {
  table.made = 'closed'
  for (const { value } of table.members.values())
    if (value.kind === 'table' && value.made !== 'closed') close(value)
}

function isEscaped(text: string, from: number, at: number): boolean {
  let before = at
  while (before > from && text[before - 1] === '\\') before--
  return (at - before) % 2 === 1
}
