/**
 * Where the gateway keeps its files, by the XDG Base Directory Specification 0.8. Nothing here touches the disk.
 */
import { isAbsolute, join } from 'node:path'

export interface StatePaths {
  /** `sallyport.yaml`, `sallyport.lock`: what a person writes or reviews. */
  readonly config: string
  /** The audit trail and everything that must survive. */
  readonly state: string
  /** Keys: private to the user. */
  readonly data: string
  /** May be deleted at any time. */
  readonly cache: string
  /** Sockets and locks; gone after a restart of the machine where the system provides such a folder. */
  readonly runtime: string
}

export interface PathSources {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly homeDir: string
}

/**
 * The folders for this user.
 *
 * A relative value is ignored, as the specification demands: it would point into whatever project the gateway happens
 * to be started in, and that project could plant a configuration (control I02).
 *
 * @example
 * statePaths({ env: {}, homeDir: '/home/ada' }).state // '/home/ada/.local/state/sallyport'
 */
export function statePaths({ env, homeDir }: PathSources): StatePaths {
  const base = (variable: string, ...fallback: string[]): string => {
    const value = env[variable]
    return value !== undefined && isAbsolute(value) ? value : join(homeDir, ...fallback)
  }
  const state = join(base('XDG_STATE_HOME', '.local', 'state'), 'sallyport')
  const runtime = env.XDG_RUNTIME_DIR
  return {
    config: join(base('XDG_CONFIG_HOME', '.config'), 'sallyport'),
    state,
    data: join(base('XDG_DATA_HOME', '.local', 'share'), 'sallyport'),
    cache: join(base('XDG_CACHE_HOME', '.cache'), 'sallyport'),
    runtime: runtime !== undefined && isAbsolute(runtime) ? join(runtime, 'sallyport') : join(state, 'run'),
  }
}
