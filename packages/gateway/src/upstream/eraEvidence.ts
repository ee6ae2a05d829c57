/**
 * What an answer to `server/discover` proves about a server's era (2026-07-28, "Versioning"; protocol.md "Era
 * detection"). The same for every transport; what silence, an exit or an HTTP status means, the transport's probe says.
 */
import { isObject, type JsonValue } from '@sallyport/controls/json'
import { eraOf } from '../protocol/era.ts'
import type { Inbound } from '../protocol/message.ts'

export type EraEvidence =
  | { readonly says: 'modern' }
  | { readonly says: 'legacy'; readonly explain: string }
  /** An error that any server gives to a request it does not know, or cannot serve now. */
  | { readonly says: 'refused'; readonly explain: string }

/** Errors that only revision 2026-07-28 defines: headers, capabilities and versions of a modern request. */
const UNSUPPORTED_VERSION = -32022
const MODERN_ERRORS: ReadonlySet<unknown> = new Set([-32020, -32021, UNSUPPORTED_VERSION])

/**
 * Reads the evidence; `undefined` for a message that is no answer (a notification before it).
 *
 * @example eraEvidence(answer) // { says: 'refused', explain: 'server/discover is not known there (error -32601)' }
 */
export function eraEvidence({ kind, value }: Inbound): EraEvidence | undefined {
  if (kind === 'result') {
    const offered = isObject(value.result) ? value.result.supportedVersions : undefined
    if (offersModern(offered)) return { says: 'modern' }
    const explain = 'server/discover was answered with something that offers no modern revision'
    return { says: 'legacy', explain }
  }
  if (kind !== 'error') return undefined
  const { code, data } = isObject(value.error) ? value.error : {}
  if (code === UNSUPPORTED_VERSION && isObject(data) && 'supported' in data && !offersModern(data.supported))
    return { says: 'legacy', explain: 'it supports legacy revisions only' }
  if (MODERN_ERRORS.has(code)) return { says: 'modern' }
  return { says: 'refused', explain: `server/discover is not known there (error ${String(code)})` }
}

/** True when a list of revisions has one that is not of the legacy era; one we do not know yet counts as modern. */
function offersModern(revisions: JsonValue | undefined): boolean {
  return (
    Array.isArray(revisions) && revisions.some((one) => typeof one === 'string' && eraOf(one) !== 'legacy')
  )
}
