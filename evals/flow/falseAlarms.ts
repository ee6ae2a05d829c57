import { FlowMemory } from '@sallyport/controls/flow'
import { chanceFrom, upTo } from '../../packages/controls/flow/copies.fixture.ts'
import { BENIGN_CALLS } from './benignCalls.ts'
import { sourceOf } from './recall.ts'

export interface Document {
  readonly source: string
  readonly text: string
}

export interface FalseAlarms {
  /** Calls that were written by hand, each against several conversations. */
  readonly calls: number
  readonly callsFlagged: number
  /** Passages of 300 characters of one collection of documents, against another. */
  readonly passages: number
  readonly passagesFlagged: number
  readonly samples: readonly string[]
}

const SEEN_UNITS = 1_000_000
const PASSAGE_UNITS = 300

/**
 * How often honest arguments are taken for a copy, in conversations that have seen a million characters.
 *
 * Passages of other documents are the harder question: documents about the same things quote the same names and files, and some of
 * what is counted here as false is a copy indeed.
 */
export function measureFalseAlarms(documents: readonly Document[]): FalseAlarms {
  const chance = chanceFrom(3)
  const sources = [...new Set(documents.map(({ source }) => source))]
  const large = sources.filter((source) => sizeOf(documents, source) >= SEEN_UNITS)
  const samples: string[] = []
  let [calls, callsFlagged, passages, passagesFlagged] = [0, 0, 0, 0]
  for (const seen of large) {
    const memory = new FlowMemory()
    let left = SEEN_UNITS
    for (const { source, text } of documents) {
      if (source !== seen || left <= 0) continue
      memory.note(sourceOf('page'), text.slice(0, left))
      left -= text.length
      while (memory.work()) {
        // Indexed as it comes.
      }
    }
    for (const args of BENIGN_CALLS) {
      calls++
      const found = memory.trace(args as Record<string, string>)
      if (found.length === 0) continue
      callsFlagged++
      samples.push(`call: ${found[0]?.value ?? ''}`)
    }
    for (const { source, text } of documents) {
      if (source === seen) continue
      const from = upTo(chance, Math.max(1, text.length - PASSAGE_UNITS))
      passages++
      const [found] = memory.trace({ title: 'Notes', body: text.slice(from, from + PASSAGE_UNITS) })
      if (found === undefined) continue
      passagesFlagged++
      if (passagesFlagged % 20 === 0) samples.push(`passage: ${found.value}`)
    }
  }
  return { calls, callsFlagged, passages, passagesFlagged, samples }
}

function sizeOf(documents: readonly Document[], source: string): number {
  return documents.reduce((sum, one) => sum + (one.source === source ? one.text.length : 0), 0)
}
