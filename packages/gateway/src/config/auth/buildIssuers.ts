import type { Read } from '../shape.ts'
import type { auth } from './authFields.ts'
import type { IssuerConfig, ScopeConfig } from './issuerConfig.ts'
import { secretAt } from './secretAt.ts'

type AuthFile = Read<typeof auth>

/** What the file says of `auth.issuers` and `auth.scopes`. `resolvePath` makes the paths of secret files absolute. */
export function buildIssuers(
  { issuers, scopes }: AuthFile,
  resolvePath: (path: string) => string,
): { readonly issuers?: readonly IssuerConfig[]; readonly scopes?: readonly ScopeConfig[] } {
  return {
    ...(issuers === undefined
      ? {}
      : { issuers: issuers.map((issuer, at) => buildIssuer(issuer, at, resolvePath)) }),
    ...(scopes === undefined ? {} : { scopes: scopes.map(([name, scope]) => ({ name, ...scope })) }),
  }
}

function buildIssuer(
  file: NonNullable<AuthFile['issuers']>[number],
  at: number,
  resolvePath: (path: string) => string,
): IssuerConfig {
  const { clockSkew, maxLifetime, keysMaxAge, introspection, grants = [], ...same } = file
  return {
    ...same,
    clockSkewMs: clockSkew,
    maxLifetimeMs: maxLifetime,
    keysMaxAgeMs: keysMaxAge,
    grants,
    ...(introspection === undefined
      ? {}
      : { introspection: buildIntrospection(introspection, at, resolvePath) }),
  }
}

function buildIntrospection(
  { url, clientId, clientSecret }: NonNullable<NonNullable<AuthFile['issuers']>[number]['introspection']>,
  at: number,
  resolvePath: (path: string) => string,
): NonNullable<IssuerConfig['introspection']> {
  const key = `auth.issuers[${at}].introspection.clientSecret`
  return { url, clientId, clientSecret: secretAt(key, clientSecret, resolvePath) }
}
