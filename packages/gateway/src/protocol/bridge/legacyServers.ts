/**
 * The servers of one legacy conversation: greeted for from memory where that is possible, else opened together, each
 * with the client's own `initialize`.
 */
import type { JsonObject, JsonValue } from '@sallyport/controls/json'
import type { View } from '../../ingress/port.ts'
import type { Refusal } from '../../pipeline/verdict.ts'
import type { Link } from '../../upstream/link.ts'
import type { SessionPort } from '../../upstream/session.ts'
import { type LogLevelName, levelAllows } from '../logLevels.ts'
import { type Dialect, LEGACY_TO_LEGACY } from './dialect.ts'
import { unavailableRefusal, waitsFor } from './failures.ts'
import { type Excluded, heldBack, mergeCapabilities, mergeInstructions, SERVER_INFO } from './greeting.ts'
import { grantedRevision, LegacyServer, type LegacyServerHooks } from './legacyServer.ts'

/** A client waits this long for slow servers to open; they join later with `list_changed`. */
const OPENING_MS = 10_000

export type LegacyServersHooks = Omit<LegacyServerHooks, 'facts' | 'greeted'>

export type Opened =
  | { readonly ok: true; readonly result: JsonObject }
  | { readonly ok: false; readonly refusal: Refusal }

export class LegacyServers {
  readonly #hooks: LegacyServersHooks
  readonly #open = new Map<string, LegacyServer>()
  /** Why a server is not there yet, where a person can do something about it. */
  readonly #missing = new Map<string, string>()
  #params: JsonObject = {}
  #level: LogLevelName | undefined
  #clientReady = false
  #announceLate = false

  constructor(hooks: LegacyServersHooks) {
    this.#hooks = hooks
  }

  /**
   * Opens all servers of a view; the result is what the client gets for its `initialize`. One that is known answers at
   * once: a local one is started by the first call to it, a remote one behind.
   */
  async open(
    servers: readonly string[],
    params: JsonObject,
    view: View,
    excluded: readonly Excluded[],
  ): Promise<Opened> {
    this.#params = params
    for (const id of servers) this.#open.set(id, new LegacyServer(id, this.#opening()))
    const all = [...this.#open.values()]
    await Promise.all(all.map((server) => server.recallGreeting()))
    const [only] = all
    if (view.kind === 'one' && only !== undefined) {
      try {
        if (only.greeting === undefined) await only.session.link()
      } catch (error) {
        this.#open.delete(only.id)
        return { ok: false, refusal: unavailableRefusal(only.id, error) }
      }
      return only.greeting === undefined
        ? { ok: false, refusal: unavailableRefusal(only.id, undefined) }
        : { ok: true, result: only.greeting }
    }
    const starts = all.map(async ({ greeting, session }) => {
      if (greeting === undefined) await session.link()
    })
    starts.forEach((start, at) => {
      const id = all[at]?.id ?? ''
      start.catch((error: unknown) => {
        const why = waitsFor(unavailableRefusal(id, error))
        if (why !== undefined) this.#missing.set(id, why)
      })
    })
    await settledWithin(OPENING_MS, starts)
    this.#announceLate = true
    return { ok: true, result: this.#merge(excluded) }
  }

  /** Opens more servers, behind the client's back: each announces what it has. */
  async join(servers: readonly string[]): Promise<void> {
    const more = servers
      .filter((id) => !this.#open.has(id))
      .map((id) => new LegacyServer(id, this.#opening()))
    if (more.length === 0) return
    for (const server of more) this.#open.set(server.id, server)
    await Promise.all(more.map((server) => server.recallGreeting()))
    for (const server of more) if (server.greeting !== undefined) server.announce()
    this.wake()
  }

  /** Servers this conversation may send to, in order. */
  ready(): string[] {
    return [...this.#open.keys()]
  }

  /** Tries again, behind the client's back, the servers that did not open; one that does announces itself. */
  wake(): void {
    for (const { session, greeting } of this.#open.values()) {
      if (greeting !== undefined) continue
      // The failure is recorded and shown in `status` by the server's runtime.
      Promise.resolve()
        .then(() => session.link())
        .catch(() => undefined)
    }
  }

  session(server: string): SessionPort | undefined {
    return this.#open.get(server)?.session
  }

  /** How a server is spoken to for this client. */
  dialect(server: string): Dialect {
    return this.#open.get(server)?.dialect ?? LEGACY_TO_LEGACY
  }

  offers(server: string, capability: string): boolean {
    return this.#open.get(server)?.offers(capability) === true
  }

  /** A page of a list from memory (`LegacyServer.recallPage`). */
  async recallPage(
    server: string,
    method: string,
    cursor: JsonValue | undefined,
  ): Promise<JsonObject | undefined> {
    return await this.#open.get(server)?.recallPage(method, cursor)
  }

  /** Notes a page that a server gave just now. */
  notePage(
    server: string,
    method: string,
    cursor: JsonValue | undefined,
    result: JsonObject,
    to: 'client' | 'look-up' = 'client',
  ): void {
    this.#open.get(server)?.notePage(method, cursor, result, to)
  }

  /** The connection for a call (`LegacyServer.linkFor`). */
  linkFor(server: string, method: string, name: string | undefined): Link | Promise<Link> {
    const open = this.#open.get(server)
    if (open === undefined) throw new Error(`no session with "${server}"`)
    return open.linkFor(method, name)
  }

  clientReady(): void {
    if (this.#clientReady) return
    this.#clientReady = true
    for (const server of this.#open.values()) server.clientReady()
  }

  setLevel(level: LogLevelName): void {
    this.#level = level
    for (const server of this.#open.values()) server.setLevel(level)
  }

  /** A server may not mind the level it was told: what a client did not ask for does not reach it. */
  levelAllows(level: JsonValue | undefined): boolean {
    return this.#level === undefined || levelAllows(this.#level, level)
  }

  subscribed(server: string, uri: string, on: boolean): void {
    this.#open.get(server)?.subscribed(uri, on)
  }

  notifyAll(method: string, params: string | undefined): void {
    for (const server of this.#open.values()) server.notify(method, params)
  }

  /** Tells one legacy server. */
  notify(server: string, method: string, params: string | undefined): void {
    this.#open.get(server)?.notify(method, params)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map((server) => server.close()))
    this.#open.clear()
  }

  #opening(): LegacyServerHooks {
    return {
      ...this.#hooks,
      facts: () => ({ params: this.#params, level: this.#level, clientReady: this.#clientReady }),
      greeted: (server) => {
        if (this.#announceLate) server.announce()
      },
    }
  }

  #merge(excluded: readonly Excluded[]): JsonObject {
    const { world } = this.#hooks
    const parts: { readonly server: string; readonly result: JsonObject }[] = []
    const missing: Excluded[] = [...excluded]
    for (const { id, greeting } of this.#open.values()) {
      if (greeting === undefined)
        missing.push({ server: id, why: this.#missing.get(id) ?? 'not ready yet or failing' })
      else parts.push({ server: id, result: greeting })
    }
    const { config, pins } = world.relay
    const held = heldBack([...this.#open.keys()], pins)
    const instructions = mergeInstructions(parts, missing, config.instructions.maxBytes, held)
    const capabilities = mergeCapabilities([
      // The gateway announces changes itself, for servers that come late too.
      {
        tools: { listChanged: true },
        prompts: { listChanged: true },
        resources: { listChanged: true },
        logging: {},
      },
      ...parts.map((part) => part.result.capabilities),
    ])
    return {
      protocolVersion: grantedRevision(this.#params),
      capabilities,
      serverInfo: SERVER_INFO,
      ...(instructions === '' ? {} : { instructions }),
    }
  }
}

async function settledWithin(ms: number, work: readonly Promise<void>[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([Promise.allSettled(work), late])
  clearTimeout(timer)
}
