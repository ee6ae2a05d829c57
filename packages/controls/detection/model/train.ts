import { BUCKETS, type LinearModel } from './linear.ts'

/** One passage: its features, whether it is an attack, and how much it counts. */
export interface Sample {
  readonly features: readonly number[]
  readonly attack: boolean
  readonly weight: number
}

export interface TrainOptions {
  readonly epochs: number
  /** Strength of what pulls weights to zero: features that do not earn theirs have none. */
  readonly lasso: number
  readonly ridge: number
  readonly rate: number
  /** Weights below zero are kept down to this: harmless words cannot buy an attack free beyond it. */
  readonly lowest: number
  /** All harmless words of a passage together count no more than this. */
  readonly most: number
}

export const TRAIN_OPTIONS: TrainOptions = {
  epochs: 4,
  lasso: 0.6,
  ridge: 0.5,
  rate: 0.15,
  lowest: -0.3,
  most: 4,
}

/**
 * Logistic regression by FTRL-proximal (McMahan et al. 2013): sparse, one pass after the other in an order that is always the same.
 * The thresholds of the model are left at zero; see `calibrate`.
 */
export function trainLinear(samples: readonly Sample[], options: TrainOptions = TRAIN_OPTIONS): LinearModel {
  const { epochs, lasso, ridge, rate, lowest, most } = options
  const z = new Float64Array(BUCKETS)
  const n = new Float64Array(BUCKETS)
  const w = new Float64Array(BUCKETS)
  let bias = -3
  let biasSquares = 1
  const order = Array.from(samples, (_, index) => index)
  let seed = 0x2545f491
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let at = order.length - 1; at > 0; at--) {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) | 0
      const other = (seed >>> 0) % (at + 1)
      const kept = order[at] as number
      order[at] = order[other] as number
      order[other] = kept
    }
    for (const index of order) {
      const { features, attack, weight } = samples[index] as Sample
      let sum = bias
      let against = 0
      for (const feature of features) {
        const value = w[feature] as number
        if (value > 0) sum += value
        else against += value
      }
      const capped = against < -most
      sum += capped ? -most : against
      const error = (1 / (1 + Math.exp(-sum)) - (attack ? 1 : 0)) * weight
      if (Math.abs(error) < 1e-5) continue
      for (const feature of features) {
        if (capped && (w[feature] as number) < 0) continue
        const squares = n[feature] as number
        const sigma = (Math.sqrt(squares + error * error) - Math.sqrt(squares)) / rate
        z[feature] = (z[feature] as number) + error - sigma * (w[feature] as number)
        n[feature] = squares + error * error
        const pull = z[feature] as number
        const next =
          Math.abs(pull) <= lasso
            ? 0
            : -(pull - Math.sign(pull) * lasso) / ((1 + Math.sqrt(n[feature] as number)) / rate + ridge)
        w[feature] = next < lowest ? lowest : next
      }
      biasSquares += error * error
      bias -= (rate / Math.sqrt(biasSquares)) * error
    }
  }
  return quantise(w, bias, most)
}

function quantise(w: Float64Array, bias: number, most: number): LinearModel {
  let largest = 1e-9
  for (const weight of w) if (Math.abs(weight) > largest) largest = Math.abs(weight)
  const scale = largest / 127
  const weights = new Int8Array(BUCKETS)
  for (const [index, weight] of w.entries()) weights[index] = Math.round(weight / scale)
  return { weights, scale, bias, most, review: 0, block: 0 }
}
