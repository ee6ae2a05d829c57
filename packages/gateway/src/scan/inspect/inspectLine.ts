/**
 * One line of `sallyport inspect --jsonl`: an object in, its verdict out (DESIGN 6, "Machine formats").
 *
 * Pure. Every line is judged by itself: what another line says of other servers' tools is known only where an inventory
 * was given, so that the verdict of a line does not depend on where in a file it stands.
 */
import {
  type Inspection,
  type InspectionContext,
  type Inventory,
  inspectItem,
  inspectText,
} from '@sallyport/controls/detection'
import {
  isExactNumber,
  isObject,
  type JsonObject,
  type JsonValue,
  parseJson,
  pointerTo,
  writeJson,
} from '@sallyport/controls/json'
import { safeText } from '../finding.ts'

export interface InspectContext {
  /** Tools of other servers that are known. */
  readonly inventory?: Inventory
}

export interface InspectedLine {
  /** One JSON object, without its newline. */
  readonly text: string
  readonly ok: boolean
}

export const MAX_LINE_BYTES = 16 * 1024 * 1024
const BUDGET = { maxBytes: MAX_LINE_BYTES, maxDepth: 256, maxKeys: 1_000_000, maxValues: 2_000_000 }

/** What each kind has to carry. */
const PAYLOADS = { tool: 'tool', result: 'text', prompt: 'text', arguments: 'arguments' } as const
type Kind = keyof typeof PAYLOADS

/**
 * @example
 * inspectLine(Buffer.from('{"id":1,"kind":"result","text":"All fine."}'), 1, {}).text
 * // '{"id":1,"verdict":"pass","score":0,"findings":[]}'
 */
export function inspectLine(bytes: Uint8Array, line: number, context: InspectContext): InspectedLine {
  const parsed = parseJson(bytes, BUDGET)
  if (!parsed.ok) {
    const { rule, explain, offset, path } = parsed.fault
    return fault(null, { line, rule, offset, ...(path === undefined ? {} : { pointer: path }), explain })
  }
  if (!isObject(parsed.value))
    return fault(null, { line, rule: 'inspect/shape', explain: 'a line is a JSON object' })
  const { value } = parsed
  const id = isId(value.id) ? value.id : null
  const wrong = shapeFault(value)
  if (wrong !== undefined) return fault(id, { line, rule: 'inspect/shape', ...wrong })
  const { verdict, score, findings } = inspect(value, context)
  const listed = findings.map(({ rule, severity, where, evidence }) => ({
    rule,
    severity,
    where,
    evidence: safeText(evidence),
  }))
  return {
    ok: true,
    text: writeJson({ id, verdict, score: Math.round(score * 1e4) / 1e4, findings: listed }),
  }
}

/** The answer to a line that was too long to be held. */
export function tooLong(line: number): InspectedLine {
  const explain = `a line may have ${MAX_LINE_BYTES / (1024 * 1024)} MiB`
  return fault(null, { line, rule: 'json/too-large', offset: MAX_LINE_BYTES, explain })
}

function fault(id: JsonValue, error: JsonObject): InspectedLine {
  return { ok: false, text: writeJson({ id, error }) }
}

function shapeFault(value: JsonObject): { readonly pointer: string; readonly explain: string } | undefined {
  if (!isId(value.id)) return { pointer: '/id', explain: '"id" must be a text or a number' }
  if (!isKind(value.kind))
    return { pointer: '/kind', explain: '"kind" must be "tool", "result", "prompt" or "arguments"' }
  if (value.server !== undefined && typeof value.server !== 'string')
    return { pointer: '/server', explain: '"server" must be a text' }
  const member = PAYLOADS[value.kind]
  const payload = value[member]
  if (payload === undefined)
    return { pointer: '', explain: `a line of kind "${value.kind}" must have "${member}"` }
  if (member === 'text' ? typeof payload !== 'string' : !isObject(payload))
    return {
      pointer: `/${member}`,
      explain: `"${member}" must be ${member === 'text' ? 'a text' : 'an object'}`,
    }
  return undefined
}

function isKind(value: JsonValue | undefined): value is Kind {
  return typeof value === 'string' && Object.hasOwn(PAYLOADS, value)
}

function isId(value: JsonValue | undefined): value is string | number {
  return typeof value === 'string' || typeof value === 'number' || isExactNumber(value)
}

function inspect(value: JsonObject, { inventory }: InspectContext): Inspection {
  const context: InspectionContext = {
    ...(typeof value.server === 'string' ? { server: value.server } : {}),
    ...(inventory === undefined ? {} : { inventory }),
  }
  if (value.kind === 'tool' && value.tool !== undefined) {
    const name = isObject(value.tool) && typeof value.tool.name === 'string' ? value.tool.name : ''
    return inspectItem({ kind: 'tool', name, value: value.tool }, context)
  }
  if (value.kind === 'arguments') return inspectArguments(value.arguments ?? null, context)
  const text = typeof value.text === 'string' ? value.text : ''
  return inspectText(text, value.kind === 'prompt' ? 'prompt' : 'result', context)
}

const RANKS: Readonly<Record<Inspection['verdict'], number>> = { pass: 0, flag: 1, block: 2 }
/** Of one line; more say nothing new. */
const MAX_FINDINGS = 100

/** Every text of the arguments, keys included; the worst counts. Iterative: nesting costs no stack. */
function inspectArguments(root: JsonValue, context: InspectionContext): Inspection {
  let verdict: Inspection['verdict'] = 'pass'
  let score = 0
  const findings: Inspection['findings'][number][] = []
  const look = (text: string, where: string) => {
    const seen = inspectText(text, 'arguments', context)
    if (RANKS[seen.verdict] > RANKS[verdict]) verdict = seen.verdict
    score = Math.max(score, seen.score)
    for (const one of seen.findings) {
      if (findings.length < MAX_FINDINGS) findings.push({ ...one, where })
    }
  }
  const stack: { readonly value: JsonValue; readonly where: string }[] = [{ value: root, where: '' }]
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { value, where } = next
    if (typeof value === 'string') look(value, where)
    else if (Array.isArray(value)) {
      for (let at = value.length - 1; at >= 0; at--)
        stack.push({ value: value[at] ?? null, where: `${where}/${at}` })
    } else if (isObject(value)) {
      const entries = Object.entries(value)
      for (const [key, member] of entries.reverse()) {
        const at = pointerTo(where, key)
        if (member !== undefined) stack.push({ value: member, where: at })
        look(key, at)
      }
    }
  }
  return { verdict, score, findings }
}
