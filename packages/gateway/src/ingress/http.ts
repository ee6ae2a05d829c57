/**
 * Door 1 over HTTP: Streamable HTTP for both eras, on `node:http`.
 *
 * Nothing reaches the gateway before its framing, its Host, its Origin and its caller are beyond doubt, and nothing is
 * refused without a record. What is refused at this door never costs more than the head, or one bounded body.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { userInfo } from 'node:os'
import type { LimitsConfig, ListenConfig } from '../config/config.ts'
import type { Log } from '../log.ts'
import { ERROR } from '../protocol/errors.ts'
import { Connections } from './connections.ts'
import { preflightHeaders } from './cors.ts'
import type { Door, Identified, Identify } from './door.ts'
import { checkFraming, readHead } from './head.ts'
import { checkHostOrigin, isLoopback, makeHostOriginRule } from './hostOrigin.ts'
import { LegacySessions } from './legacySessions.ts'
import type { Front } from './port.ts'
import { receivePost } from './post.ts'
import { answerParserFault, refuseTunnel } from './rawRefusal.ts'
import { type Route, routeOf } from './routes.ts'
import { endSession, openSessionStream } from './sessionRoutes.ts'
import { Quota, Underway } from './underway.ts'
import { Visit } from './visit.ts'

export interface HttpIngressOptions {
  readonly config: ListenConfig
  readonly limits: LimitsConfig
  readonly front: Front
  /** Who is calling; by default the local user, on loopback only. */
  readonly identify?: Identify
  /** TLS is taken off by a proxy in front of us. Without it (and `identify`) we listen on loopback only. */
  readonly behindTlsProxy?: boolean
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
}

export interface HttpIngress {
  readonly address: AddressInfo
  /** For `sallyport status`. */
  readonly sessions: () => number
  /**
   * Stops taking requests, lets calls underway end (at most `drainMs`), then ends streams, sessions and connections.
   * Idempotent; resolves when nothing is left.
   */
  close(): Promise<void>
}

const MAX_HEADER_BYTES = 16 * 1024
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
  const { config, limits, front, log, now } = options
  if (!isLoopback(config.host) && (options.identify === undefined || options.behindTlsProxy !== true)) {
    throw new Error(
      `listen.host ${config.host} can be reached from other machines: it needs authentication and TLS (or a TLS proxy in front); use 127.0.0.1`,
    )
  }
  const server = createServer({
    maxHeaderSize: MAX_HEADER_BYTES,
    insecureHTTPParser: false,
    // Absence of Host is refused by us, on the record.
    requireHostHeader: false,
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    headersTimeout: config.headersTimeoutMs,
    requestTimeout: config.headersTimeoutMs + config.bodyTimeoutMs,
    connectionsCheckingInterval: Math.max(
      20,
      Math.min(config.headersTimeoutMs, config.bodyTimeoutMs, 4_000) / 4,
    ),
  })
  // Node drops header lines over its count without a word: a repeated one could hide there. Bytes bound them instead.
  server.maxHeadersCount = 0
  server.maxConnections = options.maxConnections ?? config.maxSessions + config.maxStreams + 1024
  await listen(server, config)
  const address = server.address() as AddressInfo

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
    identify: options.identify ?? identifyLocalUser,
    ready: options.ready ?? (() => true),
    log,
    now,
    connections: new Connections(),
    hostOrigin: makeHostOriginRule(config, address.port),
    sessions: new LegacySessions({ ...config, now }),
    underway: new Underway({ keepAliveMs: config.keepAliveMs, now }),
    streams: new Quota(config.maxStreams),
    draining: false,
  }
  server.on('request', (request, response) => receive(door, request, response, undefined))
  server.on('checkContinue', (request, response) => receive(door, request, response, 'continue'))
  server.on('checkExpectation', (request, response) => receive(door, request, response, 'unknown'))
  server.on('clientError', (error, socket) => answerParserFault(door, error, socket))
  server.on('connect', (request, socket) => refuseTunnel(door, request, socket))
  // Accepting can fail (no file descriptors left): that must not end the gateway.
  server.on('error', (error) => log.error('http.listener', { error: error.message }))
  server.on('drop', () => log.warn('http.connection-dropped', { maxConnections: server.maxConnections }))
  log.info('http.listening', { host: address.address, port: address.port })

  let closing: Promise<void> | undefined
  return {
    address,
    sessions: () => door.sessions.size,
    close: () => {
      closing ??= close(server, door)
      return closing
    },
  }
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

async function close(server: Server, door: Door): Promise<void> {
  door.draining = true
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  await door.underway.drain(door.listen.drainMs)
  await door.sessions.close('the gateway is shutting down')
  door.underway.close()
  // Answers written a moment ago still have to leave; connections without one are idle and close at once.
  server.closeIdleConnections()
  const timer = setTimeout(() => server.closeAllConnections(), Math.min(1_000, door.listen.drainMs))
  await closed
  clearTimeout(timer)
  door.log.info('http.closed')
}

function receive(
  door: Door,
  request: IncomingMessage,
  response: ServerResponse,
  expect: 'continue' | 'unknown' | undefined,
) {
  if (!door.connections.begin(request.socket, response)) {
    door.log.warn('http.pipelined', {})
    return
  }
  const visit = new Visit(door, request, response, readHead(request.rawHeaders))
  visit.expectsContinue = expect !== undefined
  guard(visit, () => admit(visit, expect === 'unknown'))
}

/** Runs what handles a request; a fault of ours becomes an answer without its stack. */
function guard(visit: Visit, work: () => void): void {
  try {
    work()
  } catch (error) {
    visit.door.log.error('http.failed', {
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    })
    const explain = 'the gateway failed to handle this request: see its log'
    visit.refuse({ status: 500, code: ERROR.failed, rule: 'gateway/failed', explain, close: true })
  }
}

/** Framing, Host, Origin, route, and what needs no caller. */
function admit(visit: Visit, unknownExpectation: boolean): void {
  const { door, request, head } = visit
  const route = routeOf(request.url)
  visit.route =
    route === undefined
      ? 'unknown'
      : route.kind === 'mcp' && route.server !== undefined
        ? 'mcp/server'
        : route.kind
  const refusal = checkFraming(request, head) ?? checkHostOrigin(door.hostOrigin, head.host, head.origin)
  if (refusal !== undefined) {
    visit.refuse(refusal)
    return
  }
  if (head.origin !== undefined && door.hostOrigin.origins.has(head.origin)) visit.crossOrigin = head.origin
  if (unknownExpectation) {
    const explain = 'the only expectation met is "100-continue"'
    visit.refuse({ status: 417, code: ERROR.expectation, rule: 'http/expect', explain, close: true })
  } else if (route === undefined) {
    visit.refuse({
      status: 404,
      code: ERROR.notFound,
      rule: 'http/route',
      explain: 'no such path: use /mcp or /mcp/SERVER',
    })
  } else if (route.kind === 'mcp') {
    admitMcp(visit, route)
  } else if (request.method === 'GET' || request.method === 'HEAD') {
    const well = route.kind === 'healthz' || (!door.draining && door.ready())
    visit.answer(well ? 200 : 503, well ? WELL : NOT_READY, ['Cache-Control', 'no-store'])
  } else {
    visit.refuse(wrongMethod('GET, HEAD'))
  }
}

const WELL = Buffer.from('{"status":"ok"}')
const NOT_READY = Buffer.from('{"status":"not ready"}')

function admitMcp(visit: Visit, route: Route & { readonly kind: 'mcp' }): void {
  const { door, request, head } = visit
  if (door.draining) {
    const explain = 'the gateway is shutting down: send it again in a moment'
    const headers = ['Retry-After', '5']
    visit.refuse({
      status: 503,
      code: ERROR.unavailable,
      rule: 'gateway/draining',
      explain,
      headers,
      close: true,
    })
    return
  }
  switch (request.method) {
    case 'POST':
    case 'GET':
    case 'DELETE':
      break
    case 'OPTIONS':
      if (visit.crossOrigin !== undefined) {
        visit.answerEmpty(204, preflightHeaders(head.requestedHeaders))
        return
      }
      visit.refuse(wrongMethod('POST, GET, DELETE'))
      return
    default:
      visit.refuse(wrongMethod('POST, GET, DELETE'))
      return
  }
  const identified = door.identify(request)
  if (!(identified instanceof Promise)) {
    dispatch(visit, route, identified)
    return
  }
  identified.then(
    (result) => guard(visit, () => dispatch(visit, route, result)),
    (error: unknown) =>
      guard(visit, () => {
        throw error
      }),
  )
}

function dispatch(visit: Visit, route: Route & { readonly kind: 'mcp' }, identified: Identified): void {
  if ('refuse' in identified) {
    visit.refuse(identified.refuse)
    return
  }
  visit.caller = identified
  // Asked after the caller is known: who may not come in learns no server's name.
  const view = visit.door.front.view(route.server)
  if (view === undefined) {
    visit.refuse({
      status: 404,
      code: ERROR.notFound,
      rule: 'http/server',
      explain: 'no server of that name',
    })
  } else if (visit.request.method === 'POST') {
    receivePost(visit, identified, view, (work) => guard(visit, work))
  } else if (visit.request.method === 'GET') {
    openSessionStream(visit, identified, view)
  } else {
    endSession(visit, identified, view)
  }
}

function wrongMethod(allow: string) {
  const explain = `use ${allow}`
  return {
    status: 405,
    code: ERROR.methodNotAllowed,
    rule: 'http/method',
    explain,
    headers: ['Allow', allow],
  } as const
}

/** The user who runs the gateway, for connections that come from this machine. */
function identifyLocalUser(request: IncomingMessage): Identified {
  const peer = request.socket.remoteAddress ?? ''
  if (isLoopback(peer.replace(/^::ffff:/, ''))) return LOCAL_USER
  const explain = 'only programs of this machine may connect without authentication'
  return { refuse: { status: 403, code: ERROR.refused, rule: 'http/not-local', explain, close: true } }
}

const LOCAL_USER = {
  principal: { issuer: 'local', subject: userInfo().username },
  transport: 'http',
} as const
