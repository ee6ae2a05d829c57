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
 * Names everything in a server's entry that decides what runs or answers. Secrets take part as references (`${env:X}`),
 * not by value.
 *
 * @example configDigest(key, config) // 64 hex digits
 */
export function configDigest(key: Buffer, config: ServerConfig): string {
  const what =
    config.kind === 'stdio'
      ? [[...config.command], config.cwd ?? '', config.inheritEnv]
      : [config.url, config.transport, ...accountOf(config)]
  const sources = secretsOf(config).map(([name, source]) => [name, source])
  return keyed(key, 'config', [config.id, config.kind, config.era, what, sources])
}

/** As whom the gateway signs in there: another client may be shown other things. */
function accountOf({ oauth }: Extract<ServerConfig, { kind: 'http' }>): string[] {
  return oauth === undefined ? [] : ['oauth', oauth.grant, String(oauth.shared), oauth.clientId ?? '']
}

/** What a variable of the environment is called where a text refers to it (`config/secrets.ts`). */
const REFERENCE = /\$\{env:([^}]+)\}/g

/**
 * Names the values that a server's entry takes from the environment: what is shown to the owner of one token another
 * one may not be shown. Only what the entry names takes part. What a file or another store holds does not: it is read
 * when it is used.
 *
 * @example credentialsDigest(key, config, process.env) // 64 hex digits
 */
export function credentialsDigest(
  key: Buffer,
  config: ServerConfig,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const referred = secretsOf(config).flatMap(([, source]) =>
    [...source.matchAll(REFERENCE)].map(([, name = '']) => name),
  )
  const names = config.kind === 'stdio' ? [...referred, ...config.inheritEnv] : referred
  return keyed(
    key,
    'credentials',
    names.map((name) => [name, env[name] ?? '']),
  )
}

/**
 * Names a scope, for the owner of these credentials.
 *
 * @example scopeDigest(key, scope, credentialsDigest(key, config, env)) // 64 hex digits
 */
export function scopeDigest(key: Buffer, scope: SurfaceScope, credentials: string): string {
  const { era, revision, principal, declared, client } = scope
  return keyed(key, 'scope', [era, revision, principal, declared, client, credentials])
}

/** Names who keeps the files: one configuration file. Another one's servers are not ours to forget. */
export function ownerDigest(key: Buffer, owner: string): string {
  return keyed(key, 'owner', [owner])
}

/** Names and texts of variables or headers, in one order whatever the file's. */
function secretsOf(config: ServerConfig): (readonly [name: string, source: string])[] {
  return Object.entries(config.kind === 'stdio' ? config.env : config.headers)
    .map(([name, { source }]) => [name, source] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
}

type Named = string | readonly Named[]

function keyed(key: Buffer, purpose: string, what: readonly Named[]): string {
  // Lists, not joined texts: no two configurations read alike. The purpose keeps the three apart.
  return createHmac('sha256', key)
    .update(canonicalJson([purpose, what] as never))
    .digest('hex')
}
