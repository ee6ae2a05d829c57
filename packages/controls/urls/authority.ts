import { classifyAddress } from './classifyAddress.ts'
import { parseIpv4Decimal, writeIpv4 } from './ipv4.ts'

/** The text of a URL between `//` and what follows, as it is written. */
export interface Authority {
  readonly text: string
  /** As written, without user and port. */
  readonly host: string
  readonly end: string
  /** What stands behind it. */
  readonly rest: string
}

/** `undefined` where the slashes are not two: programs differ on what they do then. */
export function authorityOf(afterScheme: string): Authority | undefined {
  if (!/^\/\/[^/\\]/.test(afterScheme)) return undefined
  const body = afterScheme.slice(2)
  const at = body.search(/[/?#\\]/)
  const text = at === -1 ? body : body.slice(0, at)
  const hostAndPort = text.slice(text.lastIndexOf('@') + 1)
  const host = hostAndPort.startsWith('[') ? hostAndPort : hostAndPort.replace(/:[^:]*$/, '')
  return { text, host, end: at === -1 ? '' : (body[at] ?? ''), rest: at === -1 ? '' : body.slice(at + 1) }
}

/**
 * The host that a program takes which looks for the last `@` before the next slash, where this one stops at `?` or `#`:
 * `http://good.example#@127.0.0.1/` (CVE-2016-8624). An `@` there is common (`?mail=me@example.com`), so what counts is
 * whether the host would be another machine of ours.
 */
export function hostBehindQuery({ end, rest }: Authority): string | undefined {
  if (end !== '?' && end !== '#') return undefined
  const slash = rest.search(/[/\\]/)
  const before = slash === -1 ? rest : rest.slice(0, slash)
  const sign = before.lastIndexOf('@')
  return sign === -1 ? undefined : before.slice(sign + 1).replace(/[:?#&].*$/s, '')
}

/**
 * Does the host have letters that the two standards for international names turn into different names? `fa\u00df.example` is
 * `fass.example` to IDNA 2003 and a name of its own to IDNA 2008 (UTS 46, section 7): each may have its own addresses.
 */
export function hasTwoNames(written: string): boolean {
  return DEVIATIONS.test(written)
}

const DEVIATIONS = /[\u00df\u1e9e\u03c2\u200c\u200d]|%c3%9f|%e1%ba%9e|%cf%82|%e2%80%8[cd]/i

/** The IPv4 address that a program reads from the host which knows no octal numbers, if it is another one. */
export function otherIpv4(written: string, address: string): string | undefined {
  const decimal = parseIpv4Decimal(written)
  if (decimal === undefined) return undefined
  const other = writeIpv4(decimal)
  return other === address ? undefined : other
}

/** Is it an address, in whatever form? */
export function isAddress(host: string): boolean {
  return classifyAddress(host).valid
}
