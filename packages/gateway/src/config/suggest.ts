/**
 * "Did you mean": the nearest of a few known words.
 */

/**
 * The known word nearest to `word` by optimal string alignment distance, when it is near enough to be a slip.
 *
 * @example suggest('comand', ['command', 'args']) // 'command'
 */
export function suggest(word: string, known: readonly string[]): string | undefined {
  // Nobody mistypes a word of 40 letters so that help is needed; a hostile key must not cost time.
  if (word.length > 40) return undefined
  const wanted = word.toLowerCase().replaceAll(/[-_ ]/g, '')
  let best: string | undefined
  let bestDistance = Number.POSITIVE_INFINITY
  for (const candidate of known) {
    const distance = slips(wanted, candidate.toLowerCase().replaceAll(/[-_ ]/g, ''))
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return bestDistance <= Math.max(1, Math.floor(wanted.length / 3)) ? best : undefined
}

/** Letters added, dropped, replaced or swapped with their neighbour. */
function slips(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (same ? 0 : 1))
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) cost = Math.min(cost, at(beforeLast, j - 2) + 1)
      row.push(cost)
    }
    beforeLast = last
    last = row
  }
  return at(last, b.length)
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY
}
