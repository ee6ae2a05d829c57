/** One step from one sequence to another: what both have, what only the first has, what only the second has. */
export interface Edit {
  readonly op: 'same' | 'del' | 'add'
  readonly items: readonly string[]
}

/** More insertions and removals than this are no difference a person reads: the whole stretch is replaced. */
const MAX_EDITS = 400

/**
 * The shortest way from one sequence to another (E. W. Myers, "An O(ND) Difference Algorithm and Its Variations", 1986),
 * as long as it takes at most `MAX_EDITS` steps; beyond that, what is between the common beginning and the common end
 * is replaced. So time is linear in the length, times a constant, and memory is bounded.
 *
 * @example editScript(['a', 'b'], ['a', 'c'])
 * // [{ op: 'same', items: ['a'] }, { op: 'del', items: ['b'] }, { op: 'add', items: ['c'] }]
 */
export function editScript(before: readonly string[], after: readonly string[]): Edit[] {
  let from = 0
  const most = Math.min(before.length, after.length)
  while (from < most && before[from] === after[from]) from++
  let back = 0
  while (back < most - from && before[before.length - 1 - back] === after[after.length - 1 - back]) back++
  const old = before.slice(from, before.length - back)
  const now = after.slice(from, after.length - back)
  return merged([
    { op: 'same', items: before.slice(0, from) },
    ...(shortest(old, now) ?? [
      { op: 'del', items: old },
      { op: 'add', items: now },
    ]),
    { op: 'same', items: before.slice(before.length - back) },
  ])
}

function shortest(old: readonly string[], now: readonly string[]): Edit[] | undefined {
  const limit = Math.min(MAX_EDITS, old.length + now.length)
  /** Furthest place in `old` on every diagonal, for every number of edits. */
  const traces: Int32Array[] = []
  let furthest = new Int32Array(3)
  for (let edits = 0; edits <= limit; edits++) {
    const next = new Int32Array(2 * edits + 3)
    for (let k = -edits; k <= edits; k += 2) {
      let x = 0
      if (edits > 0) {
        const [down, right] = [at(furthest, edits - 1, k + 1), at(furthest, edits - 1, k - 1)]
        x = k === -edits || (k !== edits && right < down) ? down : right + 1
      }
      while (x < old.length && x - k < now.length && old[x] === now[x - k]) x++
      next[k + edits + 1] = x
      if (x >= old.length && x - k >= now.length) return walkBack(traces, old, now, edits)
    }
    traces.push(next)
    furthest = next
  }
  return undefined
}

/** The place reached on diagonal `k` with so many edits. */
function at(furthest: Int32Array, edits: number, k: number): number {
  return furthest[k + edits + 1] ?? 0
}

function walkBack(
  traces: readonly Int32Array[],
  old: readonly string[],
  now: readonly string[],
  total: number,
): Edit[] {
  const steps: Edit[] = []
  let [x, y] = [old.length, now.length]
  for (let edits = total; edits > 0; edits--) {
    const k = x - y
    const trace = traces[edits - 1] ?? new Int32Array(0)
    const [down, right] = [at(trace, edits - 1, k + 1), at(trace, edits - 1, k - 1)]
    const isAdded = k === -edits || (k !== edits && right < down)
    const start = isAdded ? down : right + 1
    if (x > start) steps.push({ op: 'same', items: old.slice(start, x) })
    if (isAdded) steps.push({ op: 'add', items: now.slice(start - k - 1, start - k) })
    else steps.push({ op: 'del', items: old.slice(start - 1, start) })
    x = isAdded ? down : right
    y = x - (isAdded ? k + 1 : k - 1)
  }
  steps.push({ op: 'same', items: old.slice(0, x) })
  return steps.reverse()
}

/** Neighbours of one kind as one, empty ones left out; of what replaces what, the removal first. */
export function merged(edits: readonly Edit[]): Edit[] {
  const result: Edit[] = []
  let gone: readonly string[] = []
  let come: readonly string[] = []
  const flush = (): void => {
    if (gone.length > 0) result.push({ op: 'del', items: gone })
    if (come.length > 0) result.push({ op: 'add', items: come })
    gone = []
    come = []
  }
  for (const { op, items } of edits) {
    if (items.length === 0) continue
    const last = result.at(-1)
    if (op === 'del') gone = gone.concat(items)
    else if (op === 'add') come = come.concat(items)
    else if (gone.length + come.length === 0 && last?.op === 'same')
      result[result.length - 1] = { op, items: last.items.concat(items) }
    else {
      flush()
      result.push({ op, items })
    }
  }
  flush()
  return result
}
