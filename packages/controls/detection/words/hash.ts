/**
 * FNV-1a over UTF-16 units: what stands for a word in tables, patterns and features. Two words may share a number; that a text can
 * be written to have a harmless word taken for another helps nobody, since it can only make the text look worse.
 */
export function hashWord(word: string): number {
  let hash = SEED
  for (let at = 0; at < word.length; at++) hash = Math.imul(hash ^ word.charCodeAt(at), PRIME)
  return hash
}

/** The same of a span of a text, its ASCII letters as small ones; nothing if it has others, whose case is a longer story. */
export function hashSpan(text: string, start: number, end: number): number | undefined {
  let hash = SEED
  for (let at = start; at < end; at++) {
    let code = text.charCodeAt(at)
    if (code > 127) return undefined
    if (code >= 0x41 && code <= 0x5a) code |= 0x20
    hash = Math.imul(hash ^ code, PRIME)
  }
  return hash
}

const SEED = 0x811c9dc5 | 0
const PRIME = 0x01000193
