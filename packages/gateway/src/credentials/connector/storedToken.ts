/**
 * The records of the vault that the connector keeps, as texts and back. What cannot be read is as good as missing: the
 * person signs in again.
 */
import type { KnownClient } from './clientAuth.ts'
import type { IssuerMetadata } from './metadata.ts'
import type { RegisteredClient } from './registration.ts'
import type { TokenSet } from './tokens.ts'

/** The access of one principal to one server. */
export interface StoredToken {
  /** The server's address when it was issued: it goes to no other. */
  readonly url: string
  readonly resource: string
  readonly as: IssuerMetadata
  /** Without a configured secret, which is resolved when it is used. */
  readonly client: KnownClient
  /** The client is the configured one. */
  readonly configured: boolean
  readonly tokens: TokenSet
  /** What was asked for. */
  readonly requested: readonly string[]
  /** How often more was asked for, since the last sign-in for another reason. */
  readonly steps: number
}

/** A server asked for a sign-in, or for more than was granted. */
export interface StoredNeed {
  readonly url: string
  readonly resourceMetadata?: string
  /** Everything to ask for; absent: what the server's metadata says. */
  readonly scopes?: readonly string[]
  readonly why: 'sign-in' | 'more-scopes'
}

/** A sign-in under way, found by the digest of its `state`. */
export interface StoredPending {
  readonly principal: string
  readonly server: string
  readonly url: string
  readonly state: string
  readonly verifier: string
  readonly as: IssuerMetadata
  readonly client: KnownClient
  readonly configured: boolean
  readonly resource: string
  readonly redirectUri: string
  readonly scopes: readonly string[]
  readonly why: StoredNeed['why']
  /** Digest of what the browser that began it holds; absent: it began where it ends. */
  readonly browser?: string
  /** Digest of the link it began with. */
  readonly ticket?: string
  readonly expiresAt: number
}

/** A link for a person, found by its digest. */
export interface StoredTicket {
  readonly principal: string
  readonly server: string
  readonly expiresAt: number
}

/** The issuer that a configured secret belongs to, as of its first use. */
export interface StoredPin {
  readonly issuer: string
  readonly clientId: string
}

export interface StoredKinds {
  readonly token: StoredToken
  readonly need: StoredNeed
  readonly pending: StoredPending
  readonly ticket: StoredTicket
  readonly pin: StoredPin
  readonly client: RegisteredClient
}

/** The record of a kind; `undefined` when the text is none. It was sealed by us: its form is ours. */
export function readStored<Kind extends keyof StoredKinds>(
  _kind: Kind,
  text: string,
): StoredKinds[Kind] | undefined {
  const value: unknown = JSON.parse(text)
  return typeof value === 'object' && value !== null ? (value as StoredKinds[Kind]) : undefined
}
