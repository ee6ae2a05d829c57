/**
 * Hot reload: notices every way a configuration file changes, reads it whole, and hands over only what is valid.
 */
import { createHash } from 'node:crypto'
import { type FSWatcher, watch } from 'node:fs'
import type { Config } from './config.ts'
import { type ConfigDiff, diffConfig, isEmptyDiff } from './diff.ts'
import type { ConfigError } from './fault.ts'
import { type ConfigWorld, loadFile } from './load.ts'
import { readConfigBytes } from './readFile.ts'
import { watchedNames } from './watchedNames.ts'

export interface ConfigWatchOptions extends ConfigWorld {
  /** The configuration in force, as it was loaded. */
  readonly current: Config
  /** A valid configuration that does something else. It is in force from now on. Must not throw. */
  onChange(config: Config, diff: ConfigDiff): void
  /** The file became invalid or went away; the old configuration stays. Once for each content. Must not throw. */
  onError(error: ConfigError): void
  /** Writes this close together count as one. */
  readonly settleMs?: number
  /** How often the file is looked at where the system tells nothing (network mounts). */
  readonly pollMs?: number
}

export interface ConfigWatch {
  readonly current: Config
  /** Looks now (SIGHUP). Resolves when the change, if any, was handed over. */
  reload(): Promise<void>
  close(): void
}

const SETTLE_MS = 100
/** An endless stream of writes does not put a reload off for longer than this. */
const PATIENCE_MS = 2000
const POLL_MS = 5000

/**
 * Watches the file and every link that leads to it: edits in place, atomic renames, swapped links, a file that goes and
 * comes back. A change between loading and watching is not lost: it looks once at the start.
 *
 * @example
 * const watch = await watchConfig(path, { current, env, homeDir, onChange: apply, onError: (e) => log.error(...) })
 * process.on('SIGHUP', () => void watch.reload())
 */
export async function watchConfig(path: string, options: ConfigWatchOptions): Promise<ConfigWatch> {
  const settleMs = options.settleMs ?? SETTLE_MS
  let current = options.current
  let seen: string | undefined
  let closed = false
  let watchers = new Map<string, FSWatcher>()
  let settling: NodeJS.Timeout | undefined
  let firstEvent = 0
  let queue: Promise<void> = Promise.resolve()

  const look = async (): Promise<void> => {
    // Before the read: a change after it then raises an event.
    await rewatch()
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

  /** One look at a time, in order. */
  const reload = (): Promise<void> => {
    queue = queue.then(() => (closed ? undefined : look()))
    return queue
  }

  const stir = () => {
    if (closed) return
    const now = performance.now()
    if (settling === undefined) firstEvent = now
    else clearTimeout(settling)
    const wait = Math.max(0, Math.min(settleMs, firstEvent + PATIENCE_MS - now))
    settling = setTimeout(() => {
      settling = undefined
      void reload()
    }, wait)
    settling.unref()
  }

  const rewatch = async (): Promise<void> => {
    const wanted = await watchedNames(path)
    if (closed) return
    const next = new Map<string, FSWatcher>()
    for (const [folder, names] of wanted) {
      const id = `${folder}\0${[...names].sort().join('\0')}`
      const watcher = watchers.get(id) ?? watchFolder(folder, names, stir)
      if (watcher) next.set(id, watcher)
    }
    for (const [id, watcher] of watchers) if (!next.has(id)) watcher.close()
    watchers = next
  }

  const poll = setInterval(() => void reload(), options.pollMs ?? POLL_MS)
  poll.unref()
  await reload()
  return {
    get current() {
      return current
    },
    reload,
    close() {
      closed = true
      clearInterval(poll)
      clearTimeout(settling)
      for (const watcher of watchers.values()) watcher.close()
    },
  }
}

/** `undefined` where the system cannot watch this folder (gone, or out of watches): polling sees the change then. */
function watchFolder(folder: string, names: ReadonlySet<string>, stir: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, (_event, name) => {
      if (name === null || names.has(name)) stir()
    })
    watcher.on('error', () => watcher.close())
    return watcher
  } catch {
    return undefined
  }
}
