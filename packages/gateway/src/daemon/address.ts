/**
 * Where the daemon for this user, configuration and program is found, worked out alike by the relays and by the daemon.
 *
 * One daemon for each of: the state folders, the configuration file (by its name: relative paths in it start at the
 * folder it was named in), the installed program, and the variables that shape a whole process. What servers are given
 * from the environment does not count here: each relay brings its own (`gateways.ts`).
 */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { statePaths } from '../state/paths.ts'
import { shortHash } from '../state/sha256.ts'
import { socketFolder } from '../state/socketFolder.ts'
import { VERSION } from '../version.ts'

export interface DaemonPlaces {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly homeDir: string
  /** The configuration file, absolute; absent: the built-in defaults. */
  readonly config?: string
}

export interface DaemonAddress {
  /** 16 hex digits: what all names of this daemon begin with. */
  readonly key: string
  /** Private to the user; holds the other paths but the log. */
  readonly folder: string
  readonly socket: string
  /** The secret of the running daemon, readable by this user only. */
  readonly token: string
  /** Held by the daemon as long as it takes relays. */
  readonly lock: string
  /** Says that somebody is starting a daemon just now. Saves work, proves nothing. */
  readonly start: string
  readonly log: string
}

/** Certificates that the whole process trusts: they cannot differ from relay to relay. */
const TRUST_VARIABLES = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_USE_SYSTEM_CA']
const OWN_VARIABLES = ['HOME', 'USER', 'LOGNAME', 'PATH', 'TMPDIR', 'TZ', 'LANG', 'LC_ALL', 'LC_CTYPE']
const FOLDER_VARIABLES = [
  'XDG_CONFIG_HOME',
  'XDG_STATE_HOME',
  'XDG_DATA_HOME',
  'XDG_CACHE_HOME',
  'XDG_RUNTIME_DIR',
]

/**
 * @example
 * daemonAddress({ env: { XDG_RUNTIME_DIR: '/run/user/1000' }, homeDir: '/home/ada' }).socket
 * // '/run/user/1000/sallyport/5c0f1d2a8e77b1c4.daemon'
 */
export function daemonAddress({ env, homeDir, config }: DaemonPlaces): DaemonAddress {
  const paths = statePaths({ env, homeDir })
  const trust = TRUST_VARIABLES.map((name) => env[name] ?? null)
  const identity = [config ?? null, paths, daemonProgram(), trust]
  const key = shortHash(JSON.stringify(identity))
  const folder = socketFolder(paths.runtime)
  const at = (suffix: string) => join(folder, `${key}${suffix}`)
  return {
    key,
    folder,
    socket: at('.daemon'),
    token: at('.token'),
    lock: at('.lock'),
    start: at('.start'),
    log: join(paths.state, `daemon-${key}.log`),
  }
}

/** The daemon's program file: TypeScript in a checkout, its own bundle beside ours where it was built. */
export function daemonProgram(): string {
  const name = import.meta.url.endsWith('.ts') ? 'daemonProcess.ts' : 'daemonProcess.js'
  return fileURLToPath(new URL(name, import.meta.url))
}

/**
 * Tells one build from the next under the same path: after an update, a relay of the new program must not talk to a
 * daemon that still runs the old one.
 */
export function programIdentity(): string {
  const { mtimeMs, size } = statSync(daemonProgram())
  return `${VERSION} ${Math.trunc(mtimeMs)} ${size}`
}

/** The environment the daemon starts with: where things are, and nothing of what a host told its own programs. */
export function daemonEnvironment(env: DaemonPlaces['env']): Record<string, string> {
  const kept = [...OWN_VARIABLES, ...FOLDER_VARIABLES, ...TRUST_VARIABLES].flatMap((name) => {
    const value = env[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return Object.fromEntries(kept)
}
