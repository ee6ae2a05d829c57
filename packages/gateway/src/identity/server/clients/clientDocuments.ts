/**
 * Clients whose id is the address of a document about them (OAuth Client ID Metadata Document; MCP 2026-07-28).
 *
 * The document proves who the client is by where it lies, so it must name its own address. It is fetched on behalf of
 * whoever opens a sign-in, so how often is bounded: per caller's address, and at once. What was fetched, also that nothing
 * good was there, is kept as long as its HTTP headers say, within bounds.
 */
import { readMetadata } from './clientMetadata.ts'
import { type Fetch, isLoopbackUrl } from './documentFetch.ts'

export interface DocumentSources {
  readonly fetch: Fetch
  readonly loopback: boolean
  readonly now: () => number
  /** Whether the caller may make us fetch one more. */
  readonly admits: () => boolean
  readonly note: (outcome: { readonly id: string; readonly ok: boolean; readonly why?: string }) => void
}

type Known = { readonly metadata: Record<string, unknown> | undefined; readonly until: number }

const MAX_ID_CHARS = 512
const MAX_AT_ONCE = 4
const MAX_KEPT = 500
const FAULT_KEPT_MS = 60_000
const KEPT_MS = { atLeast: 60_000, atMost: 86_400_000, unsaid: 300_000 }

export class ClientDocuments {
  readonly #sources: DocumentSources
  readonly #known = new Map<string, Known>()
  readonly #underway = new Map<string, Promise<Record<string, unknown> | undefined>>()

  constructor(sources: DocumentSources) {
    this.#sources = sources
  }

  /** What the document at this id says, as far as it is taken; `undefined` where that makes no client. */
  async find(id: string): Promise<Record<string, unknown> | undefined> {
    if (!isDocumentId(id, this.#sources.loopback)) return undefined
    const { now, admits, note } = this.#sources
    const known = this.#known.get(id)
    if (known !== undefined && known.until > now()) return known.metadata
    const underway = this.#underway.get(id)
    if (underway !== undefined) return await underway
    if (this.#underway.size >= MAX_AT_ONCE || !admits()) {
      note({ id, ok: false, why: 'too many documents are fetched' })
      return undefined
    }
    const work = this.#fetch(id)
    this.#underway.set(id, work)
    try {
      return await work
    } finally {
      this.#underway.delete(id)
    }
  }

  async #fetch(id: string): Promise<Record<string, unknown> | undefined> {
    const { fetch, note } = this.#sources
    let why: string
    try {
      const response = await fetch(id)
      const read = await readDocument(id, response)
      if (read.ok) {
        this.#keep(id, read.metadata, keptMs(response.headers, this.#sources.now()))
        note({ id, ok: true })
        return read.metadata
      }
      why = read.explain
    } catch (error) {
      why = error instanceof Error ? error.message : String(error)
    }
    this.#keep(id, undefined, FAULT_KEPT_MS)
    note({ id, ok: false, why })
    return undefined
  }

  #keep(id: string, metadata: Record<string, unknown> | undefined, forMs: number): void {
    this.#known.delete(id)
    this.#known.set(id, { metadata, until: this.#sources.now() + forMs })
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= MAX_KEPT) break
      this.#known.delete(oldest)
    }
  }
}

/**
 * Whether an id can be the address of a document: `https:`, a path, and one spelling only.
 *
 * @example isDocumentId('https://app.example/client.json', false) // true
 */
export function isDocumentId(id: string, loopback: boolean): boolean {
  if (id.length > MAX_ID_CHARS || !/^[\x21-\x7e]+$/.test(id) || /["'<>\\^`{|}#]/.test(id)) return false
  const url = URL.parse(id)
  if (url === null || url.href !== id || url.username !== '' || url.password !== '') return false
  if (url.protocol !== 'https:' && !(loopback && isLoopbackUrl(id))) return false
  return url.pathname !== '/' && !/%2e|%2f|%5c/i.test(url.pathname)
}

async function readDocument(
  id: string,
  response: Response,
): Promise<
  | { readonly ok: true; readonly metadata: Record<string, unknown> }
  | { readonly ok: false; readonly explain: string }
> {
  if (response.status !== 200) return { ok: false, explain: `it answered with status ${response.status}` }
  const type = response.headers.get('content-type') ?? ''
  if (!/^application\/(?:[a-z0-9.+-]+\+)?json(?:;|$)/i.test(type.trim()))
    return { ok: false, explain: 'it is not served as JSON' }
  const text = await response.text()
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    return { ok: false, explain: 'it is no JSON' }
  }
  if ((document as { readonly client_id?: unknown } | null)?.client_id !== id)
    return { ok: false, explain: 'its client_id is not its address' }
  const read = readMetadata(document, 'document')
  if (!read.ok) return { ok: false, explain: read.explain }
  return { ok: true, metadata: { ...read.metadata, client_id: id } }
}

/** How long a document is kept by its headers (RFC 9111, 4.2.1), within bounds. */
export function keptMs(headers: Headers, now: number): number {
  const control = (headers.get('cache-control') ?? '').toLowerCase().split(',', 32)
  const directives = control.map((directive) => directive.trim())
  if (directives.some((directive) => directive === 'no-store' || directive === 'no-cache'))
    return KEPT_MS.atLeast
  const maxAge = directives.map((directive) => /^max-age="?(\d{1,9})"?$/.exec(directive)?.[1]).find(Boolean)
  const age = Number(/^\d{1,9}$/.exec(headers.get('age') ?? '')?.[0] ?? 0)
  const expires = Date.parse(headers.get('expires') ?? '')
  let ms: number = KEPT_MS.unsaid
  if (maxAge !== undefined) ms = (Number(maxAge) - age) * 1000
  else if (!Number.isNaN(expires)) ms = expires - now
  return Math.min(KEPT_MS.atMost, Math.max(KEPT_MS.atLeast, ms))
}
