import { decodeWeights } from './coding.ts'
import type { LinearModel } from './linear.ts'
import { BIAS, BLOCK, MOST, REVIEW, SCALE, WEIGHTS } from './weights.ts'

/** The model that is shipped; what it was trained on and how well it does says docs/models/detection.md. */
export const MODEL: LinearModel = {
  weights: decodeWeights(WEIGHTS),
  scale: SCALE,
  bias: BIAS,
  most: MOST,
  review: REVIEW,
  block: BLOCK,
}
