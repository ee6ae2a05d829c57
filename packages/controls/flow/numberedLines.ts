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

/** Do enough lines begin with a digit? */
function mayBeNumbered(text: string): boolean {
  NEXT.lastIndex = 0
  return NEXT.test(text) && NEXT.test(text)
}
const NEXT = /[\n\r\u2028\u2029][ \t]{0,8}[0-9]/g
