import type { AuthConfig } from '../config/auth/authConfig.ts'

/**
 * Who issues tokens for this gateway, as metadata names them (RFC 9728, `authorization_servers`): exactly as they name
 * themselves. Empty where nobody does: then there is no metadata, and no sign-in.
 */
export function authorizationServers(auth: AuthConfig): readonly string[] {
  return (auth.issuers ?? []).map(({ issuer }) => issuer)
}
