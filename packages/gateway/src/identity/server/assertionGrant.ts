/**
 * A registered program brings an assertion of an issuer that is trusted for this, which says for whom it may act here
 * (Identity Assertion Authorization Grant, ID-JAG; RFC 7523), and gets an access token without anybody being asked. What
 * may be had this way is the issuer's to say, so it gets no refresh token: it asks the issuer again.
 */

import type { DatabaseSync } from 'node:sqlite'
import type * as Jose from 'jose'
import type { Context, GrantHandler, Provider } from 'oidc-provider'
import type { AssertionIssuerConfig } from '../../config/auth/serverConfig.ts'
import { groupsFault, groupsOf } from './broker.ts'
import type { Report } from './serverEvents.ts'
import { firstTime } from './store/identityDatabase.ts'
import type { People } from './store/people.ts'
import type { Targets } from './targets.ts'

export const ASSERTION_GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

export interface AssertionSources {
  readonly module: typeof import('oidc-provider')
  readonly jose: typeof Jose
  readonly issuers: readonly AssertionIssuerConfig[]
  /** Keys of an issuer, fetched and kept. */
  readonly keysOf: (issuer: AssertionIssuerConfig) => Jose.JWTVerifyGetKey
  readonly publicUrl: string
  readonly targets: Targets
  readonly people: People
  readonly database: DatabaseSync
  readonly accessTokenMs: number
  readonly now: () => number
  readonly report: Report
}

const SKEW_SECONDS = 5
const MAX_LIFETIME_MS = 60 * 60_000
const MAX_CHARS = 16 * 1024

/** What the engine calls for this grant; the client is authenticated by then. */
export function assertionGrant(engine: Provider, sources: AssertionSources): GrantHandler {
  const { errors } = sources.module
  return async (ctx) => {
    const { client, params } = ctx.oidc
    if (client === undefined || client.clientAuthMethod === 'none')
      throw new errors.UnauthorizedClient('only a client that proves who it is may use this grant')
    let asserted: Asserted
    try {
      asserted = await readAssertion(params, client.clientId, sources)
    } catch (error) {
      const explain = error instanceof Error ? error.message : String(error)
      sources.report({
        event: 'assertion-refused',
        client: client.clientId,
        rule: 'identity/assertion',
        explain,
      })
      throw new errors.InvalidGrant('the assertion is not valid here')
    }
    const { sub, name, groups, resource } = asserted
    const scopes = scopesFor(ctx, asserted, sources.targets)
    if (scopes.length === 0) throw new errors.InvalidScope('none of these scopes can be had')
    sources.people.signedIn({ sub, name, groups })
    const grant = new engine.Grant({ accountId: sub, clientId: client.clientId })
    grant.addResourceScope(resource, scopes.join(' '))
    const token = new engine.AccessToken({
      accountId: sub,
      client,
      grantId: await grant.save(),
      gty: ASSERTION_GRANT,
    })
    token.resourceServer = new engine.ResourceServer(resource, {
      scope: scopes.join(' '),
      accessTokenFormat: 'jwt',
      jwt: { sign: { alg: 'ES256' } },
    })
    token.scope = scopes.join(' ')
    ctx.oidc.entity('AccessToken', token)
    const value = await token.save()
    ctx.body = {
      access_token: value,
      token_type: token.tokenType,
      expires_in: Math.round(sources.accessTokenMs / 1000),
      scope: token.scope,
    }
  }
}

interface Asserted {
  readonly sub: string
  readonly name: string
  readonly groups: readonly string[]
  readonly resource: string
  readonly scope: string | undefined
}

async function readAssertion(
  { assertion, resource: wanted }: Readonly<Record<string, unknown>>,
  clientId: string,
  sources: AssertionSources,
): Promise<Asserted> {
  const { jose, issuers, keysOf, publicUrl, targets, database, now } = sources
  if (typeof assertion !== 'string' || assertion.length > MAX_CHARS) throw new Error('there is no assertion')
  // Decides only whose keys are asked.
  const { iss } = jose.decodeJwt(assertion)
  const issuer = issuers.find((one) => one.issuer === iss)
  if (issuer === undefined) throw new Error('its issuer is not one of auth.server.assertions')
  const { payload } = await jose.jwtVerify(assertion, keysOf(issuer), {
    issuer: issuer.issuer,
    typ: 'oauth-id-jag+jwt',
    algorithms: ['ES256', 'RS256', 'PS256', 'EdDSA', 'Ed25519'],
    clockTolerance: SKEW_SECONDS,
    currentDate: new Date(now()),
    requiredClaims: ['exp', 'iat', 'jti', 'sub', 'aud', 'client_id'],
  })
  const { aud, jti, sub, exp = 0, iat = 0, client_id: client, scope } = payload
  const audiences = [aud].flat()
  if (audiences.length !== 1 || audiences[0] !== publicUrl) throw new Error('it is for another server')
  if (client !== clientId) throw new Error('it is for another client')
  if (typeof sub !== 'string' || sub === '' || typeof jti !== 'string' || jti === '')
    throw new Error('it names nobody, or has no id')
  if ((exp - iat) * 1000 > MAX_LIFETIME_MS) throw new Error('it lives too long')
  const resource = payload.resource ?? wanted ?? targets.whole
  if (typeof resource !== 'string' || !targets.has(resource)) throw new Error('it is for another resource')
  if (wanted !== undefined && wanted !== resource)
    throw new Error('another resource is asked for than it allows')
  const cut = groupsFault(payload, issuer.groupsClaim)
  if (cut !== undefined) throw new Error(cut)
  // Last: what is refused for another reason is not used up.
  const usedUntil = (exp + SKEW_SECONDS) * 1000
  if (!firstTime(database, `assertion ${issuer.issuer} ${jti}`, usedUntil))
    throw new Error('it was used before')
  const name = [payload.preferred_username, payload.email, sub].find((one) => typeof one === 'string')
  return {
    sub: `${issuer.issuer}|${sub}`,
    name: String(name).slice(0, 200),
    groups: groupsOf(payload[issuer.groupsClaim]),
    resource,
    scope: typeof scope === 'string' ? scope : undefined,
  }
}

/** What is asked for, of what the assertion allows and the client may have. */
function scopesFor(ctx: Context, { scope }: Asserted, targets: Targets): readonly string[] {
  const { params, client } = ctx.oidc
  const wanted = typeof params.scope === 'string' ? params.scope.split(' ') : undefined
  const asserted = scope?.split(' ')
  const registered = client?.scope?.split(' ')
  return [...targets.scopes.keys()].filter((one) =>
    [wanted, asserted, registered].every((bound) => bound === undefined || bound.includes(one)),
  )
}
