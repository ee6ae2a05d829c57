import { hashWord } from '../words/hash.ts'
import type { Token } from '../words/tokens.ts'
import { BUCKETS } from './linear.ts'

/**
 * The features of a sentence, as buckets of the model's table: its words and pairs of neighbours, the concepts it speaks of and
 * pairs of them, and the rules that hit. Addresses, paths and names count by their form only.
 */
export function featuresOf(tokens: readonly Token[], rules: readonly string[]): number[] {
  if (turn === 0x7fffffff) {
    turn = 0
    filled.fill(0)
  }
  turn++
  const features: number[] = []
  const concepts: number[] = []
  let previous = START
  for (const token of tokens) {
    add(features, mix(WORD, token.word))
    add(features, mix(previous, token.word))
    previous = token.word
    for (const concept of token.concepts) if (!concepts.includes(concept)) concepts.push(concept)
  }
  concepts.sort((one, other) => one - other)
  const most = Math.min(concepts.length, MOST_CONCEPTS)
  for (let index = 0; index < most; index++) {
    const one = mix(CONCEPT, concepts[index] ?? 0)
    add(features, one)
    for (let other = index + 1; other < most; other++) add(features, mix(one, concepts[other] ?? 0))
  }
  for (const rule of rules) add(features, mix(RULE, hashWord(rule)))
  return features
}

/** Every bucket once: which turn filled it last. */
const filled = new Int32Array(BUCKETS)
let turn = 0

function add(features: number[], hash: number): void {
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  const bucket = (mixed ^ (mixed >>> 13)) & (BUCKETS - 1)
  if (filled[bucket] === turn) return
  filled[bucket] = turn
  features.push(bucket)
}

const MOST_CONCEPTS = 24

const START = 1
const WORD = 0x2f0b4c47
const CONCEPT = 0x51ed270b
const RULE = 0x7a3c9d15

function mix(one: number, other: number): number {
  return Math.imul(one ^ (other + 0x9e3779b9 + (one << 6) + (one >>> 2)), 0x85ebca6b)
}
