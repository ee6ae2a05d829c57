/** Cycles of a graph, one for each set of nodes that reach each other (Tarjan's strongly connected components). */
export function findCycles(graph: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const numbers = new Map<string, number>()
  const lowest = new Map<string, number>()
  const stack: string[] = []
  const cycles: string[][] = []

  const visit = (node: string) => {
    numbers.set(node, numbers.size)
    lowest.set(node, numbers.get(node) ?? 0)
    stack.push(node)
    for (const next of graph.get(node) ?? []) {
      if (!numbers.has(next)) visit(next)
      if (stack.includes(next)) lowest.set(node, Math.min(lowest.get(node) ?? 0, lowest.get(next) ?? 0))
    }
    if (lowest.get(node) !== numbers.get(node)) return
    const members = new Set(stack.splice(stack.indexOf(node)))
    if (members.size > 1 || graph.get(node)?.has(node)) cycles.push(wayBack(graph, node, members))
  }
  for (const node of [...graph.keys()].sort()) if (!numbers.has(node)) visit(node)
  return cycles
}

/** The shortest way from `start` back to itself among `members`. */
function wayBack(
  graph: ReadonlyMap<string, ReadonlySet<string>>,
  start: string,
  members: ReadonlySet<string>,
): string[] {
  const ways: string[][] = [[start]]
  const seen = new Set<string>()
  for (let way = ways.shift(); way !== undefined; way = ways.shift()) {
    for (const next of graph.get(way.at(-1) ?? '') ?? []) {
      if (next === start) return way
      if (!members.has(next) || seen.has(next)) continue
      seen.add(next)
      ways.push([...way, next])
    }
  }
  return [start]
}
