/** What `audit verify` found. */
export interface VerifyReport {
  /** True when nothing speaks against the trail and everything could be checked. */
  readonly outcome: 'intact' | 'altered' | 'unchecked'
  readonly problems: readonly AuditProblem[]
  /** What a person should know and what proves nothing wrong. */
  readonly notes: readonly string[]
  readonly chains: readonly ChainReport[]
  /** Valid signed lines, from all files given. */
  readonly checkpoints: number
  /** The keys that were trusted, and where they came from. */
  readonly keys: readonly { readonly id: string; readonly pem: string; readonly source: string }[]
}

export interface ChainReport {
  readonly chain: string
  readonly segments: number
  readonly records: number
  readonly firstSeq: number
  readonly lastSeq: number
  /** Records behind the last checkpoint: chained, but not signed yet. */
  readonly unsigned: number
}

export type ProblemReason =
  | 'edited' // a record's content does not give its hash, or not the one its successor names
  | 'rewritten' // the chain holds, but is not the one that a checkpoint signed
  | 'removed' // records are missing in between, or at the start without a retention checkpoint
  | 'inserted' // a record that does not belong there
  | 'reordered' // all records are there, in another order
  | 'gap' // a whole segment is missing
  | 'truncated' // the chain ends before a record that a checkpoint names, or within a record
  | 'missing-chain' // a checkpoint names a chain of which nothing is left
  | 'unsigned' // a chain without any checkpoint: nothing of it is proven
  | 'checkpoint-unreadable'
  | 'checkpoint-signature'
  | 'unknown-key' // a checkpoint by a key that is not trusted
  | 'key-swap' // the key on disk is not the one that is trusted

/** One thing that is wrong, and where: in a segment of a chain, or in a line of a file of checkpoints. */
export interface AuditProblem {
  readonly reason: ProblemReason
  readonly chain?: string
  readonly segment?: number
  readonly line?: number
  readonly seq?: number
  readonly file?: string
  readonly explain: string
}
