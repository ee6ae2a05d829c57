/**
 * The gateways inside the daemon: one for each environment that relays bring along.
 *
 * Two hosts with the same values for everything the configuration takes from the environment share a gateway. Where a
 * value differs (another token, another PATH), each has its own: a server must be started with what the host of its
 * conversation would have given it, and never with a token that another host held. Unused ones end after a while.
 */
import { createHash } from 'node:crypto'
import type { RunningGateway } from '../assemble.ts'
import type { Config } from '../config/config.ts'
import type { GatewayStatus } from '../gateway/gatewayStatus.ts'
import type { Log } from '../log.ts'

export type Environment = Readonly<Record<string, string>>

export interface GatewaysOptions {
  readonly config: Config
  readonly log: Log
  /** Starts one that takes what it needs from this environment. */
  readonly start: (config: Config, environment: Environment) => Promise<RunningGateway>
  /** Called whenever one was let go or has ended. */
  readonly changed: () => void
}

/** A conversation's hold on a gateway. */
export interface Claim {
  readonly running: RunningGateway
  release(): void
}

/** More different environments in use at one time are a mistake, or somebody who wants the machine's memory. */
export const MAX_GATEWAYS = 32

interface Entry {
  readonly started: Promise<RunningGateway>
  running: RunningGateway | undefined
  claims: number
  idle: NodeJS.Timeout | undefined
}

export class Gateways {
  readonly #options: GatewaysOptions
  readonly #entries = new Map<string, Entry>()
  readonly #ending = new Set<Promise<void>>()
  #config: Config

  constructor(options: GatewaysOptions) {
    this.#options = options
    this.#config = options.config
  }

  /** How many run, start or end. */
  get size(): number {
    return this.#entries.size + this.#ending.size
  }

  /** The gateway for this environment, started if need be. Rejects when it cannot start; `undefined` when there are too many. */
  async claim(environment: Environment): Promise<Claim | undefined> {
    const key = digest(environment)
    const entry = this.#entries.get(key) ?? this.#open(key, environment)
    if (entry === undefined) return undefined
    entry.claims += 1
    clearTimeout(entry.idle)
    const running = await entry.started
    let held = true
    return {
      running,
      release: () => {
        if (!held) return
        held = false
        entry.claims -= 1
        if (entry.claims === 0) this.#leave(key, entry)
        this.#options.changed()
      },
    }
  }

  /** Hands a new configuration to all of them. */
  reload(config: Config): void {
    this.#config = config
    for (const entry of this.#entries.values()) {
      entry.started
        .then((running) => running.gateway.reload(config))
        .catch((error: unknown) =>
          this.#options.log.error('config.reload-failed', { explain: String(error) }),
        )
    }
  }

  running(): readonly RunningGateway[] {
    return [...this.#entries.values()].flatMap(({ running }) => running ?? [])
  }

  statuses(): readonly GatewayStatus[] {
    return this.running().map(({ gateway }) => gateway.status())
  }

  /** Ends all of them. */
  async close(): Promise<void> {
    for (const [key, entry] of this.#entries) this.#end(key, entry)
    await Promise.all(this.#ending)
  }

  #open(key: string, environment: Environment): Entry | undefined {
    if (this.#entries.size >= MAX_GATEWAYS) this.#endLongestIdle()
    if (this.#entries.size >= MAX_GATEWAYS || this.#ending.size >= MAX_GATEWAYS) return undefined
    const started = this.#options.start(this.#config, environment)
    const entry: Entry = { started, running: undefined, claims: 0, idle: undefined }
    this.#entries.set(key, entry)
    started.then(
      (running) => {
        entry.running = running
      },
      // Whoever waits for it is told why; the next one tries again.
      () => this.#entries.delete(key),
    )
    return entry
  }

  /** Kept warm for a while: hosts come and go. */
  #leave(key: string, entry: Entry): void {
    if (this.#entries.get(key) !== entry) return
    // Deleted and set: of those nobody uses, the first is the one that was left first.
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    entry.idle = setTimeout(() => this.#end(key, entry), this.#config.daemon.idleMs)
  }

  /** Those kept warm must not shut anybody out: a shell whose PATH is its own (fnm, nix) makes one at each start. */
  #endLongestIdle(): void {
    for (const [key, entry] of this.#entries) if (entry.claims === 0) return this.#end(key, entry)
  }

  #end(key: string, entry: Entry): void {
    clearTimeout(entry.idle)
    if (this.#entries.get(key) !== entry) return
    this.#entries.delete(key)
    const ending: Promise<void> = entry.started
      .then((running) => running.close())
      .catch((error: unknown) => this.#options.log.error('gateway.close-failed', { explain: String(error) }))
      .then(() => {
        this.#ending.delete(ending)
        this.#options.changed()
      })
    this.#ending.add(ending)
  }
}

/** By value and not by name alone. Only ever a key in memory: a digest of a weak secret could be guessed from. */
function digest(environment: Environment): string {
  const entries = Object.entries(environment).sort(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256').update(JSON.stringify(entries)).digest('hex')
}
