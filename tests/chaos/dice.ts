/** Everything that is left to chance in a run, from one seed: the same seed makes the same choices in the same order. */
export interface Dice {
  /** A whole number from 0 to `below` - 1. */
  roll(below: number): number
  pick<T>(from: readonly [T, ...T[]]): T
}

/**
 * @example makeDice(7).roll(6)
 */
export function makeDice(seed: number): Dice {
  // mulberry32
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const roll = (below: number) => Math.floor(next() * below)
  return { roll, pick: (from) => from[roll(from.length)] ?? from[0] }
}
