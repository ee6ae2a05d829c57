/**
 * From what the file says to what the program uses: paths made absolute, commands split, defaults of the trust table
 * filled in. Everything that could be wrong was refused before.
 */
import { join, resolve } from 'node:path'
import { parseRate, type Rate } from '@sallyport/controls/limits'
import { type HostSetting, hostBudgets } from '../hosts/timeBudgets.ts'
import { buildServerChecks } from './argumentChecks.ts'
import { buildAuth } from './auth/buildAuth.ts'
import { buildUpstream } from './auth/buildUpstream.ts'
import { splitCommand } from './commandLine.ts'
import type {
  AccessEntry,
  AccessListsConfig,
  Config,
  ConfigSource,
  SecretText,
  ServerConfig,
  TlsConfig,
} from './config.ts'
import type { configFile } from './schema.ts'
import type { SecretSettings } from './secretPolicy.ts'
import { buildSecretStores } from './secretStoreFields.ts'
import { parseSecretText, secretText } from './secrets.ts'
import type { Read } from './shape.ts'
import { trustCell } from './trust.ts'

export type ConfigFile = Read<typeof configFile>
type ServerFile = ConfigFile['servers'][number][1]
type HostFile = ConfigFile['hosts'][number][1]

export interface BuildContext {
  readonly source: ConfigSource
  /** Relative paths start here: the folder of the file. */
  readonly folder: string
  readonly homeDir: string
  /** Where the gateway keeps what must survive. */
  readonly stateDir: string
}

/** Builds the configuration from a file without faults. */
export function buildConfig(file: ConfigFile, context: BuildContext): Config {
  const { listen, limits, audit } = file
  return {
    version: file.version,
    profile: file.profile,
    source: context.source,
    servers: file.servers.map(([id, server]) => buildServer(id, server, file, context)),
    access: buildAccess(file),
    rules: file.rules.map((rule, at) => ({ from: `rules[${at}]`, ...rule })),
    approvals: {
      waitMs: file.approvals.wait,
      notify: file.approvals.notify,
      allow: file.approvals.allow,
    },
    flow: file.flow,
    listen: {
      ...splitAddress(listen.http),
      ...buildTls(listen, context),
      behindTlsProxy: listen.behindTlsProxy,
      trustedProxies: listen.trustedProxies ?? [],
      maxConnectionsPerAddress: listen.maxConnectionsPerAddress,
      allowedHosts: listen.allowedHosts ?? [],
      allowedOrigins: listen.allowedOrigins ?? [],
      workers: listen.workers,
      sessionIdleMs: listen.sessionIdle,
      maxSessions: listen.maxSessions,
      maxStreams: listen.maxStreams,
      keepAliveMs: listen.keepAlive,
      headersTimeoutMs: listen.headersTimeout,
      bodyTimeoutMs: listen.bodyTimeout,
      stalledClientMs: listen.stalledClient,
      drainMs: listen.drain,
    },
    ...(file.auth === undefined ? {} : { auth: buildAuth(file.auth, (path) => expandPath(path, context)) }),
    ...(file.tokenVault?.key === undefined
      ? {}
      : { vaultKey: { ...buildSecretText(file.tokenVault.key, context), key: 'tokenVault.key' } }),
    limits: {
      maxMessageBytes: limits.maxMessage,
      maxDepth: limits.maxDepth,
      maxKeys: limits.maxKeys,
      maxInFlightPerClient: limits.maxInFlightPerClient,
      maxInFlight: limits.maxInFlight,
      maxSubscriptions: limits.maxSubscriptions,
      concurrentStarts: limits.concurrentStarts,
    },
    rates: {
      ...limitOf('principal', limits.rate),
      ...(limits.callsPerConversation === undefined
        ? {}
        : { callsPerConversation: limits.callsPerConversation }),
    },
    audit: {
      dir: audit.dir === undefined ? join(context.stateDir, 'audit') : expandPath(audit.dir, context),
      durability: audit.durability,
      maxSegmentBytes: audit.maxSegment,
      retainMs: audit.retain.age,
      retainBytes: audit.retain.size,
    },
    daemon: { idleMs: file.daemon.idle },
    log: file.log,
    hosts: hostBudgets(file.hosts.map(([name, host]) => buildHost(name, host))),
    methods: { allow: file.methods.allow ?? [] },
    instructions: file.instructions,
    secrets: buildSecretSettings(file.secrets),
    secretStores: buildSecretStores(file.secrets, (program) =>
      program.includes('/') ? expandPath(program, context) : program,
    ),
  }
}

function buildSecretSettings({
  vault: _vault,
  exec: _exec,
  ...settings
}: ConfigFile['secrets']): SecretSettings {
  return settings
}

/** A server's own lists are entries like any other, for that server. */
function buildAccess({ servers, access }: ConfigFile): readonly AccessEntry[] {
  const own = servers.flatMap(([id, server]) => {
    const kinds = buildKinds(server)
    return Object.keys(kinds).length === 0 ? [] : [{ from: `servers.${id}`, servers: [id], ...kinds }]
  })
  const general = access.map(({ servers: ids, trust, principals, groups, ...lists }, at) => ({
    from: `access[${at}]`,
    ...(ids === undefined ? {} : { servers: ids }),
    ...(trust === undefined ? {} : { trust }),
    ...(principals === undefined ? {} : { principals }),
    ...(groups === undefined ? {} : { groups }),
    ...buildKinds(lists),
  }))
  return [...own, ...general]
}

type Kinds = Pick<ConfigFile['access'][number], 'tools' | 'prompts' | 'resources'>

function buildKinds({ tools, prompts, resources }: Kinds): Pick<AccessEntry, keyof Kinds> {
  return {
    ...(tools === undefined ? {} : { tools: buildLists(tools) }),
    ...(prompts === undefined ? {} : { prompts: buildLists(prompts) }),
    ...(resources === undefined ? {} : { resources: buildLists(resources) }),
  }
}

function buildLists({
  allow,
  deny = [],
  hide = [],
  ask = [],
}: NonNullable<Kinds['tools']>): AccessListsConfig {
  return { ...(allow === undefined ? {} : { allow }), deny, hide, ask }
}

/** 0 stands for the word: the host waits for ever. */
function buildHost(name: string, { callTimeout, progressExtends }: HostFile): HostSetting {
  return { name, callTimeoutMs: callTimeout === 0 ? Number.POSITIVE_INFINITY : callTimeout, progressExtends }
}

function buildServer(id: string, server: ServerFile, file: ConfigFile, context: BuildContext): ServerConfig {
  const { defaults, profile } = file
  const trust = server.trust ?? defaults.trust
  const deadlineMs = server.deadline ?? defaults.deadline ?? trustCell('deadline', trust, profile)
  const common = {
    id,
    trust,
    era: server.era,
    deadlineMs,
    ...capOf(server.deadlineCap ?? defaults.deadlineCap),
    ...(server.deadlines === undefined ? {} : { deadlines: server.deadlines }),
    ...limitOf('rate', server.rate ?? defaults.rate ?? `${trustCell('rate', trust, profile)}/min`),
    ...limitOf('totalRate', server.totalRate),
    ...limitOf('questionRate', server.ask?.rate ?? DEFAULT_QUESTION_RATE),
    ...(server.maxInFlight === undefined ? {} : { maxInFlight: server.maxInFlight }),
    circuit: { failures: server.circuit.failures, pauseMs: server.circuit.pause },
    startDeadlineMs: server.startDeadline ?? defaults.startDeadline,
    maxResultBytes: server.maxResult ?? trustCell('resultSize', trust, profile),
    idleMs: server.idle ?? defaults.idle,
    enabled: server.enabled,
    ...buildServerChecks(server, (path) => expandPath(path, context)),
    ...(server.answers === undefined ? {} : { answers: server.answers }),
    ...(server.ask === undefined ? {} : { ask: server.ask }),
    confirm: server.confirm ?? defaults.confirm,
    flow: server.flow,
    secrets: server.secrets,
  }
  if (server.url !== undefined) {
    const headers = buildSecretTexts(server.headers ?? [], context)
    const oauth = buildUpstream(server.oauth, (source) => buildSecretText(source, context))
    return { ...common, kind: 'http', url: server.url, transport: server.transport, headers, ...oauth }
  }
  return {
    ...common,
    kind: 'stdio',
    command: buildCommand(server, context),
    cwd: server.cwd === undefined ? context.folder : expandPath(server.cwd, context),
    inheritEnv: defaults.env,
    env: buildSecretTexts(server.env ?? [], context),
    share: server.share,
  }
}

function capOf(deadlineCapMs: number | undefined): Pick<ServerConfig, 'deadlineCapMs'> {
  return deadlineCapMs === undefined ? {} : { deadlineCapMs }
}

/** More than a person would answer. */
const DEFAULT_QUESTION_RATE = '20/min'

/** Nothing for `unlimited`. */
function limitOf<Name extends string>(name: Name, text: string | undefined): { readonly [K in Name]?: Rate } {
  const rate = text === undefined ? undefined : parseRate(text)
  return rate === undefined ? {} : ({ [name]: rate } as { readonly [K in Name]: Rate })
}

function buildCommand(
  { command = [], args = [] }: ServerFile,
  context: BuildContext,
): readonly [string, ...string[]] {
  const words =
    typeof command === 'string'
      ? splitWords(command, context)
      : command.map((word) => expandHome(word, context))
  const [program, ...rest] = [...words, ...args.map((word) => expandHome(word, context))]
  if (program === undefined) throw new Error('a server without a program was let through')
  // A bare name is looked up in PATH; anything with a slash belongs to this file, wherever the server runs.
  return [program.includes('/') ? expandPath(program, context) : program, ...rest]
}

function splitWords(command: string, context: BuildContext): readonly string[] {
  const split = splitCommand(command)
  if (!split.ok) throw new Error(`a command that ${split.advice.explain} was let through`)
  return split.words.map((word) => (word.home ? expandHome(word.text, context) : word.text))
}

function buildSecretTexts(
  entries: readonly (readonly [string, string])[],
  context: BuildContext,
): Readonly<Record<string, SecretText>> {
  return Object.fromEntries(entries.map(([name, source]) => [name, buildSecretText(source, context)]))
}

function buildSecretText(source: string, context: BuildContext): SecretText {
  const parsed = parseSecretText(source)
  if (!parsed.ok) throw new Error(`a reference that ${parsed.advice.explain} was let through`)
  return secretText(parsed.parts, (file) => expandPath(file, context))
}

/** `localhost` is whatever a resolver says; 127.0.0.1 is not. */
function buildTls(
  { tls, localTls }: ConfigFile['listen'],
  context: BuildContext,
): { readonly tls?: TlsConfig } {
  if (tls === undefined) return localTls ? { tls: { kind: 'local' } } : {}
  const { certificate, key, clientAuthorities, clientCertificates } = tls
  return {
    tls: {
      kind: 'files',
      certificate: expandPath(certificate, context),
      key: expandPath(key, context),
      ...(clientAuthorities === undefined
        ? {}
        : { clientAuthorities: expandPath(clientAuthorities, context) }),
      clientCertificates,
    },
  }
}

function splitAddress(address: string): { readonly host: string; readonly port: number } {
  const colon = address.lastIndexOf(':')
  const host = address.slice(0, colon)
  return {
    host: host === 'localhost' ? '127.0.0.1' : host.replaceAll(/[[\]]/g, ''),
    port: Number(address.slice(colon + 1)),
  }
}

function expandHome(text: string, { homeDir }: BuildContext): string {
  return text === '~' || text.startsWith('~/') ? join(homeDir, text.slice(1)) : text
}

function expandPath(text: string, context: BuildContext): string {
  return resolve(context.folder, expandHome(text, context))
}
