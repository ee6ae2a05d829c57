/**
 * The keys of the issuers whose assertions are trusted, fetched, bounded and chosen as those of every other issuer.
 */
import type * as Jose from 'jose'
import type { AssertionIssuerConfig } from '../../config/auth/serverConfig.ts'
import { IssuerKeys, type IssuerKeysOptions } from '../tokens/issuerKeys.ts'

const MAX_AGE_MS = 10 * 60_000

/** @returns what gives the key that an assertion's header means. It rejects where there is none, or none can be had now. */
export function assertionKeys(
  issuers: readonly AssertionIssuerConfig[],
  {
    importKey,
    ...sources
  }: Pick<IssuerKeysOptions, 'fetchJson' | 'now' | 'log'> & { readonly importKey: typeof Jose.importJWK },
): (issuer: AssertionIssuerConfig) => Jose.JWTVerifyGetKey {
  const known = new Map<AssertionIssuerConfig, Jose.JWTVerifyGetKey>()
  for (const issuer of issuers) {
    const keys = new IssuerKeys({
      ...sources,
      issuer: { issuer: issuer.issuer, jwks: issuer.jwks, keysMaxAgeMs: MAX_AGE_MS },
      // An assertion opens something new: with keys that may be withdrawn by now it opens nothing.
      staleMs: 0,
      // Nothing that was verified is kept.
      changed: () => {},
    })
    known.set(issuer, async ({ alg, kid }) => {
      const lookup = await keys.find({ algorithm: alg, keyId: kid })
      if (lookup.kind === 'unreachable')
        throw new Error(`the keys of its issuer cannot be had: ${lookup.why}`)
      if (lookup.kind === 'none') throw new Error('its issuer has no such key')
      return await importKey(lookup.key.jwk, alg)
    })
  }
  return (issuer) => {
    const keys = known.get(issuer)
    if (keys === undefined) throw new Error('its issuer is not one of auth.server.assertions')
    return keys
  }
}
