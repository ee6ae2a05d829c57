import type { SecretText } from '../config.ts'

/** Key `auth.server`: the authorization server of the gateway's own. Its presence opens it. */
export interface AuthServerConfig {
  /** Whether programs that nobody registered may register themselves (RFC 7591). `auto`: on this machine alone. */
  readonly registration: 'auto' | 'on' | 'off'
  readonly clientDocuments: boolean
  /** Client metadata documents may be at this machine, also over `http:`. */
  readonly loopbackDocuments: boolean
  readonly accessTokenMs: number
  readonly refreshTokenMs: number
  readonly refreshGraceMs: number
  readonly signInAgainMs: number
  /** Whether the owner's passphrase signs anybody in. */
  readonly owner: boolean
  readonly broker?: BrokerConfig
  readonly assertions: readonly AssertionIssuerConfig[]
  readonly clients: readonly RegisteredClientConfig[]
}

/** The OpenID provider that people sign in at. */
export interface BrokerConfig {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret?: SecretText
  readonly scopes: readonly string[]
  readonly groupsClaim: string
  /** Claims of its ID token that rules may ask for. */
  readonly claims: { readonly rules: readonly string[] }
  /** Who of those that can sign in there may come in here. */
  readonly allow: readonly AllowedPerson[]
  /** Ways of signing in (`acr`, `amr`) one of which the provider must have used. */
  readonly requireAcr: readonly string[]
}

export interface AllowedPerson {
  readonly by: 'anyone' | 'group' | 'domain' | 'subject' | 'email'
  readonly value: string
}

/** Who says which person a client may act for (ID-JAG). */
export interface AssertionIssuerConfig {
  readonly issuer: string
  /** Where its keys are. */
  readonly jwks: string
  readonly groupsClaim: string
}

export type ClientGrant = 'code' | 'client-credentials' | 'assertion'

export interface RegisteredClientConfig {
  readonly id: string
  readonly name: string
  readonly redirects: readonly string[]
  readonly grants: readonly ClientGrant[]
  /** Absent: all there are. */
  readonly scopes?: readonly string[]
  readonly secret?: SecretText
  /** Where its public keys are. */
  readonly jwks?: string
  /** File with a JSON Web Key Set of public keys. */
  readonly jwksFile?: string
}
