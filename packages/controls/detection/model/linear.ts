/**
 * A linear model over hashed features, its weights in one byte each.
 *
 * The sum of a passage is the weights of its features and a constant, nothing else; what a feature is says `features.ts`. Words that
 * speak against an attack count as far as `most`: whatever is written around a demand, it cannot be talked down further.
 */
export interface LinearModel {
  /** One signed byte per bucket. */
  readonly weights: Int8Array
  /** What one unit of a weight is worth. */
  readonly scale: number
  readonly bias: number
  /** The most that harmless words count against an attack. */
  readonly most: number
  /** Sums that one benign tool in a hundred, and one in a thousand, reach. */
  readonly review: number
  readonly block: number
}

/** A power of two, so that a hash is cut with a mask. */
export const BUCKETS = 131_072

/** What a sentence adds for an attack, and against one. */
export interface Weighed {
  readonly plus: number
  readonly minus: number
}

export function weigh(model: LinearModel, features: readonly number[]): Weighed {
  let plus = 0
  let minus = 0
  for (const feature of features) {
    const weight = model.weights[feature] ?? 0
    if (weight > 0) plus += weight
    else minus += weight
  }
  return { plus: plus * model.scale, minus: minus * model.scale }
}

/** The sum of a passage of one or two sentences. */
export function sumOf(model: LinearModel, one: Weighed, other?: Weighed): number {
  const minus = one.minus + (other?.minus ?? 0)
  return model.bias + one.plus + (other?.plus ?? 0) + Math.max(-model.most, minus)
}

/** Scores that stand for the two thresholds, whatever the sums behind them are. */
export const REVIEW_SCORE = 0.5
export const BLOCK_SCORE = 0.9

/** A sum as a score from 0 to 1 that passes 0.5 and 0.9 at the two thresholds, to three digits. */
export function scoreOf(sum: number, { review, block }: Pick<LinearModel, 'review' | 'block'>): number {
  return Math.round(1000 * exactScore(sum, review, block)) / 1000
}

function exactScore(sum: number, review: number, block: number): number {
  if (sum < review) return REVIEW_SCORE * Math.exp((sum - review) / SLOPE)
  if (sum < block) return REVIEW_SCORE + ((BLOCK_SCORE - REVIEW_SCORE) * (sum - review)) / (block - review)
  return 1 - (1 - BLOCK_SCORE) * Math.exp((block - sum) / SLOPE)
}

const SLOPE = 2
