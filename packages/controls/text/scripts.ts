/** Scripts by the names that Unicode gives them: those that are in use, and those that are used to deceive. */
const SCRIPTS: readonly (readonly [name: string, pattern: RegExp])[] = (
  'Latin Cyrillic Greek Armenian Georgian Hebrew Arabic Devanagari Bengali Gurmukhi Gujarati Oriya Tamil Telugu ' +
  'Kannada Malayalam Sinhala Thai Lao Tibetan Myanmar Khmer Ethiopic Cherokee Mongolian Hangul Han Hiragana Katakana ' +
  'Bopomofo Coptic Lisu Deseret Canadian_Aboriginal Tifinagh Thaana Syriac Nko Runic Gothic Old_Italic Yi Vai Bamum'
)
  .split(' ')
  .map((name) => [name, new RegExp(`\\p{Script=${name}}`, 'u')])

/** What Japanese, Chinese and Korean mix, with Latin besides. */
const EAST_ASIAN: readonly ReadonlySet<string>[] = [
  new Set(['Han', 'Hiragana', 'Katakana']),
  new Set(['Han', 'Bopomofo']),
  new Set(['Han', 'Hangul']),
]

/** Alphabets with many letters that are drawn like Latin ones: a name of both deceives. */
const LIKE_LATIN: ReadonlySet<string> = new Set([
  'Cyrillic',
  'Greek',
  'Cherokee',
  'Coptic',
  'Lisu',
  'Deseret',
  'Armenian',
])

/**
 * The scripts of a name, where it mixes such as no language mixes; else none.
 *
 * UTS 39 "moderately restrictive": Latin goes with one other script, but not with Cyrillic, Greek and others that look
 * like it; Japanese, Chinese and Korean go with their own mixtures.
 *
 * @example
 * mixedScripts('p\u0430ypal') // ['Cyrillic', 'Latin']
 * mixedScripts('日本語のAPI') // []
 */
export function mixedScripts(name: string): readonly string[] {
  if (!BEYOND_LATIN.test(name)) return []
  // Full-width and mathematical letters are of the script of the letters they stand for.
  const letters = name
    .slice(0, MAX_CHARS)
    .normalize('NFKC')
    .replace(/[^\p{L}\p{M}]/gu, '')
  const found = SCRIPTS.filter(([, pattern]) => pattern.test(letters)).map(([script]) => script)
  const others = found.filter((script) => script !== 'Latin')
  if (others.length === 0) return []
  const withLatin = others.length < found.length
  const fits =
    others.length === 1
      ? !(withLatin && LIKE_LATIN.has(others[0] ?? ''))
      : EAST_ASIAN.some((mixture) => others.every((script) => mixture.has(script)))
  return fits ? [] : found.sort()
}

/** A name is not longer; of what is, the beginning is looked at. */
const MAX_CHARS = 4096
const BEYOND_LATIN = /[^\0-\u02af]/
