import type { AuthConfig } from '../config/auth/authConfig.ts'

/**
 * Who issues tokens for this gateway, as metadata names them (RFC 9728, `authorization_servers`): exactly as they name
 * themselves. Empty where nobody does: then there is no metadata, and no sign-in.
 */
export function authorizationServers(auth: AuthConfig, publicUrl: string): readonly string[] {
  const own = auth.server === undefined ? [] : [publicUrl]
  return [...own, ...(auth.issuers ?? []).map(({ issuer }) => issuer)]
}
