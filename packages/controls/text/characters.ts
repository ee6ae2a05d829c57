/** What kinds of character nobody sees. Each hides text in its own way, and is normal in its own surroundings. */
export type InvisibleKind =
  /** Tag characters: a shadow of ASCII, made to name languages, left over for the flags of three countries. */
  | 'tag'
  /** Variation selectors: 256 values, made to choose between forms of the character before them. */
  | 'selector'
  /** Joiners, non-joiners, zero-width spaces, soft hyphens, invisible operators. */
  | 'zero-width'
  /** Marks that only give a direction. */
  | 'direction-mark'
  /** Embeddings, overrides, isolates and their ends. */
  | 'direction-control'
  /** Letters that are blank: Hangul fillers, the blank Braille pattern, Khmer's silent vowels, Mongolian selectors. */
  | 'blank-letter'
  /** Code points that Unicode keeps for invisible characters to come, or has given up. */
  | 'reserved'
  /** Begin, middle and end of an interlinear annotation. */
  | 'annotation'

/**
 * The kind of an invisible character; nothing for all others, controls and spaces among them.
 *
 * All of Default_Ignorable_Code_Point (Unicode 17), the blank Braille pattern and the annotation characters.
 */
export function invisibleKind(code: number): InvisibleKind | undefined {
  if (code < 0xad) return undefined
  if (code < 0x2000) return FEW.get(code)
  if (code < 0x3000) {
    if (code >= 0x2070) return code === 0x2800 ? 'blank-letter' : undefined
    if (code >= 0x2060) {
      if (code < 0x2065) return 'zero-width'
      return code >= 0x2066 && code <= 0x2069 ? 'direction-control' : 'reserved'
    }
    if (code >= 0x202a) return code <= 0x202e ? 'direction-control' : undefined
    if (code < 0x200b || code > 0x200f) return undefined
    return code < 0x200e ? 'zero-width' : 'direction-mark'
  }
  if (code < 0xfe00) return code === 0x3164 ? 'blank-letter' : undefined
  if (code < 0x10000) {
    if (code <= 0xfe0f) return 'selector'
    if (code === 0xfeff) return 'zero-width'
    if (code === 0xffa0) return 'blank-letter'
    if (code < 0xfff0 || code > 0xfffb) return undefined
    return code < 0xfff9 ? 'reserved' : 'annotation'
  }
  if (code < 0xe0000) {
    const notation = (code >= 0x1bca0 && code <= 0x1bca3) || (code >= 0x1d173 && code <= 0x1d17a)
    return notation ? 'blank-letter' : undefined
  }
  if (code > 0xe0fff) return undefined
  if (code < 0xe0080) return 'tag'
  return code >= 0xe0100 && code <= 0xe01ef ? 'selector' : 'reserved'
}

const FEW: ReadonlyMap<number, InvisibleKind> = new Map([
  [0xad, 'zero-width'],
  [0x34f, 'zero-width'],
  [0x61c, 'direction-mark'],
  [0x115f, 'blank-letter'],
  [0x1160, 'blank-letter'],
  [0x17b4, 'blank-letter'],
  [0x17b5, 'blank-letter'],
  [0x180b, 'blank-letter'],
  [0x180c, 'blank-letter'],
  [0x180d, 'blank-letter'],
  [0x180e, 'zero-width'],
  [0x180f, 'blank-letter'],
])

/** The code point that begins at an offset; -1 outside of the text. */
export function codeAt(text: string, at: number): number {
  return text.codePointAt(at) ?? -1
}

/** The code point that ends before an offset; -1 at the start. */
export function codeBefore(text: string, at: number): number {
  if (at <= 0) return -1
  const last = text.charCodeAt(at - 1)
  if (last < 0xdc00 || last > 0xdfff || at < 2) return last
  const pair = text.codePointAt(at - 2) ?? last
  return pair > 0xffff ? pair : last
}

/** How many UTF-16 units a code point takes. */
export function unitsOf(code: number): 1 | 2 {
  return code > 0xffff ? 2 : 1
}

/** Does the code point match a pattern of one character? */
export function isIn(code: number, pattern: RegExp): boolean {
  return code >= 0 && pattern.test(String.fromCodePoint(code))
}

/** Whether anything in a text is written from right to left. */
export function hasRightToLeft(text: string): boolean {
  return RIGHT_TO_LEFT.test(text)
}

const RIGHT_TO_LEFT =
  /[\u0590-\u05ff\u0600-\u060b\u060d-\u061b\u061d-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u
