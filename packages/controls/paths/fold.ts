/**
 * A name as a file system compares it that does not tell cases apart. Two ways to write an accent stay two names: for a file
 * system that takes them for one, this is stricter than need be.
 */
export function foldName(name: string): string {
  let folded = ''
  for (const character of name) {
    const lower = character.toLowerCase()
    // Only letters that come back: the Kelvin sign is no K on NTFS, and two names must not become one that are two.
    folded += lower.toUpperCase() === character ? lower : character
  }
  return folded
}

/** A name with every difference taken away that any file system ignores: for patterns that forbid, where more is safer. */
export function foldFully(name: string): string {
  return name
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .normalize('NFKC')
    .toUpperCase()
    .toLowerCase()
}
