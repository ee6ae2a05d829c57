/** A stretch of a text between two ends of sentences or lines, without the white space around it. */
export interface Sentence {
  readonly start: number
  readonly end: number
  /** What it is compared by: the text with plain white space made one space. Nothing else is taken for the same. */
  readonly key: string
}

/** An end needs white space or the text's end behind it, so that `file.ts` and `v1.2` stay whole. */
const ENDS = new Set('.!?:;\u2026')
/** Ends that nothing has to follow. */
const WIDE_ENDS = new Set('\u3002\uff01\uff1f\uff0e\uff1b\u0964\u06d4\u061f')
const SPACE = new Set(' \t\n\r')

/**
 * The sentences of a text, in order: cut at ends of sentences and of lines. One pass, no pattern. An abbreviation is cut
 * too, which only makes more and shorter sentences.
 *
 * @example sentencesOf('Adds. Fast!').map(({ key }) => key) // ['Adds.', 'Fast!']
 */
export function sentencesOf(text: string): Sentence[] {
  const sentences: Sentence[] = []
  let start = 0
  const cut = (end: number): void => {
    const key = text.slice(start, end).replace(RUN, ' ').replace(EDGE, '')
    if (key !== '') {
      let from = start
      while (SPACE.has(text.charAt(from))) from++
      let to = end
      while (SPACE.has(text.charAt(to - 1))) to--
      sentences.push({ start: from, end: to, key })
    }
    start = end
  }
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    if (character === '\n' || character === '\r' || WIDE_ENDS.has(character)) cut(at + 1)
    else if (ENDS.has(character) && (at + 1 === text.length || SPACE.has(text.charAt(at + 1)))) cut(at + 1)
  }
  cut(text.length)
  return sentences
}

const RUN = /[ \t\n\r]+/g
const EDGE = /^ | $/g
