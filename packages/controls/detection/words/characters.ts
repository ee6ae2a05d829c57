/** Where words and runs begin and end, and where sentences do: all by looking at the next few characters. */

export const LETTER = 1
export const JOINER = 2

/** Of ASCII: may it be part of a word, may it stand within a run, or does it end one? */
const CLASSES = new Uint8Array(128)
for (let code = 0; code < 128; code++) {
  const character = String.fromCharCode(code)
  if (/\w/.test(character)) CLASSES[code] = LETTER
  else if (".-/:@~$%+=&#\\'?".includes(character)) CLASSES[code] = JOINER
}

export const APOSTROPHE = 0x27
export const TYPOGRAPHIC = 0x2019

export function classOf(code: number): number {
  if (code < 128) return CLASSES[code] ?? 0
  if (code === TYPOGRAPHIC) return JOINER
  return isLetter(code) ? LETTER : 0
}

/** Letters of scripts with spaces between words. To the unit, not to the character: none of ours is beyond the BMP. */
function isLetter(code: number): boolean {
  if (code < 0xc0) return code === 0xaa || code === 0xb5 || code === 0xba
  if (code < 0x2000) return code !== 0xd7 && code !== 0xf7
  return (code >= 0xac00 && code <= 0xd7a3) || (code >= 0xfb00 && code < 0xfe00)
}

/** Kana and ideographs. */
export function isUnspaced(code: number): boolean {
  return (
    code >= 0x3005 &&
    (code <= 0x3007 ||
      (code >= 0x3041 && code <= 0x30ff) ||
      (code >= 0x3400 && code <= 0x9fff) ||
      (code >= 0xf900 && code <= 0xfaff))
  )
}

/** A run begins at a letter, or at what begins a path, a variable, an option or a number before one. */
export function begins(text: string, at: number, code: number): boolean {
  const kind = classOf(code)
  if (kind !== JOINER) return kind === LETTER
  if (!'~/.$+@-\\'.includes(text.charAt(at))) return false
  const next = text.charCodeAt(at + 1)
  if (code === 0x2d) return next === 0x2d || classOf(next) === LETTER
  return classOf(next) === LETTER || ((code === 0x7e || code === 0x2e) && next === 0x2f)
}

/** The end of the run that begins there. */
export function runEnd(text: string, from: number): number {
  let at = from + 1
  let scheme = false
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    const kind = classOf(code)
    if (kind === LETTER) continue
    if (kind === 0) break
    const next = classOf(text.charCodeAt(at + 1))
    // What joins nothing to what follows ends the run, and so do an apostrophe and a question mark but within words and URLs.
    if (next === 0) break
    if ((code === APOSTROPHE || code === TYPOGRAPHIC) && next !== LETTER) break
    if (code === 0x3a && text.charCodeAt(at + 1) === 0x2f) scheme = true
    if (code === 0x3f && !scheme) break
  }
  while (at > from + 1 && '.:-/=&'.includes(text.charAt(at - 1))) at--
  return at
}

/** A line that ends a sentence without a full stop: the next begins a list, a heading, or with a capital. */
export function breaksSentence(text: string, at: number): boolean {
  const last = text.charCodeAt(at - 1)
  if (last === 0x2e || last === 0x21 || last === 0x3f) return true
  const next = text.charCodeAt(at + 1)
  return !((next >= 0x61 && next <= 0x7a) || '(`"\'~'.includes(text.charAt(at + 1)))
}

/** A mark that ends it stands behind the run, with white space, a quote, a bracket or nothing behind that. */
export function endsSentence(text: string, start: number, end: number): boolean {
  const code = text.charCodeAt(end)
  if (code === 0x21 || code === 0x3f) return true
  if (code !== 0x2e || end - start === 1) return false
  const next = text.charAt(end + 1)
  if (next !== '' && next > ' ' && !'"\')*<]'.includes(next)) return false
  return end - start > 6 || !ABBREVIATIONS.has(text.slice(start, end).toLowerCase())
}

const ABBREVIATIONS: ReadonlySet<string> = new Set([
  'e.g',
  'i.e',
  'etc',
  'vs',
  'no',
  'approx',
  'incl',
  'z.b',
  'ca',
  'mr',
  'dr',
  'p.ex',
])
