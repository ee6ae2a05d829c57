/** What is sent to whom may not come in, or may not do this: the status of RFC 6750 with the challenge that belongs to it. */
import type { View } from '../ingress/port.ts'
import type { Refusal } from '../ingress/refusal.ts'
import { ERROR } from '../protocol/errors.ts'
import type { Authority } from './authority.ts'
import { type ChallengeOptions, challengeFor } from './challenge.ts'
import type { ReadCredential } from './credentialOf.ts'
import type { Credential, Verified } from './identity.ts'

type Rejected = Extract<Verified, { ok: false }>

/** Nothing was sent: no error code, only where to begin. */
export function noCredential(challenge: ChallengeOptions, view: View): Refusal {
  const how = challenge.oauth ? 'sign in first: see WWW-Authenticate' : 'send "Authorization: Bearer KEY"'
  return unauthenticated('identity/none', how, challengeFor(challenge, view))
}

/** What was sent cannot be read as one credential. */
export function unreadable(
  challenge: ChallengeOptions,
  view: View,
  { status, rule, explain }: Extract<ReadCredential, { kind: 'fault' }>,
): Refusal {
  const error = status === 400 ? 'invalid_request' : 'invalid_token'
  const header = challengeFor(challenge, view, { error, description: explain })
  if (status === 401) return unauthenticated(rule, explain, header)
  return { status, code: ERROR.badRequest, rule, explain, headers: ['WWW-Authenticate', header] }
}

/** It proves nobody. What is wrong with it is for the record: whoever guesses is not told how near they came. */
export function invalid(
  challenge: ChallengeOptions,
  view: View,
  scheme: Credential['scheme'],
  { rule, why }: Rejected,
): Refusal {
  const explain = 'the credential is not valid here'
  const header = challengeFor(challenge, view, {
    error: rule === 'identity/proof' ? 'invalid_dpop_proof' : 'invalid_token',
    description: explain,
    scheme: scheme === 'dpop' ? 'DPoP' : 'Bearer',
  })
  return { ...unauthenticated(rule, explain, header), why }
}

/** It cannot be found out now: never a 401, or a client would throw a good token away. */
export function undecided({ rule, why }: Rejected): Refusal {
  return {
    status: 503,
    code: ERROR.unavailable,
    rule,
    explain: 'the credential cannot be checked at the moment: try again shortly',
    why,
    headers: ['Retry-After', '5'],
  }
}

/** Whom it proves is known; its holder is told how long to wait. */
export function tooOften({ rule, why, retryAfterMs }: Extract<Verified, { fault: 'limited' }>): Refusal {
  const explain = 'this credential was used too often: try again later'
  const headers = ['Retry-After', String(Math.ceil(retryAfterMs / 1000))]
  return { status: 429, code: ERROR.tooMany, rule, explain, why, headers }
}

export function tooManyFailures(waitMs: number): Refusal {
  return {
    status: 429,
    code: ERROR.tooMany,
    rule: 'identity/too-many-failures',
    explain: 'too many credentials from there were not valid: wait before the next attempt',
    headers: ['Retry-After', String(Math.max(1, Math.ceil(waitMs / 1000)))],
  }
}

/** A credential in an address: it stands in histories and in the logs of everything on the way. */
export function inQuery(challenge: ChallengeOptions, keyId: string | undefined): Refusal {
  const explain =
    'a credential must not be part of the address: replace it, and send the new one in Authorization'
  const header = challengeFor(challenge, { kind: 'all' }, { error: 'invalid_request', description: explain })
  const refusal = unauthenticated('identity/in-query', explain, header)
  return keyId === undefined
    ? refusal
    : { ...refusal, why: `API key ${keyId} came in the address of a request` }
}

/** Its scopes do not cover what was asked. Nobody asks a person to consent for an API key, so that one gets no challenge. */
export function insufficientScope(
  challenge: ChallengeOptions,
  view: View,
  { kind, dpop }: Authority,
  scopes: readonly string[],
): Refusal {
  const refusal = { status: 403, code: ERROR.refused, rule: 'identity/scope' }
  if (kind === 'key')
    return {
      ...refusal,
      explain: 'the scopes of this key do not cover this',
      data: { error: 'insufficient_scope' },
    }
  const explain = 'the scopes of this token do not cover this'
  const header = challengeFor(challenge, view, {
    error: 'insufficient_scope',
    description: explain,
    scopes,
    scheme: dpop === true ? 'DPoP' : 'Bearer',
  })
  return { ...refusal, explain, headers: ['WWW-Authenticate', header] }
}

function unauthenticated(rule: string, explain: string, header: string): Refusal {
  return { status: 401, code: ERROR.unauthenticated, rule, explain, headers: ['WWW-Authenticate', header] }
}
