/** A place in a file system: the volume (empty where there is one tree) and the names on the way down. */
export interface Place {
  readonly volume: string
  readonly names: readonly string[]
}

/** How a program takes a text apart: `posix` by slash, `backslash` by both after the manner of portable code, or as Windows. */
export type PathFamily = 'posix' | 'backslash' | 'windows'

/** Where a text leads from a base, or what else it names. */
export type Resolved =
  | {
      readonly kind: 'place'
      readonly place: Place
      readonly absolute: boolean
      readonly climbs: boolean
      /** A drive is named without a folder (`C:name`). */
      readonly driveRelative: boolean
    }
  | { readonly kind: 'device'; readonly name: string }

/** One tree, names parted by `/`. */
export function resolvePosix(base: Place, text: string): Resolved {
  const absolute = text.startsWith('/')
  return place(absolute, false, walk(base, text.split('/'), absolute ? 0 : base.names.length))
}

/**
 * Drives, shares, the device namespace (Microsoft, "Naming Files, Paths, and Namespaces"; "File path formats on Windows
 * systems"). `\\?\C:\` is read as `C:\`: programs that take the prefix off are common.
 */
export function resolveWindows(base: Place, text: string, trimmed: boolean): Resolved {
  let rest = text.replaceAll('/', '\\')
  const namespace = /^\\\\?[.?]{1,2}\\/.exec(rest)?.[0]
  if (namespace !== undefined) {
    rest = rest.slice(namespace.length)
    const share = /^UNC\\/i.exec(rest)
    if (share !== null) rest = `\\\\${rest.slice(4)}`
    else if (!/^[A-Za-z]:(?:\\|$)/.test(rest)) return { kind: 'device', name: text }
  }
  if (rest.startsWith('\\\\')) {
    const [host = '', share = '', ...names] = rest.slice(2).split('\\')
    const volume = `\\\\${host}\\${share}`
    return place(true, false, walk({ volume, names: [] }, names, 0, trimmed))
  }
  const drive = /^[A-Za-z]:/.exec(rest)?.[0].toUpperCase()
  if (drive !== undefined) {
    const after = rest.slice(2)
    const driveRelative = !after.startsWith('\\') && after !== ''
    const from = driveRelative && drive === base.volume ? base : { volume: drive, names: [] }
    return place(!driveRelative, driveRelative, walk(from, after.split('\\'), from.names.length, trimmed))
  }
  const absolute = rest.startsWith('\\')
  return place(absolute, false, walk(base, rest.split('\\'), absolute ? 0 : base.names.length, trimmed))
}

function place(absolute: boolean, driveRelative: boolean, { at, climbs }: Walked): Resolved {
  return { kind: 'place', place: at, absolute, climbs, driveRelative }
}

interface Walked {
  readonly at: Place
  readonly climbs: boolean
}

/** How a place is written. */
export function writePlace({ volume, names }: Place): string {
  return volume === '' ? `/${names.join('/')}` : `${volume}\\${names.join('\\')}`
}

/** Follows `names` from the first `kept` names of `base`; `..` at the top stays there. */
function walk(base: Place, names: readonly string[], kept: number, trimmed = false): Walked {
  const way = base.names.slice(0, kept)
  let climbs = false
  for (const written of names) {
    const name = trimmed ? trimName(written) : written
    if (name === '' || name === '.') continue
    if (name === '..') {
      climbs = true
      way.pop()
    } else {
      way.push(name)
    }
  }
  return { at: { volume: base.volume, names: way }, climbs }
}

/** Windows takes trailing dots and spaces off a name: `secret.` opens `secret`, and `.. ` climbs. Dots alone stay a name. */
function trimName(name: string): string {
  let end = name.length
  while (end > 0 && name[end - 1] === ' ') end--
  if (ONLY_DOTS.test(name.slice(0, end))) return name.slice(0, end)
  while (end > 0 && (name[end - 1] === '.' || name[end - 1] === ' ')) end--
  return name.slice(0, end)
}

const ONLY_DOTS = /^\.+$/
