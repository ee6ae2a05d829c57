/*
 * Where in a text an address stands that a renderer would fetch or follow: one walk over the text.
 */
import { cssTexts, importAt, loaderBefore } from './css.ts'
import { type Destination, MAX_DESTINATION, readDestination, withoutReferences } from './destination.ts'

/** `load`: fetched as soon as it is shown. `link`: followed when somebody clicks on words. `bare`: the address itself is shown. */
export type CarrierKind = 'load' | 'link' | 'bare'

export interface Carrier {
  readonly kind: CarrierKind
  /** The address as it is written. */
  readonly start: number
  readonly end: number
  readonly destination: Destination
  /** What stands there is the name of an attribute whose value leads there once it is decoded: the name is made inert. */
  readonly isName?: true
}

/** Nothing of the sort can be in a text without one of these. */
export function mayCarry(text: string): boolean {
  return (
    text.includes('//') ||
    text.includes('](') ||
    text.includes(']:') ||
    text.includes('<') ||
    /www\./i.test(text)
  )
}

/** The carriers of a text, in order, none within another. */
export function carriersOf(text: string): Carrier[] {
  return new Walk(text, { left: MAX_NESTED, depth: 0 }).run()
}

/** What may still be decoded and walked once more: documents and styles in attributes, all of them together. */
interface Nesting {
  left: number
  readonly depth: number
}

const MAX_NESTED = 262_144
/** A document in a document in a document. */
const MAX_NESTING = 3

const TAB = 9
const LF = 10
const FF = 12
const CR = 13
const SPACE = 32
const BANG = 0x21
const QUOTE = 0x22
const APOSTROPHE = 0x27
const OPEN_PAREN = 0x28
const CLOSE_PAREN = 0x29
const COLON = 0x3a
const LESS = 0x3c
const EQUALS = 0x3d
const GREATER = 0x3e
const OPEN = 0x5b
const BACKSLASH = 0x5c
const CLOSE = 0x5d
const BACK_QUOTE = 0x60

/** Attributes that have an address in them; what comes of it depends on the element for `href`. */
const ATTRIBUTES: ReadonlyMap<string, CarrierKind | 'href'> = new Map([
  ['src', 'load'],
  ['srcset', 'load'],
  ['imagesrcset', 'load'],
  ['lowsrc', 'load'],
  ['dynsrc', 'load'],
  ['poster', 'load'],
  ['background', 'load'],
  ['data', 'load'],
  ['ping', 'load'],
  ['url', 'load'],
  ['manifest', 'load'],
  ['action', 'link'],
  ['formaction', 'link'],
  ['xlink:href', 'href'],
  ['href', 'href'],
])
const LISTS: ReadonlySet<string> = new Set(['srcset', 'imagesrcset', 'ping'])
const FOLLOWED: ReadonlySet<string> = new Set(['a', 'area'])
const LONGEST_NAME = 12
const MAX_LABEL = 200
const MAX_LABELS = 10_000
/** White space between a bracket and an address. */
const MAX_SPACE = 64
const MAX_OPEN = 10_000

/** What Markdown makes a link of when it stands in pointed brackets. */
const ACTIVE = /^(?:javascript|vbscript|livescript|data):/i

const ESCAPABLE: ReadonlySet<number> = new Set([OPEN, CLOSE, BACKSLASH])

/** Within an address a back slash takes these along in Markdown, and in HTML they end nothing. */
const TAKEN_ALONG: ReadonlySet<number> = new Set([OPEN_PAREN, CLOSE_PAREN, OPEN, CLOSE, BACKSLASH])

interface Bracket {
  readonly at: number
  readonly image: boolean
}

interface Definition {
  readonly label: string
  readonly start: number
  readonly end: number
  readonly destination: Destination
}

class Walk {
  readonly #text: string
  readonly #carriers: Carrier[] = []
  readonly #definitions: Definition[] = []
  /** Labels of pictures, and whether one of them could not be told. */
  readonly #pictures = new Set<string>()
  #unsure = false
  readonly #unresolved: string[] = []
  #brackets: Bracket[] = []
  #images = 0
  /** What is read next may stand in quotes. */
  #quotes = false
  /** The last element that was opened, in small letters. */
  #element: string | undefined

  readonly #nesting: Nesting

  constructor(text: string, nesting: Nesting) {
    this.#text = text
    this.#nesting = nesting
  }

  run(): Carrier[] {
    const text = this.#text
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (code > 0x77 || STOPS[code] === 0) continue
      const next = this.#at(at, code)
      // What was taken for an address is not looked at again; the loop steps on by itself.
      if (next > at) at = next - 1
    }
    this.#endParagraph()
    return this.#withDefinitions()
  }

  /** Looks at what may begin something there; gives where to go on, or `at`. */
  #at(at: number, code: number): number {
    const text = this.#text
    switch (code) {
      case BACKSLASH:
        // Only Markdown knows it: in HTML what follows is what it is.
        return ESCAPABLE.has(text.charCodeAt(at + 1)) ? at + 2 : at
      case LF:
        if (isBlankAfter(text, at)) this.#endParagraph()
        return at
      case OPEN:
        this.#open(at)
        return at
      case CLOSE:
        return this.#close(at)
      case LESS:
        this.#element = elementAt(text, at + 1) ?? this.#element
        return ACTIVE.test(text.slice(at + 1, at + 12)) ? this.#destination(at + 1, 'link', GREATER) - 1 : at
      case EQUALS:
        return this.#element === undefined ? at : this.#attribute(at)
      case OPEN_PAREN:
        return this.#element === undefined ? at : this.#style(at)
      case 0x40:
        return this.#element === undefined ? at : this.#sheet(at)
      default:
        return this.#bare(at, code)
    }
  }

  #open(at: number): void {
    const image = at > 0 && this.#text.charCodeAt(at - 1) === BANG
    if (this.#brackets.length >= MAX_OPEN) this.#endParagraph()
    this.#brackets.push({ at, image })
    if (image) this.#images++
  }

  #close(at: number): number {
    const text = this.#text
    const opened = this.#brackets.pop()
    // Within a picture's words everything counts as a picture: which bracket belongs to which is not always sure.
    const image = this.#images > 0 || opened === undefined
    if (opened?.image === true) this.#images--
    const next = text.charCodeAt(at + 1)
    const isLong = opened !== undefined && at - opened.at > MAX_LABEL
    const label = opened === undefined || isLong ? undefined : labelOf(text.slice(opened.at + 1, at))
    if (next === OPEN_PAREN) {
      const end = this.#destination(at + 2, image ? 'load' : 'link', CLOSE_PAREN)
      // What is no address after all leaves a picture by its label.
      if (end === at + 2 && image && label !== undefined) this.#addPicture(label)
      return end
    }
    if (next === COLON) return this.#define(at + 2, label)
    if (image) this.#picture(at, label)
    return at
  }

  /** `![words][label]`, `![label][]`, `![label]`: what is meant depends on what is defined, so every reading counts. */
  #picture(at: number, own: string | undefined): void {
    const text = this.#text
    let isNamed = false
    if (text.charCodeAt(at + 1) === OPEN) {
      const close = text.slice(at + 2, at + 2 + MAX_LABEL).indexOf(']')
      if (close > 0) this.#addPicture(labelOf(text.slice(at + 2, at + 2 + close)))
      else if (close < 0) this.#unsure = true
      isNamed = close > 0
    }
    if (own !== undefined) this.#addPicture(own)
    if (isNamed) return
    if (own === undefined) this.#unsure = true
    else if (this.#unresolved.length < MAX_LABELS) this.#unresolved.push(own)
  }

  #addPicture(label: string): void {
    if (this.#pictures.size < MAX_LABELS) this.#pictures.add(label)
    else this.#unsure = true
  }

  #define(from: number, label: string | undefined): number {
    const found = this.#read(from, undefined)
    if (found === undefined) return from - 1
    if (label === undefined) this.#unsure = true
    this.#definitions.push({ label: label ?? '', ...found })
    return found.end
  }

  #destination(from: number, kind: CarrierKind, closer: number): number {
    const found = this.#read(from, closer)
    if (found === undefined) return from
    this.#carriers.push({ kind, ...found })
    return found.end
  }

  /** The address that begins there, after white space; in pointed brackets, or in quotes where styles have them. */
  #read(from: number, closer: number | undefined): Omit<Carrier, 'kind'> | undefined {
    const text = this.#text
    let start = from
    while (start < from + MAX_SPACE && isSpace(text.charCodeAt(start))) start++
    const quote = text.charCodeAt(start)
    const may = quote === LESS || (this.#quotes && (quote === QUOTE || quote === APOSTROPHE))
    const partner = quote === LESS ? GREATER : quote
    const closing = may && isClosed(text, start + 1, partner) ? partner : undefined
    // One that nothing closes may be closed by what a renderer puts behind it.
    if (may) start++
    return this.#take(start, (code, depth) =>
      closing !== undefined
        ? code === closing || code === LF
        : isSpace(code) || (code === closer && depth === 0),
    )
  }

  /** One address from `start` on, if it leads anywhere; another carrier that begins within it ends it. */
  #take(start: number, ends: (code: number, depth: number) => boolean): Omit<Carrier, 'kind'> | undefined {
    const text = this.#text
    if (!MAY_LEAD.test(text.slice(start, start + LEAD))) return undefined
    const most = Math.min(text.length, start + MAX_DESTINATION)
    let depth = 0
    let end = start
    for (; end < most; end++) {
      const code = text.charCodeAt(end)
      if (ends(code, depth)) break
      if (code === OPEN_PAREN) depth++
      else if (code === CLOSE_PAREN) depth = Math.max(0, depth - 1)
      else if (code === LESS && end > start) break
      // The words of a picture that begins here are not part of an address.
      else if (code === BANG && text.charCodeAt(end + 1) === OPEN) break
      else if (
        code === CLOSE &&
        (text.charCodeAt(end + 1) === OPEN_PAREN || text.charCodeAt(end + 1) === COLON)
      )
        break
      else if (code === BACKSLASH && end + 1 < most && TAKEN_ALONG.has(text.charCodeAt(end + 1))) end++
    }
    end = Math.min(end, most)
    const destination = readDestination(text.slice(start, end))
    return destination === undefined ? undefined : { start, end, destination }
  }

  #quotedDestination(from: number, closer: number): number {
    this.#quotes = true
    const next = this.#destination(from, 'load', closer)
    this.#quotes = false
    return next
  }

  /** `name = "address"` behind an element's name. */
  #attribute(at: number): number {
    const text = this.#text
    let end = at
    while (end > 0 && at - end < MAX_SPACE && isSpace(text.charCodeAt(end - 1))) end--
    let start = end
    while (start > 0 && end - start <= LONGEST_NAME && isNameUnit(text.charCodeAt(start - 1))) start--
    const name = text.slice(start, end).toLowerCase()
    const known = ATTRIBUTES.get(name)
    if (known === undefined) {
      if (name === 'style' || name === 'srcdoc') this.#nested(name, start, end, at + 1)
      return at
    }
    const kind = known !== 'href' ? known : FOLLOWED.has(this.#element ?? '') ? 'link' : 'load'
    let from = at + 1
    while (from < at + MAX_SPACE && isSpace(text.charCodeAt(from))) from++
    const quote = text.charCodeAt(from)
    const quoted = (quote === QUOTE || quote === APOSTROPHE) && isClosed(text, from + 1, quote)
    if (quote === QUOTE || quote === APOSTROPHE) from++
    while (from < at + 2 * MAX_SPACE && isSpace(text.charCodeAt(from))) from++
    const isList = LISTS.has(name)
    const ends = (code: number) =>
      quoted
        ? code === quote || (isList && (isSpace(code) || code === 0x2c))
        : isSpace(code) || code === GREATER
    let next = at
    for (let count = 0; count < MAX_LISTED; count++) {
      const found = this.#take(from, ends)
      if (found !== undefined) {
        this.#carriers.push({ kind, ...found })
        next = found.end
      }
      if (!isList || !quoted) break
      const item = nextItem(text, found?.end ?? from, quote)
      if (item === undefined) break
      from = item
    }
    return next
  }

  /**
   * The value of an attribute that is a document or style by itself. References in it are undone before it is read as that, so
   * what they hide is looked for in what it is then; where there are none the walk sees it as it is.
   */
  #nested(name: 'style' | 'srcdoc', start: number, end: number, from: number): void {
    const text = this.#text
    // `data-style` and what was made inert before are other attributes.
    if (text[start - 1] === '-') return
    const nesting = this.#nesting
    const ahead = text.slice(from, from + Math.min(MAX_VALUE, Math.max(0, nesting.left)))
    const value = /^\s{0,64}(?:"([^"]*)"?|'([^']*)'?|([^\s>]*))/.exec(ahead)
    const raw = value?.[1] ?? value?.[2] ?? value?.[3] ?? ''
    nesting.left -= raw.length
    const isWhole = raw.length < MAX_VALUE - 70 && nesting.left > 0
    if (isWhole && !raw.includes('&')) return
    const found = (destination: Destination, kind: CarrierKind) =>
      this.#carriers.push({ kind, start, end, destination, isName: true })
    // What cannot be looked through may lead anywhere.
    if (!isWhole || nesting.depth >= MAX_NESTING) {
      found({ kind: 'active', scheme: 'data', text: raw, plain: true }, 'load')
      return
    }
    const inner = withoutReferences(raw)
    const document = name === 'style' ? `<i ${inner}` : inner
    const within = { left: nesting.left, depth: nesting.depth + 1 }
    for (const { kind, destination } of new Walk(document, within).run()) found(destination, kind)
    nesting.left = within.left
  }

  /** `url(` of a style, and what else loads there. */
  #style(at: number): number {
    const text = this.#text
    const loader = loaderBefore(text, at)
    if (loader === undefined) return at
    if (loader !== 'plain' || isDisguised(text, at)) return this.#cssTexts(at, at + 1, loader !== 'other')
    const next = this.#quotedDestination(at + 1, CLOSE_PAREN)
    return next === at + 1 ? at : next
  }

  /** Gives where the last address ends, or `at` where there is none. */
  #cssTexts(at: number, from: number, isUrl: boolean): number {
    const nesting = this.#nesting
    const { texts, read, isWhole } = cssTexts(this.#text, from, Math.max(0, nesting.left), isUrl)
    nesting.left -= read
    // What cannot be looked through may lead anywhere: its name is made another one.
    if (!isWhole) {
      const destination = { kind: 'active', scheme: 'data', text: '', plain: true } as const
      this.#carriers.push({ kind: 'load', start: at, end: at, destination, isName: true })
      return at
    }
    let next = at
    for (const { start, end, text } of texts) {
      const found = MAY_LEAD.test(text.slice(0, LEAD)) ? readDestination(text) : undefined
      if (found === undefined) continue
      const disguised = text !== this.#text.slice(start, end)
      const destination = disguised && found.kind !== 'inert' ? { ...found, plain: false } : found
      this.#carriers.push({ kind: 'load', start, end, destination })
      next = end
    }
    return next
  }

  /** `@import "address"`. */
  #sheet(at: number): number {
    if (this.#text.slice(at + 1, at + 7).toLowerCase() !== 'import') {
      const from = importAt(this.#text, at + 1)
      return from === undefined ? at : this.#cssTexts(at, from, false)
    }
    const next = this.#quotedDestination(at + 7, SEMICOLON)
    return next === at + 7 ? at : next
  }

  /** An address as such, which many renderers make a link of. */
  #bare(at: number, code: number): number {
    const text = this.#text
    if (at > 0 && isWordUnit(text.charCodeAt(at - 1))) return at
    const small = code | 0x20
    const lead = text.slice(at, at + 8).toLowerCase()
    if (small === 0x68 ? !/^h(?:tt|xx)ps?:\/\//.test(lead) : !lead.startsWith('www.')) return at
    let end = at
    const most = Math.min(text.length, at + MAX_DESTINATION)
    while (end < most && !endsBare(text.charCodeAt(end))) end++
    const raw = text.slice(at, end)
    const destination = readDestination(small === 0x68 ? raw : `https://${raw}`)
    if (destination === undefined) return at
    this.#carriers.push({ kind: 'bare', start: at, end, destination })
    return end
  }

  #endParagraph(): void {
    for (const { image } of this.#brackets) if (image) this.#images--
    this.#brackets = []
    this.#images = 0
  }

  /** A definition is a picture's when a picture has its label, or it cannot be told. */
  #withDefinitions(): Carrier[] {
    if (this.#definitions.length === 0) return this.#carriers
    const labels = new Set(this.#definitions.map(({ label }) => label))
    // A picture whose label nothing defines may have been read wrongly.
    const unsure = this.#unsure || this.#unresolved.some((label) => !labels.has(label))
    for (const { label, start, end, destination } of this.#definitions) {
      const kind = unsure || this.#pictures.has(label) ? 'load' : 'link'
      this.#carriers.push({ kind, start, end, destination })
    }
    return this.#carriers.sort((one, other) => one.start - other.start)
  }
}

const SEMICOLON = 0x3b
/** The longest document in an attribute that is looked through. */
const MAX_VALUE = 65_536
const MAX_LISTED = 32
/** What an address that leads outside begins with, in any disguise: it is looked for in so many characters. */
const LEAD = 400
const MAY_LEAD = /^[^\s<>]{0,3}[/\\]|[:&]|^[^\s]*\\/

/** Where the walk has to look: what may begin something. */
const STOPS = Uint8Array.from({ length: 0x78 }, (_, code) =>
  [LF, OPEN, CLOSE, LESS, EQUALS, OPEN_PAREN, 0x40, BACKSLASH, 0x68, 0x48, 0x77, 0x57].includes(code) ? 1 : 0,
)

/** Has what stands in the bracket at `at` an escape of CSS in it? */
function isDisguised(text: string, at: number): boolean {
  const ahead = text.slice(at, at + MAX_DESTINATION)
  const close = ahead.indexOf(')')
  return (close < 0 ? ahead : ahead.slice(0, close)).includes('\\')
}

/** A quote that nothing closes is a character like any other. */
function isClosed(text: string, from: number, quote: number): boolean {
  return text.slice(from, from + MAX_DESTINATION).includes(String.fromCharCode(quote))
}

function isSpace(code: number): boolean {
  return code === SPACE || code === LF || code === TAB || code === CR || code === FF
}

function isNameUnit(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === COLON
}

function isWordUnit(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || (code >= 0x30 && code <= 0x39)
}

function endsBare(code: number): boolean {
  return (
    isSpace(code) ||
    code === LESS ||
    code === GREATER ||
    code === QUOTE ||
    code === BACK_QUOTE ||
    code === CLOSE_PAREN ||
    code === OPEN ||
    code === CLOSE ||
    code === BACKSLASH
  )
}

function isBlankAfter(text: string, at: number): boolean {
  let next = at + 1
  while (
    next < at + MAX_SPACE &&
    (text.charCodeAt(next) === SPACE || text.charCodeAt(next) === TAB || text.charCodeAt(next) === CR)
  )
    next++
  return next >= text.length || text.charCodeAt(next) === LF
}

function elementAt(text: string, at: number): string | undefined {
  return /^[a-z][a-z0-9:-]{0,15}/i.exec(text.slice(at, at + 16))?.[0].toLowerCase()
}

function labelOf(text: string): string {
  return text.trim().replace(/\s+/g, ' ').toLowerCase()
}

function nextItem(text: string, from: number, quote: number): number | undefined {
  let at = from
  const most = Math.min(text.length, from + MAX_DESTINATION)
  let separated = false
  for (; at < most; at++) {
    const code = text.charCodeAt(at)
    if (code === quote) return undefined
    const separates = isSpace(code) || code === 0x2c
    if (separates) separated = true
    else if (separated) return at
  }
  return undefined
}
