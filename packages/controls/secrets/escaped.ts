import type { SecretFinding } from './finding.ts'

/**
 * What is found in a text once the backslashes of Markdown are gone: a page with a token in it that a server turned into
 * Markdown has `ghp\_q7Rm2x...`, and `ghp\\_q7Rm2x...` where that stands in JSON, which both are read as what it was. Some
 * servers escape underscores only, others all punctuation (`glpat\-...`). Nothing where nothing is escaped that a secret, or
 * its name, has in it. One pass.
 *
 * @example findEscaped('ghp\\_q7Rm2xZp9LdK4vTnq7Rm2xZp9LdK4vTn12ab', (plain) => findTokens(plain))
 * // [{ rule: 'secret/github', kind: 'token', start: 0, end: 41 }]
 */
export function findEscaped(
  text: string,
  find: (plain: string) => readonly SecretFinding[],
): readonly SecretFinding[] {
  if (!text.includes('\\') || !TELLING.test(text)) return []
  /** For each backslash that is gone, what stands there instead: an index of the plain text. */
  const dropped: number[] = []
  const plain = text.replace(BACKSLASHES, (run, at: number) => {
    if (!isPunctuation(text.charCodeAt(at + run.length))) return run
    const from = at - dropped.length
    for (let count = 0; count < run.length; count++) dropped.push(from)
    return ''
  })
  return find(plain).map(({ start, end, ...finding }) => ({
    ...finding,
    start: start + countUpTo(dropped, start),
    end: end + countUpTo(dropped, end - 1),
  }))
}

/** What stands within secrets and their names. */
const TELLING = /\\[_.@-]/
const BACKSLASHES = /\\+/g

/** Of ASCII: what a backslash may stand before (CommonMark 0.31, 2.4). */
function isPunctuation(code: number): boolean {
  return (
    (code > 0x20 && code < 0x30) ||
    (code > 0x39 && code < 0x41) ||
    (code > 0x5a && code < 0x61) ||
    (code > 0x7a && code < 0x7f)
  )
}

/** How many of these ascending numbers are not above the last one. */
function countUpTo(numbers: readonly number[], last: number): number {
  let low = 0
  let high = numbers.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((numbers[middle] ?? 0) <= last) low = middle + 1
    else high = middle
  }
  return low
}
