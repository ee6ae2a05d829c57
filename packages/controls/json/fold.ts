/**
 * The member that another decoder could read this key as: `Method` for `method` (Go, C#, Java with case-insensitive
 * binding), `taſk` and `tasK` (U+212A) by Unicode folding, `name\0` and `name\0x` (C strings), ` name ` and invisible
 * characters (decoders that trim or filter), full-width forms. `undefined` when the key is a member or has nothing to
 * do with one. Follows Unicode's case folding and NFKC; looks like no confusable check: no decoder folds `а` onto `a`.
 *
 * For protocol members only: keys inside tool arguments are a sender's own business.
 * `members` is indexed on first use and must not change afterwards.
 *
 * @example
 * foldedMember('Name', new Set(['name'])) // 'name'
 * foldedMember('name', new Set(['name'])) // undefined
 * foldedMember('nickname', new Set(['name'])) // undefined
 */
export function foldedMember(key: string, members: ReadonlySet<string>): string | undefined {
  if (members.has(key)) return undefined
  let index = indexes.get(members)
  if (!index) {
    index = indexMembers(members)
    indexes.set(members, index)
  }
  for (let at = 0; at < key.length; at++) {
    const unit = key.charCodeAt(at)
    if (unit <= 0x20 || unit > 0x7e) return foldedUnusual(key, index)
  }
  return key.length <= index.longest ? index.folded.get(key.toLowerCase()) : undefined
}

interface MemberIndex {
  /** Folded form to member. */
  readonly folded: ReadonlyMap<string, string>
  /** Length of the longest member. */
  readonly longest: number
}

const indexes = new WeakMap<ReadonlySet<string>, MemberIndex>()

function indexMembers(members: ReadonlySet<string>): MemberIndex {
  const folded = new Map<string, string>()
  let longest = 0
  for (const member of members) {
    folded.set(fold(member), member)
    longest = Math.max(longest, member.length)
  }
  return { folded, longest }
}

/** A key with anything but visible ASCII in it. */
function foldedUnusual(key: string, index: MemberIndex): string | undefined {
  const nul = key.indexOf('\0')
  // A decoder in C ends the key at the NUL, whatever comes behind; one that strips it goes on.
  if (nul > 0) {
    const cut = lookUp(key.slice(0, nul), index)
    if (cut !== undefined) return cut
  }
  return lookUp(key, index)
}

function lookUp(key: string, index: MemberIndex): string | undefined {
  const stripped = key.replace(IGNORED, '').trim()
  // No normal form makes a text shorter than a quarter; longer keys are not worth normalising.
  return stripped.length <= index.longest * 4 ? index.folded.get(fold(stripped)) : undefined
}

// NUL and other controls, format characters, and what Unicode says a renderer may ignore. Spaces only at the ends.
const IGNORED = /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}]/gu

/**
 * One form for all keys that some decoder takes for the same. NFKC makes `ſ` an `s` and U+212A a `K`.
 * Java compares single characters both ways, so that `İ` and `ı` are an `i` to it.
 */
function fold(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/[\u0130\u0131]/g, 'i')
    .toLowerCase()
}
