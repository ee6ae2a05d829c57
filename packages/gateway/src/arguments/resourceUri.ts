import { checkPath } from '@sallyport/controls/paths'
import type { ArgumentFault } from './edges.ts'

/** A folder that nobody has: what leaves it climbs, wherever the server starts from. */
const NOWHERE = ['/nowhere']
const CLIMBS: ReadonlySet<string> = new Set(['path/parent', 'path/encoded', 'path/nul'])
/** Whose hosts and paths the server at the address reads, not this one. */
const WEB: ReadonlySet<string> = new Set(['http', 'https'])

/**
 * What no URI of a resource has, whatever its scheme: segments that climb above its first one, plain or encoded. Servers put
 * what a template leaves open (`notes://{name}`) into paths and queries of theirs (control E07).
 *
 * @example checkResourceUri('notes://%2e%2e/%2e%2e/etc/passwd') // { rule: 'path/encoded', explain: '...' }
 */
export function checkResourceUri(uri: string): ArgumentFault | undefined {
  // Of a URI the percent signs are decoded by whoever reads it, once at least.
  if (uri.includes('\0') || uri.includes('%00'))
    return { rule: 'path/nul', explain: 'It has a NUL, where some programs end a name.' }
  const colon = uri.indexOf(':')
  if (colon < 0 || WEB.has(uri.slice(0, colon).toLowerCase())) return undefined
  let start = colon + 1
  while (uri[start] === '/') start++
  const rest = uri.slice(start)
  // Every way to climb has dots, or a percent sign or a letter that becomes one.
  if (!rest.includes('..') && !/[%\u{80}-\u{ffff}]/u.test(rest)) return undefined
  const decision = checkPath(rest, { roots: NOWHERE })
  if (decision.inside || !CLIMBS.has(decision.rule)) return undefined
  return { rule: decision.rule, explain: 'Its path climbs above its first segment.' }
}
