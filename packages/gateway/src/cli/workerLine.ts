import type { WorkerStatus } from '../cluster/workers.ts'

/** One worker in `sallyport status`. */
export interface WorkerLine {
  readonly worker: number
  readonly pid: number | undefined
  readonly state: 'up' | 'starting' | 'not answering'
  readonly audit: string
  readonly inFlight: number
  readonly conversations: number
  /** How often one in its place ended unasked. */
  readonly replaced: number
}

/** What is shown of a worker. */
export function workerLine({ slot, pid, state, replaced, status }: WorkerStatus): WorkerLine {
  return {
    worker: slot,
    pid,
    state: state === 'up' && status === undefined ? 'not answering' : state,
    audit: status === undefined ? 'unknown' : status.auditHealthy ? 'ok' : 'CANNOT BE WRITTEN',
    inFlight: status?.inFlight ?? 0,
    conversations: status?.conversations ?? 0,
    replaced,
  }
}
