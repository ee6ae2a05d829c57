import { RESERVED } from './keywords.ts'
import { peek, peekWord, type Reader, take, takeKind, unreadable } from './reader.ts'
import type { Token } from './token.ts'

/** A name with what stands before its dots. */
export interface NamePath {
  readonly parts: readonly string[]
  readonly quoted: boolean
  readonly offset: number
  /** Ends in `.*`. */
  readonly star: boolean
}

const MAX_PARTS = 4

export function isName(token: Token): boolean {
  return token.kind === 'word' || token.kind === 'quoted' || token.kind === 'either'
}

/** `name`, `schema.name`, `table.*`. The first word must not be reserved; after a dot every word is a name. */
export function readNamePath(reader: Reader): NamePath {
  const first = peek(reader)
  if (!isName(first)) unreadable(reader, 'expected a name')
  if (first.kind === 'word' && RESERVED.has(first.text)) unreadable(reader, 'a word that is no name here')
  take(reader)
  const parts = [first.name]
  let quoted = first.kind !== 'word'
  while (peek(reader).kind === '.') {
    take(reader)
    const next = peek(reader)
    if (next.kind === 'operator' && next.text === '*') {
      take(reader)
      return { parts, quoted, offset: first.start, star: true }
    }
    if (!isName(next)) unreadable(reader, 'expected a name after the dot')
    take(reader)
    parts.push(next.name)
    quoted ||= next.kind !== 'word'
    if (parts.length > MAX_PARTS) unreadable(reader, 'a name of more than four parts')
  }
  return { parts, quoted, offset: first.start, star: false }
}

/** A plain name: an alias, a column. */
export function readName(reader: Reader): Token {
  if (!isName(peek(reader))) unreadable(reader, 'expected a name')
  return take(reader)
}

/** `AS name`, or a name alone unless it is one of the words that mean something here. */
export function takeAlias(reader: Reader, also: ReadonlySet<string> = new Set()): boolean {
  const token = peek(reader)
  if (peekWord(reader) === 'AS') {
    take(reader)
    if (!isName(peek(reader)) && peek(reader).kind !== 'string')
      unreadable(reader, 'expected a name after AS')
    take(reader)
    return true
  }
  if (token.kind === 'word' && (RESERVED.has(token.text) || also.has(token.text))) return false
  if (!isName(token) && token.kind !== 'string') return false
  take(reader)
  return true
}

/** `(a, b)`: names only. */
export function takeNameList(reader: Reader): boolean {
  if (!takeKind(reader, '(')) return false
  do readName(reader)
  while (takeKind(reader, ','))
  if (!takeKind(reader, ')')) unreadable(reader, 'expected )')
  return true
}

/** A table that is read or written, unless WITH made it. */
export function noteTable(reader: Reader, path: NamePath): void {
  const { parts, offset } = path
  const name = parts[0]
  if (parts.length === 1 && name !== undefined && reader.scopes.some((scope) => scope.has(name))) return
  reader.facts.tables.push({ parts, offset })
}
