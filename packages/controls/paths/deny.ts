import { foldFully } from './fold.ts'

/**
 * The first pattern that forbids a path below its root.
 *
 * `*` stands for any characters of one name, `?` for one of them, `**` for any number of names. A pattern without `/` (`.env`, `*.pem`)
 * forbids that name at every depth; one with `/` (`config/*.yaml`) is read from the root. Whatever is below a forbidden folder is
 * forbidden too. Case, ways to write an accent and invisible characters make no difference (CVE-2014-9390: `.GIT`,
 * `.g\u200cit`): some file system ignores each of them.
 */
export function deniedBy(names: readonly string[], patterns: readonly string[]): string | undefined {
  const folded = names.map(foldFully)
  return patterns.find((pattern) => {
    const parts = pattern.split('/').filter((part) => part !== '')
    const wanted = parts.map((part) => (part === '**' ? part : foldFully(part)))
    return matchesStart(pattern.includes('/') ? wanted : ['**', ...wanted], folded)
  })
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
