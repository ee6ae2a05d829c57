/**
 * The keys of one issuer: fetched when they are first needed, again when they are old, and once more, at most every 30
 * seconds, when a token names a key that is not there. All who wait, wait for the same fetch.
 *
 * When the issuer does not answer, the keys that were fetched serve for an hour beyond their age, then nobody comes in: an
 * outage must not become an open door, nor a rotated key a way round it.
 */

import type { IssuerConfig } from '../../config/auth/issuerConfig.ts'
import type { Log } from '../../log.ts'
import type { FetchJson } from './fetchJson.ts'
import { findKeys } from './issuerMetadata.ts'
import { chooseKey, type PublicKey, readKeySet } from './keySet.ts'

/** Between fetches that the token of a stranger can cause. */
const COOLDOWN_MS = 30_000
/** Between attempts while it does not answer. An issuer that comes up late is not waited for longer than needed. */
const RETRY_MS = 1_000
/** How long keys serve beyond their age when no new ones can be had, unless it is said. */
const STALE_MS = 3_600_000

type Wanted = { readonly algorithm: string; readonly keyId: string | undefined }

export type KeyLookup =
  | { readonly kind: 'found'; readonly key: PublicKey }
  | { readonly kind: 'none' }
  /** They cannot be had now. */
  | { readonly kind: 'unreachable'; readonly why: string }

export interface IssuerKeysOptions {
  readonly issuer: Pick<IssuerConfig, 'issuer' | 'jwks' | 'keysMaxAgeMs'>
  readonly staleMs?: number
  readonly fetchJson: FetchJson
  readonly now: () => number
  readonly log: Log
  /** The set is not what it was: nothing that was verified with the old one counts any more. */
  readonly changed: () => void
}

export class IssuerKeys {
  readonly #options: IssuerKeysOptions
  #keys: readonly PublicKey[] | undefined
  #text = ''
  #fetchedAtMs = Number.NEGATIVE_INFINITY
  #triedAtMs = Number.NEGATIVE_INFINITY
  /** When a key that was not there was last looked for. */
  #askedAgainAtMs = Number.NEGATIVE_INFINITY
  #why = 'they were never fetched'
  #fetching: Promise<void> | undefined

  constructor(options: IssuerKeysOptions) {
    this.#options = options
  }

  /** The key that a token's header means. Never rejects. */
  async find(wanted: Wanted): Promise<KeyLookup> {
    const { now, issuer } = this.#options
    const old = now() - this.#fetchedAtMs >= issuer.keysMaxAgeMs
    if (old && (this.#fetching !== undefined || now() - this.#triedAtMs >= RETRY_MS)) await this.#fetch()
    const known = this.#choose(wanted)
    if (known?.kind !== 'none' || now() - this.#askedAgainAtMs < COOLDOWN_MS)
      return known ?? this.#unreachable()
    this.#askedAgainAtMs = now()
    await this.#fetch()
    return this.#choose(wanted) ?? this.#unreachable()
  }

  #choose(wanted: Wanted): KeyLookup | undefined {
    const { now, issuer, staleMs = STALE_MS } = this.#options
    if (this.#keys === undefined || now() - this.#fetchedAtMs > issuer.keysMaxAgeMs + staleMs)
      return undefined
    const key = chooseKey(this.#keys, wanted)
    return key === undefined ? { kind: 'none' } : { kind: 'found', key }
  }

  #unreachable(): KeyLookup {
    return { kind: 'unreachable', why: this.#why }
  }

  #fetch(): Promise<void> {
    this.#fetching ??= this.#fetchNow().finally(() => {
      this.#fetching = undefined
    })
    return this.#fetching
  }

  async #fetchNow(): Promise<void> {
    const { issuer, fetchJson, now, log, changed } = this.#options
    this.#triedAtMs = now()
    const found =
      issuer.jwks === undefined
        ? await findKeys(issuer.issuer, fetchJson)
        : { ok: true as const, url: issuer.jwks, pkce: true }
    if (found.ok && !found.pkce)
      log.warn('identity.no-pkce', {
        issuer: issuer.issuer,
        explain:
          'its metadata does not name S256, so MCP clients refuse to sign in there: put the embedded authorization server in front of it',
      })
    const fetched = found.ok ? await fetchJson(found.url) : found
    const keys = 'document' in fetched ? readKeySet(fetched.document) : undefined
    if (keys === undefined) {
      this.#why = 'why' in fetched ? fetched.why : 'the document is no set of keys'
      log.warn('identity.keys-unreachable', { issuer: issuer.issuer, why: this.#why })
      return
    }
    const text = JSON.stringify(keys)
    if (this.#keys !== undefined && text !== this.#text) changed()
    this.#keys = keys
    this.#text = text
    this.#fetchedAtMs = now()
    log.info('identity.keys-fetched', { issuer: issuer.issuer, keys: keys.length })
  }
}
