/** What the parts of the connector have in common: whom they act for, what with, and how they tell of it. */
import { createHash } from 'node:crypto'
import { isLoopbackHost } from '@sallyport/controls/urls'
import type { UpstreamOauth } from '../../config/auth/upstreamConfig.ts'
import type { HttpServerConfig } from '../../config/config.ts'
import {
  type FetchReach,
  type GuardedFetch,
  type GuardedFetchOptions,
  makeGuardedFetch,
} from '../guardedFetch.ts'
import type { TokenVault } from '../vault/tokenVault.ts'
import type { ConnectFault } from './connectFault.ts'

/** A server that the gateway signs in at. */
export type OauthServer = HttpServerConfig & { readonly oauth: UpstreamOauth }

export interface ConnectorParts {
  readonly vault: TokenVault
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Resolves the configured secrets of a server, now. */
  readonly secretsOf: (
    server: OauthServer,
  ) => Promise<{ readonly secret?: string; readonly privateKey?: string }>
  /** Is told every secret that is used, before it is. */
  readonly learn: (values: readonly string[]) => void
  readonly event: (event: ConnectorEvent) => void
  /** For tests: how names are resolved, and whom TLS trusts. */
  readonly network?: Pick<GuardedFetchOptions, 'resolve' | 'ca'>
}

/** For the audit trail: never with a credential. */
export interface ConnectorEvent {
  readonly event: `upstream.${string}`
  /** Empty: of the gateway itself. */
  readonly principal: string
  readonly server: string
  readonly rule?: string
  readonly explain?: string
  readonly details?: Readonly<Record<string, string | number>>
}

/** What belongs to no person is found under this. */
export const NOBODY = ''

/** This machine may be asked where the server itself is configured to be here. */
export function reachOf({ url, oauth }: OauthServer): FetchReach {
  return { loopback: isLoopbackHost(new URL(url).hostname), privateNetworks: oauth.privateNetworks }
}

/** The fetch for what a server names. */
export function fetchFor(server: OauthServer, { network }: Pick<ConnectorParts, 'network'>): GuardedFetch {
  return makeGuardedFetch({ reach: reachOf(server), ...network })
}

/** How secrets and states are found again without being kept. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('base64url')
}

/** An event with what went wrong. */
export function faultyEvent(event: ConnectorEvent, { rule, message }: ConnectFault): ConnectorEvent {
  return { ...event, rule, explain: message }
}
