import type { SecretFinding } from './finding.ts'

/**
 * What is found in a text once the backslashes of Markdown are gone: a page with a token in it that a server turned into
 * Markdown has `ghp\_q7Rm2x...`, which is read as what it was. Nothing where no underscore is escaped, which every such
 * server does, and ordinary texts hardly have.
 *
 * @example findEscaped('ghp\\_q7Rm2xZp9LdK4vTnq7Rm2xZp9LdK4vTn12ab', (plain) => findTokens(plain))
 * // [{ rule: 'secret/github', kind: 'token', start: 0, end: 41 }]
 */
export function findEscaped(
  text: string,
  find: (plain: string) => readonly SecretFinding[],
): readonly SecretFinding[] {
  if (!text.includes('\\_')) return []
  const dropped: number[] = []
  const plain = text.replace(ESCAPE, (_match, character: string, at: number) => {
    dropped.push(at - dropped.length)
    return character
  })
  return find(plain).map(({ start, end, ...finding }) => ({
    ...finding,
    start: start + countUpTo(dropped, start),
    end: end + countUpTo(dropped, end - 1),
  }))
}

/** A backslash before punctuation of ASCII (CommonMark 0.31, 2.4). */
const ESCAPE = /\\([!-/:-@[-`{-~])/g

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
