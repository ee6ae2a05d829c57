import type { SecretText } from '../config.ts'

/** An authorization server whose tokens are good here. */
export interface IssuerConfig {
  /** Exactly as `iss` says it. */
  readonly issuer: string
  /** Absent: the addresses of this gateway. */
  readonly audiences?: readonly string[]
  /** Absent: found in the issuer's metadata. */
  readonly jwks?: string
  readonly types: readonly ('at+jwt' | 'jwt')[]
  readonly algorithms: readonly string[]
  readonly clockSkewMs: number
  readonly maxLifetimeMs: number
  readonly keysMaxAgeMs: number
  /** Names of claims. */
  readonly claims: {
    readonly scopes: readonly string[]
    readonly groups?: string
    /** More that rules can ask for. */
    readonly rules?: readonly string[]
    readonly subject: string
  }
  /** Scopes that each of its tokens has. */
  readonly grants: readonly string[]
  readonly introspection?: IntrospectionConfig
}

export interface IntrospectionConfig {
  readonly url: string
  readonly clientId: string
  readonly clientSecret: SecretText
}

/** What a scope allows: globs; absent ones stand for everything. */
export interface ScopeConfig {
  readonly name: string
  readonly servers?: readonly string[]
  readonly tools?: readonly string[]
  readonly methods?: readonly string[]
}
