import { FlowMemory } from '@sallyport/controls/flow'
import { chanceFrom, word } from '../../packages/controls/flow/copies.fixture.ts'
import { sourceOf } from './recall.ts'

export interface Costs {
  readonly noteMicroseconds: number
  readonly indexMicrosecondsPerKb: number
  readonly longestPieceMs: number
  readonly keptBytes: number
  readonly traceP50Microseconds: number
  readonly traceP99Microseconds: number
}

const RESULT_UNITS = 2000
const SEEN_UNITS = 1_000_000
const ARGUMENT_UNITS = 400

/** What a conversation costs that has seen a million characters, asked with arguments of 400. */
export function measureCosts(texts: readonly string[]): Costs {
  const text = texts.join('\n').padEnd(3 * SEEN_UNITS, filler())
  const bodies = Array.from({ length: SEEN_UNITS / RESULT_UNITS }, (_, index) => ({
    content: [{ type: 'text', text: text.slice(index * RESULT_UNITS, (index + 1) * RESULT_UNITS) }],
  }))
  // Fewer than make it index at once.
  const few = bodies.slice(0, 100)
  const noted = best(20, () => {
    const memory = new FlowMemory()
    const started = performance.now()
    for (const body of few) memory.note(sourceOf('page'), body)
    return (performance.now() - started) / few.length
  })
  let longest = 0
  let memory = new FlowMemory()
  const indexed = best(8, () => {
    memory = new FlowMemory()
    longest = 0
    const started = threadMs()
    for (const body of bodies) {
      memory.note(sourceOf('page'), body)
      for (let more = true; more; ) {
        const before = threadMs()
        more = memory.work()
        longest = Math.max(longest, threadMs() - before)
      }
    }
    return threadMs() - started
  })
  const args = Array.from({ length: 2000 }, (_, index) => {
    const from = 2 * SEEN_UNITS + ((index * 449) % (SEEN_UNITS - ARGUMENT_UNITS))
    return { title: text.slice(from, from + 40), body: text.slice(from + 40, from + ARGUMENT_UNITS) }
  })
  const times = args.map(() => Number.POSITIVE_INFINITY)
  // The best of several: what else runs on the machine is not what is measured.
  for (let round = 0; round < 8; round++) {
    for (const [index, one] of args.entries()) {
      const started = performance.now()
      memory.trace(one)
      times[index] = Math.min(times[index] ?? 0, performance.now() - started)
    }
  }
  times.sort((one, other) => one - other)
  return {
    noteMicroseconds: noted * 1000,
    indexMicrosecondsPerKb: (indexed * 1000) / (SEEN_UNITS / 1024),
    longestPieceMs: longest,
    keptBytes: memory.bytes,
    traceP50Microseconds: (times[Math.floor(times.length / 2)] ?? 0) * 1000,
    traceP99Microseconds: (times[Math.floor(times.length * 0.99)] ?? 0) * 1000,
  }
}

/** Time of this thread on a processor: others on the machine do not count. */
function threadMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

function best(rounds: number, measure: () => number): number {
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < rounds; round++) least = Math.min(least, measure())
  return least
}

/** Where no documents are at hand: words of no language. */
function filler(): string {
  const chance = chanceFrom(5)
  return `${Array.from({ length: 20_000 }, () => word(chance)).join(' ')}\n`
}
