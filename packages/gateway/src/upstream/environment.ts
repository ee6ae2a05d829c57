/**
 * The environment of a local server: what was named, a few variables no program runs without, and what was declared.
 * Never the gateway's whole environment, which holds tokens of everything else its user does (control I03).
 */
export interface EnvironmentRequest {
  /** The environment of the gateway. */
  readonly parent: Readonly<Record<string, string | undefined>>
  /** Names taken over from it, as the config's `inheritEnv` says. One that is not set is left out. */
  readonly inherit: readonly string[]
  /** Variables with their values, references already resolved. They win over inherited ones. */
  readonly declared: Readonly<Record<string, string>>
}

/**
 * What every server gets. None of it is a secret, all of it is readable by any process of the user in other ways:
 * - `PATH`: to find the command itself and interpreters (`#!/usr/bin/env node`); without it `npx` cannot run.
 * - `HOME`, `USER`, `LOGNAME`: caches and configuration; the same as the user database says.
 * - `LANG`, `LC_ALL`, `LC_CTYPE`: without a UTF-8 locale Python and others write other encodings to stdout.
 * - `TZ`: times in answers. `TMPDIR`: where temporary files belong on macOS and on managed machines.
 * Left out on purpose: `SHELL` and `TERM` (there is no terminal), proxies (they may hold credentials), everything else.
 */
export const BASIC_VARIABLES: readonly string[] = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'LANG',
  'LC_ALL',
  'LC_CTYPE',
  'TZ',
  'TMPDIR',
]

/** Ours: by these the guardian and the shutdown know what a server has started. */
const RESERVED = /^SALLYPORT_/

/** Thrown for a name or value that no environment can hold. Names the variable, never its value. */
export class EnvironmentError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'EnvironmentError'
  }
}

/**
 * Builds the environment of one server.
 *
 * Skips inherited values that are exported shell functions (CVE-2014-6271), and entries of the inherited `PATH` that
 * are not absolute: they would be looked up in the server's working directory, where a project can plant a `node`.
 *
 * @throws EnvironmentError for an unusable or reserved name, or a value with NUL
 * @example
 * serverEnvironment({ parent: process.env, inherit: ['SSH_AUTH_SOCK'], declared: { API_KEY: 'k' } })
 * // { PATH: '/usr/bin:/bin', HOME: '/home/ada', SSH_AUTH_SOCK: '/run/...', API_KEY: 'k' }
 */
export function serverEnvironment(request: EnvironmentRequest): Record<string, string> {
  const environment = new Map<string, string>()
  for (const name of [...BASIC_VARIABLES, ...request.inherit]) {
    checkName(name)
    const value = request.parent[name]
    if (value === undefined || value.startsWith('()')) continue
    const safe = name === 'PATH' ? absoluteEntries(value) : value
    if (safe !== '') environment.set(name, safe)
  }
  for (const [name, value] of Object.entries(request.declared)) {
    checkName(name)
    if (value.includes('\0'))
      throw new EnvironmentError(`the value of variable ${name} contains a NUL character`)
    environment.set(name, value)
  }
  return Object.fromEntries(environment)
}

function checkName(name: string): void {
  if (name === '' || /[=\0]/.test(name)) {
    throw new EnvironmentError(`${JSON.stringify(name)} cannot be the name of an environment variable`)
  }
  if (RESERVED.test(name)) {
    throw new EnvironmentError(
      `variable ${name} is Sallyport's own: names that begin with SALLYPORT_ cannot be given`,
    )
  }
}

function absoluteEntries(path: string): string {
  return path
    .split(':')
    .filter((entry) => entry.startsWith('/'))
    .join(':')
}
