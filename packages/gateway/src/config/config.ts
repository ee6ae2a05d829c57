/**
 * The configuration as the program uses it: validated, defaults filled in, durations in milliseconds, sizes in bytes.
 * `schema.ts` describes the file people write; `load.ts` turns one into the other.
 */
import type { CircuitSettings, Rate } from '@sallyport/controls/limits'
import type { HostBudget } from '../hosts/timeBudgets.ts'
import type { ServerChecks } from './argumentChecks.ts'
import type { AuthConfig } from './auth/authConfig.ts'
import type { UpstreamOauth } from './auth/upstreamConfig.ts'
import type { SecretSettings } from './secretPolicy.ts'
import type { SecretStoresConfig } from './secretStoreConfig.ts'

export type Profile = 'observe' | 'balanced' | 'strict'
export type TrustLevel = 'trusted' | 'partial' | 'untrusted'

/** A text that may contain secret references (`${env:X}`, `${file:/run/x}`), resolved only when it is used. */
export interface SecretText {
  readonly source: string
  /** True when `source` contains at least one reference. */
  readonly secret: boolean
  /** The key it stands under, where what needs it cannot say so itself. */
  readonly key?: string
}

/** What becomes of a text that gives orders to a model: only noted, marked as the server's data, or kept for a person. */
export type AnswerAction = 'note' | 'wrap' | 'withhold'

/** Where a server's answers are treated otherwise than its trust level says. */
export interface AnswersConfig {
  readonly injection?: AnswerAction | undefined
  readonly links?: 'all' | 'no-data' | 'own-hosts' | undefined
  /** Hosts (`host` or `host:port`) that pictures may come from, beside the server's own. */
  readonly hosts?: readonly string[] | undefined
}

/** Which questions a server may put to the person or model behind a client, where its trust level says otherwise. */
export interface AskConfig {
  readonly elicitation?: boolean | undefined
  readonly sampling?: boolean | undefined
  readonly roots?: boolean | undefined
  /** As written; what counts is `questionRate`. */
  readonly rate?: string | undefined
}

/** What is known of where a result comes from. */
export interface SourceFlowConfig {
  readonly results?: 'trusted' | 'untrusted' | undefined
  readonly private?: boolean | undefined
}

/** What is known of what a tool does. */
export interface ToolFlowConfig extends SourceFlowConfig {
  readonly writes?: boolean | undefined
  readonly destructive?: boolean | undefined
  readonly outside?: boolean | undefined
}

/** What a server takes in and does, where the configuration knows it better. */
export interface FlowConfig extends SourceFlowConfig {
  readonly privateData?: 'yes' | 'ask' | 'no' | undefined
  /** By glob on names and URIs, in the order of the file: the first that fits. */
  readonly tools?: readonly (readonly [string, ToolFlowConfig])[] | undefined
  readonly resources?: readonly (readonly [string, SourceFlowConfig])[] | undefined
}

/** Which calls a person is asked about. */
export type ConfirmConfig = 'destructive' | 'writes' | 'never'

interface ServerCommon {
  /** `[a-z0-9_]{1,16}`, no `__`, no `_` at either end. */
  readonly id: string
  readonly trust: TrustLevel
  /** `auto` probes; anything else is believed. */
  readonly era: 'auto' | 'legacy' | 'modern'
  readonly deadlineMs: number
  /** The most that one request may take in all; absent: ten times the deadline. */
  readonly deadlineCapMs?: number
  /** Deadlines of tools in milliseconds, by glob on names, in the order of the file: the first that fits. */
  readonly deadlines?: readonly (readonly [string, number])[]
  /** Calls per principal and tool; absent: no limit. */
  readonly rate?: Rate
  /** Calls of all principals together. */
  readonly totalRate?: Rate
  /** Questions of the server to each principal; absent: no limit. */
  readonly questionRate?: Rate
  /** Calls under way at the same time. */
  readonly maxInFlight?: number
  /** Absent: it is called however often it fails. */
  readonly circuit?: CircuitSettings
  /** Time from the start of a server until it must have answered its first message. */
  readonly startDeadlineMs: number
  readonly maxResultBytes: number
  /** A server that nothing was asked of for this long is stopped. */
  readonly idleMs: number
  readonly enabled: boolean
  /** What its arguments may be; absent in hand-made configurations, which declare nothing. */
  readonly checks?: ServerChecks
  readonly answers?: AnswersConfig
  readonly ask?: AskConfig
  /** Absent: the trust table. */
  readonly confirm?: ConfirmConfig | undefined
  readonly flow?: FlowConfig | undefined
  /** What is done about secrets otherwise than the table says (`secretPolicy.ts`). */
  readonly secrets?: SecretSettings | undefined
}

export interface StdioServerConfig extends ServerCommon {
  readonly kind: 'stdio'
  /** Program and arguments; never passed to a shell. */
  readonly command: readonly [string, ...string[]]
  readonly cwd?: string
  /** Names of variables taken over from the gateway's environment. */
  readonly inheritEnv: readonly string[]
  readonly env: Readonly<Record<string, SecretText>>
  /** One process for all conversations of one principal. */
  readonly share: boolean
}

export interface HttpServerConfig extends ServerCommon {
  readonly kind: 'http'
  readonly url: string
  /** `auto`: Streamable HTTP, falling back to HTTP+SSE (2024-11-05) as the specification describes. */
  readonly transport: 'auto' | 'streamable' | 'sse'
  readonly headers: Readonly<Record<string, SecretText>>
  /** How the gateway signs in there; absent: it does not. */
  readonly oauth?: UpstreamOauth
}

export type ServerConfig = StdioServerConfig | HttpServerConfig

/** What the door shows and asks for in TLS. */
export type TlsConfig =
  /** A certificate for this machine alone, of an authority of this user's own. */
  | { readonly kind: 'local' }
  | {
      readonly kind: 'files'
      /** PEM: the certificate and those that lead to its authority. */
      readonly certificate: string
      readonly key: string
      /** PEM: the authorities of clients' certificates. Absent: clients are asked for none. */
      readonly clientAuthorities?: string
      /** Whether one without a certificate may come in (RFC 8705 binds tokens to those that have one). */
      readonly clientCertificates: 'asked' | 'required'
    }

export interface ListenConfig {
  readonly host: string
  readonly port: number
  /** Absent: plain HTTP. */
  readonly tls?: TlsConfig
  /** A proxy in front takes TLS off. */
  readonly behindTlsProxy?: boolean
  /** Addresses and ranges whose `X-Forwarded-For` is believed. */
  readonly trustedProxies?: readonly string[]
  /** Connections from one address; absent: as many as there may be in all. */
  readonly maxConnectionsPerAddress?: number
  /** Extra `Host` values accepted beside the loopback names, e.g. `gate.example:443`. */
  readonly allowedHosts: readonly string[]
  /** Browser origins accepted; none by default. A request without `Origin` is not from a browser and passes. */
  readonly allowedOrigins: readonly string[]
  /** Processes that share the address. */
  readonly workers: number
  /** A legacy session that was not used for this long ends. */
  readonly sessionIdleMs: number
  readonly maxSessions: number
  readonly maxStreams: number
  /** Comment sent on a silent stream. */
  readonly keepAliveMs: number
  /** A client must have sent head and body within these, and must keep reading. */
  readonly headersTimeoutMs: number
  readonly bodyTimeoutMs: number
  readonly stalledClientMs: number
  /** How long a shutdown waits for calls in flight. */
  readonly drainMs: number
}

export interface LimitsConfig {
  readonly maxMessageBytes: number
  readonly maxDepth: number
  readonly maxKeys: number
  /** Calls in flight per client connection or session, and for the whole gateway. */
  readonly maxInFlightPerClient: number
  readonly maxInFlight: number
  /** Resources that one conversation may be subscribed to. */
  readonly maxSubscriptions: number
  /** Local servers that may be starting at the same time. */
  readonly concurrentStarts: number
}

export interface DaemonConfig {
  /** The daemon leaves when no host was connected for this long. */
  readonly idleMs: number
}

export interface AuditConfig {
  readonly dir: string
  /** `write`: survives `kill -9` of the gateway. `fsync`: survives power loss, slower. */
  readonly durability: 'write' | 'fsync'
  readonly maxSegmentBytes: number
  /** Closed segments older than this, or beyond this total, are removed; the chain stays provable. 0 keeps all. */
  readonly retainMs: number
  readonly retainBytes: number
}

export type ConfigSource =
  | {
      readonly kind: 'file'
      readonly path: string
      /** Where each value stood, by JSON pointer; what `policy explain` answers from. Absent in hand-made configurations. */
      readonly places?: ReadonlyMap<string, { readonly line: number; readonly column: number }>
      /** Of a wrapped command (`run`), whose path is no file: the configuration that holds beside it, and has its pins. */
      readonly within?: ConfigSource
    }
  | { readonly kind: 'built-in' }

/** Lists of names of one kind of item, as they are written. */
export interface AccessListsConfig {
  readonly allow?: readonly string[]
  readonly deny: readonly string[]
  readonly hide: readonly string[]
  readonly ask: readonly string[]
}

/** Lists, and for whom they hold. */
export interface AccessEntry {
  /** Key in the file: `servers.pg`, `access[0]`. */
  readonly from: string
  /** Globs on ids; absent: all servers. */
  readonly servers?: readonly string[]
  readonly trust?: readonly TrustLevel[]
  /** Globs on `ISSUER SUBJECT`; absent: everybody. */
  readonly principals?: readonly string[]
  /** Globs on groups of whoever calls; absent: everybody. */
  readonly groups?: readonly string[]
  readonly tools?: AccessListsConfig
  readonly prompts?: AccessListsConfig
  readonly resources?: AccessListsConfig
}

/** A rule about calls. `when`: a condition in CEL that was read without fault. */
export interface RuleConfig {
  readonly from: string
  readonly when: string
  readonly do: 'allow' | 'ask' | 'deny'
  readonly reason?: string
}

/** A question that is not asked any more. */
export interface AllowedConfig {
  /** Globs. */
  readonly server: string
  readonly tool: string
  readonly rule: string
  readonly subject?: string | undefined
}

export interface ApprovalsConfig {
  /** The longest that a call waits for a person. */
  readonly waitMs: number
  /** Shows a notification on the desktop. */
  readonly notify: boolean
  readonly allow: readonly AllowedConfig[]
}

export interface Config {
  readonly version: 1
  readonly profile: Profile
  /** Where it came from: the file, or the built-in defaults. */
  readonly source: ConfigSource
  readonly servers: readonly ServerConfig[]
  /** Who may use what: of every server what it says itself, then the entries of `access`. */
  readonly access: readonly AccessEntry[]
  readonly rules: readonly RuleConfig[]
  readonly approvals: ApprovalsConfig
  /** What is done about flows: a person is asked, or they are noted. */
  readonly flow: 'ask' | 'note'
  readonly listen: ListenConfig
  /** Absent: whoever connects is the local user, and only this machine can connect. */
  readonly auth?: AuthConfig
  /** What seals the tokens for servers; absent: a private file. */
  readonly vaultKey?: SecretText
  readonly limits: LimitsConfig
  /** What one principal and one conversation may do with all servers together. */
  readonly rates: { readonly principal?: Rate; readonly callsPerConversation?: number }
  readonly audit: AuditConfig
  readonly daemon: DaemonConfig
  readonly log: { readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly format: 'json' | 'human' }
  /** How long hosts wait for a call: the known ones, with what the file says otherwise. */
  readonly hosts: readonly HostBudget[]
  /** Methods that no revision defines and that are let through all the same, e.g. a vendor's extension. */
  readonly methods: { readonly allow: readonly string[] }
  /** The most that the instructions of all servers together may take. */
  readonly instructions: { readonly maxBytes: number }
  /** What is done about secrets otherwise than the table says, for all servers. */
  readonly secrets?: SecretSettings | undefined
  /** Where references are asked for. */
  readonly secretStores: SecretStoresConfig
}
