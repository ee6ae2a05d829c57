/**
 * What a client is told that may not come in, or not do this: `WWW-Authenticate` as RFC 6750, RFC 9449 and RFC 9728 have it.
 *
 * Without credentials there is no error code (RFC 6750, 3.1): clients take one for a token that went bad. Where nobody
 * signs in by OAuth there is no metadata either: hosts would open a sign-in that leads nowhere.
 */
import type { View } from '../ingress/port.ts'
import { metadataUrlOf } from './resources.ts'
import { DPOP_ALGORITHMS } from './tokens/dpop.ts'

export interface ChallengeOptions {
  readonly publicUrl: string
  /** Somebody issues tokens for this gateway. */
  readonly oauth: boolean
  /** What a client that has no token yet is told to ask for. */
  readonly scopes: readonly string[]
}

export type ChallengeError = 'invalid_request' | 'invalid_token' | 'insufficient_scope' | 'invalid_dpop_proof'

export interface ChallengeReason {
  readonly error: ChallengeError
  /** One sentence; what a header cannot carry is left out. */
  readonly description: string
  readonly scheme?: 'Bearer' | 'DPoP'
  /** Of what was asked for, instead of those a new client asks for. */
  readonly scopes?: readonly string[]
}

/**
 * The value of `WWW-Authenticate` for a request of a view.
 *
 * @example
 * challengeFor({ publicUrl: 'https://gate.example', oauth: true, scopes: ['mcp'] }, { kind: 'all' })
 * // 'Bearer resource_metadata="https://gate.example/.well-known/oauth-protected-resource/mcp", scope="mcp"'
 */
export function challengeFor(
  { publicUrl, oauth, scopes: initial }: ChallengeOptions,
  view: View,
  reason?: ChallengeReason,
): string {
  const parameters: string[] = []
  const scheme = reason?.scheme ?? 'Bearer'
  if (reason !== undefined) {
    parameters.push(`error="${reason.error}"`)
    const description = quotable(reason.description)
    if (description !== '') parameters.push(`error_description="${description}"`)
  }
  if (oauth) {
    parameters.push(`resource_metadata="${quotable(metadataUrlOf(publicUrl, view))}"`)
    const scopes = (reason?.scopes ?? initial).map(quotable).filter((scope) => scope !== '')
    if (scopes.length > 0) parameters.push(`scope="${scopes.join(' ')}"`)
  }
  if (scheme === 'DPoP') parameters.push(`algs="${DPOP_ALGORITHMS.join(' ')}"`)
  // A scheme is followed by a parameter at least (RFC 6750, 3).
  if (parameters.length === 0) parameters.push('realm="sallyport"')
  return `${scheme} ${parameters.join(', ')}`
}

const MAX_CHARS = 256

/** RFC 6750, 3: printable ASCII without quotes and backslashes. A line break would begin another header. */
function quotable(text: string): string {
  return text.replaceAll(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, '').slice(0, MAX_CHARS)
}
