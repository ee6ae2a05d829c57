export const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const
export type Severity = (typeof SEVERITIES)[number]

/** What a rule noticed, with what a person needs to judge it. */
export interface TextFinding {
  /** Stable id, `area/what`. */
  readonly rule: string
  readonly severity: Severity
  /** JSON Pointer (RFC 6901) of the text within the item's value; empty for a text that stands alone. */
  readonly where: string
  /** The span in that text as it was sent, in UTF-16 units. */
  readonly start: number
  readonly end: number
  /** The span as a person may see it: at most 160 characters, nothing hidden, nothing that acts on a terminal. */
  readonly evidence: string
  /** Why it matters, in one sentence. */
  readonly explain: string
}

/** What detection decides: `block` is not shown to a model, `flag` waits where the trust level says so. */
export type InspectionVerdict = 'pass' | 'flag' | 'block'

export interface Inspection {
  readonly verdict: InspectionVerdict
  /** 0 (nothing) to 1 (certain). */
  readonly score: number
  readonly findings: readonly TextFinding[]
}
