/** What is called, how often. Counts are fixed: every target answers the same number of calls in every round. */

export interface Workload {
  readonly id: string
  readonly resultBytes: number
  /** Connections over HTTP, or calls in flight on one pipe. */
  readonly parallel: number
  readonly calls: number
  /** Given for one call whose answer is a stream: `calls` are its events then, and what is timed is each one's way. */
  readonly gapMs?: number
}

export const REQUEST_BYTES = 1024

const KB = 1024

export const HTTP_WORKLOADS: readonly Workload[] = [
  { id: '1 KB x 1', resultBytes: 2 * KB, parallel: 1, calls: 2000 },
  { id: '1 KB x 16', resultBytes: 2 * KB, parallel: 16, calls: 4000 },
  { id: '1 KB x 64', resultBytes: 2 * KB, parallel: 64, calls: 4000 },
  { id: '100 KB x 1', resultBytes: 100 * KB, parallel: 1, calls: 300 },
  { id: '100 KB x 16', resultBytes: 100 * KB, parallel: 16, calls: 600 },
  { id: '100 KB x 64', resultBytes: 100 * KB, parallel: 64, calls: 600 },
  { id: '1 MB x 1', resultBytes: 1024 * KB, parallel: 1, calls: 60 },
  { id: 'events', resultBytes: 0, parallel: 1, calls: 250, gapMs: 4 },
]

export const STDIO_WORKLOADS: readonly Workload[] = [
  { id: '1 KB x 1', resultBytes: 2 * KB, parallel: 1, calls: 3000 },
  { id: '1 KB x 16', resultBytes: 2 * KB, parallel: 16, calls: 6000 },
]

/** What the peers can do: the same calls of a legacy client. */
export const PEER_WORKLOADS: readonly Workload[] = [
  { id: '1 KB x 1', resultBytes: 2 * KB, parallel: 1, calls: 1500 },
  { id: '1 KB x 16', resultBytes: 2 * KB, parallel: 16, calls: 3000 },
]

/** Calls every target answers before the first round, so that no round measures a cold compiler. */
export const WARM_UP = { small: 40_000, large: 1_500, events: 300 }

/** Calls of one workload before the first round: together with its like as many as `WARM_UP` says. */
export function warmUpCalls({ resultBytes, gapMs }: Workload, workloads: readonly Workload[]): number {
  if (gapMs !== undefined) return WARM_UP.events
  const large = resultBytes > 8 * KB
  const like = workloads.filter((other) => other.gapMs === undefined && other.resultBytes > 8 * KB === large)
  return Math.ceil((large ? WARM_UP.large : WARM_UP.small) / like.length)
}

/** The same work for a smoke test. */
export function shortened(workloads: readonly Workload[]): Workload[] {
  return workloads.map((workload) => ({ ...workload, calls: Math.max(30, Math.round(workload.calls / 8)) }))
}
