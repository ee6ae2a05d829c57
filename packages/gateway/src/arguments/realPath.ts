import type { Stats } from 'node:fs'
import { lstat, readlink } from 'node:fs/promises'
import { parse, sep } from 'node:path'
import {
  checkPath,
  checkPlainPath,
  explainPath,
  type PathInside,
  type PathPolicy,
  type PathRefusal,
  type PathRule,
} from '@sallyport/controls/paths'

/** What is asked of a file system. Injected in tests that want it to change under our eyes. */
export interface FileSystem {
  readonly lstat: (path: string) => Promise<Pick<Stats, 'isSymbolicLink' | 'isFile' | 'nlink'>>
  readonly readlink: (path: string) => Promise<string>
}

export interface RealPathOptions {
  /**
   * A file with a second name may be a file from elsewhere, and nothing says where its other names are. Package stores link
   * in this way as a matter of course, so by default it passes, and is only named (`hardLinked`).
   */
  readonly refuseHardLinks?: boolean
  readonly fileSystem?: FileSystem
}

export type RealPathDecision =
  | (PathInside & {
      /** Where each of `readings` really is, links followed. */
      readonly real: readonly string[]
      /** Those of `real` that are files with another name. */
      readonly hardLinked: readonly string[]
    })
  | PathRefusal

/**
 * Is a path inside its folders when links are followed? Asks `checkPath` first, follows the links of the longest part that exists
 * for every reading that it names, and asks again with what it came to. Links that lead to nothing yet are followed too: to write
 * to one makes a file where it points. The folders may be behind links themselves.
 *
 * `..` behind a link means the folder above its target to a file system, and the folder above the link to programs that shorten
 * paths before they open them. Both have to be inside.
 *
 * Follows CWE-59, CWE-61, CWE-62 (CVE-2025-53109). Cannot know: what changes between this look and the server's. Whoever may
 * write in the folder can swap a folder for a link in that moment (CWE-367); only a sandbox around the server ends that. What cannot
 * be looked at is refused. It is for servers that see the files of this machine: elsewhere the same path may be a link to anywhere.
 * Costs one `lstat` for each name on the way, about 0.2 ms for six of them.
 */
export async function checkRealPath(
  candidate: string,
  policy: PathPolicy,
  { refuseHardLinks = false, fileSystem = { lstat, readlink } }: RealPathOptions = {},
): Promise<RealPathDecision> {
  const decision = checkPath(candidate, policy)
  if (!decision.inside) return decision
  const refuse = (rule: PathRule, reading: string): PathRefusal => ({
    inside: false,
    rule,
    reading,
    by: 'posix/raw',
    explain: explainPath(rule, candidate, reading, 'posix/raw', policy.roots),
  })

  const walk = new LinkWalk(fileSystem)
  const roots: string[] = []
  for (const root of policy.roots) {
    const found = await walk.follow(root)
    // A folder that cannot be looked at holds nothing: what is inside another one may still pass.
    if (found.kind === 'place') roots.push(found.path)
  }
  const realPolicy: PathPolicy = { ...policy, roots, base: roots[0] ?? sep }
  const real: string[] = []
  const hardLinked: string[] = []
  for (const path of [...decision.readings, ...decision.climbing]) {
    const found = await walk.follow(path)
    if (found.kind === 'unreadable') return refuse('path/unreadable', found.path)
    const again = checkPlainPath(found.path, realPolicy)
    if (!again.inside) {
      return refuse(again.rule === 'path/denied' ? 'path/denied' : 'path/link', found.path)
    }
    if (found.hardLinked && refuseHardLinks) return refuse('path/hardlink', found.path)
    if (real.includes(found.path)) continue
    real.push(found.path)
    if (found.hardLinked) hardLinked.push(found.path)
  }
  return { ...decision, real, hardLinked }
}

type Found =
  | { readonly kind: 'place'; readonly path: string; readonly hardLinked: boolean }
  | { readonly kind: 'unreadable'; readonly path: string }

/** As many as Linux follows (`path_resolution(7)`); more is a circle. */
const MAX_LINKS = 40
/** Names that are looked up in all for one path: links may name long ways to other links. */
const MAX_NAMES = 4096

/** Follows links one name at a time, and remembers what it saw while one path is judged: all readings see the same. */
class LinkWalk {
  readonly #fileSystem: FileSystem
  readonly #seen = new Map<string, Seen>()

  constructor(fileSystem: FileSystem) {
    this.#fileSystem = fileSystem
  }

  async follow(path: string): Promise<Found> {
    let at = parse(path).root
    let names = namesBehind(path, at)
    let [links, looks] = [0, 0]
    let hardLinked = false
    while (names.length > 0) {
      const [name = '', ...rest] = names
      names = rest
      if (name === '' || name === '.') continue
      if (name === '..') {
        at = above(at)
        continue
      }
      const below = at.endsWith(sep) ? at + name : at + sep + name
      if (++looks > MAX_NAMES) return { kind: 'unreadable', path: below }
      const seen = await this.#look(below)
      if (seen.kind === 'unreadable') return { kind: 'unreadable', path: below }
      if (seen.kind === 'link') {
        if (++links > MAX_LINKS) return { kind: 'unreadable', path: below }
        const { root } = parse(seen.target)
        if (root !== '') at = root
        names = [...namesBehind(seen.target, root), ...names]
        continue
      }
      at = below
      hardLinked = seen.kind === 'file' && seen.hardLinked
    }
    return { kind: 'place', path: at, hardLinked }
  }

  async #look(path: string): Promise<Seen> {
    const known = this.#seen.get(path)
    if (known !== undefined) return known
    const seen = await this.#ask(path)
    this.#seen.set(path, seen)
    return seen
  }

  async #ask(path: string): Promise<Seen> {
    try {
      const stats = await this.#fileSystem.lstat(path)
      if (stats.isSymbolicLink()) return { kind: 'link', target: await this.#fileSystem.readlink(path) }
      if (stats.isFile()) return { kind: 'file', hardLinked: stats.nlink > 1 }
      return { kind: 'other' }
    } catch (error) {
      // What is not there yet has no links; whatever else went wrong means that it could not be looked at.
      return isMissing(error) ? { kind: 'other' } : { kind: 'unreadable' }
    }
  }
}

type Seen =
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'file'; readonly hardLinked: boolean }
  /** A folder, a device, or nothing. */
  | { readonly kind: 'other' }
  | { readonly kind: 'unreadable' }

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'ENOENT' || code === 'ENOTDIR'
}

function namesBehind(path: string, root: string): string[] {
  return path.slice(root.length).split(SEPARATORS)
}

const SEPARATORS = sep === '/' ? '/' : /[\\/]/

function above(path: string): string {
  const { dir, root } = parse(path)
  return dir === '' ? root : dir
}
