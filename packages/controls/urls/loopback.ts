/**
 * "Is this this machine?", asked of a host as a URL has it, or of an address. There are two answers, and which is the right
 * one depends on what follows from it.
 */
import { isIPv4 } from 'node:net'

/**
 * Whether what goes to a host stays on this machine, by its text alone: `localhost` (RFC 6761, 6.3), 127.0.0.0/8 (RFC 1122,
 * 3.2.1.3) in its usual form, and `::1` (RFC 4291, 2.5.3), with or without brackets. This is what lets plain http or a
 * missing credential pass, so nothing else counts: no name below `localhost`, no `0.0.0.0`, no IPv4 address inside an IPv6
 * one, no other case than a URL has. Cannot know: what a resolver of this machine makes of `localhost`.
 *
 * @example isLoopbackHost('127.9.9.9') // true
 * isLoopbackHost('localhost.example') // false
 */
export function isLoopbackHost(host: string): boolean {
  return (
    host === 'localhost' || host === '::1' || host === '[::1]' || (host.startsWith('127.') && isIPv4(host))
  )
}

/**
 * Whether a host is one of the three by which native apps listen for the answer to a sign-in: `localhost`, `127.0.0.1` and
 * `[::1]`, as a URL writes them (RFC 8252, 7.3 and 8.3). Narrower than `isLoopbackHost`: other addresses of 127.0.0.0/8 are
 * of this machine, but no app is known there, and they are not among those whose port may change.
 *
 * @example isNativeAppHost('127.0.0.2') // false
 */
export function isNativeAppHost(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]'
}
