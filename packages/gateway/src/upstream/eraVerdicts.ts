/**
 * Which era a server speaks, when the configuration does not say (protocol.md section 2, "Era detection").
 *
 * A verdict is kept, also across restarts, but expires: an upgraded server still answers `initialize`, so a stale
 * "legacy" would never correct itself. Timeouts and 5xx of a remote server say nothing; silence or exit of a local one
 * means legacy (servers built on the Rust SDK exit on a request before `initialize`), which is why a local server is
 * asked in a process of its own.
 */
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { ServerConfig } from '../config/config.ts'
import { gatewayMeta } from '../protocol/envelope.ts'
import type { Era } from '../protocol/era.ts'
import { eraEvidence } from './eraEvidence.ts'
import type { ServerRuntime } from './servers.ts'
import { UpstreamUnavailable } from './unavailable.ts'

/** How long a verdict is believed. */
export const VERDICT_TTL_MS = 24 * 60 * 60 * 1000

type ProbeRemote = (server: Extract<ServerConfig, { kind: 'http' }>) => Promise<Era | 'unknown'>

interface StoredVerdict {
  readonly era: Era
  readonly until: number
}

export class EraVerdicts {
  readonly #file: string
  readonly #now: () => number
  readonly #probeRemote: ProbeRemote
  #known: Map<string, StoredVerdict> | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(options: {
    readonly file: string
    readonly now: () => number
    readonly probeRemote: ProbeRemote
  }) {
    this.#file = options.file
    this.#now = options.now
    this.#probeRemote = options.probeRemote
  }

  /** The server's era; rejects with `UpstreamUnavailable` when it cannot be told now. */
  async ask(runtime: ServerRuntime): Promise<Era> {
    const key = verdictKey(runtime.config)
    const known = await this.#load()
    const stored = known.get(key)
    if (stored !== undefined && stored.until > this.#now()) return stored.era
    const { config } = runtime
    const era = config.kind === 'http' ? await this.#probeRemote(config) : await probeLocal(runtime)
    if (era === 'unknown') {
      throw new UpstreamUnavailable(
        config.id,
        `"${config.id}" did not say which protocol revision it speaks`,
        `It is asked again with the next call; or set "servers.${config.id}.era".`,
      )
    }
    known.set(key, { era, until: this.#now() + VERDICT_TTL_MS })
    await this.#save(known)
    return era
  }

  /** Drops a verdict, e.g. after a failed start: the server may have changed. */
  async forget(config: ServerConfig): Promise<void> {
    const known = await this.#load()
    if (known.delete(verdictKey(config))) await this.#save(known)
  }

  async #load(): Promise<Map<string, StoredVerdict>> {
    if (this.#known !== undefined) return this.#known
    const known = new Map<string, StoredVerdict>()
    this.#known = known
    let text: string
    try {
      text = await readFile(this.#file, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return known
      throw error
    }
    for (const [key, value] of parseVerdicts(text)) known.set(key, value)
    return known
  }

  /** A cache: written whole and renamed, so that a reader never sees half of it. */
  #save(known: ReadonlyMap<string, StoredVerdict>): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      const temporary = `${this.#file}.${randomUUID()}`
      await mkdir(dirname(this.#file), { recursive: true, mode: 0o700 })
      await writeFile(temporary, JSON.stringify(Object.fromEntries(known)), { mode: 0o600 })
      await rename(temporary, this.#file)
    })
    return this.#writing
  }
}

/** A damaged cache is an empty one: every server is asked again. */
function parseVerdicts(text: string): [string, StoredVerdict][] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return []
    throw error
  }
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).filter(
    (pair): pair is [string, StoredVerdict] =>
      (pair[1]?.era === 'legacy' || pair[1]?.era === 'modern') && typeof pair[1]?.until === 'number',
  )
}

/** Changes with whatever decides what runs; holds no secret (references, not values). */
function verdictKey(config: ServerConfig): string {
  const what = config.kind === 'http' ? [config.url, config.transport] : [config.command, config.cwd ?? '']
  return createHash('sha256')
    .update(JSON.stringify([config.id, what]))
    .digest('hex')
}

/** Asks a local server in a process of its own. */
async function probeLocal(runtime: ServerRuntime): Promise<Era> {
  const release = await runtime.admitStart()
  try {
    const link = await runtime.openLink('modern', {
      notification: () => undefined,
      request: () => undefined,
      dropped: () => undefined,
      noise: (preview, bytes) => runtime.noise(preview, bytes),
      closed: () => undefined,
    })
    try {
      await link.start()
      return await new Promise<Era>((resolve) => {
        link.call({
          method: 'server/discover',
          params: () => JSON.stringify({ _meta: gatewayMeta() }),
          deadlineMs: Math.min(runtime.config.startDeadlineMs, 10_000),
          hooks: {
            notification: () => undefined,
            request: () => undefined,
            answer: (message) => resolve(eraEvidence(message)?.says === 'modern' ? 'modern' : 'legacy'),
            failed: () => resolve('legacy'),
          },
        })
      })
    } finally {
      await link.close()
    }
  } finally {
    release()
  }
}
