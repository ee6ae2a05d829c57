import { visible } from '@sallyport/controls/text'

/**
 * A word of a command that a person may paste into a shell: names come from servers, and one may be called `x; rm -rf ~`.
 *
 * @example shellWord("it's") // "'it'\\''s'"
 */
export function shellWord(word: string): string {
  const shown = visible(word)
  return PLAIN.test(shown) ? shown : `'${shown.replaceAll("'", "'\\''")}'`
}

const PLAIN = /^[\w./-][\w./:@+=-]*$/
