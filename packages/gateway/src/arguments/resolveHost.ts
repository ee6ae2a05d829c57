import { lookup } from 'node:dns/promises'
import {
  checkAddresses,
  checkUrl,
  type KnownAddress,
  type UrlDecision,
  type UrlPolicy,
  type UrlRefusal,
} from '@sallyport/controls/urls'

/** Names into addresses. The signal says when nobody waits any more. */
export type Resolve = (host: string, signal: AbortSignal) => Promise<readonly string[]>

export interface ResolveOptions {
  /** By default what programs of this machine use: its resolver, with the hosts file. */
  readonly resolve?: Resolve
  readonly deadlineMs?: number
}

export type HostResolution =
  | { readonly allowed: true; readonly host: string; readonly addresses: readonly string[] }
  | UrlRefusal

const DEADLINE_MS = 3000

/**
 * Where a name leads, and whether every place it leads to is allowed. A name without an address is refused where private networks are:
 * it may have one for the server, or a moment later. Nothing is kept beyond the call.
 *
 * Cannot know: what the name resolves to when the server asks. A server that makes its own connections is held to this answer
 * only by the sandbox's egress; connections of our own are made by `guardedLookup`.
 */
export async function resolveHost(
  host: string,
  policy: UrlPolicy,
  { resolve = resolveHere, deadlineMs = DEADLINE_MS }: ResolveOptions = {},
): Promise<HostResolution> {
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((done) => {
    timer = setTimeout(() => done(undefined), deadlineMs)
  })
  let addresses: readonly string[] | undefined
  let why = `has no address after ${deadlineMs} ms`
  try {
    addresses = await Promise.race([resolve(host, controller.signal), late])
  } catch (error) {
    why = `cannot be resolved (${codeOf(error)})`
  } finally {
    clearTimeout(timer)
    controller.abort()
  }
  if (addresses !== undefined && addresses.length > 0) return checkAddresses(host, addresses, policy)
  if (policy.allowPrivate === true && addresses !== undefined) return { allowed: true, host, addresses }
  return { allowed: false, rule: 'url/unresolved', host, explain: `${host} ${why}.` }
}

/** A URL with the addresses that its host has, all of which are allowed. */
export type UrlTarget = (UrlDecision & { readonly allowed: true }) & {
  readonly addresses: readonly string[]
}

/** `checkUrl`, and `resolveHost` where the host is a name. */
export async function resolveUrl(
  text: string,
  policy: UrlPolicy,
  options: ResolveOptions = {},
): Promise<UrlTarget | UrlRefusal> {
  const decision = checkUrl(text, policy)
  if (!decision.allowed) return decision
  if (decision.target === 'address') return { ...decision, addresses: [usedAddress(decision.address)] }
  const resolution = await resolveHost(decision.host, policy, options)
  return resolution.allowed ? { ...decision, addresses: resolution.addresses } : resolution
}

/** A socket connects a mapped address as the IPv4 one. */
function usedAddress({ address, embeds }: KnownAddress): string {
  return embeds?.by === 'mapped' ? embeds.ipv4.address : address
}

/** What programs of this machine get: its resolver, with the hosts file. */
export async function resolveHere(host: string): Promise<readonly string[]> {
  const all = await lookup(host, { all: true, order: 'verbatim' })
  return all.map(({ address }) => address)
}

/** Error codes are words of ours and of the platform; messages may quote what a server said. */
function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^[A-Z_]{1,40}$/.test(code) ? code : 'error'
}
