/**
 * What is different between two configurations: which servers, which settings, and what only a restart can change.
 */
import { isDeepStrictEqual } from 'node:util'
import { showRate } from '@sallyport/controls/limits'
import type { Config, ServerConfig } from './config.ts'
import { configFile } from './schema.ts'
import type { Field, Shape } from './shape.ts'
import { formatDuration, formatSize } from './units.ts'

export interface ServerChange {
  readonly id: string
  /** The file's keys that changed, such as `env`; `defaults.env` where the change came from there. */
  readonly keys: readonly string[]
  readonly before: ServerConfig
  readonly after: ServerConfig
}

export interface SettingChange {
  /** The file's key, such as `listen.http`. */
  readonly key: string
  /** For people. No setting holds a secret. */
  readonly before: string
  readonly after: string
  /** The running gateway keeps the old value until it is restarted. */
  readonly restart: boolean
}

export interface ConfigDiff {
  readonly added: readonly ServerConfig[]
  readonly removed: readonly ServerConfig[]
  readonly changed: readonly ServerChange[]
  readonly settings: readonly SettingChange[]
}

/** Every setting outside `servers` and `defaults`, whose effect is in the servers. */
export const SETTINGS: Readonly<Record<string, (config: Config) => string>> = {
  profile: (config) => config.profile,
  access: ({ access }) => JSON.stringify(access),
  rules: ({ rules }) => JSON.stringify(rules),
  flow: ({ flow }) => flow,
  'approvals.wait': ({ approvals }) => formatDuration(approvals.waitMs),
  'approvals.notify': ({ approvals }) => String(approvals.notify),
  'approvals.allow': ({ approvals }) => JSON.stringify(approvals.allow),
  'listen.http': ({ listen }) => `${listen.host}:${listen.port}`,
  'auth.publicUrl': ({ auth }) => auth?.publicUrl ?? '',
  // Secrets are references here, as everywhere in a configuration.
  'auth.issuers': ({ auth }) => JSON.stringify(auth?.issuers ?? []),
  'auth.scopes': ({ auth }) => JSON.stringify(auth?.scopes ?? []),
  'auth.failures': ({ auth }) => JSON.stringify(auth?.failures ?? ''),
  'auth.server': ({ auth }) => JSON.stringify(auth?.server ?? ''),
  tokenVault: ({ vaultKey }) => vaultKey?.source ?? '',
  'secrets.toServer': ({ secrets }) => JSON.stringify(secrets?.toServer ?? {}),
  'secrets.fromServer': ({ secrets }) => JSON.stringify(secrets?.fromServer ?? {}),
  'secrets.personal': ({ secrets }) => JSON.stringify(secrets?.personal ?? []),
  'secrets.except': ({ secrets }) => JSON.stringify(secrets?.except ?? []),
  'listen.tls': ({ listen }) => JSON.stringify(listen.tls ?? {}),
  'listen.behindTlsProxy': ({ listen }) => String(listen.behindTlsProxy ?? false),
  'listen.trustedProxies': ({ listen }) => (listen.trustedProxies ?? []).join(', '),
  'listen.maxConnectionsPerAddress': ({ listen }) => String(listen.maxConnectionsPerAddress ?? 'unlimited'),
  'listen.allowedHosts': ({ listen }) => listen.allowedHosts.join(', '),
  'listen.allowedOrigins': ({ listen }) => listen.allowedOrigins.join(', '),
  'listen.workers': ({ listen }) => String(listen.workers),
  'listen.sessionIdle': ({ listen }) => formatDuration(listen.sessionIdleMs),
  'listen.maxSessions': ({ listen }) => String(listen.maxSessions),
  'listen.maxStreams': ({ listen }) => String(listen.maxStreams),
  'listen.keepAlive': ({ listen }) => formatDuration(listen.keepAliveMs),
  'listen.headersTimeout': ({ listen }) => formatDuration(listen.headersTimeoutMs),
  'listen.bodyTimeout': ({ listen }) => formatDuration(listen.bodyTimeoutMs),
  'listen.stalledClient': ({ listen }) => formatDuration(listen.stalledClientMs),
  'listen.drain': ({ listen }) => formatDuration(listen.drainMs),
  'limits.rate': ({ rates }) => (rates.principal === undefined ? 'unlimited' : showRate(rates.principal)),
  'limits.callsPerConversation': ({ rates }) => String(rates.callsPerConversation ?? 'unlimited'),
  'limits.maxMessage': ({ limits }) => formatSize(limits.maxMessageBytes),
  'limits.maxDepth': ({ limits }) => String(limits.maxDepth),
  'limits.maxKeys': ({ limits }) => String(limits.maxKeys),
  'limits.maxInFlightPerClient': ({ limits }) => String(limits.maxInFlightPerClient),
  'limits.maxInFlight': ({ limits }) => String(limits.maxInFlight),
  'limits.maxSubscriptions': ({ limits }) => String(limits.maxSubscriptions),
  'limits.concurrentStarts': ({ limits }) => String(limits.concurrentStarts),
  'audit.dir': ({ audit }) => audit.dir,
  'audit.durability': ({ audit }) => audit.durability,
  'audit.maxSegment': ({ audit }) => formatSize(audit.maxSegmentBytes),
  'audit.retain.age': ({ audit }) => (audit.retainMs === 0 ? 'forever' : formatDuration(audit.retainMs)),
  'audit.retain.size': ({ audit }) => (audit.retainBytes === 0 ? 'unlimited' : formatSize(audit.retainBytes)),
  'daemon.idle': ({ daemon }) => formatDuration(daemon.idleMs),
  hosts: ({ hosts }) =>
    hosts.map(({ name, silentMs, progressExtends }) => `${name} ${silentMs} ${progressExtends}`).join(', '),
  'auth.keys': ({ auth }) => JSON.stringify(auth?.keys ?? 'none'),
  'secrets.vault.address': ({ secretStores }) => secretStores.vault.address ?? 'VAULT_ADDR',
  'secrets.vault.token': ({ secretStores }) => secretStores.vault.token?.source ?? 'VAULT_TOKEN',
  'secrets.vault.namespace': ({ secretStores }) => secretStores.vault.namespace ?? 'VAULT_NAMESPACE',
  'secrets.vault.mount': ({ secretStores }) => secretStores.vault.mount ?? 'first segment',
  'secrets.vault.refresh': ({ secretStores }) => formatDuration(secretStores.vault.refreshMs),
  'secrets.exec': ({ secretStores }) => JSON.stringify([...secretStores.exec]),
  'log.level': ({ log }) => log.level,
  'log.format': ({ log }) => log.format,
  'methods.allow': ({ methods }) => methods.allow.join(', '),
  'instructions.maxBytes': ({ instructions }) => formatSize(instructions.maxBytes),
}

/** How a server's values are called in the file, where that differs. `kind` follows from `command` and `url`. */
const FILE_KEYS: Readonly<Record<string, string>> = {
  deadlineMs: 'deadline',
  deadlineCapMs: 'deadlineCap',
  startDeadlineMs: 'startDeadline',
  maxResultBytes: 'maxResult',
  idleMs: 'idle',
  inheritEnv: 'defaults.env',
}

/**
 * Compares what the program would do, not how the file is written: a comment or a reordered key is no difference.
 *
 * @example
 * diffConfig(old, next) // { added: [], removed: [], changed: [{ id: 'files', keys: ['deadline'], ... }], settings: [] }
 */
export function diffConfig(before: Config, after: Config): ConfigDiff {
  const old = new Map(before.servers.map((server) => [server.id, server]))
  const next = new Map(after.servers.map((server) => [server.id, server]))
  return {
    added: after.servers.filter((server) => !old.has(server.id)),
    removed: before.servers.filter((server) => !next.has(server.id)),
    changed: after.servers.flatMap((server) => {
      const earlier = old.get(server.id)
      const keys = earlier ? changedKeys(earlier, server) : []
      return earlier && keys.length > 0 ? [{ id: server.id, keys, before: earlier, after: server }] : []
    }),
    settings: Object.entries(SETTINGS).flatMap(([key, read]) => {
      const [was, is] = [read(before), read(after)]
      return was === is ? [] : [{ key, before: was, after: is, restart: needsRestart(key) }]
    }),
  }
}

/** True when the new configuration does what the old one did. */
export function isEmptyDiff(diff: ConfigDiff): boolean {
  return [diff.added, diff.removed, diff.changed, diff.settings].every((list) => list.length === 0)
}

/** Does a change of this setting wait for a restart? As `schema.ts` says. @example needsRestart('listen.http') // true */
export function needsRestart(key: string): boolean {
  let shape: Shape = configFile
  let restart = false
  for (const name of key.split('.')) {
    const field: Field | undefined = shape.kind === 'record' ? shape.fields[name] : undefined
    if (field === undefined) throw new Error(`the schema has no key ${key}`)
    restart = field.restart === true
    shape = field.shape
  }
  return restart
}

function changedKeys(before: ServerConfig, after: ServerConfig): readonly string[] {
  const old = new Map<string, unknown>(Object.entries(before))
  const next = new Map<string, unknown>(Object.entries(after))
  const names = new Set([...old.keys(), ...next.keys()])
  names.delete('kind')
  return [...names]
    .filter((name) => !isDeepStrictEqual(old.get(name), next.get(name)))
    .map((name) => FILE_KEYS[name] ?? name)
}
