/**
 * A real HTTP door on a free port, and clients that speak to it byte by byte or through `fetch`.
 */
import { connect, type Socket } from 'node:net'
import type { LimitsConfig, ListenConfig } from '../../config/config.ts'
import { silentLog } from '../../log.ts'
import { type HttpIngress, type HttpIngressOptions, openHttpIngress } from '../http.ts'
import { type Script, type ScriptedFront, scriptedFront } from './scriptedFront.ts'

export const MODERN = '2026-07-28'

export const LISTEN: ListenConfig = {
  host: '127.0.0.1',
  port: 0,
  workers: 1,
  allowedHosts: [],
  allowedOrigins: [],
  sessionIdleMs: 60_000,
  maxSessions: 10,
  maxStreams: 10,
  keepAliveMs: 60_000,
  headersTimeoutMs: 5_000,
  bodyTimeoutMs: 5_000,
  stalledClientMs: 5_000,
  drainMs: 1_000,
}

export const LIMITS: LimitsConfig = {
  maxMessageBytes: 256 * 1024,
  maxDepth: 64,
  maxKeys: 10_000,
  maxInFlightPerClient: 20,
  maxInFlight: 200,
  maxSubscriptions: 500,
  concurrentStarts: 2,
}

export interface TestDoor {
  readonly front: ScriptedFront
  readonly ingress: HttpIngress
  readonly port: number
  readonly url: string
}

export interface TestDoorOptions extends Partial<Omit<HttpIngressOptions, 'config' | 'limits' | 'front'>> {
  readonly listen?: Partial<ListenConfig>
  readonly limits?: Partial<LimitsConfig>
  readonly script?: Script
}

/** Opens a door in front of a scripted gateway. */
export async function openDoor(options: TestDoorOptions = {}): Promise<TestDoor> {
  const { listen, limits, script, ...rest } = options
  const front = scriptedFront(script)
  const ingress = await openHttpIngress({
    log: silentLog,
    now: () => performance.now(),
    ...rest,
    config: { ...LISTEN, ...listen },
    limits: { ...LIMITS, ...limits },
    front,
  })
  const { port } = ingress.address
  return { front, ingress, port, url: `http://127.0.0.1:${port}/mcp` }
}

/** The envelope of a modern request, with more of `_meta` if wanted. */
export function envelope(more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    _meta: {
      'io.modelcontextprotocol/protocolVersion': MODERN,
      'io.modelcontextprotocol/clientCapabilities': {},
      ...more,
    },
  }
}

/** A modern request with its headers. */
export function modernRequest(
  method: string,
  params: Record<string, unknown> = {},
  options: {
    readonly id?: unknown
    readonly headers?: Record<string, string>
    readonly signal?: AbortSignal
  } = {},
): RequestInit {
  const { name, uri } = params
  const named = typeof name === 'string' ? name : typeof uri === 'string' ? uri : undefined
  return {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': MODERN,
      'mcp-method': method,
      ...(named === undefined ? {} : { 'mcp-name': named }),
      ...options.headers,
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: options.id ?? 1,
      method,
      params: { ...envelope(), ...params },
    }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  }
}

/** A legacy POST; `session` and `headers` as given. */
export function legacyPost(
  message: unknown,
  session?: string,
  headers: Record<string, string> = {},
  signal?: AbortSignal,
): RequestInit {
  return {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(session === undefined ? {} : { 'mcp-session-id': session, 'mcp-protocol-version': '2025-11-25' }),
      ...headers,
    },
    body: JSON.stringify(message),
    ...(signal === undefined ? {} : { signal }),
  }
}

export function initialize(id: unknown = 0, revision = '2025-11-25'): Record<string, unknown> {
  const clientInfo = { name: 'test', version: '0' }
  return {
    jsonrpc: '2.0',
    id,
    method: 'initialize',
    params: { protocolVersion: revision, capabilities: {}, clientInfo },
  }
}

/** Opens a session; its id. */
export async function openSession(
  url: string,
  headers: Record<string, string> = {},
  revision?: string,
): Promise<string> {
  const response = await fetch(url, legacyPost(initialize(0, revision), undefined, headers))
  await response.text()
  const id = response.headers.get('mcp-session-id')
  if (id === null) throw new Error(`no session: HTTP ${response.status}`)
  return id
}

/** The code of the JSON-RPC error that a response carries. */
export async function errorCode(response: Response): Promise<number | undefined> {
  const answer = (await response.json()) as { readonly error?: { readonly code: number } }
  return answer.error?.code
}

export interface Event {
  readonly type: string | undefined
  readonly id: string | undefined
  readonly data: string
}

/** The events of a response, one by one, as they arrive. Comments are counted. */
export class EventReader {
  comments = 0
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #decoder = new TextDecoder()
  #text = ''

  constructor(response: Response) {
    if (response.body === null) throw new Error('no body')
    this.#reader = response.body.getReader()
  }

  /** The next event, `undefined` at the end. */
  async next(): Promise<Event | undefined> {
    for (;;) {
      const end = this.#text.indexOf('\n\n')
      if (end >= 0) {
        const lines = this.#text.slice(0, end).split('\n')
        this.#text = this.#text.slice(end + 2)
        const field = (name: string) =>
          lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2)
        if (lines.some((line) => line.startsWith(':'))) this.comments += 1
        const data = field('data')
        if (data !== undefined) return { type: field('event'), id: field('id'), data }
        continue
      }
      const { done, value } = await this.#reader.read()
      if (done) return undefined
      this.#text += this.#decoder.decode(value, { stream: true })
    }
  }

  /** All that is left. */
  async rest(): Promise<Event[]> {
    const events: Event[] = []
    for (let event = await this.next(); event !== undefined; event = await this.next()) events.push(event)
    return events
  }

  cancel(): Promise<void> {
    return this.#reader.cancel()
  }
}

/**
 * Lets what was written on loopback arrive, where nothing tells that it did. Turns of the event loop, not time: a machine that
 * stands still for a second and then runs due timers before it reads has had one turn, not many.
 */
export async function arrivals(turns = 20): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setTimeout(resolve, 1))
}

/** A TCP connection to the door, and all it has said so far. */
export class RawClient {
  readonly socket: Socket
  text = ''
  closed = false
  #wake: (() => void)[] = []

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1' })
    this.socket.setNoDelay(true)
    this.socket.on('data', (chunk: Buffer) => {
      this.text += chunk.toString('latin1')
      this.#notify()
    })
    this.socket.on('error', () => this.#notify())
    this.socket.on('close', () => {
      this.closed = true
      this.#notify()
    })
  }

  write(bytes: string | Buffer): void {
    if (!this.closed) this.socket.write(bytes)
  }

  /** HTTP statuses of the answers so far, interim ones included. */
  get statuses(): number[] {
    return [...this.text.matchAll(/HTTP\/1\.[01] (\d{3}) /g)].map((match) => Number(match[1]))
  }

  /** Waits until the condition holds or the connection ended; `false` when neither came in time. */
  async until(condition: () => boolean, ms = 20_000): Promise<boolean> {
    const deadline = performance.now() + ms
    while (!condition() && !this.closed) {
      const left = deadline - performance.now()
      if (left <= 0) return false
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left)
        this.#wake.push(() => {
          clearTimeout(timer)
          resolve()
        })
      })
    }
    return true
  }

  destroy(): void {
    this.socket.destroy()
  }

  #notify(): void {
    const wake = this.#wake
    this.#wake = []
    for (const one of wake) one()
  }
}
