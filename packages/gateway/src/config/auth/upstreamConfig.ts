import type { SecretText } from '../config.ts'

/** Key `servers.<id>.oauth`, as the program uses it: how the gateway signs in at a remote server. */
export interface UpstreamOauth {
  readonly clientId?: string
  readonly clientSecret?: SecretText
  /** PKCS #8 in PEM: the client proves itself by a signature instead of a secret. */
  readonly clientKey?: SecretText
  /** Our client metadata document, where it is published elsewhere than at `auth.publicUrl`. */
  readonly clientMetadataUrl?: string
  /** Asked for whatever the server says. */
  readonly scopes?: readonly string[]
  /** Nothing else is ever asked for. */
  readonly allowScopes?: readonly string[]
  /** One sign-in, of the operator, for every user; else each user has one of their own. */
  readonly shared: boolean
  /** The only issuer that is used. */
  readonly issuer?: string
  readonly grant: 'code' | 'client-credentials'
  /** The server's metadata may be about a path above it. */
  readonly resourceParent: boolean
  /** Authorization servers in private networks may be asked. */
  readonly privateNetworks: boolean
}
