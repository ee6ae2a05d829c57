/**
 * Opens connections: TCP, and TLS above it.
 */
import net, { type Socket } from 'node:net'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import { certificateOf, type KnownSession, type OnSecure, type ServerCertificate } from './certificate.ts'
import { HttpError } from './httpError.ts'

/** Where to connect to, and what to prove there. */
export interface Peer {
  readonly isSecure: boolean
  /** A name, or an address without brackets. */
  readonly host: string
  readonly port: number
  /** Certificate authorities in place of Node's (PEM). */
  readonly ca: readonly string[] | undefined
  /** DNS, TCP, TLS and the look at the certificate together. */
  readonly timeoutMs: number
  readonly origin: string
  readonly onSecure: OnSecure | undefined
}

export type PeerOptions = Pick<Peer, 'ca' | 'timeoutMs' | 'onSecure'>

/** Reads an origin such as `https://[::1]:8443`. */
export function readPeer(origin: string, options: PeerOptions): Peer {
  const { protocol, hostname, port } = new URL(origin)
  const isSecure = protocol === 'https:'
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
  return { ...options, origin, isSecure, host, port: port === '' ? (isSecure ? 443 : 80) : Number(port) }
}

/**
 * What arrives on any connection arrives here, and is read before anything else can arrive: no memory for each connection, and
 * none to be collected for each answer. Whoever keeps bytes of it copies them.
 */
const ARRIVALS = Buffer.allocUnsafeSlow(64 * 1024)
const TCP_KEEP_ALIVE_MS = 60_000

export interface Connecting {
  /** Ends the attempt; `done` is not called any more. */
  cancel(): void
}

export interface ConnectHandlers {
  /** A TLS session to resume with. */
  readonly session: KnownSession | undefined
  /** A session that a later connection may resume. */
  keepSession(session: KnownSession): void
  /** What arrives: `bytes[0, length)`, lent for the time of the call. */
  receive(bytes: Buffer, length: number): void
  /** Called once: the socket is ready to be written to, or why it is not. */
  done(outcome: Socket | Error): void
}

/**
 * Opens one. TLS is 1.2 or later, always verified (A08) - said here, so that `NODE_TLS_REJECT_UNAUTHORIZED=0` in the environment
 * changes nothing - and speaks HTTP/1.1 only. All addresses of a name are tried (RFC 8305, as Node does it).
 */
export function connect(peer: Peer, handlers: ConnectHandlers): Connecting {
  const { host, port, isSecure } = peer
  let isDone = false
  const shared = {
    host,
    port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: TCP_KEEP_ALIVE_MS,
    onread: {
      buffer: ARRIVALS,
      callback: (length: number) => {
        // Words before the first request, while the certificate is looked at: an answer to nothing.
        if (isDone) handlers.receive(ARRIVALS, length)
        else finish(new HttpError('HTTP_SURPLUS'))
        return true
      },
    },
  }
  const secure = isSecure
    ? openSecure({ ...shared, ...tlsOptions(peer, handlers.session?.ticket) })
    : undefined
  const socket = secure ?? net.connect(shared)
  const finish = (outcome: Socket | Error, isWanted = true) => {
    if (isDone) return
    isDone = true
    clearTimeout(timer)
    socket.off('error', failed)
    socket.off('close', closed)
    if (outcome === socket) {
      handlers.done(outcome)
      return
    }
    // The outcome was told: what else goes wrong with a socket that is given up is no news.
    socket.on('error', () => undefined)
    socket.destroy()
    if (isWanted) handlers.done(outcome)
  }
  const failed = (error: Error) => finish(error)
  const closed = () => finish(new HttpError('CLOSED_BY_SERVER'))
  const timer = setTimeout(() => finish(new HttpError('CONNECT_TIMEOUT')), peer.timeoutMs)
  socket.on('error', failed)
  socket.on('close', closed)
  if (secure === undefined) {
    socket.once('connect', () => finish(socket))
  } else {
    secure.on('session', (ticket) => {
      const certificate = certificateOf(secure, handlers.session)
      if (certificate !== undefined) handlers.keepSession({ ticket, certificate })
    })
    secure.once('secureConnect', () => {
      // A server may leave ALPN out; one that chose something else would not understand us, nor we it.
      const isHttp1 = secure.alpnProtocol === false || secure.alpnProtocol === 'http/1.1'
      if (!isHttp1) finish(new HttpError('ALPN_PROTOCOL'))
      else if (peer.onSecure === undefined) finish(secure)
      else {
        inspect(peer, certificateOf(secure, handlers.session), peer.onSecure).then(
          (reason) => finish(reason === undefined ? secure : new HttpError('CERTIFICATE_REFUSED', reason)),
          (error: unknown) =>
            finish(error instanceof Error ? error : new HttpError('CERTIFICATE_REFUSED', String(error))),
        )
      }
    })
  }
  return { cancel: () => finish(new HttpError('POOL_CLOSED'), false) }
}

async function inspect(
  { origin }: Peer,
  certificate: ServerCertificate | undefined,
  onSecure: OnSecure,
): Promise<string | undefined> {
  return certificate === undefined ? `${origin} showed no certificate` : await onSecure(origin, certificate)
}

/** TLS is loaded with the first server that needs it: half a MiB, and most servers behind a daemon are local. */
function openSecure(options: ConnectionOptions): TLSSocket {
  return process.getBuiltinModule('node:tls').connect(options)
}

function tlsOptions(peer: Peer, session: Buffer | undefined): ConnectionOptions {
  return {
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    ALPNProtocols: ['http/1.1'],
    // An address is no name to ask for (RFC 6066 3), and a name is asked for without the dot of the root.
    ...(net.isIP(peer.host) === 0 ? { servername: peer.host.replace(/\.$/, '') } : {}),
    ...(peer.ca === undefined ? {} : { ca: [...peer.ca] }),
    ...(session === undefined ? {} : { session }),
  }
}
