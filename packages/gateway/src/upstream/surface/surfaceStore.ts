/**
 * The surfaces of all servers on disk: one private file a server and configuration, in a folder that may be deleted at
 * any time. Whatever is wrong with a file, the server is asked as if there were none.
 */
import { readdir, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { ServerConfig } from '../../config/config.ts'
import type { Log } from '../../log.ts'
import { readPrivate, writePrivate } from '../../state/privateFile.ts'
import { ServerSurfaces, type ServerSurfacesOptions } from './serverSurfaces.ts'
import { configDigest, credentialsDigest, ownerDigest, scopeDigest } from './surfaceKey.ts'
import { decodeSurfaces, encodeSurfaces, MAX_FILE_BYTES, type StoredSurfaces } from './surfaceText.ts'

const SUFFIX = '.surface'
/** What nobody read from a server for this long is not shown any more: the file is removed. */
const KEPT_MS = 30 * 24 * 60 * 60 * 1000
const DIGEST_CHARS = 32

export interface SurfaceStoreOptions {
  /** A folder of its own: everything in it is the store's to remove. */
  readonly folder: string
  /** Private key of 32 bytes. */
  readonly key: Buffer
  /** The environment that the servers' entries refer to. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** The configuration file whose servers these are. */
  readonly owner: string
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly log: Log
}

export class SurfaceStore {
  readonly #options: SurfaceStoreOptions
  readonly #owner: string
  #tidying: Promise<void> = Promise.resolve()

  constructor(options: SurfaceStoreOptions) {
    this.#options = options
    this.#owner = ownerDigest(options.key, options.owner)
  }

  /**
   * The surfaces of one server under one configuration. Nothing is read yet (`load`).
   *
   * @example
   * const surfaces = store.of(config, (method, { changed }) => log.warn(...))
   * await surfaces.load()
   */
  of(config: ServerConfig, drifted: ServerSurfacesOptions['drifted']): ServerSurfaces {
    const { key, env, now, log } = this.#options
    const digest = configDigest(key, config)
    const credentials = credentialsDigest(key, config, env)
    const path = this.#pathOf(config.id, digest)
    return new ServerSurfaces({
      server: config.id,
      log,
      now,
      drifted,
      scope: (scope) => scopeDigest(key, scope, credentials),
      read: async () => (await this.#read(path, config.id, digest))?.surfaces ?? new Map(),
      write: (all) =>
        this.#write(path, { server: config.id, config: digest, owner: this.#owner, surfaces: all }),
    })
  }

  /**
   * Forgets servers that this configuration file does not have (any more), or has otherwise, and what is old. Files of
   * another configuration of the same user stay. Never rejects: what cannot be removed is logged.
   */
  tidy(configs: readonly ServerConfig[]): Promise<void> {
    this.#tidying = this.#tidying.then(() => this.#tidy(configs))
    return this.#tidying
  }

  /** Resolves when nothing is being removed any more. */
  async settled(): Promise<void> {
    await this.#tidying
  }

  async #tidy(configs: readonly ServerConfig[]): Promise<void> {
    const { folder, key, log } = this.#options
    const kept = new Set(configs.map((config) => this.#pathOf(config.id, configDigest(key, config))))
    try {
      for (const name of await readdir(folder).catch(ignoreMissing)) {
        const path = join(folder, name)
        if (!kept.has(path) && (await this.#isOver(path))) await unlink(path).catch(ignoreMissing)
      }
    } catch (error) {
      log.warn('surface.tidy', { folder, explain: String(error) })
    }
  }

  async #isOver(path: string): Promise<boolean> {
    const found = await stat(path).catch(ignoreMissing)
    if (Array.isArray(found)) return false
    const ageMs = this.#options.now() - found.mtimeMs
    if (ageMs > KEPT_MS) return true
    // A draft whose writer was killed between writing and renaming it.
    if (!path.endsWith(SUFFIX)) return ageMs > 60_000
    const read = await readPrivate(path, MAX_FILE_BYTES)
    const stored = read.kind === 'read' ? decodeSurfaces(read.bytes, this.#options.key) : undefined
    return typeof stored === 'object' && stored.owner === this.#owner
  }

  #pathOf(server: string, digest: string): string {
    return join(this.#options.folder, `${server}-${digest.slice(0, DIGEST_CHARS)}${SUFFIX}`)
  }

  async #read(path: string, server: string, digest: string): Promise<StoredSurfaces | undefined> {
    const { key, log } = this.#options
    const ignored = (why: string) => {
      log.warn('surface.ignored', { server, file: path, explain: `${why}: the server is asked instead` })
      return undefined
    }
    try {
      const read = await readPrivate(path, MAX_FILE_BYTES)
      if (read.kind === 'missing') return undefined
      if (read.kind === 'ignored') return ignored(read.why)
      const stored = decodeSurfaces(read.bytes, key)
      if (typeof stored === 'string') return ignored(stored)
      // A whole and genuine file under another server's name is a swap.
      if (stored.server !== server || stored.config !== digest) return ignored('it is of another server')
      return stored
    } catch (error) {
      return ignored(String(error))
    }
  }

  async #write(path: string, stored: StoredSurfaces): Promise<void> {
    const surfaces = new Map(stored.surfaces)
    for (;;) {
      const bytes = encodeSurfaces({ ...stored, surfaces }, this.#options.key)
      if (bytes.length <= MAX_FILE_BYTES) return await writePrivate(path, bytes)
      const [oldest] = [...surfaces].toSorted(([, a], [, b]) => a.readAt - b.readAt)
      if (oldest === undefined) return
      surfaces.delete(oldest[0])
    }
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): never[] {
  if (error.code === 'ENOENT') return []
  throw error
}
