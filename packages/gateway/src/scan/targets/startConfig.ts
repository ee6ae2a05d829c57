/**
 * From a host's entry to a server that can be started, with the host's references resolved as the host would.
 */

import type { HttpServerConfig, SecretText, StdioServerConfig } from '../../config/config.ts'
import type { HostServer } from '../../hosts/readServers.ts'
import { type Launch, launchOf, programName } from '../configs/launch.ts'

export interface ReferenceWorld {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly homeDir: string
  /** What `${workspaceFolder}` means, and where relative paths start. */
  readonly folder: string
}

export type Resolved =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly name: string }

const REFERENCE =
  /\$\{([^}]{1,256})\}|\{(env):([A-Za-z_]\w{0,256})\}|%([A-Za-z_]\w{0,256})%|\$([A-Za-z_]\w{0,256})/g

/**
 * Fills in `${VAR}`, `${VAR:-default}`, `${env:VAR}`, `{env:VAR}`, `$VAR`, `%VAR%` and folders. What only the host can
 * ask for (`${input:...}`) cannot be filled in.
 *
 * @example resolveReferences('${HOME}/x', world) // { ok: true, text: '/home/ada/x' }
 */
export function resolveReferences(text: string, world: ReferenceWorld): Resolved {
  let missing: string | undefined
  const filled = text.replaceAll(
    REFERENCE,
    (whole, braced?: string, _env?: string, curly?: string, percent?: string, bare?: string) => {
      const value = referredValue(braced ?? curly ?? percent ?? bare ?? '', world)
      if (value !== undefined) return value
      // A bare `$x` or `%x%` may be no reference at all: a host that does not know it leaves it as it is.
      if (braced === undefined && curly === undefined) return whole
      missing ??= whole
      return whole
    },
  )
  return missing === undefined ? { ok: true, text: filled } : { ok: false, name: missing }
}

function referredValue(reference: string, { env, homeDir, folder }: ReferenceWorld): string | undefined {
  if (reference === 'workspaceFolder' || reference === 'workspaceRoot') return folder
  if (reference === 'userHome') return homeDir
  if (reference === '/' || reference === 'pathSeparator') return '/'
  const [, name, fallback] = /^(?:env:)?([A-Za-z_]\w*)(?::-(.*))?$/s.exec(reference) ?? []
  if (name === undefined) return undefined
  const value = env[name] ?? (name === 'HOME' ? homeDir : undefined)
  return value === undefined || value === '' ? (fallback ?? value) : value
}

export type StartConfig =
  | { readonly ok: true; readonly config: StdioServerConfig | HttpServerConfig }
  | { readonly ok: false; readonly explain: string }

/** What the gateway needs to start or call it; values of an entry are taken as they are, never as references of ours. */
export function startConfig(server: HostServer, world: ReferenceWorld): StartConfig {
  const missing: string[] = []
  const fill = (text: string): string => {
    const resolved = resolveReferences(text, world)
    if (resolved.ok) return resolved.text
    missing.push(resolved.name)
    return text
  }
  const named = (spots: HostServer['env']): Record<string, SecretText> =>
    Object.fromEntries(spots.map(({ name, value }) => [name, { source: fill(value), secret: false }]))
  const [program, ...args] = wordsOf(server)
  let config: StdioServerConfig | HttpServerConfig | undefined
  if (program !== undefined) {
    const cwd = server.cwd === undefined ? world.folder : fill(server.cwd.value)
    config = localServer({
      command: [expandHome(fill(program), world.homeDir), ...args.map(fill)],
      cwd,
      env: named(server.env),
    })
  } else if (server.url !== undefined) {
    config = remoteServer(fill(server.url.value), named(server.headers))
  }
  if (missing.length > 0)
    return { ok: false, explain: `its entry needs ${missing[0]}, which only its host can fill in` }
  return config === undefined
    ? { ok: false, explain: 'its entry has neither a command nor an address' }
    : { ok: true, config }
}

/** A command in one text is taken apart, unless it needs a shell: then it is nothing that we start. */
function wordsOf(server: HostServer): string[] {
  const words = server.command.map(({ value }) => value)
  if (words.length !== 1 || !/\s/.test(words[0] ?? '')) return words
  const launch: Launch = launchOf(server.command)
  return launch.shells.length === 0 ? launch.words.map(({ value }) => value) : words
}

const COMMON = {
  id: 'target',
  trust: 'untrusted',
  era: 'auto',
  deadlineMs: 60_000,
  startDeadlineMs: 60_000,
  maxResultBytes: 32 * 1024 * 1024,
  idleMs: 60_000,
  enabled: true,
} as const

/** A server that is started here; it inherits nothing of our environment but what every server gets. */
export function localServer(local: {
  readonly command: readonly [string, ...string[]]
  readonly cwd: string
  readonly env: Readonly<Record<string, SecretText>>
}): StdioServerConfig {
  return { ...COMMON, kind: 'stdio', ...local, inheritEnv: [], share: false }
}

/** A server that is called at its address. */
export function remoteServer(
  url: string,
  headers: Readonly<Record<string, SecretText>> = {},
): HttpServerConfig {
  return { ...COMMON, kind: 'http', url, transport: 'auto', headers }
}

function expandHome(program: string, homeDir: string): string {
  return program.startsWith('~/') ? `${homeDir}${program.slice(1)}` : program
}

/** Is this the gateway itself? Starting it would start every server behind it. */
export function isOurselves(server: HostServer): boolean {
  const words = launchOf(server.command).words.slice(0, 4)
  return words.some(({ value }) => /^sallyport(?:@|\.js$|$)/.test(programName(value)))
}
