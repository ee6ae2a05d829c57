/**
 * What makes a remembered surface the right one: the configuration of the server, and the scope it was read in.
 *
 * Both are keyed digests (HMAC-SHA-256, RFC 2104) under a private key of this gateway: a file name or a stored scope
 * tells nothing of a configuration, a principal or a secret, not even to who can guess them.
 */
import { createHmac } from 'node:crypto'
import { canonicalJson } from '@sallyport/controls/json'
import type { ServerConfig } from '../../config/config.ts'
import type { Era } from '../../protocol/era.ts'

/** Whom a server talked to when it said what it is. Another scope may be told other things. */
export interface SurfaceScope {
  readonly era: Era
  /** The revision it was spoken to with. */
  readonly revision: string
  /**
   * Whose list it is (`principalKey`): never shared with another principal, whatever `cacheScope` the server gives
   * (invariant 2; CVE-2026-25536 is such a crossing).
   */
  readonly principal: string
  /** Canonical JSON of the capabilities it was told of: servers offer tools by them. */
  readonly declared: string
  /** The client's name for itself, without its version; servers adapt to hosts they know. */
  readonly client: string
}

/**
 * Names everything in a server's entry that decides what runs or answers, and with which credential. Secrets take part
 * as references (`${env:X}`), never by value.
 *
 * @example configDigest(key, config) // 64 hex digits
 */
export function configDigest(key: Buffer, config: ServerConfig): string {
  const secrets = config.kind === 'stdio' ? config.env : config.headers
  const sources = Object.entries(secrets)
    .map(([name, text]) => [name, text.source])
    .toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1))
  const what =
    config.kind === 'stdio'
      ? [...config.command, '', config.cwd ?? '', ...config.inheritEnv]
      : [config.url, config.transport]
  return keyed(key, 'config', [config.id, config.kind, config.era, what, sources])
}

/** Names a scope. @example scopeDigest(key, scope) // 64 hex digits */
export function scopeDigest(key: Buffer, scope: SurfaceScope): string {
  const { era, revision, principal, declared, client } = scope
  return keyed(key, 'scope', [era, revision, principal, declared, client])
}

/** Names who keeps the files: one configuration file. Another one's servers are not ours to forget. */
export function ownerDigest(key: Buffer, owner: string): string {
  return keyed(key, 'owner', [owner])
}

type Named = string | readonly Named[]

function keyed(key: Buffer, purpose: string, what: readonly Named[]): string {
  // Lists, not joined texts: no two configurations read alike. The purpose keeps the three apart.
  return createHmac('sha256', key)
    .update(canonicalJson([purpose, what] as never))
    .digest('hex')
}
