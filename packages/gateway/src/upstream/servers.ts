import type { ServerConfig } from '../config/config.ts'
import { type RuntimeContext, ServerRuntime, type ServerStatus } from './serverRuntime.ts'

/** The servers of the running configuration, in its order, and those it replaced until their last call has ended. */
export class Servers {
  #runtimes = new Map<string, ServerRuntime>()
  #enabled: readonly ServerRuntime[] = []
  readonly #retired = new Set<ServerRuntime>()
  readonly #context: RuntimeContext

  constructor(configs: readonly ServerConfig[], context: RuntimeContext) {
    this.#context = context
    this.replace(configs)
  }

  /**
   * Takes over a new configuration. Servers whose entry did not change keep their connections and what is known of
   * them; the others, and those that are gone, take no new calls and end when those under way have ended.
   */
  replace(configs: readonly ServerConfig[]): void {
    const next = new Map<string, ServerRuntime>()
    for (const config of configs) {
      const known = this.#runtimes.get(config.id)
      const same = known !== undefined && asRun(known.config) === asRun(config)
      next.set(config.id, same ? known : new ServerRuntime(config, this.#context))
    }
    const before = this.#runtimes
    this.#runtimes = next
    this.#enabled = [...next.values()].filter((runtime) => runtime.config.enabled)
    for (const [id, runtime] of before) {
      if (next.get(id) === runtime) continue
      this.#retired.add(runtime)
      runtime.retire()
    }
  }

  get(id: string): ServerRuntime | undefined {
    return this.#runtimes.get(id)
  }

  /** Enabled servers, in the order of the configuration. */
  enabled(): readonly ServerRuntime[] {
    return this.#enabled
  }

  statuses(): ServerStatus[] {
    return [...this.#runtimes.values()].map((runtime) => runtime.status())
  }

  /** To be called now and then: ends idle connections, forgets what has ended, looks after servers that were not there. */
  sweep(): void {
    for (const runtime of this.#retired) if (runtime.unused) this.#retired.delete(runtime)
    for (const runtime of this.enabled()) {
      runtime.stopIdle()
      // A remote server that comes back is seen without a call; a local one is not started for nobody.
      if (runtime.config.kind === 'http') void runtime.learnEra({ firstMs: 0, againMs: 0 })
    }
  }

  /** The gateway is about to stop: who waits for a start is told so at once. */
  endStarts(): void {
    for (const runtime of [...this.#runtimes.values(), ...this.#retired]) runtime.endStarts()
  }

  /** Ends all of them. */
  async close(): Promise<void> {
    await Promise.all([...this.#runtimes.values(), ...this.#retired].map((runtime) => runtime.close()))
  }
}

/** What a connection depends on. How often a server may be called is asked at every call: a new limit ends nobody's session. */
function asRun({
  rate: _rate,
  totalRate: _total,
  questionRate: _questions,
  ask: _ask,
  maxInFlight: _most,
  circuit: _circuit,
  ...rest
}: ServerConfig): string {
  return JSON.stringify(rest)
}
