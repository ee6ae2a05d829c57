import type { DenyPattern } from './deny.ts'
import { readDenyPattern } from './deny.ts'
import type { PathFamily } from './place.ts'
import { isWindowsPath, type Root, readRoot } from './roots.ts'

/** A policy is read once, when it is first used: make another one instead of changing it. */
export interface PathPolicy {
  /** The folders that are allowed, as absolute paths. None means that no path is inside. */
  readonly roots: readonly string[]
  /** What relative paths start from: an absolute path, by default the first root. */
  readonly base?: string
  /** Does the file system take `A` and `a` for one name? By default only where Windows reads the path. */
  readonly caseInsensitive?: boolean
  /**
   * Who reads the path. `any` (the default for roots such as `/data`) takes both ways to part names, but lets pass what only
   * Windows would take amiss inside a root (`aux.c`, `12:30.log`); `windows` (for roots such as `C:\data` always) refuses these.
   */
  readonly flavour?: 'posix' | 'windows' | 'any'
  /** Patterns (`.env`, `*.pem`, `config/**`) that are refused inside the roots; see `deniedBy`. */
  readonly deny?: readonly string[]
}

/** A policy as it is worked with. */
export interface Reader {
  readonly families: readonly PathFamily[]
  readonly posix: Roots
  readonly windows: Roots
  /** Windows for certain: its devices, streams and trailing dots count inside the roots as well. */
  readonly strict: boolean
  readonly deny: readonly DenyPattern[]
  /** The roots as the policy has them. */
  readonly written: readonly string[]
}

export interface Roots {
  readonly roots: readonly Root[]
  readonly base: Root | undefined
  readonly caseInsensitive: boolean
}

/** One object of configuration serves many calls, and reading its folders costs more than checking a path. */
const readers = new WeakMap<PathPolicy, Reader>()

/** @throws TypeError if a root or the base is not an absolute path. */
export function readerOf(policy: PathPolicy): Reader {
  let reader = readers.get(policy)
  if (reader === undefined) {
    reader = read(policy)
    readers.set(policy, reader)
  }
  return reader
}

function read(policy: PathPolicy): Reader {
  const { roots, base = roots[0], deny = [], flavour = 'any' } = policy
  const strict = flavour === 'windows' || roots.some(isWindowsPath)
  const rootsFor = (windows: boolean): Roots => {
    const caseInsensitive = policy.caseInsensitive ?? windows
    const readOne = (root: string) => readRoot(root, windows, caseInsensitive)
    return {
      roots: roots.map(readOne),
      base: base === undefined ? undefined : readOne(base),
      caseInsensitive,
    }
  }
  const families: readonly PathFamily[] = strict ? ['windows'] : FAMILIES[flavour]
  return {
    families,
    strict,
    deny: deny.map(readDenyPattern),
    written: roots,
    posix: strict ? NONE : rootsFor(false),
    windows: families.includes('windows') ? rootsFor(true) : NONE,
  }
}

const NONE: Roots = { roots: [], base: undefined, caseInsensitive: false }
const FAMILIES: Readonly<Record<'posix' | 'any' | 'windows', readonly PathFamily[]>> = {
  posix: ['posix', 'backslash'],
  any: ['posix', 'backslash', 'windows'],
  windows: ['windows'],
}
