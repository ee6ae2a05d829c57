/**
 * Hot reload: notices every way a configuration file changes, reads it whole, and hands over only what is valid.
 */
import { createHash } from 'node:crypto'
import type { Config } from './config.ts'
import { type ConfigDiff, diffConfig, isEmptyDiff } from './diff.ts'
import type { ConfigError } from './fault.ts'
import { type ConfigWorld, loadFile } from './load.ts'
import { readConfigBytes } from './readFile.ts'
import { type WatchTimes, watchPaths } from './watchPaths.ts'

export interface ConfigWatchOptions extends ConfigWorld, WatchTimes {
  /** The configuration in force, as it was loaded. */
  readonly current: Config
  /** A valid configuration that does something else. It is in force from now on. Must not throw. */
  onChange(config: Config, diff: ConfigDiff): void
  /** The file became invalid or went away; the old configuration stays. Once for each content. Must not throw. */
  onError(error: ConfigError): void
}

export interface ConfigWatch {
  readonly current: Config
  /** Looks now (SIGHUP). Resolves when the change, if any, was handed over. */
  reload(): Promise<void>
  close(): void
}

/**
 * Watches the file and every link that leads to it: edits in place, atomic renames, swapped links, a file that goes and
 * comes back. A change between loading and watching is not lost: it looks once at the start.
 *
 * @example
 * const watch = await watchConfig(path, { current, env, homeDir, onChange: apply, onError: (e) => log.error(...) })
 * process.on('SIGHUP', () => void watch.reload())
 */
export async function watchConfig(path: string, options: ConfigWatchOptions): Promise<ConfigWatch> {
  let current = options.current
  let seen: string | undefined
  let closed = false

  const look = async (): Promise<void> => {
    const file = await readConfigBytes(path)
    const content = file.ok ? createHash('sha256').update(file.bytes).digest('hex') : file.explain
    if (closed || content === seen) return
    seen = content
    const result = await loadFile(path, options)
    if (closed) return
    if (!result.ok) return options.onError(result.error)
    const diff = diffConfig(current, result.config)
    current = result.config
    if (!isEmptyDiff(diff)) options.onChange(current, diff)
  }

  const watch = await watchPaths([path], look, options)
  return {
    get current() {
      return current
    },
    reload: watch.look,
    close() {
      closed = true
      watch.close()
    },
  }
}
