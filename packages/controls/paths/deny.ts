import { foldFully } from './fold.ts'

/** A pattern, taken apart. */
export interface DenyPattern {
  readonly written: string
  readonly names: readonly string[]
}

/**
 * `*` stands for any characters of one name, `?` for one of them, `**` for any number of names. A pattern without `/` (`.env`,
 * `*.pem`) forbids that name at every depth; one with `/` (`config/*.yaml`) is read from the root.
 */
export function readDenyPattern(written: string): DenyPattern {
  const names = written
    .split('/')
    .filter((part) => part !== '')
    .map((part) => (part === '**' ? part : foldFully(part)))
  return { written, names: written.includes('/') ? names : ['**', ...names] }
}

/**
 * The first pattern that forbids these names below a root. Whatever is below a forbidden folder is forbidden too. Case, ways to
 * write an accent and invisible characters make no difference: some file system ignores each of them (CVE-2014-9390, `.GIT`).
 */
export function deniedBy(names: readonly string[], patterns: readonly DenyPattern[]): string | undefined {
  const folded = names.map(foldFully)
  return patterns.find((pattern) => matchesStart(pattern.names, folded))?.written
}

/** Does the pattern match the names, or a folder on the way to them? */
function matchesStart(pattern: readonly string[], names: readonly string[]): boolean {
  // Which beginnings of the pattern match the names so far: linear in names times pattern, without going back.
  let reached = closed(new Set([0]), pattern)
  for (const name of names) {
    const next = new Set<number>()
    for (const at of reached) {
      if (pattern[at] === '**') next.add(at)
      else if (matchesName(pattern[at] ?? '', name)) next.add(at + 1)
    }
    reached = closed(next, pattern)
    if (reached.has(pattern.length)) return true
    if (reached.size === 0) return false
  }
  return false
}

/** `**` may stand for nothing. */
function closed(reached: Set<number>, pattern: readonly string[]): Set<number> {
  for (const at of reached) if (pattern[at] === '**') reached.add(at + 1)
  return reached
}

/** `*` and `?` in one name. Goes back to the last `*` only: length times pattern at most. */
function matchesName(pattern: string, name: string): boolean {
  let at = 0
  let patternAt = 0
  let star = -1
  let starAt = 0
  while (at < name.length) {
    const wanted = pattern[patternAt]
    if (wanted === '*') {
      star = patternAt++
      starAt = at
    } else if (wanted !== undefined && (wanted === '?' || wanted === name[at])) {
      patternAt++
      at++
    } else if (star !== -1) {
      patternAt = star + 1
      at = ++starAt
    } else {
      return false
    }
  }
  while (pattern[patternAt] === '*') patternAt++
  return patternAt === pattern.length
}
