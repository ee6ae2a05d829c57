/** Tells whether a text is one that a glob stands for. */
export type Glob = (text: string) => boolean

/**
 * A glob on exact names: `*` stands for any run of characters, none included; all else for itself, in its very case. A policy
 * that folds case or Unicode allows what it never named (control C02). Linear but for the number of stars; no regular
 * expression, so no text can make it slow.
 *
 * @example compileGlob('list_*')('list_files') // true
 */
export function compileGlob(pattern: string): Glob {
  const parts = pattern.split('*')
  const [first = '', ...rest] = parts
  const last = rest.pop()
  if (last === undefined) return (text) => text === pattern
  if (first === '' && last === '' && rest.length === 0) return () => true
  const least = first.length + last.length
  return (text) => {
    if (text.length < least || !text.startsWith(first) || !text.endsWith(last)) return false
    // The first place that fits each middle part leaves the most for those after it.
    let at = first.length
    const end = text.length - last.length
    for (const part of rest) {
      const found = text.indexOf(part, at)
      if (found < 0 || found + part.length > end) return false
      at = found + part.length
    }
    return true
  }
}

/** The same for one name. @example matchesGlob('read_*', 'read_file') // true */
export function matchesGlob(glob: string, name: string): boolean {
  return compileGlob(glob)(name)
}
