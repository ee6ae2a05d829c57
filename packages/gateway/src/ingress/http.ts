/**
 * Door 1 over HTTP: Streamable HTTP for both eras. Plain requests are read by `plain/`, all others by `node:http`.
 *
 * Nothing reaches the gateway before its framing, its Host, its Origin and its caller are beyond doubt, and nothing is
 * refused without a record. What is refused at this door never costs more than the head, or one bounded body.
 */
import { createServer, type Server, type ServerOptions } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { isLoopbackHost } from '@sallyport/controls/urls'
import type { LimitsConfig, ListenConfig } from '../config/config.ts'
import type { Identity } from '../identity/identity.ts'
import type { Log } from '../log.ts'
import { AddressQuota } from './addressQuota.ts'
import { identifyLocalUser, receive } from './admit.ts'
import { proxyRule } from './clientAddress.ts'
import { Connections } from './connections.ts'
import type { Door, Identify } from './door.ts'
import { makeHostOriginRule } from './hostOrigin.ts'
import { LegacySessions } from './legacySessions.ts'
import { listenForPeers, peerDoor } from './peerDoor.ts'
import type { Peers } from './peers.ts'
import { PlainLane } from './plain/plainLane.ts'
import { MAX_HEAD_BYTES } from './plain/readPlain.ts'
import type { Front } from './port.ts'
import { answerParserFault, refuseTunnel } from './rawRefusal.ts'
import { TakenConnections } from './takenConnections.ts'
import { limitHandshakes } from './tls/handshakeDeadline.ts'
import type { ServerTls } from './tls/serverTls.ts'
import { Quota, Underway } from './underway.ts'

export interface HttpIngressOptions {
  readonly config: ListenConfig
  readonly limits: LimitsConfig
  readonly front: Front
  /** Who is calling; by default the local user, on loopback only. */
  readonly identify?: Identify
  /** Who may come in, and what is served for that. Its `identify` counts where that is not given. */
  readonly identity?: Identity
  /** TLS at this door. Without it, or a proxy that takes it off (`listen.behindTlsProxy`), we listen on loopback only. */
  readonly tls?: ServerTls
  /** The origin that clients know, where it is not that of the address. */
  readonly publicUrl?: string
  /** What `/readyz` says. */
  readonly ready?: () => boolean
  readonly log: Log
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number
  /** By default what sessions, streams and some calls need together. */
  readonly maxConnections?: number
  /** Unsent bytes of one response beyond which its client counts as not reading. Default: two messages, at least 1 MiB. */
  readonly maxBufferedBytes?: number
  /** Age at which GET and listen streams are ended (clients open them again). Default: a day. */
  readonly maxStreamMs?: number
  /** How long a connection is kept between requests. Default: a minute. */
  readonly keepAliveTimeoutMs?: number
  /** Other workers of this gateway: then the address is the primary's, and connections come by `take`. */
  readonly peers?: Peers
}

export interface HttpIngress {
  readonly address: AddressInfo
  /** For `sallyport status`. */
  readonly sessions: () => number
  /** Serves a client's connection that somebody else accepted, and from which nothing was read. */
  readonly take: (socket: Socket) => void
  /**
   * Stops taking requests, lets calls underway end (at most `drainMs`), then ends streams, sessions and connections.
   * Idempotent; resolves when nothing is left.
   */
  close(): Promise<void>
}

/** Who is calling, with all their scopes and groups (`identity/tokens/checkClaims.ts` bounds them). */
const HANDED_OVER_BYTES = 12 * 1024
const KEEP_ALIVE_TIMEOUT_MS = 60_000
const DAY_MS = 24 * 60 * 60 * 1000

/**
 * Opens the HTTP door. Rejects when the address cannot be bound, or may not be (A07).
 *
 * @example
 * const ingress = await openHttpIngress({ config: config.listen, limits: config.limits, front, log, now: () => performance.now() })
 * // ... serves http://127.0.0.1:7337/mcp
 * await ingress.close()
 */
export async function openHttpIngress(options: HttpIngressOptions): Promise<HttpIngress> {
  const { config, limits, front, log, now, peers, identity, tls } = options
  const identify = options.identify ?? identity?.identify
  const secure = tls !== undefined || config.behindTlsProxy === true
  if (!isLoopbackHost(config.host) && (identify === undefined || !secure)) {
    throw new Error(
      `listen.http ${config.host} can be reached from other machines: it needs authentication and TLS (or a TLS proxy in front); use 127.0.0.1`,
    )
  }
  /** Of a connection with no request under way; the comments that keep a stream alive are `config.keepAliveMs` apart. */
  const idleMs = options.keepAliveTimeoutMs ?? KEEP_ALIVE_TIMEOUT_MS
  const http = {
    maxHeaderSize: MAX_HEAD_BYTES,
    insecureHTTPParser: false,
    // Absence of Host is refused by us, on the record.
    requireHostHeader: false,
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
    keepAliveTimeout: idleMs,
    headersTimeout: config.headersTimeoutMs,
    requestTimeout: config.headersTimeoutMs + config.bodyTimeoutMs,
    connectionsCheckingInterval: checkingIntervalMs(config),
  }
  const server = tls === undefined ? createServer(http) : openTls(http, tls, config)
  // Node drops header lines over its count without a word: a repeated one could hide there. Bytes bound them instead.
  server.maxHeadersCount = 0
  server.maxConnections = options.maxConnections ?? config.maxSessions + config.maxStreams + 1024
  if (peers === undefined) await listen(server, config)
  // It gets its connections by `take`. Only with this event does Node begin to hold them to its time limits.
  else server.emit('listening')
  const address = peers?.address ?? (server.address() as AddressInfo)

  const proxies = proxyRule(config.trustedProxies ?? [])
  const door: Door = {
    listen: config,
    budget: {
      maxBytes: limits.maxMessageBytes,
      maxDepth: limits.maxDepth,
      maxKeys: limits.maxKeys,
      maxValues: Math.max(limits.maxKeys * 8, 1024),
      maxStringLength: limits.maxMessageBytes,
      maxNumberLength: 256,
    },
    maxInFlightPerClient: limits.maxInFlightPerClient,
    maxBufferedBytes: options.maxBufferedBytes ?? Math.max(1024 * 1024, 2 * limits.maxMessageBytes),
    maxStreamMs: options.maxStreamMs ?? DAY_MS,
    front,
    identify: identify ?? identifyLocalUser,
    ...(identity === undefined ? {} : { identity }),
    ready: options.ready ?? (() => true),
    log,
    now,
    connections: new Connections(),
    hostOrigin: makeHostOriginRule(config, address.port, {
      secure: tls !== undefined,
      publicUrl: options.publicUrl,
    }),
    proxies,
    hasProxies: (config.trustedProxies?.length ?? 0) > 0,
    strictTransport: strictTransportOf(options.publicUrl, secure),
    perAddress: new AddressQuota({
      most: config.maxConnectionsPerAddress ?? Number.POSITIVE_INFINITY,
      exempt: (address) => isLoopbackHost(address) || proxies.trusts(address),
      log,
    }),
    sessions: new LegacySessions({
      ...config,
      now,
      ...(peers === undefined ? {} : { newId: () => peers.newSessionId() }),
    }),
    underway: new Underway({ keepAliveMs: config.keepAliveMs, now, standing: identity?.standing }),
    streams: new Quota(config.maxStreams),
    ...(peers === undefined ? {} : { peers }),
    draining: false,
  }
  serveAt(server, door)
  const lane = openLane(server, door, { secure: tls !== undefined, idleMs })
  server.on('drop', () => log.warn('http.connection-dropped', { maxConnections: server.maxConnections }))
  // Before TLS: a connection that never shakes hands counts like any other.
  server.on('connection', (socket: Socket) => door.perAddress.admit(socket))
  server.on('tlsClientError', (error: Error & { readonly code?: string }) =>
    log.debug('tls.refused', { code: error.code ?? error.message }),
  )
  // A worker's clients come through the primary; whoever connects to its own socket is another worker.
  const taken = new TakenConnections()
  // Two headers more when it was handed over.
  const inner =
    peers === undefined
      ? undefined
      : createServer({ ...http, maxHeaderSize: MAX_HEAD_BYTES + HANDED_OVER_BYTES })
  if (inner !== undefined && peers !== undefined) {
    inner.maxHeadersCount = 0
    serveAt(inner, peerDoor(door, peers))
    await listenForPeers(inner, peers)
  }
  log.info('http.listening', { host: address.address, port: address.port })

  let closing: Promise<void> | undefined
  return {
    address,
    sessions: () => door.sessions.size,
    take: (socket) => {
      if (door.draining || taken.size >= server.maxConnections) {
        log.warn('http.connection-dropped', { maxConnections: server.maxConnections })
        socket.destroy()
        return
      }
      taken.add(socket)
      server.emit('connection', socket)
      // TLS reads from beneath it.
      if (tls === undefined && !socket.destroyed) socket.resume()
    },
    close: () => {
      closing ??= close(inner === undefined ? [server] : [server, inner], door, taken, lane)
      return closing
    },
  }
}

function openTls(http: ServerOptions, tls: ServerTls, { headersTimeoutMs }: ListenConfig): Server {
  const server = createTlsServer({ ...http, ...tls.options })
  limitHandshakes(server, headersTimeoutMs)
  tls.follow(server)
  return server
}

/** What a server hears goes to this door. */
function serveAt(server: Server, door: Door): void {
  server.on('request', (request, response) => receive(door, request, response, undefined))
  server.on('checkContinue', (request, response) => receive(door, request, response, 'continue'))
  server.on('checkExpectation', (request, response) => receive(door, request, response, 'unknown'))
  server.on('clientError', (error, socket) => answerParserFault(door, error, socket as Socket))
  server.on('connect', (request) => refuseTunnel(door, request))
  // Accepting can fail (no file descriptors left): that must not end the gateway.
  server.on('error', (error) => door.log.error('http.listener', { error: error.message }))
}

/** Clients' connections come to the lane first, which gives Node's parser what is not plain. */
function openLane(
  server: Server,
  door: Door,
  { secure, idleMs }: { readonly secure: boolean; readonly idleMs: number },
): PlainLane {
  const event = secure ? 'secureConnection' : 'connection'
  // Node's own, which makes requests of what a connection says; what else listens has nothing to do with that.
  const [toNode] = server.listeners(event)
  if (toNode === undefined) throw new Error(`nothing of Node's takes a ${event}`)
  server.off(event, toNode as () => void)
  const { listen } = door
  const lane = new PlainLane({
    door,
    toNode: (socket) => toNode.call(server, socket),
    keepAliveMs: idleMs,
    firstByteMs: listen.headersTimeoutMs,
    checkEveryMs: Math.min(checkingIntervalMs(listen), idleMs),
  })
  server.on(event, (socket: Socket) => lane.take(socket))
  return lane
}

/**
 * HSTS (RFC 6797): for a name that is ours alone. `localhost` belongs to every program of this machine, and would be
 * https for all of them.
 */
function strictTransportOf(publicUrl: string | undefined, secure: boolean): boolean {
  if (publicUrl === undefined || !secure) return false
  const { protocol, hostname } = new URL(publicUrl)
  return protocol === 'https:' && !isLoopbackHost(hostname)
}

/** How often Node looks for requests that take too long: often enough for the shorter limit, at most every second. */
function checkingIntervalMs(config: ListenConfig): number {
  return Math.max(20, Math.trunc(Math.min(config.headersTimeoutMs, config.bodyTimeoutMs, 4_000) / 4))
}

function listen(server: Server, config: ListenConfig): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(
      { host: config.host.replace(/^\[(.*)\]$/, '$1'), port: config.port, exclusive: true },
      () => {
        server.off('error', reject)
        resolve()
      },
    )
  })
}

async function close(
  servers: readonly Server[],
  door: Door,
  taken: TakenConnections,
  lane: PlainLane,
): Promise<void> {
  door.draining = true
  const closed = Promise.all(
    servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))),
  )
  await door.underway.drain(door.listen.drainMs)
  await door.sessions.close('the gateway is shutting down')
  door.underway.close()
  // Answers written a moment ago still have to leave; connections without one are idle and close at once.
  lane.closeIdle()
  for (const server of servers) server.closeIdleConnections()
  const timer = setTimeout(
    () => {
      lane.close()
      for (const server of servers) server.closeAllConnections()
    },
    Math.min(1_000, door.listen.drainMs),
  )
  await closed
  await taken.ended()
  lane.close()
  clearTimeout(timer)
  door.log.info('http.closed')
}
