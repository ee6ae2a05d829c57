/**
 * Reads a pattern into a tree. The grammar is that of ECMA-262 with the `u` flag, and what people write all the same: an
 * escaped punctuation mark stands for itself, a brace that begins no quantifier too.
 */
import { anyChar, type CharTest, classTest, escapeTest, literalTest } from './chars.ts'

export type Node =
  | { readonly kind: 'char'; readonly test: CharTest }
  | { readonly kind: 'start' }
  | { readonly kind: 'end' }
  | { readonly kind: 'word'; readonly negated: boolean }
  | { readonly kind: 'sequence'; readonly parts: readonly Node[] }
  | { readonly kind: 'either'; readonly options: readonly Node[] }
  /** `most` is `Infinity` for no end. */
  | { readonly kind: 'repeat'; readonly body: Node; readonly least: number; readonly most: number }

export interface Lookahead {
  readonly node: Node
  readonly negated: boolean
}

export type PatternParse =
  /** `ahead`: what must, or must not, match from the start of the text; only where the pattern begins with `^`. */
  | { readonly ok: true; readonly node: Node; readonly ahead: readonly Lookahead[] }
  | { readonly ok: false; readonly at: number; readonly explain: string }

const MAX_LENGTH = 8_192
const MAX_DEPTH = 64
const MAX_REPEAT = 4_096

class PatternFault extends Error {
  readonly at: number
  constructor(at: number, explain: string) {
    super(explain)
    this.at = at
  }
}

/** @example parsePattern('^a|b') // { ok: true, node: { kind: 'either', options: [...] }, ahead: [] } */
export function parsePattern(source: string): PatternParse {
  if (source.length > MAX_LENGTH)
    return { ok: false, at: MAX_LENGTH, explain: `is longer than ${MAX_LENGTH} characters` }
  const parser = new Parser(source)
  try {
    return { ok: true, ...parser.whole() }
  } catch (error) {
    if (error instanceof PatternFault) return { ok: false, at: error.at, explain: error.message }
    throw error
  }
}

class Parser {
  readonly #text: string
  #at = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
  }

  whole(): { readonly node: Node; readonly ahead: readonly Lookahead[] } {
    const ahead = this.#leadingLookaheads()
    const node = this.#either()
    if (this.#at < this.#text.length) this.#fault('closes a group that was not opened')
    // Lookaheads would else belong to the first alternative only.
    if (ahead.length > 0 && node.kind === 'either')
      this.#fault('looks ahead in one of several alternatives', 0)
    return { node, ahead }
  }

  /** `^(?!...)(?=...)`: each is asked once, from the start of the text. */
  #leadingLookaheads(): readonly Lookahead[] {
    const ahead: Lookahead[] = []
    const begin = this.#at
    if (this.#peek() !== '^') return ahead
    this.#at++
    while (this.#startsWith('(?=') || this.#startsWith('(?!')) {
      const negated = this.#text[this.#at + 2] === '!'
      this.#at += 3
      const node = this.#either()
      if (this.#peek() !== ')') this.#fault('has a group without an end')
      this.#at++
      if (QUANTIFIER.has(this.#peek() ?? '')) this.#fault('repeats a lookahead')
      ahead.push({ node, negated })
    }
    // What follows is tried at the start only, so the `^` may be read again.
    if (ahead.length === 0) this.#at = begin
    return ahead
  }

  #either(): Node {
    if (++this.#depth > MAX_DEPTH) this.#fault(`is nested deeper than ${MAX_DEPTH}`)
    const options = [this.#sequence()]
    while (this.#peek() === '|') {
      this.#at++
      options.push(this.#sequence())
    }
    this.#depth--
    return options.length === 1 && options[0] !== undefined ? options[0] : { kind: 'either', options }
  }

  #sequence(): Node {
    const parts: Node[] = []
    for (let next = this.#peek(); next !== undefined && next !== '|' && next !== ')'; next = this.#peek())
      parts.push(this.#term())
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: 'sequence', parts }
  }

  #term(): Node {
    const at = this.#at
    const body = this.#atom()
    const quantity = this.#quantity()
    if (quantity === undefined) return body
    const isPlace = body.kind === 'start' || body.kind === 'end' || body.kind === 'word'
    if (isPlace && this.#text[at] !== '(') this.#fault('repeats a place instead of a character', at)
    return { kind: 'repeat', body, ...quantity }
  }

  #quantity(): { readonly least: number; readonly most: number } | undefined {
    const at = this.#at
    const quantity = this.#bareQuantity()
    if (quantity === undefined) return undefined
    if (quantity.least > quantity.most) this.#fault('has a quantifier whose end is before its start', at)
    if (quantity.least > MAX_REPEAT || (quantity.most > MAX_REPEAT && quantity.most !== Infinity))
      this.#fault(`repeats more than ${MAX_REPEAT} times`, at)
    // Lazy or not decides what is captured, never whether something matches.
    if (this.#peek() === '?') this.#at++
    if (QUANTIFIER.has(this.#peek() ?? '') && this.#peek() !== '{') this.#fault('repeats a repetition')
    return quantity
  }

  #bareQuantity(): { readonly least: number; readonly most: number } | undefined {
    const sign = this.#peek()
    if (sign === '{') {
      BRACES.lastIndex = this.#at
      const found = BRACES.exec(this.#text)
      if (found === null) return undefined
      this.#at = BRACES.lastIndex
      const [, first = '0', comma, last] = found
      const least = Number(first)
      return { least, most: comma === undefined ? least : last === undefined ? Infinity : Number(last) }
    }
    if (sign !== '*' && sign !== '+' && sign !== '?') return undefined
    this.#at++
    return { least: sign === '+' ? 1 : 0, most: sign === '?' ? 1 : Infinity }
  }

  #atom(): Node {
    const next = this.#peek()
    switch (next) {
      case '^':
        this.#at++
        return { kind: 'start' }
      case '$':
        this.#at++
        return { kind: 'end' }
      case '.':
        this.#at++
        return { kind: 'char', test: anyChar }
      case '(':
        return this.#group()
      case '[':
        return { kind: 'char', test: this.#class() }
      case '\\':
        return this.#escape()
      case '*':
      case '+':
      case '?':
        return this.#fault('repeats nothing')
      default: {
        const code = this.#text.codePointAt(this.#at) ?? 0
        this.#at += code > 0xffff ? 2 : 1
        return { kind: 'char', test: literalTest(code) }
      }
    }
  }

  #group(): Node {
    const open = this.#at
    this.#at++
    if (this.#peek() === '?') {
      NAME.lastIndex = this.#at
      if (this.#startsWith('?:')) this.#at += 2
      else if (NAME.test(this.#text)) this.#at = NAME.lastIndex
      else if (this.#startsWith('?<')) this.#fault('looks behind, which is not supported', open)
      else if (this.#startsWith('?=') || this.#startsWith('?!'))
        this.#fault('looks ahead elsewhere than right after a "^" at its start, which is not supported', open)
      else this.#fault('has a group of a kind that is not supported', open)
    }
    const node = this.#either()
    if (this.#peek() !== ')') this.#fault('has a group without an end', open)
    this.#at++
    return node
  }

  #class(): CharTest {
    const open = this.#at
    let at = open + 1
    if (this.#text[at] === '^') at++
    while (at < this.#text.length && this.#text[at] !== ']') at += this.#text[at] === '\\' ? 2 : 1
    if (at >= this.#text.length) this.#fault('has a character class without an end', open)
    this.#at = at + 1
    return classTest(this.#text.slice(open, at + 1)) ?? this.#fault('has a malformed character class', open)
  }

  #escape(): Node {
    const open = this.#at
    const sign = this.#text[open + 1]
    if (sign === undefined) return this.#fault('ends in a backslash')
    if (sign === 'b' || sign === 'B') {
      this.#at += 2
      return { kind: 'word', negated: sign === 'B' }
    }
    if (sign === 'A' || sign === 'Z' || sign === 'z' || sign === 'G')
      this.#fault('uses an anchor that ECMA-262 does not have', open)
    if ((sign >= '1' && sign <= '9') || sign === 'k')
      this.#fault('refers back to a group, which no linear matcher can do', open)
    ESCAPE.lastIndex = open
    const [text] = ESCAPE.exec(this.#text) ?? ['']
    const test = text === '' ? undefined : escapeTest(text)
    if (test === undefined) return this.#fault('has an unknown escape', open)
    this.#at += text.length
    return { kind: 'char', test }
  }

  #peek(): string | undefined {
    return this.#text[this.#at]
  }

  #startsWith(text: string): boolean {
    return this.#text.startsWith(text, this.#at)
  }

  #fault(explain: string, at = this.#at): never {
    throw new PatternFault(at, explain)
  }
}

const QUANTIFIER: ReadonlySet<string> = new Set(['*', '+', '?', '{'])
// Sticky, over one place of a text of bounded length, and without a choice to go back to.
const BRACES = /\{(\d{1,9})(,(\d{1,9})?)?\}/y
const NAME = /\?<[\p{ID_Start}$_][\p{ID_Continue}$]{0,63}>/uy
const ESCAPE =
  /\\(?:[pP]\{[\w=]{1,64}\}|x[0-9a-fA-F]{2}|u\{[0-9a-fA-F]{1,6}\}|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|c[A-Za-z]|[^pPxuc])/suy
