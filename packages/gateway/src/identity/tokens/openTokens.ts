/** Key `auth.issuers`: tokens of authorization servers that are not ours. */
import { resolveSecret } from '../../config/secrets.ts'
import type { IdentitySources, Way } from '../openIdentity.ts'
import { makeAudiences } from './audiences.ts'
import { DpopProofs } from './dpop.ts'
import { type FetchJson, fetchJson } from './fetchJson.ts'
import { Introspector } from './introspection.ts'
import { IssuerKeys } from './issuerKeys.ts'
import { TokenVerifier, type TrustedIssuer } from './tokenVerifier.ts'

/** Opens nothing where no issuer is configured. */
export async function openTokens(
  sources: IdentitySources,
  fetch: FetchJson = fetchJson,
): Promise<Way | undefined> {
  const { auth, publicUrl, env, stored, log, now } = sources
  if (auth.issuers === undefined) return undefined
  const names = auth.issuers.map(({ issuer }) => issuer)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) throw new Error(`auth.issuers names ${twice} twice: which of the two holds?`)
  // A token without a form does not say whose it is: of several issuers each would be shown the tokens of the others.
  const asked = auth.issuers.filter(({ introspection }) => introspection !== undefined)
  if (asked.length > 1) throw new Error('auth.issuers: only one of them can have "introspection"')
  const { compactVerify, importJWK } = await import('jose')
  const issuers = auth.issuers.map((config): TrustedIssuer => {
    const { introspection } = config
    return {
      config,
      audiences: makeAudiences(publicUrl, config.audiences),
      keys: new IssuerKeys({
        issuer: config,
        fetchJson: fetch,
        now,
        log,
        changed: () => verifier.forget(config),
      }),
      ...(introspection === undefined
        ? {}
        : {
            introspector: new Introspector({
              config: introspection,
              secret: () => resolveSecret(introspection.clientSecret, { env, stored }),
              fetchJson: fetch,
              now,
            }),
          }),
    }
  })
  const verifier = new TokenVerifier({
    issuers,
    proofs: new DpopProofs({ publicUrl, now, taken: sources.tally }),
    signatures: { compactVerify, importJWK },
    now,
  })
  return { verifiers: [verifier] }
}
