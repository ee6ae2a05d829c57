/** A text whose lines are numbered, without the numbers, which stand between all that is compared. Undefined where hardly any is. */
export function withoutLineNumbers(text: string): string | undefined {
  if (!text.includes('\n') || !mayBeNumbered(text)) return undefined
  let count = 0
  const plain = text.replace(NUMBER, () => {
    count++
    return ''
  })
  return count < MIN_NUMBERED ? undefined : plain
}
const NUMBER = /^[ \t]{0,8}[0-9]{1,4}[ \t]{0,8}[.):,;|-]/gm
const MIN_NUMBERED = 3

/** Do enough lines begin with a digit? Of most texts hardly any does, and to look only there takes no time. */
function mayBeNumbered(text: string): boolean {
  // Lines that end otherwise are rare.
  if (text.includes('\r') || text.includes('\u2028') || text.includes('\u2029')) return true
  let count = 0
  for (let line = 0; ; ) {
    let at = line
    while (at < text.length && at < line + MAX_BLANKS && isBlank(text.charCodeAt(at))) at++
    if (at < text.length && isDigit(text.charCodeAt(at)) && ++count >= MIN_NUMBERED) return true
    const end = text.indexOf('\n', at)
    if (end < 0) return false
    line = end + 1
  }
}
const MAX_BLANKS = 8

function isBlank(code: number): boolean {
  return code === 32 || code === 9
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}
