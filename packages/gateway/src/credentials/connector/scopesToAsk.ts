import type { UpstreamOauth } from '../../config/auth/upstreamConfig.ts'
import { unionOf } from './challenge.ts'
import type { Discovered } from './metadata.ts'

/**
 * What is asked for: what the server wants, else what its metadata says, and what is configured; nothing beyond what the
 * operator allows. `outside`: a demand of the server that is not allowed.
 *
 * @param wanted of the server's challenge
 */
export function scopesToAsk(
  { scopes = [], allowScopes, grant }: UpstreamOauth,
  found: Pick<Discovered, 'as' | 'scopesSupported'>,
  wanted: readonly string[] | undefined,
): readonly string[] | 'outside' {
  if (outside(wanted ?? [], allowScopes).length > 0) return 'outside'
  const asked = wanted ?? (scopes.length > 0 ? [] : found.scopesSupported)
  const all = unionOf(scopes, asked)
  // Without it many authorization servers give no refresh token, and the person is asked every hour.
  const offline = grant === 'code' && found.as.scopes_supported?.includes('offline_access') === true
  const most = all.length > 0 && offline ? unionOf(all, ['offline_access']) : all
  return most.filter(
    (scope) => outside([scope], allowScopes).length === 0 && (grant === 'code' || scope !== 'offline_access'),
  )
}

/** The scopes that an allow-list does not have. */
export function outside(
  scopes: readonly string[],
  allowed: readonly string[] | undefined,
): readonly string[] {
  return allowed === undefined
    ? []
    : scopes.filter((scope) => scope !== 'offline_access' && !allowed.includes(scope))
}
