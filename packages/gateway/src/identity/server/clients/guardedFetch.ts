/**
 * Fetches a document of a client: its metadata, its keys. A stranger named the address, or the operator did.
 *
 * Every address that the host has is judged, and the connection is made to one of those (CWE-918, DNS rebinding); no
 * redirect is followed, nothing of ours is sent along, and size and time are bounded, also where the operator named it.
 */
import { checkUrl, isLoopbackHost, isNativeAppHost, type UrlPolicy } from '@sallyport/controls/urls'
import { guardedRequest } from '../../../arguments/guardedLookup.ts'

export type Fetch = (url: string | URL, options?: unknown) => Promise<Response>

const DEADLINE_MS = 5_000
const MAX_BYTES = 64 * 1024

/** @param loopback this machine's addresses count as public ones, also over `http:`; for development */
export function guardedFetch(loopback: boolean): Fetch {
  return async (url) => {
    const { href } = new URL(url)
    const local = loopback && isLoopbackUrl(href)
    const policy: UrlPolicy = local
      ? { schemes: ['https', 'http'], allowPrivate: true, allowHosts: ['localhost', '127.0.0.1', '::1'] }
      : { schemes: ['https'] }
    return await fetchWithin(href, policy)
  }
}

/** For what the operator configured, which may lie in a network of theirs: by https, or on this machine also by http. */
export const configuredFetch: Fetch = async (url) => {
  const { href, hostname } = new URL(url)
  const schemes = isLoopbackHost(hostname) ? ['https', 'http'] : ['https']
  return await fetchWithin(href, { schemes, allowPrivate: true })
}

async function fetchWithin(href: string, policy: UrlPolicy): Promise<Response> {
  const decision = checkUrl(href, policy)
  if (!decision.allowed) throw new Error(`${decision.rule}: ${decision.explain}`)
  return await get(new URL(decision.url), policy)
}

/** An address of this machine, as the URL Standard writes it and in no other way. */
export function isLoopbackUrl(text: string): boolean {
  const url = URL.parse(text)
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return false
  return isNativeAppHost(url.hostname) && text.startsWith(`${url.origin}/`)
}

function get(url: URL, policy: UrlPolicy): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = guardedRequest(url, policy, {
      method: 'GET',
      headers: { accept: 'application/json', 'accept-encoding': 'identity' },
      timeout: DEADLINE_MS,
    })
    const timer = setTimeout(
      () => request.destroy(new Error(`no answer within ${DEADLINE_MS} ms`)),
      DEADLINE_MS,
    )
    const fail = (error: Error) => {
      clearTimeout(timer)
      reject(error)
    }
    request.on('error', fail)
    request.on('response', (answer) => {
      const chunks: Buffer[] = []
      let length = 0
      answer.on('data', (chunk: Buffer) => {
        length += chunk.length
        if (length > MAX_BYTES) request.destroy(new Error(`it is longer than ${MAX_BYTES} bytes`))
        else chunks.push(chunk)
      })
      answer.on('error', fail)
      answer.on('end', () => {
        clearTimeout(timer)
        const headers = new Headers()
        for (const name of ['content-type', 'cache-control', 'expires', 'age'] as const) {
          const value = answer.headers[name]
          if (typeof value === 'string') headers.set(name, value)
        }
        const status = answer.statusCode ?? 0
        // What has no body by its status cannot be made with one.
        const body = [101, 204, 205, 304].includes(status) ? null : Buffer.concat(chunks)
        resolve(status < 200 || status > 599 ? Response.error() : new Response(body, { status, headers }))
      })
    })
    request.end()
  })
}
