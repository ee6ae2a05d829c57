/** Something that answers calls over HTTP, and the processes whose CPU time its answers cost. */
export interface HttpTarget {
  readonly name: string
  readonly url: string
  readonly pids: readonly number[]
  stop(): Promise<void>
}
