/*
 * Addresses in styles: what CSS loads, with the escapes that it undoes (CSS Syntax 3, "Consume an escaped code point").
 */

/** A text with the place it was written at. */
export interface CssText {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** Functions whose texts are addresses that are fetched. */
const LOADERS = /^(?:url|src|image|(?:-[a-z]+-)?image-set|(?:-[a-z]+-)?cross-fade)$/

/** The longest of them, every letter written as `\00006d `. */
const MAX_NAME_CHARS = 128
/** One sign of a name in one way only, so that no name is read twice. */
const SIGN = String.raw`(?:[a-z-]|\\(?:[0-9a-f]{6}|[0-9a-f]{1,5}(?![0-9a-f]))(?:\r\n|[ \t\n\f\r])?|\\[^0-9a-f\n\r\f])`
const NAME_BEFORE = new RegExp(`${SIGN}+$`, 'i')
const NAME_AT = new RegExp(`^${SIGN}+`, 'i')

/** The function that what ends at `at` names, if it loads. `plain`: it is `url`, written as it is. */
export function loaderBefore(text: string, at: number): 'plain' | 'url' | 'other' | undefined {
  const before = text.slice(Math.max(0, at - 4), at)
  if (/(?:^|[^a-z\\-])url$/i.test(before)) return 'plain'
  // A name ends in a letter of it, or in an escape.
  if (!/[a-z0-9\s]$/i.test(before)) return undefined
  const name = NAME_BEFORE.exec(text.slice(Math.max(0, at - MAX_NAME_CHARS), at))?.[0]
  const plain = name === undefined ? '' : withoutEscapes(name).toLowerCase()
  return plain === 'url' ? 'url' : LOADERS.test(plain) ? 'other' : undefined
}

/** Does what stands behind an `@` mean `import`, in some disguise? Gives where it ends. */
export function importAt(text: string, at: number): number | undefined {
  const name = NAME_AT.exec(text.slice(at, at + MAX_NAME_CHARS))?.[0]
  return name !== undefined && withoutEscapes(name).toLowerCase() === 'import' ? at + name.length : undefined
}

export interface CssTexts {
  readonly texts: readonly CssText[]
  /** How many characters were looked at. */
  readonly read: number
  /** False: it goes on beyond what may be looked at. */
  readonly isWhole: boolean
}

/**
 * The texts of a function or of an `@import`: each in quotes, and what stands in brackets without. `from` is behind the
 * bracket, `isUrl` that of `url()`, in which an address may stand without quotes; ends with the bracket that belongs to it, with a semicolon outside of one, or after `most` characters.
 */
export function cssTexts(text: string, from: number, most: number, isUrl: boolean): CssTexts {
  const texts: CssText[] = []
  const limit = Math.min(text.length, from + most)
  let depth = 0
  let at = from
  let bare = at
  const endBare = () => {
    if (depth === 0 && !isUrl) return
    const raw = text.slice(bare, Math.min(at, limit))
    const start = bare + (raw.length - raw.trimStart().length)
    const end = bare + raw.trimEnd().length
    if (end > start) texts.push({ start, end, text: withoutEscapes(text.slice(start, end)) })
  }
  const done = (isWhole: boolean): CssTexts => ({ texts, read: Math.min(at, limit) - from, isWhole })
  for (; at < limit; at++) {
    const sign = text[at]
    if (sign === '\\') at = escapeEnd(text, at) - 1
    else if (sign === '"' || sign === "'") {
      const close = closeOf(text, at + 1, limit, sign)
      // One that nothing closes may be closed by what a renderer puts behind it: it ends where an address does.
      if (close === undefined) {
        bare = at + 1
        continue
      }
      texts.push({ start: at + 1, end: close, text: withoutEscapes(text.slice(at + 1, close)) })
      at = close
      bare = at + 1
    } else if (sign === '(') {
      depth++
      bare = at + 1
    } else if (sign === ')') {
      endBare()
      bare = at + 1
      if (depth === 0) return done(true)
      depth--
    } else if (sign === ' ' || sign === '\t' || sign === '\n' || sign === '\f' || sign === '\r') {
      endBare()
      bare = at + 1
    } else if (sign === ',' && depth === 0) {
      endBare()
      bare = at + 1
    } else if (sign === ';' && depth === 0) break
  }
  endBare()
  return done(at < limit || limit === text.length)
}

/** A text in quotes ends with its line at the latest. */
function closeOf(text: string, from: number, limit: number, quote: string): number | undefined {
  for (let at = from; at < limit; at++) {
    const sign = text[at]
    if (sign === '\\') at++
    else if (sign === quote) return at
    else if (sign === '\n') return undefined
  }
  return undefined
}

/** Behind the escape at `at`: up to six digits and the white space that ends them, or one sign. */
function escapeEnd(text: string, at: number): number {
  const digits = /^[0-9a-f]{1,6}(?:\r\n|[ \t\n\f\r])?/i.exec(text.slice(at + 1, at + 9))
  // Escaped white space is part of an address in CSS; what stands before it is enough to tell where it leads.
  return at + 1 + (digits?.[0].length ?? (/\s/.test(text.charAt(at + 1)) ? 0 : 1))
}

/** @example withoutEscapes('\\68ttps\\3a //x') // 'https://x' */
export function withoutEscapes(text: string): string {
  if (!text.includes('\\')) return text
  return text.replace(
    /\\(?:([0-9a-f]{1,6})(?:\r\n|[ \t\n\f\r])?|(\r\n|[\n\r\f])|([\s\S]))/gi,
    (_whole, hex: string | undefined, _line: string | undefined, sign: string | undefined) => {
      if (hex === undefined) return sign ?? ''
      const code = Number.parseInt(hex, 16)
      return code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
        ? String.fromCodePoint(code)
        : '\ufffd'
    },
  )
}
