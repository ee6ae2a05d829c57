/**
 * Whether a text put between quotes of SQL would end the string and go on as a query, not only break it: `O'Brien` breaks
 * what quotes nothing, `' OR 1=1` changes it. Looks behind each quote for what can follow a string in a query.
 */
export function endsSqlString(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const c = text.charAt(at)
    if ((c === "'" || c === '"' || c === '`') && GOES_ON.test(text.slice(at + 1, at + 60))) return true
  }
  return WITHOUT_QUOTES.test(text)
}

/**
 * Behind the quote: a comment, a comparison, or a keyword with what it needs. People write `"yes" or "no"`, so OR and AND count
 * only where a comparison or comment follows.
 */
const GOES_ON = new RegExp(
  `^[\\s)]{0,20}(?:${[
    String.raw`--|#|/\*|=|\|\||[+*/]\s?['"(\d]`,
    String.raw`;\s{0,20}(?:--|#|$|(?:select|insert|update|delete|drop|alter|create|exec|declare|waitfor|shutdown|attach|copy)\b)`,
    String.raw`(?:or|and|xor|&&|having|where)(?![a-z])[^=<>]{0,40}(?:[=<>]|\blike\s?['"]|\bis\s|\bin\s?\(|\bbetween\s|--|#|/\*)`,
    String.raw`union(?![a-z])[\s(/*a-z]{0,30}select`,
    String.raw`(?:order|group)\s{1,10}by\b|limit\s{1,10}\d|into\s{1,10}(?:outfile|dumpfile)|r?like\s?['"]|regexp\s?['"]|procedure\s`,
  ].join('|')})`,
  'i',
)

/** In the place of a number: what no number and no plain text has. */
const WITHOUT_QUOTES =
  /^\s{0,20}\d{0,20}[\s)]{0,20}(?:;\s{0,20}(?:select|insert|update|delete|drop|alter|create|exec|declare|waitfor|shutdown|attach|copy)\b|(?:union)\s{1,20}(?:all\s{1,20}|distinct\s{1,20})?select\b|(?:or|and)\s{1,20}\d{1,20}\s{0,20}=)/i
