/**
 * API keys as a running gateway knows them: which key a text is, and whether it may still be used.
 *
 * The keys are in memory, and what others change in the store is seen within 20 ms: `keys revoke` waits for longer than that
 * before it says that it is done. Every check of a text that has the form of a key costs one HMAC and one comparison in
 * constant time, also where there is no such key; only then is looked at what is known of it, so that nothing but a right key
 * learns that it is revoked, expired, or not for this address.
 */
import { randomBytes } from 'node:crypto'
import { parseRate, SlidingWindow } from '@sallyport/controls/limits'
import { networkCheck } from '@sallyport/controls/urls'
import type { KeyStore, StoredKey } from './keyStore.ts'
import { readKeyId } from './keyText.ts'
import { hashKey, isHashOf, type Pepper, pepperOf } from './pepper.ts'

export type KeyCheck =
  | { readonly kind: 'good'; readonly key: StoredKey }
  | {
      readonly kind: 'refused'
      readonly rule:
        | 'identity/api-key'
        | 'identity/api-key-revoked'
        | 'identity/api-key-expired'
        | 'identity/api-key-address'
      readonly why: string
    }
  | { readonly kind: 'limited'; readonly key: StoredKey; readonly retryAfterMs: number }
  /** The store cannot be read. */
  | { readonly kind: 'unavailable'; readonly why: string }

export interface KeyBookSources {
  readonly openStore: () => KeyStore
  /** The current one first. Asked again with every change. */
  readonly peppers: () => readonly Pepper[]
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Milliseconds of a clock that never goes back. */
  readonly monotonic: () => number
  /** Is told what could not be written down, or read. */
  readonly fault: (event: string, explain: string) => void
}

/** What others changed is looked for at most this often. */
const LOOK_MS = 20
/** After so long a change is known to every gateway that is not held up. */
export const SEEN_EVERYWHERE_MS = 50
/** Whether the file was exchanged is looked at this often. */
const PLACE_MS = 1000

interface KnownKey {
  readonly key: StoredKey
  readonly pepper: Pepper | undefined
  readonly allows: (address: string | undefined) => boolean
  readonly window: SlidingWindow | undefined
}

/** For what is no key of ours: the same work as for one. */
const NOBODY_HASH = randomBytes(32)

export class KeyBook {
  readonly #sources: KeyBookSources
  readonly #nobodyPepper = pepperOf(randomBytes(32).toString('base64url'))
  #store: KeyStore
  #peppers: readonly Pepper[] = []
  #known = new Map<string, KnownKey>()
  /** By caller: a key that takes another's place has no fresh window. */
  readonly #windows = new Map<string, SlidingWindow>()
  #revision = -1
  #version = -1
  #lookedMs = Number.NEGATIVE_INFINITY
  #placedMs = Number.NEGATIVE_INFINITY
  #unreadable = false
  /** Since the last `flush`. */
  #uses = new Map<string, number>()
  #hashes = new Map<string, { readonly hash: Uint8Array; readonly pepper: string }>()

  /**
   * @throws Error when the store cannot be opened, or keys that could be used need a pepper that is not there: refusing them
   * one by one would look like a mistake of whoever holds them
   */
  constructor(sources: KeyBookSources) {
    this.#sources = sources
    this.#peppers = sources.peppers()
    this.#store = sources.openStore()
    try {
      this.#readChanges()
      this.#requirePeppers()
    } catch (error) {
      this.#store.close()
      throw error
    }
  }

  /** What a text is, sent from an address. Never throws. */
  check(text: string, address: string | undefined): KeyCheck {
    const id = readKeyId(text)
    if (id === undefined) return NO_KEY
    const stale = this.#look()
    if (stale !== undefined) return { kind: 'unavailable', why: stale }
    const known = this.#known.get(id)
    const pepper = known?.pepper ?? this.#nobodyPepper
    const right = isHashOf(known?.key.hash ?? NOBODY_HASH, text, pepper)
    if (known?.pepper === undefined || !right) return NO_KEY
    const { key, allows, window } = known
    const ended = this.#ended(key)
    if (ended !== undefined) return ended
    if (!allows(address)) {
      const why = `key ${id} is not for requests from ${address ?? 'an unknown address'}`
      return { kind: 'refused', rule: 'identity/api-key-address', why }
    }
    if (window !== undefined) {
      const nowMs = this.#sources.monotonic()
      const retryAfterMs = Math.ceil(window.opensAtMs() - nowMs)
      if (retryAfterMs > 0) return { kind: 'limited', key, retryAfterMs }
      window.record(nowMs)
    }
    this.#uses.set(id, this.#sources.now())
    this.#rehash(text, key)
    return { kind: 'good', key }
  }

  /** Whether a key that was good may still be used. Never throws. */
  holds(id: string): boolean {
    if (this.#look() !== undefined) return false
    const known = this.#known.get(id)
    return known?.pepper !== undefined && this.#ended(known.key) === undefined
  }

  /** Writes down when keys were used. What cannot be written now is kept for the next time. */
  flush(): void {
    if (this.#uses.size === 0 && this.#hashes.size === 0) return
    try {
      this.#store.note(this.#uses, this.#hashes, () => this.#sources.peppers()[0]?.id)
    } catch (error) {
      this.#sources.fault('keys.uses-unwritten', String(error))
      return
    }
    // Our own changes do not show as a new version.
    if (this.#hashes.size > 0) this.#version = -1
    this.#uses = new Map()
    this.#hashes = new Map()
  }

  close(): void {
    this.flush()
    this.#store.close()
  }

  #ended(key: StoredKey): (KeyCheck & { readonly kind: 'refused' }) | undefined {
    if (key.revokedAt !== undefined)
      return { kind: 'refused', rule: 'identity/api-key-revoked', why: `key ${key.id} was revoked` }
    if (key.expiresAt !== undefined && key.expiresAt <= this.#sources.now())
      return { kind: 'refused', rule: 'identity/api-key-expired', why: `key ${key.id} expired` }
    return undefined
  }

  /** Only now is the key there to be hashed with the pepper that counts. */
  #rehash(text: string, { id, pepper }: StoredKey): void {
    const [current] = this.#peppers
    if (current === undefined || current.id === pepper || this.#hashes.has(id)) return
    this.#hashes.set(id, { hash: hashKey(text, current), pepper: current.id })
  }

  /** Reads what others changed; why not, if it cannot be read: then nothing that is known counts. */
  #look(): string | undefined {
    const nowMs = this.#sources.monotonic()
    if (nowMs - this.#lookedMs < LOOK_MS) return undefined
    try {
      if (nowMs - this.#placedMs >= PLACE_MS) this.#checkPlace(nowMs)
      const version = this.#store.version()
      if (version !== this.#version) {
        this.#readChanges()
        this.#version = version
      }
      this.#lookedMs = nowMs
      this.#unreadable = false
      return undefined
    } catch (error) {
      const why = `the keys cannot be read: ${error instanceof Error ? error.message : String(error)}`
      // Once, not for every request that is refused for it.
      if (!this.#unreadable) this.#sources.fault('keys.unreadable', why)
      this.#unreadable = true
      return why
    }
  }

  /** The file was moved away, or another one was put there: that one counts. */
  #checkPlace(nowMs: number): void {
    if (!this.#store.inPlace) {
      const store = this.#sources.openStore()
      this.#store.close()
      this.#store = store
      this.#known = new Map()
      this.#revision = -1
      this.#version = -1
    }
    this.#placedMs = nowMs
  }

  #readChanges(): void {
    const { revision, keys } = this.#store.changesSince(this.#revision)
    if (revision !== this.#revision) {
      const peppers = this.#sources.peppers()
      // Without its file the peppers that are known count on: keys that need another one are refused.
      if (peppers.length > 0) this.#peppers = peppers
    }
    for (const key of keys) this.#learn(key)
    this.#revision = revision
  }

  #learn(key: StoredKey): void {
    const rate = key.rate === undefined ? undefined : parseRate(key.rate)
    let window = rate && this.#windows.get(key.subject)
    if (rate !== undefined && window === undefined) {
      window = new SlidingWindow(rate)
      this.#windows.set(key.subject, window)
    }
    const pepper = this.#pepper(key)
    // A key that was given without networks is good from everywhere.
    const allows = key.networks.length === 0 ? () => true : networkCheck(key.networks)
    this.#known.set(key.id, { key, pepper, allows, window })
  }

  #pepper(key: StoredKey): Pepper | undefined {
    return this.#peppers.find(({ id }) => id === key.pepper)
  }

  #requirePeppers(): void {
    const orphans = [...this.#known.values()]
      .filter(({ key, pepper }) => pepper === undefined && this.#ended(key) === undefined)
      .map(({ key }) => key.id)
    if (orphans.length === 0) return
    const more = orphans.length > 5 ? ` and ${orphans.length - 5} more` : ''
    throw new MissingPepper(`the pepper of API keys ${orphans.slice(0, 5).join(', ')}${more} is not there`)
  }
}

/** Keys that could be used cannot be checked. The message says what to do. */
export class MissingPepper extends Error {
  constructor(what: string) {
    super(
      `${what}: bring it back (docs/api-keys.md), or revoke the keys that need it with "sallyport keys revoke"`,
    )
    this.name = 'MissingPepper'
  }
}

const NO_KEY: KeyCheck = Object.freeze({
  kind: 'refused',
  rule: 'identity/api-key',
  why: 'it is no API key that was made here',
})
