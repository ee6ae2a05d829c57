/**
 * Many words at once: one dense table over all of them (Aho and Corasick, 1975, with its failure links resolved), one
 * look-up a character. Case does not matter here; whoever is told of a word looks closer.
 */
export interface Automaton {
  /** Calls `hit` for every word, at its end, from left to right. `hit` answers from where to go on, or `undefined`. */
  scan(text: string, hit: (words: readonly number[], end: number) => number | undefined): void
}

/** Builds the table for words of ASCII characters. @example automatonOf(['ghp_', 'glpat-']) */
export function automatonOf(words: readonly string[]): Automaton {
  const { classes, shift } = classesOf(words)
  const trie = trieOf(words, classes)
  // States that end a word come last, so that the loop below needs one comparison to tell them.
  const order = trie.next.map((_, state) => state).filter((state) => (trie.ends[state] ?? []).length === 0)
  const firstEnd = order.length
  order.push(...trie.next.map((_, state) => state).filter((state) => (trie.ends[state] ?? []).length > 0))
  const place = new Uint32Array(order.length)
  for (const [at, state] of order.entries()) place[state] = at
  const table = new Uint16Array(order.length << shift)
  for (const [at, state] of order.entries()) {
    for (const [kind, target] of (trie.next[state] ?? []).entries())
      table[(at << shift) | kind] = place[target] ?? 0
  }
  const ends = order.map((state) => trie.ends[state] ?? [])
  const start = place[0] ?? 0
  return {
    scan(text, hit) {
      let state = start
      for (let at = 0; at < text.length; at++) {
        // Other characters than ASCII are folded into it: whoever is told of a word reads it himself.
        state = table[(state << shift) | (classes[text.charCodeAt(at) & 0x7f] as number)] as number
        if (state >= firstEnd) {
          const goOn = hit(ends[state] ?? [], at + 1)
          if (goOn !== undefined && goOn > at + 1) {
            at = goOn - 1
            state = start
          }
        }
      }
    },
  }
}

/** A number for every character that occurs, 0 for all others; letters of both cases share theirs. */
function classesOf(words: readonly string[]): { readonly classes: Uint8Array; readonly shift: number } {
  const classes = new Uint8Array(128)
  let count = 0
  for (const character of new Set(words.join('').toLowerCase())) {
    count++
    classes[character.charCodeAt(0)] = count
    classes[character.toUpperCase().charCodeAt(0)] = count
  }
  return { classes, shift: Math.ceil(Math.log2(count + 1)) }
}

interface Trie {
  /** For every state and class, the next state. */
  readonly next: number[][]
  /** Words that end here, by their place in the list. */
  readonly ends: number[][]
}

function trieOf(words: readonly string[], classes: Uint8Array): Trie {
  const width = Math.max(0, ...classes) + 1
  const empty = () => new Array<number>(width).fill(-1)
  const next = [empty()]
  const ends: number[][] = [[]]
  for (const [index, word] of words.entries()) {
    let state = 0
    for (let at = 0; at < word.length; at++) {
      const kind = classes[word.charCodeAt(at)] ?? 0
      if (kind === 0) throw new TypeError('a word must be of ASCII characters')
      const known = next[state]?.[kind] ?? -1
      const target = known < 0 ? next.push(empty()) - 1 : known
      const row = next[state]
      if (row !== undefined) row[kind] = target
      ends[target] ??= []
      state = target
    }
    ends[state]?.push(index)
  }
  const fallback = new Array<number>(next.length).fill(0)
  const queue = [0]
  for (let head = 0; head < queue.length; head++) {
    const state = queue[head] ?? 0
    const row = next[state] ?? []
    const back = fallback[state] ?? 0
    for (let kind = 0; kind < width; kind++) {
      const target = row[kind] ?? -1
      const short = state === 0 ? 0 : (next[back]?.[kind] ?? 0)
      if (target < 0) {
        row[kind] = short
        continue
      }
      fallback[target] = short
      ends[target] = [...(ends[target] ?? []), ...(ends[short] ?? [])]
      queue.push(target)
    }
  }
  return { next, ends }
}
