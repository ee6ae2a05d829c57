import type { Severity } from '@sallyport/controls/detection'
import { pointer } from '../../config/document.ts'
import type { NamedSpot, Spot } from '../../hosts/readServers.ts'
import { programName } from './launch.ts'
import type { Notice } from './notice.ts'

/** Options whose value is a path, or what may be reached; `--host *` and `--tools *` are not. */
const PATH_NAMES = /path|dir|root|folder|file|mount|volume|workspace|vault|^-{0,2}allow(?:ed)?$/i
/** Variables that hold a path by nature, and those that are about them. */
const OWN_PATHS = /^(?:HOME|USERPROFILE|PATH|PWD|OLDPWD|HOMEPATH|HOMEDRIVE|TMPDIR|TEMP|TMP|SHELL|XDG_\w+)$/i
const HOME_WORDS =
  /^(?:~|\$HOME|\$\{(?:env:)?HOME\}|%USERPROFILE%|\$\{(?:env:)?USERPROFILE\}|\$\{userHome\}|\{env:HOME\})$/i

/** Arguments and variables that hand the whole disk, a home folder or a wildcard to a server. */
export function checkPaths(
  words: readonly Spot[],
  variables: readonly NamedSpot[],
  facts: { readonly homeDir: string },
): Notice[] {
  const [program, ...rest] = words
  // What a container is given is told by its mounts.
  if (program !== undefined && /^(?:docker|podman|nerdctl)$/.test(programName(program.value))) return []
  const args = rest.flatMap((spot, index): Notice[] => {
    const before = rest[index - 1]?.value ?? ''
    const [, option = '', inline] = /^(-{1,2}[\w-]{1,64})=(.*)$/s.exec(spot.value) ?? []
    const name = option !== '' ? option : before.startsWith('-') ? before : ''
    if (name !== '' && !PATH_NAMES.test(name) && !/^-[a-z]$/i.test(name)) return []
    return wideNotice(inline ?? spot.value, spot, spot.value, facts.homeDir)
  })
  const fromVariables = variables.flatMap((one): Notice[] => {
    if (OWN_PATHS.test(one.name) || !PATH_NAMES.test(one.name)) return []
    const parts = one.value.split(/[,;]|:(?=[/~])/).slice(0, 64)
    const wide = parts.find((part) => wideness(part.trim(), facts.homeDir) !== undefined)
    return wide === undefined ? [] : wideNotice(wide.trim(), one, `${one.name}=${one.value}`, facts.homeDir)
  })
  return [...args, ...fromVariables]
}

function wideNotice(path: string, spot: Spot, evidence: string, homeDir: string): Notice[] {
  const wide = wideness(path, homeDir)
  if (wide === undefined) return []
  return [{ rule: 'config/wide-path', place: spot.place, pointer: pointer(spot.path), evidence, ...wide }]
}

/**
 * Is this path far more than a server needs?
 *
 * @example wideness('/home/ada', '/home/ada') // { severity: 'high', explain: 'It is given a whole home folder, ...' }
 */
export function wideness(
  path: string,
  homeDir: string,
): { readonly severity: Severity; readonly explain: string } | undefined {
  if (path === '' || path.length > 1_024) return undefined
  const wild = /^(.*?)(?:^|[\\/])\*{1,2}$/s.exec(path)
  const folder = wild === null ? path : wild[1] === '' ? (path.startsWith('*') ? '*' : '/') : (wild[1] ?? '')
  const plain = folder.length > 1 ? folder.replace(/[\\/]\.?$/, '') : folder
  if (folder === '*' || /^\*{1,2}$/.test(plain))
    return { severity: 'high', explain: 'A wildcard stands where the folders it needs should be named.' }
  if (plain === '' || plain === '/' || /^[A-Za-z]:$/.test(plain))
    return { severity: 'high', explain: 'It is given the whole disk, with the keys and tokens on it.' }
  if (HOME_WORDS.test(plain) || plain === homeDir || isHome(plain))
    return {
      severity: 'high',
      explain: 'It is given a whole home folder, where keys, tokens and mail lie.',
    }
  if (/^\/(?:etc|proc|sys|dev|var|boot)$/.test(plain))
    return { severity: 'medium', explain: 'It is given a folder of the system itself.' }
  return undefined
}

function isHome(path: string): boolean {
  return /^\/(?:home|Users)(?:\/[^/]{1,64})?$|^\/root$|^[A-Za-z]:[\\/]Users(?:[\\/][^\\/]{1,64})?$/.test(path)
}
