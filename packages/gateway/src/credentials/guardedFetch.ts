/**
 * How the gateway fetches documents and tokens from places that others name: metadata of a server's choice, an authorization
 * server of that metadata's choice, the document of a client. Each of those could name a machine inside (CWE-918).
 *
 * https only, or http on this machine where the server that names it is there itself. The name is resolved once, every
 * address it has is judged, and the connection is made to one of those (no second look-up to rebind, CWE-350). A redirect
 * is followed for GET alone, within the origin. Sizes, times and types are bounded. No proxy of the environment is used,
 * no cookie is kept, and a body of another type than JSON is dropped.
 */
import type { IncomingMessage } from 'node:http'
import { checkUrl, classifyAddress, isLoopbackHost, type UrlPolicy } from '@sallyport/controls/urls'
import { guardedRequest, HostRefused } from '../arguments/guardedLookup.ts'
import { type Resolve, resolveHere } from '../arguments/resolveHost.ts'

/** Where it may go. */
export interface FetchReach {
  /** This machine may be asked, also by plain http. */
  readonly loopback: boolean
  /** Private networks may be asked, by https. */
  readonly privateNetworks?: boolean
}

export interface GuardedFetchOptions {
  readonly reach: FetchReach
  readonly resolve?: Resolve
  /** For the whole answer, redirects included. */
  readonly timeoutMs?: number
  readonly maxBytes?: number
  /** Default: of a GET, within its origin. */
  readonly redirects?: 'origin' | 'none'
  /** Certificate authorities beside those of the system, PEM. */
  readonly ca?: string
}

export interface FetchInit {
  readonly method?: string
  readonly headers?: Headers | Readonly<Record<string, string>>
  readonly body?: unknown
  readonly signal?: AbortSignal | undefined
}

/** Nothing usable came back. `code` is one of a few words; the message holds no text of the other side. */
export class FetchRefused extends Error {
  override readonly name = 'FetchRefused'
  readonly code: 'url' | 'redirect' | 'too-large' | 'late' | 'unreachable' | 'body'
  constructor(code: FetchRefused['code'], explain: string, options?: ErrorOptions) {
    super(explain, options)
    this.code = code
  }
}

export type GuardedFetch = (url: string, init?: FetchInit) => Promise<Response>

const TIMEOUT_MS = 10_000
const MAX_BYTES = 256 * 1024
const MAX_REDIRECTS = 3
/** Of an answer, beside its type: what it asks for, and how long it is good. */
const KEPT_HEADERS = ['www-authenticate', 'cache-control', 'expires', 'age'] as const

/**
 * A `fetch` that keeps to the rules above. Rejects with `FetchRefused`, whose message may be shown.
 *
 * @example const fetch = makeGuardedFetch({ reach: { loopback: false } })
 * await (await fetch('https://issuer.example/.well-known/oauth-authorization-server')).json()
 */
export function makeGuardedFetch(options: GuardedFetchOptions): GuardedFetch {
  const { timeoutMs = TIMEOUT_MS } = options
  return async (url, init = {}) => {
    const late = AbortSignal.timeout(timeoutMs)
    const signal = init.signal == null ? late : AbortSignal.any([late, init.signal])
    let target = url
    for (let redirects = 0; ; redirects++) {
      const answer = await once(target, init, signal, options)
      if (answer.location === undefined) return answer.response
      if (options.redirects === 'none')
        throw new FetchRefused('redirect', `${originOf(target)} redirects, and nobody follows`)
      target = followed(target, answer.location, init, redirects)
    }
  }
}

/** Whether a URL may be asked at all, before anything is resolved: what an endpoint in a document is checked with. */
export function isFetchable(text: string, reach: FetchReach): boolean {
  const url = URL.parse(text)
  if (url === null || url.username !== '' || url.password !== '' || url.hash !== '') return false
  if (url.protocol === 'https:') return true
  return url.protocol === 'http:' && reach.loopback && isLoopbackHost(url.hostname)
}

/** Of what a name resolved to. An address that only carries one of this machine for a translator leads elsewhere first. */
function isLoopbackAddress(address: string): boolean {
  const known = classifyAddress(address)
  return known.valid && known.kind === 'loopback'
}

interface Answer {
  readonly response: Response
  readonly location?: string
}

async function once(
  text: string,
  init: FetchInit,
  signal: AbortSignal,
  options: GuardedFetchOptions,
): Promise<Answer> {
  const { reach, resolve = resolveHere, maxBytes = MAX_BYTES, ca } = options
  if (!isFetchable(text, reach))
    throw new FetchRefused('url', `${originOf(text)} may not be asked: only https addresses are`)
  const { hostname, protocol } = new URL(text)
  const local = reach.loopback && isLoopbackHost(hostname)
  const policy: UrlPolicy = {
    schemes: [protocol.slice(0, -1)],
    allowPrivate: local || reach.privateNetworks === true,
  }
  const decision = checkUrl(text, policy)
  if (!decision.allowed) throw notAsked(text, decision.rule)
  const network: Network = {
    policy,
    maxBytes,
    resolve: local ? onThisMachine(resolve) : resolve,
    ...(ca === undefined ? {} : { ca }),
  }
  return await send(new URL(decision.url), init, signal, network)
}

/** A name of this machine that leads elsewhere leads nowhere. */
function onThisMachine(resolve: Resolve): Resolve {
  return async (host, signal) => {
    const addresses = await resolve(host, signal)
    if (!addresses.every(isLoopbackAddress)) throw new Error(`${host} is not on this machine`)
    return addresses
  }
}

interface Network {
  readonly policy: UrlPolicy
  readonly resolve: Resolve
  readonly maxBytes: number
  readonly ca?: string
}

function send(
  url: URL,
  { method = 'GET', headers = {}, body }: FetchInit,
  signal: AbortSignal,
  { policy, resolve: resolveName, maxBytes, ca }: Network,
): Promise<Answer> {
  const bytes = body === undefined || body === null ? undefined : Buffer.from(String(body), 'utf8')
  const sent: Record<string, string> = { 'user-agent': 'sallyport', 'accept-encoding': 'identity' }
  for (const [name, value] of headers instanceof Headers ? headers : Object.entries(headers))
    sent[name.toLowerCase()] = value
  if (bytes !== undefined) sent['content-length'] = String(bytes.length)
  const wanted = { method, headers: sent, signal, resolve: resolveName, ...(ca === undefined ? {} : { ca }) }
  return new Promise((resolve, reject) => {
    const refuse = (error: unknown) => reject(asRefused(url, error, signal))
    const request = guardedRequest(url, policy, wanted)
    request.on('error', refuse)
    request.on('response', (answer) => {
      read(answer, maxBytes, url).then(resolve, (error: unknown) => {
        request.destroy()
        refuse(error)
      })
    })
    request.end(bytes)
  })
}

async function read(answer: IncomingMessage, maxBytes: number, url: URL): Promise<Answer> {
  const { statusCode: status = 0, headers } = answer
  const parts: Buffer[] = []
  let length = 0
  for await (const part of answer as AsyncIterable<Buffer>) {
    length += part.length
    if (length > maxBytes)
      throw new FetchRefused('too-large', `${url.origin} answered with more than ${maxBytes} bytes`)
    parts.push(part)
  }
  if (status >= 300 && status < 400 && status !== 304)
    return { response: new Response(null, { status: 502 }), location: headers.location ?? '' }
  const type = headers['content-type'] ?? ''
  const isJson = /^application\/(?:[a-z0-9.+-]+\+)?json\s*(?:;|$)/i.test(type)
  const encoded = headers['content-encoding'] !== undefined && headers['content-encoding'] !== 'identity'
  if (encoded) throw new FetchRefused('body', `${url.origin} answered with a content encoding`)
  const kept: [string, string][] = isJson ? [['content-type', 'application/json']] : []
  for (const name of KEPT_HEADERS) {
    const value = headers[name]
    if (typeof value === 'string') kept.push([name, value])
  }
  const hasBody = isJson && status >= 200 && ![204, 205, 304].includes(status)
  return {
    response: new Response(hasBody ? Buffer.concat(parts) : null, {
      status: status >= 200 && status <= 599 ? status : 502,
      headers: kept,
    }),
  }
}

/** Within the origin, without a body, and not for ever: anything else would carry what was meant for one place to another. */
function followed(from: string, location: string, { method = 'GET' }: FetchInit, redirects: number): string {
  const base = new URL(from)
  if (method !== 'GET') throw new FetchRefused('redirect', `${base.origin} redirects a ${method}`)
  if (redirects >= MAX_REDIRECTS) throw new FetchRefused('redirect', `${base.origin} redirects too often`)
  const next = URL.parse(location, base)
  if (next === null || next.origin !== base.origin)
    throw new FetchRefused('redirect', `${base.origin} redirects to another origin`)
  return next.href
}

function asRefused(url: URL, error: unknown, signal: AbortSignal): FetchRefused {
  if (error instanceof FetchRefused) return error
  if (error instanceof HostRefused) return notAsked(url.href, error.refusal.rule)
  if (signal.aborted)
    return new FetchRefused('late', `${url.origin} did not answer in time`, { cause: error })
  const code = (error as NodeJS.ErrnoException).code
  const why = typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code) ? code : 'error'
  return new FetchRefused('unreachable', `${url.origin} cannot be reached (${why})`, { cause: error })
}

function notAsked(text: string, rule: string): FetchRefused {
  return new FetchRefused('url', `${originOf(text)} may not be asked: ${rule}`)
}

/** What may be said of a URL that is refused: no path, no query. */
function originOf(text: string): string {
  const url = URL.parse(text)
  if (url === null) return 'an address'
  return url.origin === 'null' ? `an address with the scheme ${url.protocol.slice(0, 20)}` : url.origin
}
