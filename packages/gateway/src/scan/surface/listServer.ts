/**
 * Starts or calls one server, asks it for all that it says of itself, and ends it: nothing of it is left afterwards,
 * whatever it does meanwhile.
 *
 * Goes the gateway's own ways out (`upstream/`): the same strict reading, the same limits, the same guardian. A server is
 * asked as a host would ask it; it declares to be able to do all that a client can, since servers show tools by that, and
 * refuses when it is asked to do it. Cannot know: what a server shows to others, or shows later.
 */
import { isObject, type JsonObject, writeJson } from '@sallyport/controls/json'
import { LIST_METHODS, SURFACE_LISTS, type SurfaceList } from '@sallyport/controls/surface'
import type { ServerConfig } from '../../config/config.ts'
import type { Log } from '../../log.ts'
import { gatewayMeta } from '../../protocol/envelope.ts'
import { type Era, LATEST_LEGACY, LATEST_MODERN, LEGACY_REVISIONS } from '../../protocol/era.ts'
import { SKILLS_EXTENSION } from '../../protocol/methods.ts'
import { eraEvidence } from '../../upstream/eraEvidence.ts'
import type { Guardian } from '../../upstream/guardian.ts'
import type { HttpPools } from '../../upstream/http.ts'
import { Link } from '../../upstream/link.ts'
import { makeOpenTransport, makeProbeRemote } from '../../upstream/openTransport.ts'
import { TransportError } from '../../upstream/transport.ts'
import { VERSION } from '../../version.ts'
import type { SurfaceAnswer, SurfaceAnswers } from './answers.ts'

export interface ListingWorld {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly guardian: Guardian
  readonly pools: HttpPools
  readonly log: Log
  readonly redact: (text: string) => string
  /** Monotonic, in milliseconds. */
  readonly now: () => number
}

export type Listing =
  | { readonly ok: true; readonly surface: SurfaceAnswers }
  /** One sentence, which may have words of the server in it: not to be shown as it is. */
  | { readonly ok: false; readonly explain: string }

/** For the whole of one server: a package may have to be fetched first. */
export const LISTING_DEADLINE_MS = 90_000
/** Silence to `server/discover` means an older server. */
const PROBE_DEADLINE_MS = 10_000
/** Tools of the largest servers come in pages of hundreds. */
const MAX_PAGES = 200
/** All answers together; one more than a file of a surface may have. */
const MAX_TOTAL_BYTES = 64 * 1024 * 1024
const MAX_ANSWER_BYTES = 32 * 1024 * 1024
/** More notifications, questions and noise than this while it is asked a few things: it is flooding us. */
const MAX_UNASKED = 5_000
const BUDGET = { maxDepth: 256, maxKeys: 2_000_000, maxValues: 4_000_000 }

/** What a server declares that has a list. */
const CAPABILITY_OF: Readonly<Record<SurfaceList, string>> = {
  'tools/list': 'tools',
  'prompts/list': 'prompts',
  'resources/list': 'resources',
  'resources/templates/list': 'resources',
  'skills/list': SKILLS_EXTENSION,
}

/** What we say we can do: servers show tools by it. */
const CAPABILITIES = { roots: { listChanged: true }, sampling: {}, elicitation: { form: {}, url: {} } }

/**
 * Lists one server. Never rejects; `signal` ends it early.
 *
 * @example const listing = await listServer(server, world, AbortSignal.timeout(90_000))
 */
export async function listServer(
  server: ServerConfig,
  world: ListingWorld,
  signal: AbortSignal,
): Promise<Listing> {
  try {
    const modern = await openIn('modern', server, world, signal)
    if (modern !== undefined) return { ok: true, surface: modern }
    const legacy = await openIn('legacy', server, world, signal)
    if (legacy !== undefined) return { ok: true, surface: legacy }
    return { ok: false, explain: 'it did not say which protocol revision it speaks' }
  } catch (error) {
    return { ok: false, explain: explainFailure(error, signal) }
  }
}

function explainFailure(error: unknown, signal: AbortSignal): string {
  if (signal.aborted)
    return signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError'
      ? 'it did not answer in time, and was ended'
      : 'the scan was stopped'
  if (error instanceof TransportError && error.fault.code === 'unauthorized')
    return 'it asks for a sign-in or a key that this scan does not have'
  return error instanceof Error ? error.message : String(error)
}

/** Whoever scans has said yes to the command; nothing is pinned by looking. */
const admit = async (): Promise<undefined> => undefined

/** Asks in one era; `undefined` when the server is of the other one. */
async function openIn(
  era: Era,
  server: ServerConfig,
  world: ListingWorld,
  signal: AbortSignal,
): Promise<SurfaceAnswers | undefined> {
  if (server.era !== 'auto' && server.era !== era) return undefined
  if (era === 'modern' && server.kind === 'http' && server.era === 'auto') {
    const probed = await makeProbeRemote({ ...world, admit })(server, signal)
    signal.throwIfAborted()
    // Of one that says nothing, the legacy attempt tells why.
    if (probed !== 'modern') return undefined
  }
  const asking = await Asking.open(era, server, world, signal)
  try {
    return await asking.everything()
  } finally {
    await asking.close()
  }
}

class Asking {
  readonly #era: Era
  readonly #link: Link
  readonly #ended = Promise.withResolvers<never>()
  readonly #signal: AbortSignal
  readonly #stop = () => this.#ended.reject(this.#signal.reason)
  #unasked = 0
  #bytes = 0

  static async open(
    era: Era,
    server: ServerConfig,
    world: ListingWorld,
    signal: AbortSignal,
  ): Promise<Asking> {
    const { open, redact } = await makeOpenTransport({ ...world, admit })(server, era, MAX_ANSWER_BYTES)
    const asking = new Asking(era, { open, redact, now: world.now }, signal)
    try {
      await asking.#within(asking.#link.start())
      return asking
    } catch (error) {
      await asking.close()
      throw error
    }
  }

  private constructor(
    era: Era,
    way: Pick<ConstructorParameters<typeof Link>[0], 'open' | 'redact' | 'now'>,
    signal: AbortSignal,
  ) {
    this.#era = era
    this.#signal = signal
    // What ends it may come while nothing is waited for.
    this.#ended.promise.catch(() => undefined)
    signal.addEventListener('abort', this.#stop, { once: true })
    if (signal.aborted) this.#stop()
    this.#link = new Link({
      ...way,
      era,
      budget: { ...BUDGET, maxBytes: MAX_ANSWER_BYTES },
      events: {
        notification: () => this.#count(),
        request: ({ id, method }) => {
          this.#count()
          this.#refuse(id, method)
        },
        dropped: () => this.#count(),
        noise: () => this.#count(),
        closed: (fault) => this.#ended.reject(new TransportError(fault)),
      },
    })
  }

  async everything(): Promise<SurfaceAnswers | undefined> {
    const greeting = this.#era === 'modern' ? await this.#discover() : await this.#initialize()
    if (greeting === undefined) return undefined
    const offered = greeting.result.capabilities
    const extensions = isObject(offered) && isObject(offered.extensions) ? offered.extensions : {}
    const answers: SurfaceAnswer[] = [greeting]
    const unread: string[] = []
    for (const method of LIST_METHODS) {
      const capability = CAPABILITY_OF[method]
      const declared = isObject(offered) && (offered[capability] !== undefined || capability in extensions)
      // Hosts ask for tools whatever was declared.
      if (!declared && method !== 'tools/list') continue
      const listed = await this.#list(method)
      if (listed.result !== undefined) answers.push({ method, result: listed.result })
      if (listed.explain !== undefined && declared) unread.push(`${method}: ${listed.explain}`)
    }
    return { era: this.#era, answers, unread }
  }

  async close(): Promise<void> {
    this.#signal.removeEventListener('abort', this.#stop)
    await this.#link.close()
  }

  async #discover(): Promise<SurfaceAnswer | undefined> {
    const answer = await this.#ask('server/discover', {}, PROBE_DEADLINE_MS)
    return answer.modern && answer.result !== undefined
      ? { method: 'server/discover', result: answer.result }
      : undefined
  }

  async #initialize(): Promise<SurfaceAnswer> {
    const answer = await this.#ask('initialize', {
      protocolVersion: LATEST_LEGACY,
      capabilities: CAPABILITIES,
      clientInfo: { name: 'sallyport', version: VERSION },
    })
    if (answer.result === undefined) throw new Error(`it refused to be initialized: ${answer.explain}`)
    const revision = answer.result.protocolVersion
    if (typeof revision !== 'string' || !(LEGACY_REVISIONS as readonly string[]).includes(revision))
      throw new Error('it speaks a protocol revision that is not known')
    this.#link.initialized(revision)
    this.#link.notify('notifications/initialized', undefined)
    return { method: 'initialize', result: answer.result }
  }

  /** All pages of a list as one answer; what was read before it failed counts, and why it did is said. */
  async #list(method: SurfaceList): Promise<{ result?: JsonObject; explain?: string }> {
    const { member } = SURFACE_LISTS[method]
    const entries: unknown[] = []
    let first: JsonObject | undefined
    let cursor: string | undefined
    for (let page = 0; page < MAX_PAGES; page++) {
      const answer = await this.#ask(method, cursor === undefined ? {} : { cursor })
      if (answer.result === undefined) return { ...joined(first, member, entries), explain: answer.explain }
      const { nextCursor } = answer.result
      const list = answer.result[member]
      first ??= answer.result
      if (Array.isArray(list)) for (const entry of list) entries.push(entry)
      else return { result: answer.result }
      if (typeof nextCursor !== 'string') return joined(first, member, entries)
      if (nextCursor === cursor) return { ...joined(first, member, entries), explain: 'its pages repeat' }
      if (this.#bytes > MAX_TOTAL_BYTES)
        return { ...joined(first, member, entries), explain: 'it lists more than is read' }
      cursor = nextCursor
    }
    return { ...joined(first, member, entries), explain: `it has more than ${MAX_PAGES} pages` }
  }

  async #ask(method: string, params: JsonObject, deadlineMs = LISTING_DEADLINE_MS): Promise<Answer> {
    const modern = this.#era === 'modern'
    const body = modern
      ? { ...params, _meta: { ...gatewayMeta(), [CLIENT_CAPABILITIES]: CAPABILITIES } }
      : params
    const text = writeJson(body)
    const answered = new Promise<Answer>((resolve, reject) => {
      this.#link.call({
        method,
        params: () => (text === '{}' ? undefined : text),
        ...(modern ? { headers: { 'mcp-protocol-version': LATEST_MODERN, 'mcp-method': method } } : {}),
        deadlineMs,
        hooks: {
          notification: () => this.#count(),
          request: ({ id, method: asked }) => {
            this.#count()
            this.#refuse(id, asked)
          },
          answer: (message) => {
            this.#bytes += message.bytes.length
            const proof = eraEvidence(message)?.says === 'modern'
            const { result, error } = message.value
            resolve(
              isObject(result)
                ? { result, explain: '', modern: proof }
                : { explain: explainError(error), modern: proof },
            )
          },
          failed: (failure) => {
            if (failure.kind === 'transport') {
              // An older server may end or refuse when it is asked what it does not know: that is an answer.
              if (method === 'server/discover') resolve({ explain: failure.fault.explain, modern: false })
              else reject(new TransportError(failure.fault))
            } else
              resolve({
                explain: failure.kind === 'deadline' ? 'no answer in time' : failure.explain,
                modern: false,
              })
          },
        },
      })
    })
    return method === 'server/discover' ? await this.#orAborted(answered) : await this.#within(answered)
  }

  /** A question to the client has nobody here to answer it. */
  #refuse(id: string | undefined, method: string): void {
    if (id === undefined) return
    this.#link.respond(
      id,
      method === 'ping'
        ? '"result":{}'
        : '"error":{"code":-32603,"message":"this client only looks at what there is"}',
    )
  }

  #count(): void {
    if (++this.#unasked === MAX_UNASKED)
      this.#ended.reject(new Error('it floods its client with messages nobody asked for, and was ended'))
  }

  /** The promise, or what ends the conversation before. */
  #within<T>(promise: Promise<T>): Promise<T> {
    return Promise.race([promise, this.#ended.promise])
  }

  /** As above, but the end of the server is an answer too. */
  async #orAborted(answered: Promise<Answer>): Promise<Answer> {
    try {
      return await this.#within(answered)
    } catch (error) {
      if (error instanceof TransportError) return { explain: error.fault.explain, modern: false }
      throw error
    }
  }
}

interface Answer {
  readonly result?: JsonObject
  readonly explain: string
  /** It proves that the server is a modern one. */
  readonly modern: boolean
}

const CLIENT_CAPABILITIES = 'io.modelcontextprotocol/clientCapabilities'

function joined(first: JsonObject | undefined, member: string, entries: unknown[]): { result?: JsonObject } {
  return first === undefined ? {} : { result: { ...first, [member]: entries as JsonObject[] } }
}

function explainError(error: unknown): string {
  const { code, message } = isObject(error) ? error : {}
  const said = typeof message === 'string' ? `: ${message.slice(0, 200)}` : ''
  return `it answered with error ${typeof code === 'number' ? code : '?'}${said}`
}
