import { isIPv4, isIPv6 } from 'node:net'
import { type FormatFault, fault } from './fault.ts'
import { consistsOf, isDigit, isLetter } from './letters.ts'

/** RFC 1123 host name, in ASCII: labels of 1 to 63 letters, digits and inner dashes, 253 in all, the last not a number. */
export function isHostname(text: string): boolean {
  if (text.length === 0 || text.length > 253) return false
  const labels = text.split('.')
  if (!labels.every(isLabel)) return false
  // `127.1` and `0x7f.1` are addresses to many resolvers.
  const last = labels.at(-1) ?? ''
  return !consistsOf(last, isDigit) && !/^0[xX][0-9a-fA-F]*$/.test(last)
}

function isLabel(label: string): boolean {
  if (label.length === 0 || label.length > 63 || label.startsWith('-') || label.endsWith('-')) return false
  return consistsOf(label, (c) => isLetter(c) || isDigit(c) || c === '-')
}

export function checkHostname(text: string): FormatFault | undefined {
  return isHostname(text) ? undefined : fault('format/hostname', 'no host name')
}

/** Four decimal numbers; a leading zero, which some read as octal, is none. */
export function checkIpv4(text: string): FormatFault | undefined {
  return text.length <= 15 && isIPv4(text) ? undefined : fault('format/ipv4', 'no IPv4 address')
}

/** RFC 4291; a zone (`%eth0`) is of one machine and reaches shells as it is. */
export function checkIpv6(text: string): FormatFault | undefined {
  if (text.length <= 45 && !text.includes('%') && isIPv6(text)) return undefined
  return fault('format/ipv6', 'no IPv6 address')
}

const ATOM = "!#$%&'*+-/=?^_`{|}~"

/**
 * An address as people have them: a local part of RFC 5321's plain characters with single dots between, and a host name. Quoted
 * local parts, comments and addresses in brackets are left out: mail programs read them differently. Beyond ASCII, letters of
 * a local part are allowed (RFC 6531).
 */
export function checkEmail(text: string): FormatFault | undefined {
  const at = text.lastIndexOf('@')
  const local = text.slice(0, Math.max(at, 0))
  const domain = text.slice(at + 1)
  const fine = text.length <= 254 && isLocalPart(local) && isHostname(domain) && domain.includes('.')
  return fine ? undefined : fault('format/email', 'no plain e-mail address')
}

function isLocalPart(local: string): boolean {
  if (local.length === 0 || local.length > 64) return false
  // A dash at the beginning is an option to the mail programs of Unix.
  if (local.startsWith('-') || local.startsWith('.') || local.endsWith('.') || local.includes('..'))
    return false
  return consistsOf(
    local,
    (c) =>
      isLetter(c) ||
      isDigit(c) ||
      c === '.' ||
      ATOM.includes(c) ||
      (c > '\u{9f}' && /^[\p{L}\p{N}\p{M}]$/u.test(c)),
  )
}
