/**
 * What one server says of itself, by scope: read from disk once, kept in memory, written behind.
 */
import { writeJson } from '@sallyport/controls/json'
import type { SurfaceList } from '@sallyport/controls/surface'
import type { Log } from '../../log.ts'
import type { KnownList, ListDifference, Surface } from './surface.ts'
import type { SurfaceScope } from './surfaceKey.ts'

/** Scopes of one server: principals, hosts and what they declare. The one not read for longest is forgotten. */
const MAX_SCOPES = 32
/** A longer list or greeting is asked for every time, in characters of JSON. */
const MAX_CHARS = 1024 * 1024

export interface ServerSurfacesOptions {
  readonly server: string
  readonly log: Log
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly scope: (scope: SurfaceScope) => string
  /** What is on disk; never rejects. */
  readonly read: () => Promise<ReadonlyMap<string, Surface>>
  readonly write: (surfaces: ReadonlyMap<string, Surface>) => Promise<void>
  /** The server was started, and a list is not what clients were shown. */
  readonly drifted: (method: SurfaceList, difference: ListDifference) => void
}

/** Told that a list of a scope was read anew and is another object now; no scope: that others may be shown of it. */
export type SurfaceWatcher = (scope: string | undefined, method: SurfaceList) => void

export class ServerSurfaces {
  readonly #options: ServerSurfacesOptions
  readonly #surfaces = new Map<string, Surface>()
  readonly #watchers = new Set<SurfaceWatcher>()
  #loading: Promise<void> | undefined
  #loaded = false
  #writing: Promise<void> | undefined
  #changed = false

  constructor(options: ServerSurfacesOptions) {
    this.#options = options
  }

  get server(): string {
    return this.#options.server
  }

  /** True when `find` knows what is on disk. */
  get loaded(): boolean {
    return this.#loaded
  }

  /** When something of it was last read from the server, in milliseconds since the epoch; `undefined`: never. */
  get readAt(): number | undefined {
    let latest: number | undefined
    for (const { readAt } of this.#surfaces.values())
      if (latest === undefined || readAt > latest) latest = readAt
    return latest
  }

  /** To be told once, whoever was shown the list. */
  drifted(method: SurfaceList, difference: ListDifference): void {
    this.#options.drifted(method, difference)
  }

  /** Milliseconds since the epoch. */
  now(): number {
    return this.#options.now()
  }

  scope(scope: SurfaceScope): string {
    return this.#options.scope(scope)
  }

  /** Reads what is on disk, once. Never rejects. */
  load(): Promise<void> {
    this.#loading ??= this.#load()
    return this.#loading
  }

  /** The surface of a scope; nothing before it is loaded. */
  find(scope: string): Surface | undefined {
    return this.#surfaces.get(scope)
  }

  /** Keeps a greeting or a list that the server gave just now. */
  keep(
    scope: string,
    read: Pick<Surface, 'greeting'> | { readonly method: SurfaceList; readonly list: KnownList },
  ): void {
    const known = this.#surfaces.get(scope)
    const readAt = this.now()
    const size = writeJson(
      'list' in read ? read.list.pages.map(({ result }) => result) : (read.greeting ?? {}),
    ).length
    const next: Surface =
      'list' in read
        ? { ...known, readAt, lists: this.#withList(known, read, size) }
        : { lists: known?.lists ?? {}, readAt, ...(size > MAX_CHARS ? {} : read) }
    // Deleted and set: the order of the map is that of the last reading.
    this.#surfaces.delete(scope)
    this.#surfaces.set(scope, next)
    if (this.#surfaces.size > MAX_SCOPES) this.#forgetOldest()
    if ('list' in read) for (const watcher of [...this.#watchers]) watcher(scope, read.method)
    this.#save()
  }

  /** What may be shown of a list is another part of it than before, for everyone. */
  announce(method: SurfaceList): void {
    for (const watcher of [...this.#watchers]) watcher(undefined, method)
  }

  watch(watcher: SurfaceWatcher): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** Resolves when everything is on disk, or was not to be had there. */
  async settled(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing
  }

  #withList(
    known: Surface | undefined,
    { method, list }: { readonly method: SurfaceList; readonly list: KnownList },
    size: number,
  ): Surface['lists'] {
    if (size <= MAX_CHARS) return { ...known?.lists, [method]: list }
    const { [method]: _old, ...lists } = known?.lists ?? {}
    const { log, server } = this.#options
    log.debug('surface.too-large', { server, list: method, characters: size })
    return lists
  }

  #forgetOldest(): void {
    const [oldest] = this.#surfaces.keys()
    if (oldest !== undefined) this.#surfaces.delete(oldest)
  }

  async #load(): Promise<void> {
    await this.#merge()
    this.#loaded = true
  }

  /** What is on disk, where we know nothing newer: another gateway of this user may have written it. */
  async #merge(): Promise<void> {
    const stored = [...(await this.#options.read())]
    const newer = stored.filter(([scope, { readAt }]) => readAt > (this.#surfaces.get(scope)?.readAt ?? -1))
    const all = [...this.#surfaces, ...newer].toSorted(([, a], [, b]) => a.readAt - b.readAt)
    this.#surfaces.clear()
    for (const [scope, surface] of all.slice(-MAX_SCOPES)) this.#surfaces.set(scope, surface)
  }

  /** One write at a time; what changes meanwhile is written by the next. */
  #save(): void {
    this.#changed = true
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined
    })
  }

  async #writeAll(): Promise<void> {
    await this.load()
    while (this.#changed) {
      this.#changed = false
      try {
        await this.#merge()
        await this.#options.write(new Map(this.#surfaces))
      } catch (error) {
        // A cache: without it the server is started the next time.
        this.#options.log.warn('surface.unwritten', { server: this.server, explain: String(error) })
      }
    }
  }
}
