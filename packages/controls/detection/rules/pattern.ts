import { conceptId } from '../words/concepts.ts'
import { hashWord } from '../words/hash.ts'

/**
 * A pattern is a sequence of concepts (in capitals) and words, with room between them: `NOT TELL ..4 USER` is a concept `not`,
 * at most two other words, a `tell`, at most four, a `user`, all in one sentence. `A|B` is either; `..n` says how much room there
 * is before the next (2 if nothing is said); `!a|b` before a step lets no such word stand in that room (before the first: as the word
 * right before it).
 */
export interface Pattern {
  readonly steps: readonly (readonly string[])[]
  /** Per step but the first: how many words may stand before it. */
  readonly room: readonly number[]
  /** Per step: which words may not. */
  readonly barred: readonly (readonly string[])[]
}

const USUAL_ROOM = 2
/** More room than any pattern has. */
const FARTHEST = 1000
const NONE: readonly number[] = []

export function parsePattern(source: string): Pattern {
  const steps: string[][] = []
  const room: number[] = []
  const barred: string[][] = []
  let nextRoom = USUAL_ROOM
  let nextBarred: string[] = []
  for (const part of source.split(' ')) {
    if (part.startsWith('..')) nextRoom = Number(part.slice(2))
    else if (part.startsWith('!')) nextBarred = part.slice(1).split('|')
    else {
      if (steps.length > 0) room.push(nextRoom)
      barred.push(nextBarred)
      steps.push(part.split('|'))
      nextRoom = USUAL_ROOM
      nextBarred = []
    }
  }
  return { steps, room, barred }
}

export interface Match {
  readonly pattern: number
  /** Indexes of the first and last token. */
  readonly from: number
  readonly to: number
}

/** One step of a pattern: where its progress is kept, how much room before it (-1: it is the first), whether it is the last. */
interface Step {
  readonly pattern: number
  readonly slot: number
  readonly room: number
  readonly final: boolean
  /** Which words must not stand before it: the place where the last of them stood, -1 if none is barred. */
  readonly bar: number
}

/**
 * Finds all of many patterns in a sentence's tokens in one pass.
 *
 * Per pattern and step it remembers only where that step was reached last. The room of a step counts from the step before it, so
 * the latest place is always as good as an earlier one: nothing is tried twice, and the cost is linear in the tokens.
 */
export class Matcher {
  readonly #byConcept: (readonly Step[])[] = []
  readonly #byWord: ReadonlyMap<number, readonly Step[]>
  /** Per slot: the token that reached it last, and where its pattern began. Counted on from sentence to sentence. */
  readonly #last: Int32Array
  readonly #start: Int32Array
  /** Per word that is barred somewhere: its bars; per bar: the token where such a word stood last. */
  readonly #barsOf: ReadonlyMap<number, readonly number[]>
  readonly #barred: Int32Array
  readonly #reached: number[] = []
  #origin = FARTHEST

  constructor(patterns: readonly Pattern[]) {
    const byConcept = new Map<number, Step[]>()
    const byWord = new Map<number, Step[]>()
    const bars = new Map<string, number>()
    const barsOf = new Map<number, number[]>()
    let slots = 0
    for (const [pattern, { steps, room, barred }] of patterns.entries()) {
      for (const [index, names] of steps.entries()) {
        const step: Step = {
          pattern,
          slot: slots + index,
          room: index === 0 ? -1 : (room[index - 1] ?? USUAL_ROOM),
          final: index === steps.length - 1,
          bar: barFor(barred[index] ?? []),
        }
        for (const name of names) {
          if (name === name.toLowerCase()) push(byWord, hashWord(name), step)
          else push(byConcept, conceptId(name.toLowerCase()), step)
        }
      }
      slots += steps.length
    }
    for (const [concept, list] of byConcept) this.#byConcept[concept] = list
    this.#byWord = byWord
    this.#barsOf = barsOf
    this.#barred = new Int32Array(bars.size).fill(-FARTHEST)

    function barFor(words: readonly string[]): number {
      if (words.length === 0) return -1
      const key = words.join('|')
      const known = bars.get(key)
      if (known !== undefined) return known
      const bar = bars.size
      bars.set(key, bar)
      for (const word of words) push(barsOf, hashWord(word), bar)
      return bar
    }
    this.#last = new Int32Array(slots).fill(-FARTHEST)
    this.#start = new Int32Array(slots)
  }

  matches(tokens: readonly { readonly word: number; readonly concepts: readonly number[] }[]): Match[] {
    const found: Match[] = []
    // Places of earlier sentences stay where they are, too far back for any step to count from.
    const origin = this.#origin
    this.#origin += tokens.length + FARTHEST
    if (this.#origin > 0x3fffffff) {
      this.#origin = FARTHEST
      this.#last.fill(-FARTHEST)
      this.#barred.fill(-FARTHEST)
    }
    for (let at = 0; at < tokens.length; at++) {
      const token = tokens[at]
      if (token === undefined) break
      const literal = this.#byWord.get(token.word)
      if (literal !== undefined) this.#advance(literal, origin + at, found)
      for (const concept of token.concepts) {
        const list = this.#byConcept[concept]
        if (list !== undefined) this.#advance(list, origin + at, found)
      }
      // A word that carries two concepts is one step, not two: what it reaches counts from the next word on.
      for (let next = this.#reached.length - 2; next >= 0; next -= 2) {
        const slot = this.#reached[next] ?? 0
        this.#last[slot] = origin + at
        this.#start[slot] = this.#reached[next + 1] ?? 0
      }
      this.#reached.length = 0
      for (const bar of this.#barsOf.get(token.word) ?? NONE) this.#barred[bar] = origin + at
    }
    return found.map(({ pattern, from, to }) => ({ pattern, from: from - origin, to: to - origin }))
  }

  #advance(list: readonly Step[], at: number, found: Match[]): void {
    for (const { pattern, slot, room, final, bar } of list) {
      let from = at
      if (room < 0) {
        if (bar >= 0 && at - (this.#barred[bar] ?? 0) === 1) continue
      } else {
        const before = this.#last[slot - 1] ?? 0
        if (at - before - 1 > room || (bar >= 0 && (this.#barred[bar] ?? 0) > before)) continue
        from = this.#start[slot - 1] ?? at
      }
      this.#reached.push(slot, from)
      if (final) found.push({ pattern, from, to: at })
    }
  }
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [value])
  else list.push(value)
}
