/** A record as it is read back, as far as its readers look at it. Whatever else is in it is kept beside. */
export interface StoredRecord {
  readonly chain: string
  readonly seq: number
  /** ISO 8601. */
  readonly time: string
  readonly kind: string
  readonly outcome?: string
  readonly event?: string
  readonly principal?: string
  readonly conversation?: string
  readonly direction?: string
  readonly client?: string
  readonly credential?: string
  readonly oauthClient?: string
  readonly method?: string
  readonly server?: string
  readonly name?: string
  readonly rule?: string
  readonly explain?: string
  readonly findings?: readonly { readonly rule?: string; readonly subject?: string }[]
  /** As it was kept: without secrets, cut where it was long. */
  readonly arguments?: unknown
  readonly argumentsDigest?: string
  readonly details?: Readonly<Record<string, unknown>>
  readonly durationMs?: number
}

const TEXTS = [
  'outcome',
  'event',
  'principal',
  'conversation',
  'direction',
  'argumentsDigest',
  'client',
  'credential',
  'oauthClient',
  'method',
  'server',
  'name',
  'rule',
  'explain',
] as const

/** Reads a line back. `undefined` when it is no record, or not one that we would have written. */
export function readRecord(line: string): StoredRecord | undefined {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
  if (typeof value !== 'object' || value === null) return undefined
  const record = value as Record<string, unknown>
  if (
    typeof record.chain !== 'string' ||
    !Number.isSafeInteger(record.seq) ||
    typeof record.kind !== 'string'
  )
    return undefined
  if (typeof record.time !== 'string' || Number.isNaN(Date.parse(record.time))) return undefined
  for (const name of TEXTS)
    if (record[name] !== undefined && typeof record[name] !== 'string') return undefined
  if (record.findings !== undefined && !Array.isArray(record.findings)) return undefined
  return value as StoredRecord
}

/** Rules that a record names: the one that decided, and those of its findings. */
export function rulesOf(record: StoredRecord): string[] {
  const rules = (record.findings ?? []).flatMap((finding) =>
    typeof finding?.rule === 'string' ? [finding.rule] : [],
  )
  return record.rule === undefined ? rules : [record.rule, ...rules]
}

/** Who called, as people name them: the subject of a principal's key, or the whole of it. */
export function subjectOf(principal: string): string {
  const found = /^\["(?:[^"\\]|\\.)*","((?:[^"\\]|\\.)*)"\]$/.exec(principal)
  return found ? (JSON.parse(`"${found[1]}"`) as string) : principal
}
