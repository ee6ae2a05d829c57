/**
 * Notices every way a file changes: edits in place, atomic renames, swapped links, a file that goes and comes back.
 */
import { type FSWatcher, watch } from 'node:fs'
import { watchedNames } from './watchedNames.ts'

export interface WatchTimes {
  /** Writes this close together count as one. */
  readonly settleMs?: number
  /** How often the files are looked at where the system tells nothing (network mounts). */
  readonly pollMs?: number
}

export interface PathsWatch {
  /** Looks now. Resolves when whatever changed was looked at. */
  look(): Promise<void>
  close(): void
}

const SETTLE_MS = 100
/** An endless stream of writes does not put a look off for longer than this. */
const PATIENCE_MS = 2000
const POLL_MS = 5000

/**
 * Calls `look` whenever something may have happened to one of these paths, or to a link that leads to one; one call at
 * a time. Looks once at the start: a change between reading and watching is not lost. `look` must not reject.
 *
 * @example
 * const watch = await watchPaths(['/etc/sallyport/sallyport.yaml'], () => reload())
 */
export async function watchPaths(
  paths: readonly string[],
  look: () => Promise<void>,
  times: WatchTimes = {},
): Promise<PathsWatch> {
  const settleMs = times.settleMs ?? SETTLE_MS
  let closed = false
  let watchers = new Map<string, FSWatcher>()
  let settling: NodeJS.Timeout | undefined
  let firstEvent = 0
  let queue: Promise<void> = Promise.resolve()

  /** One look at a time, in order. */
  const lookNow = (): Promise<void> => {
    queue = queue.then(async () => {
      if (closed) return
      // Before the look: a change after it then raises an event.
      await rewatch()
      if (!closed) await look()
    })
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
      void lookNow()
    }, wait)
    settling.unref()
  }

  const rewatch = async (): Promise<void> => {
    const wanted = new Map<string, ReadonlySet<string>>()
    for (const path of paths) {
      for (const [folder, names] of await watchedNames(path))
        wanted.set(folder, new Set([...(wanted.get(folder) ?? []), ...names]))
    }
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

  const poll = setInterval(() => void lookNow(), times.pollMs ?? POLL_MS)
  poll.unref()
  await lookNow()
  return {
    look: lookNow,
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
