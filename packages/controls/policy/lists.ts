import { compileGlob, type Glob } from '@sallyport/controls/patterns'
import { firstMatch, type NamedGlob } from './glob.ts'
import { uriReadings } from './uriReadings.ts'

/** What an access list is about. */
export type AccessKind = 'tool' | 'prompt' | 'resource'

/** Lists as they are written, with where each glob stands. */
export interface AccessLists {
  /** Absent: everything that is not denied. */
  readonly allow?: readonly NamedGlob[]
  readonly deny: readonly NamedGlob[]
  readonly ask: readonly NamedGlob[]
  readonly hide: readonly NamedGlob[]
}

/**
 * The globs of one list. One for resources stands for whatever its own readings stand for: who writes `file:///a b/*` means
 * `file:///a%20b/*` too.
 *
 * @param from key of the list in the configuration
 * @example namedGlobs(['delete_*'], 'tool', 'servers.pg.tools.deny')
 */
export function namedGlobs(
  patterns: readonly string[],
  kind: AccessKind,
  from: string,
): readonly NamedGlob[] {
  return patterns.map((pattern, at) => ({
    pattern,
    from: `${from}[${at}]`,
    matches: kind === 'resource' ? anyOf(uriReadings(pattern).map(compileGlob)) : compileGlob(pattern),
  }))
}

function anyOf(globs: readonly Glob[]): Glob {
  return (text) => globs.some((matches) => matches(text))
}

/** What the lists say of a name. `by`: the glob that decided; of what no list allows, there is none. */
export type ListDecision =
  | { readonly kind: 'allow'; readonly by?: NamedGlob }
  | { readonly kind: 'ask' | 'deny' | 'hide'; readonly by: NamedGlob }
  | { readonly kind: 'not-allowed'; readonly lists: readonly string[] }

/**
 * What several sets of lists together say of a name: whatever denies it wins, then what hides it, then every allow-list has
 * to allow it, then whatever asks (control C01). An allow-list never opens what another one closes.
 *
 * @param name a tool's or prompt's own name, or a resource's URI
 * @example decideByLists([{ deny: namedGlobs(['delete_*'], 'tool', 'x'), ask: [], hide: [] }], 'tool', 'delete_all').kind // 'deny'
 */
export function decideByLists(sets: readonly AccessLists[], kind: AccessKind, name: string): ListDecision {
  const readings = kind === 'resource' ? uriReadings(name) : [name]
  for (const { deny } of sets) {
    const by = firstMatch(deny, readings)
    if (by !== undefined) return { kind: 'deny', by }
  }
  for (const { hide } of sets) {
    const by = firstMatch(hide, readings)
    if (by !== undefined) return { kind: 'hide', by }
  }
  let allowedBy: NamedGlob | undefined
  for (const { allow } of sets) {
    if (allow === undefined) continue
    const unread = readings.find((reading) => firstMatch(allow, [reading]) === undefined)
    if (unread !== undefined) return { kind: 'not-allowed', lists: allow.map(({ from }) => from) }
    allowedBy ??= firstMatch(allow, readings)
  }
  for (const { ask } of sets) {
    const by = firstMatch(ask, readings)
    if (by !== undefined) return { kind: 'ask', by }
  }
  return allowedBy === undefined ? { kind: 'allow' } : { kind: 'allow', by: allowedBy }
}
