import { asLatin } from './confusables.ts'

/**
 * What a name looks like: two names with equal skeletons are easily taken for each other, by people or by a model.
 *
 * After UTS 39 section 4, in the small and for names in Latin letters: without what is invisible, compatibility forms
 * and look-alikes as plain letters, without accents, case, and separators (`-`, `_`, `.`, spaces), and with one letter
 * for each group that fonts do not tell apart (`0` `O`, `1` `l` `I` `i`, `rn` `m`, `vv` `w`). For comparing, never for showing.
 *
 * @example
 * skeleton('read_file') === skeleton('Read-Fi1e') // true
 */
export function skeleton(name: string): string {
  // What is longer is no name; compatibility forms may be eighteen times as long.
  const plain = ASCII.test(name) ? name : letters(name.slice(0, MAX_CHARS)) + name.slice(MAX_CHARS)
  return plain
    .toLowerCase()
    .replace(/rn/g, 'm')
    .replace(/vv/g, 'w')
    .replace(/[1i|]/g, 'l')
    .replaceAll('0', 'o')
    .replace(SEPARATORS, '')
}

const MAX_CHARS = 4096
const ASCII = /^[\t -~]*$/
const SEPARATORS = /[-_.\s]/g

function letters(name: string): string {
  const shown = name.replace(INVISIBLE, '')
  return asLatin(asLatin(shown).normalize('NFKD').replace(/\p{M}/gu, ''))
    .replace(/[\u2010-\u2015\u2212\u30fb\u00b7\u2024-\u2027]/g, '-')
    .replace(STROKES, (letter) => PLAIN_STROKES[STROKED.indexOf(letter)] ?? letter)
}

const INVISIBLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\u2800]/gu

/** Letters with a stroke, which do not decompose. */
const STROKED = '\u00f8\u00d8\u0142\u0141\u0111\u0110\u0127\u0126\u0167\u0166\u0180\u0268\u0289'
const PLAIN_STROKES = 'oOlLdDhHtTbiu'
const STROKES = new RegExp(`[${STROKED}]`, 'g')
