import type { FunctionCall } from './facts.ts'
import { COMPUTING, knownEffect, WRITING } from './functions.ts'
import type { SqlPolicy } from './policy.ts'

/** Schemas whose functions are the server's own. */
const OWN_SCHEMAS: ReadonlySet<string> = new Set(['pg_catalog'])

/** Why this call may not be made, as a clause, or undefined where it may. */
export function judgeFunction(
  call: FunctionCall,
  policy: SqlPolicy,
  where: 'query' | 'definition',
): string | undefined {
  const written = call.parts.join('.')
  const full = written.toLowerCase()
  const name = (call.parts.at(-1) ?? '').toLowerCase()
  const names = (list: readonly string[] | undefined, wanted: string) =>
    list?.some((entry) => entry.toLowerCase() === wanted) === true
  if (names(policy.functions?.deny, full) || names(policy.functions?.deny, name))
    return `the function ${written}, which its policy denies`
  if (names(policy.functions?.allow, full)) return undefined
  const effect = knownEffect(name)
  if (effect !== undefined && !(WRITING.has(name) && policy.mode !== 'read'))
    return `the function ${written}, which ${effect}`
  if (where === 'definition') return undefined
  if (isOwn(call) && (COMPUTING.has(name) || WRITING.has(name))) return undefined
  return `the function ${written}, which is not known to compute only`
}

/** A quoted name in other letters, or one of a schema, is somebody's own function of a familiar name. */
function isOwn({ parts, quoted }: FunctionCall): boolean {
  if (parts.length > 2 || (parts.length === 2 && !OWN_SCHEMAS.has(parts[0] ?? ''))) return false
  const name = parts.at(-1) ?? ''
  return !quoted || name === name.toLowerCase()
}
