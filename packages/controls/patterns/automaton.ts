/** From a tree to an automaton: states with at most two ways on, the last of which is the match. */
import type { CharTest } from './chars.ts'
import type { Node } from './parse.ts'

export type State =
  /** Takes one character. */
  | { readonly kind: 'char'; readonly test: CharTest; readonly next: number }
  /** Goes on in two places at once. */
  | { readonly kind: 'split'; readonly next: number; readonly other: number }
  /** Goes on where the place is right. */
  | { readonly kind: 'start' | 'end' | 'word' | 'inner'; readonly next: number }
  | { readonly kind: 'match' }

export interface Program {
  readonly states: readonly State[]
  readonly first: number
  /** It can match at the start of a text only. */
  readonly anchored: boolean
}

/** `undefined` when it takes more states than `most`. */
export function compileNodes(node: Node, most: number): Program | undefined {
  const builder = new Builder(most)
  const first = builder.add(node, builder.push({ kind: 'match' }))
  return builder.full ? undefined : { states: builder.states, first, anchored: beginsAtStart(node) }
}

function beginsAtStart(node: Node): boolean {
  if (node.kind === 'start') return true
  if (node.kind === 'either') return node.options.every(beginsAtStart)
  if (node.kind === 'repeat') return node.least > 0 && beginsAtStart(node.body)
  return node.kind === 'sequence' && node.parts[0] !== undefined && beginsAtStart(node.parts[0])
}

/** Built from the end: every node is told where it leads. */
class Builder {
  readonly states: State[] = []
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  get full(): boolean {
    return this.states.length > this.#most
  }

  push(state: State): number {
    return this.states.push(state) - 1
  }

  /** The state to begin with so that the node leads to `next`. */
  add(node: Node, next: number): number {
    // Nothing more is built once it is too large: `{4096}` within `{4096}` would be sixteen million.
    if (this.full) return next
    switch (node.kind) {
      case 'char':
        return this.push({ kind: 'char', test: node.test, next })
      case 'start':
      case 'end':
        return this.push({ kind: node.kind, next })
      case 'word':
        return this.push({ kind: node.negated ? 'inner' : 'word', next })
      case 'sequence':
        return node.parts.reduceRight((after, part) => this.add(part, after), next)
      case 'either':
        return node.options
          .map((option) => this.add(option, next))
          .reduceRight((other, first) => this.push({ kind: 'split', next: first, other }))
      case 'repeat':
        return this.#repeat(node.body, node.least, node.most, next)
    }
  }

  #repeat(body: Node, least: number, most: number, next: number): number {
    let first = next
    if (most === Number.POSITIVE_INFINITY) {
      // The loop's own place first, so that the body can lead back to it.
      const loop = this.push({ kind: 'match' })
      this.states[loop] = { kind: 'split', next: this.add(body, loop), other: next }
      first = loop
    } else {
      for (let more = most - least; more > 0 && !this.full; more--)
        first = this.push({ kind: 'split', next: this.add(body, first), other: next })
    }
    for (let times = least; times > 0 && !this.full; times--) first = this.add(body, first)
    return first
  }
}
