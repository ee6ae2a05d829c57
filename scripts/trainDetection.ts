/**
 * Trains the model of detection and writes its weights; see docs/models/detection.md.
 *
 *   node scripts/trainDetection.ts
 *
 * Reads the corpora that lie beside the repository. The same corpora give the same weights.
 */
import { writeFileSync } from 'node:fs'
import { corporaExist, readCorpus, toolNames } from '../evals/detection/corpora.ts'
import { readRows, trainModel } from '../evals/detection/training.ts'
import { encodeWeights } from '../packages/controls/detection/model/coding.ts'

const file = new URL('../packages/controls/detection/model/weights.ts', import.meta.url)

if (!corporaExist()) {
  process.stderr.write(
    'The corpora are not there (../shared/reference/data/detection): nothing was trained.\n',
  )
  process.exit(3)
}
const benign = readCorpus('tools_benign')
const names = toolNames(benign)
const model = trainModel(readRows(benign, names), readRows(readCorpus('tools_malicious'), names))
const weights = encodeWeights(model.weights)
const lines = weights.match(/.{1,100}/g) ?? []
writeFileSync(
  file,
  `// Written by scripts/trainDetection.ts; what it is and how it does: docs/models/detection.md.
export const SCALE = ${model.scale}
export const BIAS = ${model.bias}
export const MOST = ${model.most}
export const REVIEW = ${model.review}
export const BLOCK = ${model.block}
export const WEIGHTS = \`
${lines.join('\n')}
\`
`,
)
process.stderr.write(
  `${model.weights.filter((weight) => weight !== 0).length} weights, ${weights.length} characters, review ${model.review}, block ${model.block}\n`,
)
