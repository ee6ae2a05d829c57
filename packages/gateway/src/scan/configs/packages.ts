/**
 * Which package or image a command fetches and runs, and whether it says exactly which: by the words of npx, uvx, pipx,
 * docker and their like. Knows their usual options; one that is new is taken for a flag, so that a value of it may be
 * taken for the package.
 */
import type { Spot } from '../../hosts/readServers.ts'
import { programName } from './launch.ts'

export type Registry = 'npm' | 'pypi' | 'oci' | 'nuget' | 'url'

export interface LaunchedPackage {
  readonly registry: Registry
  /** As the registry knows it; of an address the address. */
  readonly name: string
  /** What the command says of the version: exact, a range, a tag. */
  readonly version?: string
  /** `exact`: always the same bytes, or a registry's promise of it; `tag`: a name that may move; `floating`: whatever is newest. */
  readonly pin: 'exact' | 'tag' | 'floating'
  readonly spot: Spot
}

/** @example packageOf(words('npx', '-y', '@scope/server@1.2.3')) // { registry: 'npm', name: '@scope/server', version: '1.2.3', pin: 'exact' } */
export function packageOf(words: readonly Spot[]): LaunchedPackage | undefined {
  const [program, ...rest] = words
  if (program === undefined) return undefined
  const [second, third] = rest.map(({ value }) => value)
  switch (programName(program.value)) {
    case 'npx':
    case 'pnpx':
    case 'bunx':
      return npmPackage(rest)
    case 'npm':
    case 'pnpm':
    case 'yarn':
    case 'bun':
      return second === 'exec' || second === 'x' || second === 'dlx' ? npmPackage(rest.slice(1)) : undefined
    case 'uvx':
      return pythonPackage(rest, '--from')
    case 'uv':
      return second === 'tool' && third === 'run' ? pythonPackage(rest.slice(2), '--from') : undefined
    case 'pipx':
      return second === 'run' ? pythonPackage(rest.slice(1), '--spec') : undefined
    case 'docker':
    case 'podman':
    case 'nerdctl':
      return image(rest)
    case 'deno': {
      const spec = rest.find(({ value }) => /^(?:npm:|jsr:|https?:)/.test(value))
      if (second !== 'run' || spec === undefined) return undefined
      return spec.value.startsWith('npm:')
        ? fromNpmSpec(spec.value.slice(4).replace(/^\//, ''), spec)
        : { registry: 'url', name: spec.value, pin: 'floating', spot: spec }
    }
    case 'dnx':
      return nugetPackage(rest)
    default:
      return undefined
  }
}

const NPM_VALUES =
  /^(?:-p|--package|-c|--call|-w|--workspace|--registry|--prefix|--cache|--userconfig|--node-options)$/
const EXACT_NPM = /^v?\d{1,9}\.\d{1,9}\.\d{1,9}(?:-[\w.-]{1,64})?(?:\+[\w.-]{1,64})?$/

/** What `npx` or `npm exec` is told before the package's own arguments; `undefined` of other commands. */
export function npmExec(
  words: readonly Spot[],
): { readonly options: readonly RunOption[]; readonly operand: Spot | undefined } | undefined {
  const [program, ...rest] = words
  switch (program === undefined ? '' : programName(program.value)) {
    case 'npx':
      return readOptions(rest, NPM_VALUES)
    case 'npm': {
      if (rest[0]?.value !== 'exec' && rest[0]?.value !== 'x') return undefined
      const own = rest.slice(1)
      const end = own.findIndex(({ value }) => value === '--')
      const { options, operand } = readOptions(own, NPM_VALUES)
      // Unlike npx it takes its options from behind the package as well.
      const behind =
        operand === undefined ? [] : own.slice(own.indexOf(operand) + 1, end < 0 ? undefined : end)
      return { options: [...options, ...readOptions(behind, NPM_VALUES).options], operand }
    }
    default:
      return undefined
  }
}

function npmPackage(words: readonly Spot[]): LaunchedPackage | undefined {
  const { options, operand } = readOptions(words, NPM_VALUES)
  const spec = options.find(({ name }) => name === '-p' || name === '--package')?.spot ?? operand
  return spec === undefined ? undefined : fromNpmSpec(spec.value, spec)
}

function fromNpmSpec(spec: string, spot: Spot): LaunchedPackage | undefined {
  if (isLocalPath(spec)) return undefined
  if (/^(?:https?:|git|github:|gitlab:|bitbucket:)/i.test(spec) || /^[\w.-]+\/[\w.-]+(?:#|$)/.test(spec))
    return { registry: 'url', name: spec, pin: hasCommit(spec) ? 'exact' : 'floating', spot }
  const at = spec.indexOf('@', 1)
  const name = at < 0 ? spec : spec.slice(0, at)
  const version = at < 0 ? '' : spec.slice(at + 1)
  const pin = EXACT_NPM.test(version) ? 'exact' : 'floating'
  return { registry: 'npm', name, ...(version === '' ? {} : { version }), pin, spot }
}

const PYTHON_VALUES =
  /^(?:--from|--spec|--with|--with-editable|--with-requirements|-p|--python|-i|--index-url|--index|--default-index|--extra-index-url|--env-file|--directory|--pip-args|-c|--constraints)$/

function pythonPackage(words: readonly Spot[], source: string): LaunchedPackage | undefined {
  const { options, operand } = readOptions(words, PYTHON_VALUES)
  const spot = options.find(({ name }) => name === source)?.spot ?? operand
  if (spot === undefined || isLocalPath(spot.value)) return undefined
  const spec = spot.value
  if (/^(?:git\+|hg\+|https?:)/i.test(spec))
    return { registry: 'url', name: spec, pin: hasCommit(spec) ? 'exact' : 'floating', spot }
  const [, name = spec, sign = '', version = ''] =
    /^([\w.-]{1,214})(?:\[[\w,. -]{0,256}\])?(@|===?|[<>~!]=?)?(.{0,256})$/s.exec(spec) ?? []
  const exact = (sign === '@' || sign === '==' || sign === '===') && /^\s{0,8}\d[\w.!+-]{0,64}$/.test(version)
  return {
    registry: 'pypi',
    name,
    ...(version === '' ? {} : { version: version.trim() }),
    pin: exact ? 'exact' : 'floating',
    spot,
  }
}

const NUGET_VALUES = /^(?:--version|--source|--add-source|--configfile|-v|--verbosity)$/

function nugetPackage(words: readonly Spot[]): LaunchedPackage | undefined {
  const { options, operand: spot } = readOptions(words, NUGET_VALUES)
  if (spot === undefined) return undefined
  const [name = '', inline] = spot.value.split('@')
  const version = inline ?? options.find((one) => one.name === '--version')?.value
  const pin = version !== undefined && EXACT_NPM.test(version) ? 'exact' : 'floating'
  return { registry: 'nuget', name, ...(version === undefined ? {} : { version }), pin, spot }
}

/** Options of `docker run` that take their value as the next word. */
const DOCKER_VALUES = new Set(
  (
    '-a --attach --add-host --annotation --blkio-weight --cap-add --cap-drop --cgroup-parent --cgroupns --cidfile ' +
    '--cpus --cpu-shares --cpuset-cpus --device --dns --dns-option --dns-search --domainname -e --env --entrypoint ' +
    '--env-file --expose --gpus --group-add -h --hostname --health-cmd --ip --ip6 --ipc --isolation -l --label ' +
    '--label-file --link --log-driver --log-opt --mac-address -m --memory --memory-swap --mount --name --net ' +
    '--network --network-alias --oom-score-adj --pid --pids-limit --platform -p --publish --pull --restart --runtime ' +
    '--security-opt --shm-size --stop-signal --stop-timeout --storage-opt --sysctl --tmpfs -u --user --ulimit --userns ' +
    '--uts -v --volume --volume-driver --volumes-from -w --workdir'
  ).split(' '),
)

export interface RunOption {
  readonly name: string
  readonly value: string
  readonly spot: Spot
}

/** A `docker run` taken apart: its options, and the image. `undefined` for any other command of the engine. */
export function dockerRun(
  words: readonly Spot[],
): { readonly options: readonly RunOption[]; readonly image: Spot | undefined } | undefined {
  const start = words.findIndex(({ value }) => value === 'run')
  if (start < 0) return undefined
  const options: RunOption[] = []
  for (let at = start + 1; at < words.length; at++) {
    const spot = words[at]
    if (spot === undefined) break
    const word = spot.value
    if (!word.startsWith('-')) return { options, image: spot }
    const equals = word.indexOf('=')
    if (equals > 0) options.push({ name: word.slice(0, equals), value: word.slice(equals + 1), spot })
    else if (DOCKER_VALUES.has(word)) options.push({ name: word, value: words[++at]?.value ?? '', spot })
    else if (/^-[evuplwm]./.test(word) && !/^-[a-z]{1,4}$/.test(word))
      options.push({ name: word.slice(0, 2), value: word.slice(2), spot })
    else options.push({ name: word, value: '', spot })
  }
  return { options, image: undefined }
}

function image(words: readonly Spot[]): LaunchedPackage | undefined {
  const spot = dockerRun(words)?.image
  if (spot === undefined) return undefined
  const [reference = '', digest] = spot.value.split('@')
  // A colon before the last slash is a port.
  const colon = reference.lastIndexOf(':')
  const hasTag = colon > reference.lastIndexOf('/')
  const name = hasTag ? reference.slice(0, colon) : reference
  const tag = hasTag ? reference.slice(colon + 1) : undefined
  const version = digest ?? tag
  const pin = /^sha256:[0-9a-f]{64}$/.test(digest ?? '')
    ? 'exact'
    : tag === undefined || tag === 'latest'
      ? 'floating'
      : 'tag'
  return { registry: 'oci', name, ...(version === undefined ? {} : { version }), pin, spot }
}

/** The options before the first operand, and that operand. `withValue`: those that take the next word. */
function readOptions(
  words: readonly Spot[],
  withValue: RegExp,
): { readonly options: readonly RunOption[]; readonly operand: Spot | undefined } {
  const options: RunOption[] = []
  for (let at = 0; at < words.length; at++) {
    const spot = words[at]
    if (spot === undefined) break
    if (spot.value === '--') return { options, operand: words[at + 1] }
    if (!spot.value.startsWith('-')) return { options, operand: spot }
    const equals = spot.value.indexOf('=')
    const next = words[at + 1]
    if (equals > 0) {
      const value = spot.value.slice(equals + 1)
      options.push({ name: spot.value.slice(0, equals), value, spot: { ...spot, value } })
    } else if (withValue.test(spot.value) && next !== undefined) {
      options.push({ name: spot.value, value: next.value, spot: next })
      at++
    } else options.push({ name: spot.value, value: '', spot })
  }
  return { options, operand: undefined }
}

function isLocalPath(spec: string): boolean {
  return /^(?:\.{0,2}[\\/]|\.{1,2}$|~|file:|[A-Za-z]:[\\/])/.test(spec)
}

function hasCommit(spec: string): boolean {
  return /[#@](?:commit:)?[0-9a-f]{40}(?![0-9a-f])/.test(spec)
}
