/**
 * Key `listen`: where the HTTP side of `sallyport serve` is, and what stands around it.
 */
import { choice, duration, flag, integer, list, optional, preset, record, required } from './shape.ts'
import { addressRange, hostValue, listenAddress, originValue, path } from './texts.ts'

/** An empty list reads as "nothing" to one person and as "no restriction" to the next (control L02). */
const notEmpty = 'it could be read as "nothing" or as "everything"; leave the key out to add nothing'

const tls = record({
  certificate: required(
    path,
    'A file in PEM: the certificate and those that lead to its authority. Read again when it changes.',
    { restart: true, alias: ['cert', 'crt'] },
  ),
  key: required(path, 'A file in PEM: the private key of `certificate`, readable by the gateway alone.', {
    restart: true,
    alias: ['privateKey'],
  }),
  clientAuthorities: optional(
    path,
    'A file in PEM: the authorities whose certificates clients may show. Tokens that are bound to a certificate (RFC 8705) need it.',
    { otherwise: 'clients are asked for none', restart: true, alias: ['clientCa', 'ca'] },
  ),
  clientCertificates: preset(
    choice('asked', 'required'),
    'asked',
    'Whether a client without a certificate may connect, where `clientAuthorities` are named.',
    { restart: true },
  ),
})

export const listen = record({
  http: preset(
    listenAddress,
    '127.0.0.1:7337',
    'Address and port of `sallyport serve`; port 0 takes a free one. One that other machines can reach needs `auth`, and `tls` or `behindTlsProxy`.',
    { restart: true, alias: ['host', 'port', 'address', 'bind'] },
  ),
  tls: optional(tls, 'TLS at the door: version 1.2 or newer.', {
    otherwise: 'plain HTTP',
    restart: true,
    alias: ['https', 'ssl'],
  }),
  localTls: preset(
    flag,
    false,
    'True: TLS for this machine alone (`localhost`, 127.0.0.1, ::1), with a certificate of an authority that is made for you and can vouch for nothing else. For development; the same as `serve --tls local`.',
    { restart: true, alias: ['devTls', 'selfSigned'] },
  ),
  behindTlsProxy: preset(
    flag,
    false,
    'True: a proxy in front takes TLS off, and nothing else can reach this address.',
    { restart: true, alias: ['tlsTerminated'] },
  ),
  trustedProxies: optional(
    list(addressRange, { notEmpty }),
    'Proxies whose `X-Forwarded-For` is believed, by address or range. It says who is counted and limited, never who may come in.',
    { otherwise: 'none', restart: true, alias: ['proxies', 'trustProxy'] },
  ),
  maxConnectionsPerAddress: preset(
    integer(1, 100_000),
    256,
    'Connections from one address (of IPv6: from one network of 64 bits) at the same time; trusted proxies and this machine are not counted.',
    { restart: true },
  ),
  allowedHosts: optional(
    list(hostValue, { notEmpty }),
    'More `Host` values to accept, for a proxy in front. Everything else but the loopback names is refused (DNS rebinding).',
    { otherwise: 'the loopback names only', restart: true, alias: ['hosts'] },
  ),
  allowedOrigins: optional(
    list(originValue, { notEmpty }),
    'Web pages, by their origin, that may call the gateway.',
    {
      otherwise: 'none',
      restart: true,
      alias: ['origins', 'cors'],
    },
  ),
  workers: preset(
    integer(1, 64),
    1,
    'Processes that share the address, for more than one core. Each keeps an audit chain of its own and its share of `maxSessions`, `maxStreams` and what `limits` bounds in number. A principal’s local servers and all that lasts longer than a request stay with one of them.',
    { restart: true, alias: ['processes', 'cluster', 'replicas'] },
  ),
  sessionIdle: preset(duration('1s', '7d'), '30m', 'A legacy session that was not used for this long ends.', {
    restart: true,
  }),
  maxSessions: preset(integer(1, 100_000), 1000, 'Legacy sessions at the same time.', { restart: true }),
  maxStreams: preset(integer(1, 100_000), 1024, 'Open event streams at the same time.', { restart: true }),
  keepAlive: preset(duration('1s', '10m'), '15s', 'A silent event stream gets a comment this often.', {
    restart: true,
  }),
  headersTimeout: preset(
    duration('100ms', '10m'),
    '10s',
    'A client must have sent a request’s headers within this.',
    {
      restart: true,
    },
  ),
  bodyTimeout: preset(
    duration('100ms', '10m'),
    '30s',
    'A client must have sent a request’s body within this.',
    {
      restart: true,
    },
  ),
  stalledClient: preset(
    duration('100ms', '10m'),
    '30s',
    'A client that reads nothing for this long is cut off.',
    {
      restart: true,
    },
  ),
  drain: preset(duration('100ms', '10m'), '10s', 'How long a shutdown waits for calls in flight.', {
    restart: true,
  }),
})
