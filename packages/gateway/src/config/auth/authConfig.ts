import type { Rate } from '@sallyport/controls/limits'
import type { SecretText } from '../config.ts'
import type { IssuerConfig, ScopeConfig } from './issuerConfig.ts'
import type { AuthServerConfig } from './serverConfig.ts'

/** API keys are a way in. */
export interface KeysConfig {
  /** Beside `Authorization`; as written. */
  readonly header?: string | undefined
  /** The current one first; none: a private file. */
  readonly pepper: readonly SecretText[]
}

/** Key `auth`, as the program uses it. Absent: whoever connects is the local user, and only this machine can connect. */
export interface AuthConfig {
  /** An origin: scheme, host and port, without a slash at the end. Absent: of the address that is listened on. */
  readonly publicUrl?: string | undefined
  readonly server?: AuthServerConfig
  readonly issuers?: readonly IssuerConfig[]
  /** Absent: the built-in ones, see `identity/scopes.ts`. */
  readonly scopes?: readonly ScopeConfig[]
  readonly keys?: KeysConfig | undefined
  /** Credentials of one address that are not valid. Absent: as many as come. */
  readonly failures?: Rate
}
