/**
 * Addresses that an authorization response may be sent to: what a client may register.
 *
 * Decides on text: `https:` anywhere, `http:` on this machine, and schemes that an app of the person's machine owns
 * (`cursor:`). No fragment (RFC 6749, 3.1.2), no user name, nothing that programs read in different ways, and no scheme
 * that a browser itself runs, shows or hands to a part of the system (CVE-2025-4143 and its kind). A request's own
 * address is compared whole with these (RFC 9700, 2.1), but for the port of a loopback one (RFC 8252, 7.3).
 * Cannot know: whom a private-use scheme belongs to, which is why a person is always asked for those.
 */
import { isNativeAppHost } from '@sallyport/controls/urls'

const MAX_CHARS = 1024

/** Schemes that run, show or open something by themselves, wherever an app does not own them. */
const FORBIDDEN = new Set(
  (
    'about admin afp app blob chrome chrome-extension content data dav davs dict edge facetime facetime-audio feed file filesystem ' +
    'ftp ftps geo git gopher help hcp imap intent jar javascript jnlp ldap ldaps livescript mailto market mhtml mms mocha moz-extension ' +
    'news nfs nntp opera outlook res resource rlogin rtsp search search-ms sftp shell sip sips skype sms smb snews ssh steam tel telnet ' +
    'tn3270 urn vbscript view-source vnc webcal ws wss wyciwyg x-apple x-help'
  ).split(' '),
)
/** Windows hands these to parts of the system. */
const SYSTEM_SCHEME = /^(?:ms-|windows|microsoft-|search-|x-apple)/

/**
 * Why an address cannot be registered; `undefined` where it can.
 *
 * @example redirectFault('javascript:alert(1)') // 'the scheme "javascript" is not allowed'
 */
export function redirectFault(uri: string): string | undefined {
  if (uri.length > MAX_CHARS) return `it is longer than ${MAX_CHARS} characters`
  if (!/^[\x21-\x7e]+$/.test(uri) || /["'<>\\^`{|}]/.test(uri)) return 'it has characters that no address has'
  const scheme = /^([a-z][a-z0-9+.-]*):/.exec(uri)?.[1]
  if (scheme === undefined) return 'it is no address with a scheme'
  const url = URL.parse(uri)
  if (url === null) return 'it cannot be read as an address'
  if (uri.includes('#')) return 'it has a fragment'
  if (url.username !== '' || url.password !== '' || /^[a-z0-9+.-]*:\/*[^/?]*@/.test(uri))
    return 'it has a user name before the host'
  if (scheme === 'https' || scheme === 'http') {
    // One spelling only: what is shown to a person is what is compared and called.
    const canonical =
      url.pathname === '/' && url.search === '' ? [url.href, url.href.slice(0, -1)] : [url.href]
    if (!canonical.includes(uri)) return 'it is not written as the URL Standard writes it'
    if (!/^(?:[a-z0-9.-]+|\[::1\])$/.test(url.hostname)) return 'its host is no name of one host'
    if (scheme === 'https' && isNativeAppHost(url.hostname)) return 'https is not for this machine: use http'
    if (scheme === 'http' && !isNativeAppHost(url.hostname))
      return 'http is for this machine alone: use https'
    return undefined
  }
  if (FORBIDDEN.has(scheme) || SYSTEM_SCHEME.test(scheme)) return `the scheme "${scheme}" is not allowed`
  return scheme.length < 3 ? 'the scheme is too short to be an app' : undefined
}

/** Whether an address says by itself who receives the response: only then may an earlier consent count again (RFC 8252, 8.6). */
export function isClaimed(uri: string): boolean {
  return uri.startsWith('https://')
}

/** What a person is shown of where the answer goes. @example placeOf('https://claude.ai/api/cb') // 'claude.ai' */
export function placeOf(uri: string): string {
  const url = URL.parse(uri)
  if (url === null) return 'an address that cannot be read'
  if (url.protocol === 'https:') return url.host
  if (url.protocol === 'http:') return `this computer (${url.hostname})`
  return `an app on this device (${url.protocol})`
}
