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

/** Does what ends at `at` name a function that loads? `plain`: it is `url`, written as it is. */
export function loaderBefore(text: string, at: number): 'plain' | 'other' | undefined {
  const before = text.slice(Math.max(0, at - 4), at)
  if (/(?:^|[^a-z\\-])url$/i.test(before)) return 'plain'
  // A name ends in a letter of it, or in an escape.
  if (!/[a-z0-9\s]$/i.test(before)) return undefined
  const name = NAME_BEFORE.exec(text.slice(Math.max(0, at - MAX_NAME_CHARS), at))?.[0]
  return name !== undefined && LOADERS.test(withoutEscapes(name).toLowerCase()) ? 'other' : undefined
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
 * The texts of a function or of an `@import`: each in quotes, and each `url()` without. `from` is behind the bracket; ends
 * with the bracket that belongs to it, with a semicolon outside of one, or after `most` characters.
 */
export function cssTexts(text: string, from: number, most: number): CssTexts {
  const texts: CssText[] = []
  const limit = Math.min(text.length, from + most)
  let depth = 0
  let at = from
  let bare = at
  const endBare = () => {
    const raw = text.slice(bare, Math.min(at, limit))
    const start = bare + (raw.length - raw.trimStart().length)
    const end = bare + raw.trimEnd().length
    if (end > start) texts.push({ start, end, text: withoutEscapes(text.slice(start, end)) })
  }
  const done = (isWhole: boolean): CssTexts => ({ texts, read: Math.min(at, limit) - from, isWhole })
  for (; at < limit; at++) {
    const sign = text[at]
    if (sign === '\\') at++
    else if (sign === '"' || sign === "'") {
      const close = closeOf(text, at + 1, limit, sign)
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
    } else if (sign === ',' && depth === 0) {
      endBare()
      bare = at + 1
    } else if (sign === ';' && depth === 0) break
  }
  endBare()
  return done(at < limit || limit === text.length)
}

function closeOf(text: string, from: number, limit: number, quote: string): number {
  for (let at = from; at < limit; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === quote) return at
  }
  return limit
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
