/**
 * Opaque tokens: the issuer is asked what they are (RFC 7662).
 *
 * What it calls good must still be for this gateway and of this issuer. What it calls no good is remembered for some
 * seconds, so that nobody makes us ask again and again; asking is bounded, and all who ask about one token wait for one answer.
 */

import type { JsonObject } from '@sallyport/controls/json'
import type { IntrospectionConfig } from '../../config/auth/issuerConfig.ts'
import type { FetchJson } from './fetchJson.ts'

export type Introspected =
  | { readonly kind: 'active'; readonly claims: JsonObject }
  | { readonly kind: 'inactive' }
  /** The issuer does not answer, or not as it should. */
  | { readonly kind: 'unreachable'; readonly why: string }

export interface IntrospectorOptions {
  readonly config: IntrospectionConfig
  /** The value of `clientSecret`, read now. */
  readonly secret: () => Promise<string>
  readonly fetchJson: FetchJson
  readonly now: () => number
}

const INACTIVE_MS = 10_000
const MAX_INACTIVE = 4_096
const MAX_ASKED_AT_ONCE = 32

export class Introspector {
  readonly #options: IntrospectorOptions
  readonly #inactiveUntil = new Map<string, number>()
  readonly #asking = new Map<string, Promise<Introspected>>()

  constructor(options: IntrospectorOptions) {
    this.#options = options
  }

  /** Never rejects. `digest` stands for the token in what is remembered. */
  ask(token: string, digest: string): Promise<Introspected> {
    const until = this.#inactiveUntil.get(digest)
    if (until !== undefined && this.#options.now() < until) return Promise.resolve({ kind: 'inactive' })
    const asking = this.#asking.get(digest)
    if (asking !== undefined) return asking
    if (this.#asking.size >= MAX_ASKED_AT_ONCE)
      return Promise.resolve({ kind: 'unreachable', why: 'too many tokens are being asked about' })
    const answer = this.#ask(token, digest).finally(() => this.#asking.delete(digest))
    this.#asking.set(digest, answer)
    return answer
  }

  async #ask(token: string, digest: string): Promise<Introspected> {
    const { config, secret, fetchJson } = this.#options
    let password: string
    try {
      password = await secret()
    } catch (error) {
      return { kind: 'unreachable', why: `clientSecret: ${(error as Error).message}` }
    }
    const fetched = await fetchJson(config.url, {
      headers: ['Authorization', basic(config.clientId, password)],
      body: new URLSearchParams({ token, token_type_hint: 'access_token' }).toString(),
    })
    if (!fetched.ok) return { kind: 'unreachable', why: `its introspection failed: ${fetched.why}` }
    const { active } = fetched.document
    if (active === true) return { kind: 'active', claims: fetched.document }
    if (active !== false) return { kind: 'unreachable', why: 'its introspection says neither yes nor no' }
    this.#remember(digest)
    return { kind: 'inactive' }
  }

  #remember(digest: string): void {
    if (this.#inactiveUntil.size >= MAX_INACTIVE) this.#inactiveUntil.clear()
    this.#inactiveUntil.set(digest, this.#options.now() + INACTIVE_MS)
  }
}

/** RFC 6749, 2.3.1: both are form-encoded before they are joined. */
function basic(id: string, secret: string): string {
  const encode = (text: string) => new URLSearchParams({ '': text }).toString().slice(1)
  return `Basic ${Buffer.from(`${encode(id)}:${encode(secret)}`).toString('base64')}`
}
