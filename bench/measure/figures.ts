/** The few statistics the benchmark needs. */

/** The value below which `share` (0..1) of the values lie; of an even number of values the mean of the middle two. */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new Error('no values')
  const sorted = values.toSorted((a, b) => a - b)
  const place = (sorted.length - 1) * share
  const low = sorted[Math.floor(place)] ?? Number.NaN
  const high = sorted[Math.ceil(place)] ?? Number.NaN
  return low + (high - low) * (place - Math.floor(place))
}

/** A figure over the rounds: its median, and the lowest and highest round. */
export interface Spread {
  readonly median: number
  readonly low: number
  readonly high: number
}

export function spreadOf(values: readonly number[]): Spread {
  return { median: quantile(values, 0.5), low: Math.min(...values), high: Math.max(...values) }
}

/**
 * The same numbers in another order.
 *
 * @example shuffled(['a', 'b', 'c'], Math.random) // ['c', 'a', 'b']
 */
export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item)
}
