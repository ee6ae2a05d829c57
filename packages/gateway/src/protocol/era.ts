/**
 * Protocol revisions and their era.
 *
 * `legacy` revisions open a connection with `initialize`; `modern` ones (2026-07-28 on) are stateless and carry
 * revision and capabilities in every request's `_meta`. The era belongs to a server, and to each message of a client.
 */
export type Era = 'legacy' | 'modern'

/** Revisions that open with `initialize`, newest first. */
export const LEGACY_REVISIONS = [
  '2025-11-25',
  '2025-06-18',
  '2025-03-26',
  '2024-11-05',
  '2024-10-07',
] as const

/** Stateless revisions, newest first. */
export const MODERN_REVISIONS = ['2026-07-28'] as const

export type LegacyRevision = (typeof LEGACY_REVISIONS)[number]
export type ModernRevision = (typeof MODERN_REVISIONS)[number]
export type Revision = LegacyRevision | ModernRevision

export const LATEST_LEGACY: LegacyRevision = LEGACY_REVISIONS[0]
export const LATEST_MODERN: ModernRevision = MODERN_REVISIONS[0]

/**
 * The era of a revision we know, or `undefined` for any other text.
 *
 * @example eraOf('2025-06-18') // 'legacy'
 */
export function eraOf(revision: string): Era | undefined {
  if ((MODERN_REVISIONS as readonly string[]).includes(revision)) return 'modern'
  if ((LEGACY_REVISIONS as readonly string[]).includes(revision)) return 'legacy'
  return undefined
}

/** Keys of the modern request envelope, in `params._meta` (2026-07-28, "Request metadata"). */
export const META = {
  protocolVersion: 'io.modelcontextprotocol/protocolVersion',
  clientCapabilities: 'io.modelcontextprotocol/clientCapabilities',
  clientInfo: 'io.modelcontextprotocol/clientInfo',
  logLevel: 'io.modelcontextprotocol/logLevel',
  serverInfo: 'io.modelcontextprotocol/serverInfo',
  subscriptionId: 'io.modelcontextprotocol/subscriptionId',
  relatedTask: 'io.modelcontextprotocol/related-task',
} as const
