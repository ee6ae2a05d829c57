import { FlowMemory, type FlowSource } from '@sallyport/controls/flow'
import type { JsonValue } from '@sallyport/controls/json'
import { type Copy, chanceFrom, copyOf, word } from '../../packages/controls/flow/copies.fixture.ts'

export interface Share {
  found: number
  all: number
}

export interface Recall {
  readonly all: Share
  /** By what was done to the value; a value to which several things were done counts for each. */
  readonly byChange: ReadonlyMap<string, Share>
  readonly byKind: ReadonlyMap<string, Share>
  readonly missed: readonly Copy[]
}

const A_CONVERSATION = 100

/** How many of so many copied values are found, each in a conversation that has seen ninety-nine others. */
export function measureRecall(cases: number, seed: number): Recall {
  const chance = chanceFrom(seed)
  const all: Share = { found: 0, all: 0 }
  const byChange = new Map<string, Share>()
  const byKind = new Map<string, Share>()
  const missed: Copy[] = []
  for (let from = 0; from < cases; from += A_CONVERSATION) {
    const copies = Array.from({ length: Math.min(A_CONVERSATION, cases - from) }, () => copyOf(chance))
    const memory = new FlowMemory()
    const around = (): string => Array.from({ length: 40 }, () => word(chance)).join(' ')
    for (const [index, { value }] of copies.entries()) {
      const text = `${around()}\n${value}\n${around()}`
      const body: JsonValue =
        index % 2 === 0 ? { content: [{ type: 'text', text }] } : JSON.stringify({ rows: [text] })
      memory.note(sourceOf(`tool${index}`), body)
    }
    for (const [index, copy] of copies.entries()) {
      const isFound = memory.trace(copy.args).some(({ source }) => source.name === `tool${index}`)
      const changes = copy.changes.length === 0 ? ['none'] : new Set(copy.changes)
      for (const share of [
        all,
        ...[...changes].map((one) => shareOf(byChange, one)),
        shareOf(byKind, copy.kind),
      ]) {
        share.all++
        if (isFound) share.found++
      }
      if (!isFound) missed.push(copy)
    }
  }
  return { all, byChange, byKind, missed }
}

function shareOf(shares: Map<string, Share>, name: string): Share {
  const known = shares.get(name)
  if (known !== undefined) return known
  const share = { found: 0, all: 0 }
  shares.set(name, share)
  return share
}

export function sourceOf(name: string): FlowSource {
  return { server: 'seen', name, kind: 'tool', untrusted: true, private: true, at: 0 }
}
