/**
 * How much a document may ask of us before it is refused. All limits are inclusive: a document at the limit passes.
 */
export interface JsonBudget {
  /** Bytes of the whole document. */
  readonly maxBytes: number
  /** Objects and arrays inside each other; the outermost counts as 1. At most 1000: writing recurses. */
  readonly maxDepth: number
  /** Members of all objects of the document together. */
  readonly maxKeys: number
  /** Members, array items and the document itself: bounds the memory that `[{},{},...]` would take. */
  readonly maxValues: number
  /** UTF-16 units of one string or key after unescaping. Where only `maxBytes` is given, it follows that. */
  readonly maxStringLength: number
  /** Characters of one number. */
  readonly maxNumberLength: number
}

/**
 * Sensible for MCP: the largest public tool lists have some 10,000 members 20 levels deep, results of up to 4 MiB are
 * common, and a hundred thousand keys are an attack (decoders elsewhere are quadratic or recurse).
 */
export const DEFAULT_BUDGET: JsonBudget = Object.freeze({
  maxBytes: 4 * 1024 * 1024,
  maxDepth: 64,
  maxKeys: 90_000,
  maxValues: 500_000,
  maxStringLength: 4 * 1024 * 1024,
  maxNumberLength: 256,
})

/** `JSON.stringify` and our own walks recurse once per level; this is far from any stack's end. */
const DEEPEST = 1000

/** Fills in what a caller left out. */
export function completeBudget(budget: Partial<JsonBudget> | undefined): JsonBudget {
  if (budget === undefined) return DEFAULT_BUDGET
  const maxBytes = budget.maxBytes ?? DEFAULT_BUDGET.maxBytes
  return {
    maxBytes,
    maxDepth: Math.min(budget.maxDepth ?? DEFAULT_BUDGET.maxDepth, DEEPEST),
    maxKeys: budget.maxKeys ?? DEFAULT_BUDGET.maxKeys,
    maxValues: budget.maxValues ?? DEFAULT_BUDGET.maxValues,
    maxStringLength: budget.maxStringLength ?? maxBytes,
    maxNumberLength: budget.maxNumberLength ?? DEFAULT_BUDGET.maxNumberLength,
  }
}
