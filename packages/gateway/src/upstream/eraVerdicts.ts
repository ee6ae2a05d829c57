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
import type { ServerRuntime } from './serverRuntime.ts'
import { NO_CRASHES } from './starts.ts'
import { UpstreamUnavailable } from './unavailable.ts'

/** How long a verdict is believed; one on a local server, which would have to be started, until it runs again. */
export const VERDICT_TTL_MS = 24 * 60 * 60 * 1000
/** Of a server that was silent: asked again the next time it runs, but not started for that alone. */
export const UNSURE_TTL_MS = 60 * 60 * 1000

type ProbeRemote = (
  server: Extract<ServerConfig, { kind: 'http' }>,
  signal: AbortSignal,
) => Promise<Era | 'unknown'>

interface StoredVerdict {
  readonly era: Era
  readonly until: number
}

export class EraVerdicts {
  readonly #file: string
  readonly #now: () => number
  readonly #probeRemote: ProbeRemote
  #loading: Promise<Map<string, StoredVerdict>> | undefined
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

  /**
   * The server's era; rejects with `UpstreamUnavailable` when it cannot be told now. `fresh`: an earlier verdict is
   * dropped, because the server may have changed.
   */
  async ask(runtime: ServerRuntime, fresh: boolean): Promise<Era> {
    const { config, signal } = runtime
    const key = verdictKey(config)
    const known = await this.#load(runtime)
    const stored = known.get(key)
    const believed = stored !== undefined && (config.kind === 'stdio' || stored.until > this.#now())
    if (!fresh && believed) return stored.era
    // Of a local server it is still the best guess: should we be killed now, the next gateway need not start it to ask.
    if (config.kind === 'http' && known.delete(key)) await this.#save(runtime, known)
    const { era, sure } =
      config.kind === 'http'
        ? { era: await this.#probeRemote(config, signal), sure: true }
        : await probeLocal(runtime)
    // Ended by us, it proves nothing: silence would be taken for the legacy era.
    signal.throwIfAborted()
    if (era === 'unknown') {
      throw new UpstreamUnavailable(
        config.id,
        `"${config.id}" did not say which protocol revision it speaks`,
        `It is asked again later; or set "servers.${config.id}.era".`,
      )
    }
    // A slow first start (a package being fetched) is silent too: believed now, but not for long.
    known.set(key, { era, until: this.#now() + (sure ? VERDICT_TTL_MS : UNSURE_TTL_MS) })
    await this.#save(runtime, known)
    return era
  }

  /** How far the verdict on a server is to be believed, as far as verdicts were read. */
  believed(runtime: ServerRuntime): 'fresh' | 'expired' | 'unknown' {
    const stored = this.#known?.get(verdictKey(runtime.config))
    if (stored === undefined) return 'unknown'
    return stored.until > this.#now() ? 'fresh' : 'expired'
  }

  #load(runtime: ServerRuntime): Promise<Map<string, StoredVerdict>> {
    this.#loading ??= this.#read(runtime)
    return this.#loading
  }

  /** A cache that cannot be read is an empty one. */
  async #read({ log }: ServerRuntime): Promise<Map<string, StoredVerdict>> {
    let known = new Map<string, StoredVerdict>()
    try {
      known = new Map(parseVerdicts(await readFile(this.#file, 'utf8')))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        log.warn('era.cache', { file: this.#file, explain: String(error) })
    }
    this.#known = known
    return known
  }

  /** A verdict that could not be stored is still one; the next is stored again, whatever became of this. */
  #save({ log }: ServerRuntime, known: ReadonlyMap<string, StoredVerdict>): Promise<void> {
    this.#writing = this.#writing
      .then(() => this.#write(known))
      .catch((error: unknown) => log.warn('era.cache', { file: this.#file, explain: String(error) }))
    return this.#writing
  }

  /** A cache: written whole and renamed, so that a reader never sees half of it. */
  async #write(known: ReadonlyMap<string, StoredVerdict>): Promise<void> {
    const temporary = `${this.#file}.${randomUUID()}`
    await mkdir(dirname(this.#file), { recursive: true, mode: 0o700 })
    await writeFile(temporary, JSON.stringify(Object.fromEntries(known)), { mode: 0o600 })
    await rename(temporary, this.#file)
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
async function probeLocal(runtime: ServerRuntime): Promise<{ readonly era: Era; readonly sure: boolean }> {
  const { signal } = runtime
  const release = await runtime.admitStart(NO_CRASHES, signal)
  try {
    // It is asked for its era alone: nothing of a client is sent.
    const { link } = await runtime.openLink('modern', {
      notification: () => undefined,
      request: () => undefined,
      dropped: () => undefined,
      noise: (preview, bytes) => runtime.noise(preview, bytes),
      closed: () => undefined,
    })
    const stop = () => void link.close()
    signal.addEventListener('abort', stop, { once: true })
    try {
      signal.throwIfAborted()
      await link.start()
      return await new Promise<{ era: Era; sure: boolean }>((resolve) => {
        link.call({
          method: 'server/discover',
          params: () => JSON.stringify({ _meta: gatewayMeta() }),
          deadlineMs: Math.min(runtime.config.startDeadlineMs, 10_000),
          hooks: {
            notification: () => undefined,
            request: () => undefined,
            answer: (message) =>
              resolve({ era: eraEvidence(message)?.says === 'modern' ? 'modern' : 'legacy', sure: true }),
            failed: ({ kind }) => resolve({ era: 'legacy', sure: kind !== 'deadline' }),
          },
        })
      })
    } finally {
      signal.removeEventListener('abort', stop)
      await link.close()
    }
  } finally {
    release()
  }
}
