/**
 * Does a name fit a glob? `*` stands for any characters, none included; all else for itself, in its very case: a policy
 * that folds case or Unicode allows what it never named (control C02). Linear but for the number of stars.
 *
 * @example matchesGlob('read_*', 'read_file') // true
 */
export function matchesGlob(glob: string, name: string): boolean {
  const parts = glob.split('*')
  const [first = '', ...rest] = parts
  const last = rest.pop()
  if (last === undefined) return glob === name
  if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last))
    return false
  // Leftmost is enough: what comes later has the more room.
  let at = first.length
  const end = name.length - last.length
  for (const part of rest) {
    const found = name.indexOf(part, at)
    if (found < 0 || found + part.length > end) return false
    at = found + part.length
  }
  return true
}
