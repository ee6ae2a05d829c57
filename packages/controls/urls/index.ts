/**
 * URLs: may this be fetched, and by which host would it be? Against requests that reach into the network of whoever runs the server.
 *
 * Decides on text: scheme, user, host and port as the URL Standard reads them, and what other programs read instead; then on what
 * the host is, or on what it resolved to (`checkAddresses`). A name that is allowed here has to be resolved, its
 * addresses checked and the connection made to one of these very addresses, else it may lead elsewhere the second time.
 * Follows CWE-918, CWE-441, OWASP API7:2023; URL Standard, RFC 3986, 6761, 6890. Cannot know: where a redirect leads
 * (check every step), what a name resolves to for somebody else, what a public address serves.
 *
 * @example
 * checkUrl('http://0x7f.1/admin', {})
 * // { allowed: false, rule: 'url/loopback', host: '127.0.0.1', explain: '...' }
 * checkUrl('https://example.com/', {})
 * // { allowed: true, target: 'name', host: 'example.com', port: 443, scheme: 'https', url: 'https://example.com/' }
 */
import { visible } from '../text/index.ts'
import { authorityOf, hasTwoNames, hostBehindQuery, isAddress, otherIpv4 } from './authority.ts'
import { classifyAddress, type KnownAddress } from './classifyAddress.ts'
import { matchesHost } from './hostPattern.ts'
import { reasonAgainst, reasonAgainstName } from './judgeHost.ts'
import type { UrlPolicy } from './policy.ts'
import { URL_RULES, type UrlRule } from './rules.ts'

export type { AddressKind } from './addressRanges.ts'
export { type AddressClass, classifyAddress, type Embedding, type KnownAddress } from './classifyAddress.ts'
export { isLoopbackHost, isNativeAppHost } from './loopback.ts'
export { networkCheck, readNetwork } from './networks.ts'
export type { UrlPolicy } from './policy.ts'
export { URL_RULES, type UrlRule } from './rules.ts'

export interface UrlRefusal {
  readonly allowed: false
  readonly rule: UrlRule
  /** The host, where one could be read. Untrusted text: show it with `visible`. */
  readonly host?: string
  /** The address that was objected to. */
  readonly address?: string
  readonly explain: string
}

/** A host that may be asked: a name that has to be resolved, or an address that is known. */
export type HostDecision =
  | { readonly allowed: true; readonly target: 'name'; readonly host: string }
  | {
      readonly allowed: true
      readonly target: 'address'
      readonly host: string
      readonly address: KnownAddress
    }
  | UrlRefusal

export type UrlDecision =
  | (Exclude<HostDecision, UrlRefusal> & {
      readonly scheme: string
      /** The one written, or the scheme's own; `undefined` where a scheme has none. */
      readonly port: number | undefined
      /** As the URL Standard writes it: what should be sent on, so that nobody reads it in another way. */
      readonly url: string
    })
  | UrlRefusal

export type AddressesDecision =
  | { readonly allowed: true; readonly host: string; readonly addresses: readonly string[] }
  | UrlRefusal

const MAX_CHARS = 16_384
const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443, ws: 80, wss: 443, ftp: 21 }

export function checkUrl(text: string, policy: UrlPolicy): UrlDecision {
  if (text.length > MAX_CHARS) return refuse('url/length', `It is longer than ${MAX_CHARS} characters.`)
  const trimmed = trimAsUrl(text)
  if (hasControl(trimmed)) {
    return refuse(
      'url/ambiguous',
      'It has control characters inside, which some programs drop and others keep.',
    )
  }
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(trimmed)?.[1]?.toLowerCase()
  if (scheme === undefined) return refuse('url/malformed', 'It is no absolute URL; write it with its scheme.')
  const schemes = policy.schemes ?? ['http', 'https']
  if (!schemes.includes(scheme)) {
    return refuse(
      'url/scheme',
      `The scheme "${visible(scheme.slice(0, 40))}" is not allowed; ${schemes.join(', ')} are.`,
    )
  }
  const url = URL.parse(trimmed)
  if (url === null) return refuse('url/malformed', 'It cannot be read as a URL.')
  const authority = authorityOf(trimmed.slice(scheme.length + 1))
  if (authority === undefined) {
    return refuse('url/ambiguous', 'It does not have exactly two slashes behind the scheme.')
  }
  if (authority.text.includes('@') || url.username !== '' || url.password !== '') {
    return refuse('url/userinfo', 'It has a user name or password before the host; leave it out.')
  }
  if (authority.end === '\\') {
    return refuse(
      'url/ambiguous',
      'It has a backslash behind the host, which some programs take for a part of it.',
    )
  }
  if (hasTwoNames(authority.host)) {
    return refuse(
      'url/ambiguous',
      'Its host has letters that stand for two names; write the one that is meant in ASCII (xn--).',
    )
  }
  // Only the schemes of the Web have their hosts made canonical by the parser.
  const web = scheme in DEFAULT_PORTS ? url : URL.parse(`http://${url.host}/`)
  if (web === null || web.hostname === '') return refuse('url/malformed', 'It has no host that can be read.')
  const decision = checkHost(web.hostname, policy)
  if (!decision.allowed) return decision

  const disagreement = otherHost(authority, decision, policy)
  if (disagreement !== undefined) return disagreement
  const port = url.port === '' ? DEFAULT_PORTS[scheme] : Number(url.port)
  if (policy.ports !== undefined && (port === undefined || !policy.ports.includes(port))) {
    return refuse(
      'url/port',
      `Port ${port ?? '(none)'} is not allowed; ${policy.ports.join(', ')} are.`,
      decision.host,
    )
  }
  return { ...decision, scheme, port, url: url.href }
}

/** A host on its own, as it is given to a name service or a socket. Numbers and brackets are read as a URL reads them. */
export function checkHost(written: string, policy: UrlPolicy): HostDecision {
  const host = canonicalHost(written)
  if (host === undefined) return refuse('url/malformed', 'It has no host that can be read.')
  const known = classifyAddress(host)
  const matches = (pattern: string) => matchesHost(pattern, known.valid ? known.address : host, known.valid)
  if (policy.denyHosts?.some(matches)) {
    return refuse('url/host-denied', `The host ${visible(host)} is on the list of denied hosts.`, host)
  }
  if (policy.allowHosts !== undefined && !policy.allowHosts.some(matches)) {
    return refuse(
      'url/host-not-allowed',
      `The host ${visible(host)} is not on the list of allowed hosts.`,
      host,
    )
  }
  if (known.valid) {
    const rule = reasonAgainst(known, policy, false)
    return rule === undefined
      ? { allowed: true, target: 'address', host, address: known }
      : refuse(rule, aboutAddress(known), host, known.address)
  }
  const rule = reasonAgainstName(host, policy)
  if (rule === undefined) return { allowed: true, target: 'name', host }
  return refuse(rule, `${URL_RULES[rule]} (${visible(host)})`, host)
}

/** What a name resolved to: every address has to be allowed, since nobody knows which of them will be used. */
export function checkAddresses(
  host: string,
  addresses: readonly string[],
  policy: UrlPolicy,
): AddressesDecision {
  if (addresses.length === 0) return refuse('url/unresolved', `${visible(host)} has no address.`, host)
  const canonical: string[] = []
  for (const address of addresses) {
    const known = classifyAddress(address)
    if (!known.valid) {
      return refuse('url/malformed', `${visible(host)} resolved to "${visible(address)}".`, host, address)
    }
    if (policy.denyHosts?.some((pattern) => matchesHost(pattern, known.address, true))) {
      return refuse(
        'url/host-denied',
        `${visible(host)} leads to ${known.address}, which is denied.`,
        host,
        known.address,
      )
    }
    const rule = reasonAgainst(known, policy, true)
    if (rule !== undefined) {
      return refuse(rule, `${visible(host)} leads there: ${aboutAddress(known)}`, host, known.address)
    }
    canonical.push(known.address)
  }
  return { allowed: true, host, addresses: canonical }
}

/** Another host that some program would read, if that one is refused or is another address. */
function otherHost(
  authority: NonNullable<ReturnType<typeof authorityOf>>,
  decision: Exclude<HostDecision, UrlRefusal>,
  policy: UrlPolicy,
): UrlRefusal | undefined {
  if (decision.target === 'address' && decision.address.family === 4) {
    const other = otherIpv4(authority.host.replace(/\.$/, ''), decision.address.address)
    if (other !== undefined) {
      return refuse(
        'url/ambiguous',
        `Some programs read ${decision.host} from it, others ${other}.`,
        decision.host,
        other,
      )
    }
  }
  const behind = hostBehindQuery(authority)
  if (behind === undefined || !(isAddress(behind) || LOCAL.test(behind))) return undefined
  const other = checkHost(behind, policy)
  if (other.allowed && other.target === 'address' && policy.allowPrivate !== true) return undefined
  return refuse('url/ambiguous', 'Some programs read another host from it, behind the "@".', decision.host)
}

const LOCAL = /^(?:.*\.)?localhost\.?$|\.(?:internal|local)\.?$/i

/** As the URL Standard has it: ASCII, lower case, addresses as four numbers; without brackets and the dot at the end. */
function canonicalHost(written: string): string | undefined {
  const bare = written.includes(':') && !written.startsWith('[') ? `[${withoutZone(written)}]` : written
  if (/[/?#\\@]/.test(bare)) return undefined
  const host = URL.parse(`http://${bare}/`)
    ?.hostname.replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
  return host === undefined || host === '' || host.endsWith('.') ? undefined : host
}

function withoutZone(address: string): string {
  const zone = address.indexOf('%')
  return zone === -1 ? address : address.slice(0, zone)
}

/** The URL Standard takes C0 controls and spaces off both ends. */
function trimAsUrl(text: string): string {
  let [start, end] = [0, text.length]
  while (start < end && text.charCodeAt(start) <= 0x20) start++
  while (end > start && text.charCodeAt(end - 1) <= 0x20) end--
  return text.slice(start, end)
}

function hasControl(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code < 0x20 || code === 0x7f) return true
  }
  return false
}

function aboutAddress({ address, why, embeds, kind }: KnownAddress): string {
  const inside = embeds === undefined ? '' : `, with ${embeds.ipv4.address} inside: ${embeds.ipv4.why}`
  return `${address} is ${kind} (${why}${inside}).`
}

function refuse(rule: UrlRule, explain: string, host?: string, address?: string): UrlRefusal {
  return {
    allowed: false,
    rule,
    ...(host !== undefined && { host }),
    ...(address !== undefined && { address }),
    explain,
  }
}
