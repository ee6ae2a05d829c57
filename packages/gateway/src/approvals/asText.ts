/**
 * Foreign text as it stands in a question, so that what a person reads is what is there, wherever it is shown: a terminal, a
 * dialog that renders Markdown, one that wraps lines.
 *
 * Beside what `visible` makes visible: runs of spaces, which push words to where a line of ours would begin or make two values
 * look alike (a renderer shows one for many); spaces other than the usual one; and what Markdown or HTML would take for a
 * mark, an entity, a tag, a link or a picture. A picture in a dialog would be fetched before anybody decides. What is written
 * instead is an escape, `\u{2a}`, with a count for a run: `\u{20}{40}`. A backslash of the text itself is doubled where the
 * text is quoted. Cannot know: marks of renderers that nobody uses for dialogs.
 *
 * Linear: every pattern is bounded.
 *
 * @example asText('hi' + ' '.repeat(40) + '**Allowed**') // 'hi\\u{20}{40}\\u{2a}\\u{2a}Allowed\\u{2a}\\u{2a}'
 */
import { visible } from '@sallyport/controls/text'

export function asText(text: string): string {
  return visible(text)
    .replace(SPACES, (run) => escaped(run))
    .replace(MARKS, (mark) => escaped(mark))
}

/** A text in quotes, on one line. @example quotedText('a\nb') // '"a\\nb"' */
export function quotedText(text: string): string {
  return asText(JSON.stringify(text))
}

/**
 * A name that stands without quotes where it is plain, and in quotes where it could be taken for more than a name: a key of
 * arguments could else end in a colon and the value that a person looks for.
 */
export function nameText(text: string): string {
  return PLAIN_NAME.test(text) ? text : quotedText(text)
}

const PLAIN_NAME = /^(?:[A-Za-z0-9.$@~[\]/-]|(?<!_)_(?=[A-Za-z0-9]))+$/

/** More than one in a row, or one that is not the usual one. */
const SPACES = / {2,}|[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+/g

/**
 * What a renderer takes for something else than itself: a backtick; `~~`; a star at the edge of a word; an underscore at the end of
 * one (one at its beginning alone marks nothing); `<` before a name, `/`, `!` or `?`; `&` of an entity; the bracket that makes a
 * link, picture or note of one.
 */
const MARKS =
  /`+|~{2,}|\*{2,}|\*(?=\S)|(?<=\S)\*|_{2,}|_(?![A-Za-z0-9])|<(?=[A-Za-z/!?])|&(?=#|[A-Za-z][A-Za-z0-9]{1,31};)|!(?=\[)|(?<=\])[([]/g

/** One escape for each kind of character in a row. */
function escaped(run: string): string {
  let text = ''
  for (let at = 0; at < run.length; ) {
    const unit = run[at] ?? ''
    const from = at
    while (run[at] === unit) at++
    const one = `\\u{${unit.charCodeAt(0).toString(16)}}`
    text += at - from <= 2 ? one.repeat(at - from) : `${one}{${at - from}}`
  }
  return text
}
