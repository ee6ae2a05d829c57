import { foldName } from './fold.ts'
import { type Place, resolvePosix, resolveWindows, writePlace } from './place.ts'

/** An allowed folder. */
export interface Root {
  readonly written: string
  readonly place: Place
  /** Names as they are compared. */
  readonly names: readonly string[]
}

const NOWHERE: Place = { volume: '', names: [] }
/** A folder such as `/project`, for a server that reads paths as Windows does: on the drive it was started from. */
const SOME_DRIVE = 'C:'

export function isWindowsPath(path: string): boolean {
  return /^[A-Za-z]:[\\/]/.test(path) || path.startsWith('\\\\')
}

/** @throws TypeError if the folder is not absolute: what it would be relative to is not known here. */
export function readRoot(written: string, windows: boolean, caseInsensitive: boolean): Root {
  if (!written.startsWith('/') && !isWindowsPath(written)) {
    throw new TypeError(`"${written}" is not an absolute path`)
  }
  const resolved = windows
    ? resolveWindows({ volume: SOME_DRIVE, names: [] }, written, false)
    : resolvePosix(NOWHERE, written)
  if (resolved.kind === 'device') throw new TypeError(`"${written}" is a device, not a folder`)
  return { written, place: resolved.place, names: compared(resolved.place, caseInsensitive) }
}

/** The root that holds the place, if one does. Names are compared whole: `/data-evil` is not inside `/data`. */
export function rootOf(place: Place, roots: readonly Root[], caseInsensitive: boolean): Root | undefined {
  const names = compared(place, caseInsensitive)
  return roots.find(
    (root) =>
      root.place.volume.toLowerCase() === place.volume.toLowerCase() &&
      root.names.length <= names.length &&
      root.names.every((name, at) => name === names[at]),
  )
}

/** The root whose name the place only begins with. */
export function siblingOf(place: Place, roots: readonly Root[]): Root | undefined {
  const written = foldName(writePlace(place))
  return roots.find((root) => root.names.length > 0 && written.startsWith(foldName(writePlace(root.place))))
}

function compared({ names }: Place, caseInsensitive: boolean): readonly string[] {
  return caseInsensitive ? names.map(foldName) : names
}
