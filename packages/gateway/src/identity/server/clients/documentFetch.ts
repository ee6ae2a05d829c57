/**
 * Fetches a document of a client: its metadata, its keys. A stranger named the address, or the operator did. Nothing of what
 * the caller would send along goes out, and no redirect is followed.
 */
import { isNativeAppHost } from '@sallyport/controls/urls'
import { type FetchReach, makeGuardedFetch } from '../../../credentials/guardedFetch.ts'

export type Fetch = (url: string | URL, options?: unknown) => Promise<Response>

const LIMITS = { timeoutMs: 5_000, maxBytes: 64 * 1024, redirects: 'none' } as const
const HEADERS = { accept: 'application/json' }

/** @param loopback this machine's addresses count as public ones, also over `http:`; for development */
export function documentFetch(loopback: boolean): Fetch {
  return async (url) => {
    const { href } = new URL(url)
    return await fetchWithin(href, { loopback: loopback && isLoopbackUrl(href) })
  }
}

/** For what the operator configured, which may lie in a network of theirs: by https, or on this machine also by http. */
export const configuredFetch: Fetch = async (url) =>
  await fetchWithin(new URL(url).href, { loopback: true, privateNetworks: true })

async function fetchWithin(href: string, reach: FetchReach): Promise<Response> {
  return await makeGuardedFetch({ ...LIMITS, reach })(href, { headers: HEADERS })
}

/** An address of this machine, as the URL Standard writes it and in no other way. */
export function isLoopbackUrl(text: string): boolean {
  const url = URL.parse(text)
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return false
  return isNativeAppHost(url.hostname) && text.startsWith(`${url.origin}/`)
}
