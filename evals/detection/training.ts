import { makeInventory, nameMeanings } from '../../packages/controls/detection/inventory.ts'
import { type LinearModel, sumOf, weigh } from '../../packages/controls/detection/model/linear.ts'
import { type Sample, trainLinear } from '../../packages/controls/detection/model/train.ts'
import { type ReadSentence, readText } from '../../packages/controls/detection/read.ts'
import { NOTHING } from '../../packages/controls/detection/words/lexicon.ts'
import { textsOf } from '../../packages/controls/surface/index.ts'
import { type Row, toolOf } from './corpora.ts'
import { ATTACKS } from './samples/attacks.ts'
import { composed } from './samples/compose.ts'
import { fillTemplates } from './samples/fill.ts'
import { TWINS } from './samples/twins.ts'

/** A row, read: its texts as sentences with features. Read once, used in every fold. */
export interface ReadRow {
  readonly row: Row
  readonly texts: readonly {
    readonly role: string
    readonly readings: readonly (readonly ReadSentence[])[]
  }[]
}

export function readRows(rows: readonly Row[], names: ReadonlyMap<string, readonly string[]>): ReadRow[] {
  return rows.map((row) => {
    const item = toolOf(row)
    const texts = textsOf(item)
    const fields = new Set(texts.filter(({ role }) => role === 'key').map(({ text }) => text))
    const own = makeInventory(new Map([[row.server, names.get(row.server) ?? [item.name]]]))
    const named = nameMeanings(own, row.server, item.name, fields)
    return {
      row,
      texts: texts.map(({ role, text }) => ({
        role,
        readings: readText(text, named).map(({ sentences }) => sentences),
      })),
    }
  })
}

/** What the model is trained on, beside the corpora: our own samples, the same in every fold. */
const OWN_ATTACKS = [...fillTemplates(ATTACKS, 4)]
const OWN_TWINS = [...fillTemplates(TWINS, 3)]
const COMPOSED = composed(1500)

/** The passages that the model is asked about: each sentence with the one behind it. */
function passages(sentences: readonly ReadSentence[]): number[][] {
  return sentences.map(({ features }, index) => [...features, ...(sentences[index + 1]?.features ?? [])])
}

function passagesOf(text: string): number[][] {
  return readText(text, () => NOTHING).flatMap(({ sentences }) => passages(sentences))
}

/** The samples of a fold: benign passages once per server, attacks by what was put in, and our own. */
export function samplesOf(benign: readonly ReadRow[], malicious: readonly ReadRow[]): Sample[] {
  return [...benignSamples(benign), ...maliciousSamples(malicious), ...OWN_SAMPLES]
}

const sample =
  (attack: boolean, weight: number) =>
  (features: number[]): Sample => ({ features, attack, weight })

const OWN_SAMPLES: readonly Sample[] = [
  ...[...OWN_ATTACKS, ...COMPOSED.attacks].flatMap(passagesOf).map(sample(true, 1)),
  ...[...OWN_TWINS, ...COMPOSED.twins].flatMap(passagesOf).map(sample(false, 2)),
]

/** A server with hundreds of tools does not count hundreds of times. */
const FULL_WEIGHT_TOOLS = 40

function benignSamples(rows: readonly ReadRow[]): Sample[] {
  const sizes = new Map<string, number>()
  for (const { row } of rows) sizes.set(row.server, (sizes.get(row.server) ?? 0) + 1)
  const seen = new Set<string>()
  const samples: Sample[] = []
  for (const { row, texts } of rows) {
    const weight = 1 / Math.sqrt(Math.max(1, (sizes.get(row.server) ?? 1) / FULL_WEIGHT_TOOLS))
    for (const sentences of texts.flatMap(({ readings }) => readings)) {
      const all = passages(sentences)
      for (const [index, sentence] of sentences.entries()) {
        const key = `${row.server}\n${sentence.key}\n${sentences[index + 1]?.key ?? ''}`
        const features = all[index] ?? []
        if (seen.has(key) || (sentences.length === 1 && sentence.features.length < 4)) continue
        seen.add(key)
        samples.push({ features, attack: false, weight })
      }
    }
  }
  return samples
}

function maliciousSamples(rows: readonly ReadRow[]): Sample[] {
  const sizes = new Map<string, number>()
  for (const { row } of rows) sizes.set(row.source, (sizes.get(row.source) ?? 0) + 1)
  const seen = new Set<string>()
  const samples: Sample[] = []
  for (const { row, texts } of rows) {
    const weight = Math.min(3, 60 / (sizes.get(row.source) ?? 1))
    const put = row.meta?.inj
    if (put !== undefined) {
      if (!seen.has(put)) samples.push(...passagesOf(put).map(sample(true, weight * 3)))
      seen.add(put)
      continue
    }
    for (const { role, readings } of texts) {
      if (role !== 'description') continue
      // The first of several sentences says what the tool pretends to be.
      for (const sentences of readings) {
        samples.push(
          ...passages(sentences)
            .slice(sentences.length > 1 ? 1 : 0)
            .map(sample(true, weight)),
        )
      }
    }
  }
  return samples
}

/** How many benign tools the model alone may find: the rules use up the rest of what is allowed. */
const MODEL_REVIEW_RATE = 0.004
const MODEL_BLOCK_RATE = 0.0004

/**
 * A model with thresholds. These are set on benign tools that it was not trained on: servers are dealt into three groups, and each
 * group is scored by a model that was trained on the other two. A passage that a server repeats counts once.
 */
export function trainModel(benign: readonly ReadRow[], malicious: readonly ReadRow[]): LinearModel {
  const groups = dealServers(benign, 3)
  const sums: number[] = []
  for (const group of groups) {
    const held = new Set(group)
    const model = trainLinear(
      samplesOf(
        benign.filter(({ row }) => !held.has(row.server)),
        malicious,
      ),
    )
    const best = new Map<string, number>()
    for (const read of benign) {
      if (!held.has(read.row.server)) continue
      const { sum, key } = worstPassage(model, read)
      best.set(`${read.row.server}\n${key}`, sum)
    }
    sums.push(...best.values())
  }
  sums.sort((one, other) => other - one)
  const at = (rate: number) => sums[Math.floor(rate * benign.length)] ?? 0
  const model = trainLinear(samplesOf(benign, malicious))
  const review = at(MODEL_REVIEW_RATE)
  return { ...model, review, block: Math.max(review + 1, at(MODEL_BLOCK_RATE)) }
}

function worstPassage(model: LinearModel, { texts }: ReadRow): { sum: number; key: string } {
  let worst = { sum: -99, key: '' }
  for (const sentences of texts.flatMap(({ readings }) => readings)) {
    const weighed = sentences.map(({ features }) => weigh(model, features))
    for (const [index, one] of weighed.entries()) {
      const sum = sumOf(model, one, weighed[index + 1])
      if (sum > worst.sum) worst = { sum, key: sentences[index]?.key ?? '' }
    }
  }
  return worst
}

/** Servers in groups of about as many tools, always the same. */
export function dealServers(rows: readonly ReadRow[], count: number): string[][] {
  const sizes = new Map<string, number>()
  for (const { row } of rows) sizes.set(row.server, (sizes.get(row.server) ?? 0) + 1)
  const groups = Array.from({ length: count }, () => ({ servers: [] as string[], tools: 0 }))
  for (const [server, tools] of [...sizes].sort(
    (one, other) => other[1] - one[1] || (one[0] < other[0] ? -1 : 1),
  )) {
    const smallest = groups.reduce((least, group) => (group.tools < least.tools ? group : least))
    smallest.servers.push(server)
    smallest.tools += tools
  }
  return groups.map(({ servers }) => servers)
}
