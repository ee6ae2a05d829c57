/**
 * Is this request meant for us, and from a page that may talk to us? (MCP transports, "Security Warning"; DNS rebinding.)
 *
 * A page of a foreign site whose name was rebound to 127.0.0.1 sends its own name as `Host`; a page that posts across
 * origins sends its own `Origin`. Both are compared whole: names with ports, nothing cut, nothing folded but case.
 */
import { isLoopbackHost } from '@sallyport/controls/urls'
import { ERROR } from '../protocol/errors.ts'
import type { Refusal } from './refusal.ts'

export interface HostOriginRule {
  /** Lower case `host:port` (and `host` where the port is the scheme's own). */
  readonly hosts: ReadonlySet<string>
  /** Origins of pages that this very listener served. */
  readonly ownOrigins: ReadonlySet<string>
  readonly origins: ReadonlySet<string>
}

/**
 * The rule for a listener that is bound to `host` and `port`, and that clients know as `publicUrl`.
 *
 * @example
 * makeHostOriginRule({ host: '127.0.0.1', allowedHosts: ['gate.example:443'], allowedOrigins: [] }, 7337).hosts
 * // localhost:7337, 127.0.0.1:7337, [::1]:7337, gate.example:443, gate.example
 */
export function makeHostOriginRule(
  listen: {
    readonly host: string
    readonly allowedHosts: readonly string[]
    readonly allowedOrigins: readonly string[]
  },
  port: number,
  at: { readonly secure?: boolean; readonly publicUrl?: string | undefined } = {},
): HostOriginRule {
  const names = new Set(['localhost', '127.0.0.1', '[::1]'])
  const bound = listen.host.includes(':') && !listen.host.startsWith('[') ? `[${listen.host}]` : listen.host
  if (bound !== '0.0.0.0' && bound !== '[::]') names.add(bound.toLowerCase())
  const hosts = new Set<string>()
  const ownOrigins = new Set<string>()
  for (const name of names) {
    const [scheme, standard] = at.secure === true ? ['https', 443] : ['http', 80]
    hosts.add(`${name}:${port}`)
    if (port === standard) hosts.add(name)
    if (isLoopbackHost(name))
      ownOrigins.add(port === standard ? `${scheme}://${name}` : `${scheme}://${name}:${port}`)
  }
  if (at.publicUrl !== undefined) {
    const { host, origin, port: own, protocol } = new URL(at.publicUrl)
    hosts.add(host)
    if (own === '') hosts.add(`${host}:${protocol === 'https:' ? 443 : 80}`)
    ownOrigins.add(origin)
  }
  for (const entry of listen.allowedHosts) {
    const host = entry.toLowerCase()
    hosts.add(host)
    // Clients leave out the port that belongs to the scheme (RFC 9110, 4.2.3), which here is the proxy's in front.
    const standard = /^(.+):(?:80|443)$/.exec(host)
    if (standard?.[1] !== undefined) hosts.add(standard[1])
  }
  return { hosts, ownOrigins, origins: new Set(listen.allowedOrigins) }
}

/** The refusal of a request that is not meant for us or comes from a page that may not talk to us. */
export function checkHostOrigin(
  rule: HostOriginRule,
  host: string | undefined,
  origin: string | undefined,
): Refusal | undefined {
  if (host === undefined || host === '') {
    return {
      status: 400,
      code: ERROR.badRequest,
      rule: 'http/host',
      explain: 'header Host is missing',
      close: true,
    }
  }
  if (!rule.hosts.has(host) && !rule.hosts.has(host.toLowerCase())) {
    return {
      // RFC 9110, 15.5.20: not the client is at fault, but where its request went.
      status: 421,
      code: ERROR.misdirected,
      rule: 'http/host',
      explain: 'header Host does not name this gateway: if it should, add it to listen.allowedHosts',
      close: true,
    }
  }
  if (origin === undefined || rule.ownOrigins.has(origin) || rule.origins.has(origin)) return undefined
  return forbidden(
    'http/origin',
    'pages of this Origin may not use this gateway: if one should, add it to listen.allowedOrigins',
  )
}

function forbidden(rule: string, explain: string): Refusal {
  return { status: 403, code: ERROR.refused, rule, explain, close: true }
}
