/**
 * Does a path climb as no honest one does? For servers that nobody vouches for, where no folder is declared: only the server
 * knows where a relative path starts, so `../x` says nothing by itself.
 *
 * Three forms do (CWE-22, CWE-23): one that first goes into a folder and then above where it started (`data/../../x`), which
 * gets past a look at its beginning, or above the root (`/srv/../../etc`); a long climb into a folder of the system
 * (`../../../etc/passwd`); and any climb into a folder that holds credentials (`../.ssh/id_rsa`). Linear. Cannot know: a climb
 * into a neighbour's folder; for that the folders have to be declared.
 *
 * @returns why, as one sentence; `undefined` for all others
 * @example climbsOddly('data/../../x') // 'It goes into a folder and then climbs above where it started.'
 */
export function climbsOddly(path: string): string | undefined {
  const start = /^(?:file:\/\/)?(?:[a-z]:)?/i.exec(path)?.[0].length ?? 0
  const absolute = path[start] === '/' || path[start] === '\\'
  let depth = 0
  let lowest = 0
  let descended = absolute
  let first: string | undefined
  for (const part of path.slice(start).split(/[/\\]/)) {
    if (part === '' || part === '.') continue
    if (part !== '..') {
      depth++
      if (!descended) first = part.toLowerCase()
      descended = true
      continue
    }
    depth--
    if (descended && depth < lowest)
      return absolute
        ? 'It climbs above the root.'
        : 'It goes into a folder and then climbs above where it started.'
    lowest = Math.min(lowest, depth)
  }
  if (first === undefined || lowest === 0) return undefined
  if (CREDENTIALS.has(first)) return 'It climbs to a folder of credentials.'
  return -lowest >= LONG_CLIMB && SYSTEM.has(first) ? 'It climbs to a folder of the system.' : undefined
}

/** Folders and files next to a project are two steps away; what is further up is rarely meant. */
const LONG_CLIMB = 3
const SYSTEM: ReadonlySet<string> = new Set('etc proc sys dev root boot windows winnt programdata'.split(' '))
const CREDENTIALS: ReadonlySet<string> = new Set(
  '.ssh .aws .gnupg .kube .azure .docker .netrc .pgpass .git-credentials .npmrc .pypirc'.split(' '),
)
