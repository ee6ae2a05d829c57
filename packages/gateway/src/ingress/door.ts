/**
 * What every request at the HTTP door needs: the configuration, the gateway behind it, and the state of the door itself.
 */
import type { JsonBudget } from '@sallyport/controls/json'
import type { ListenConfig } from '../config/config.ts'
import type { Identity } from '../identity/identity.ts'
import type { Log } from '../log.ts'
import type { AddressQuota } from './addressQuota.ts'
import type { ProxyRule } from './clientAddress.ts'
import type { Connections } from './connections.ts'
import type { RequestHead } from './exchangeTypes.ts'
import type { HostOriginRule } from './hostOrigin.ts'
import type { LegacySessions } from './legacySessions.ts'
import type { Peers } from './peers.ts'
import type { Caller, Front } from './port.ts'
import type { Refusal } from './refusal.ts'
import type { Quota, Underway } from './underway.ts'

/** Who is calling, or the refusal to send (401 with `WWW-Authenticate`, 403, 503 ...). */
export type Identified = Caller | { readonly refuse: Refusal }

/** Finds out who is calling, by the head of a request alone. */
export type Identify = (request: RequestHead) => Identified | Promise<Identified>

export interface Door {
  readonly listen: ListenConfig
  readonly budget: JsonBudget
  readonly maxInFlightPerClient: number
  /** Unsent bytes of one response beyond which its client counts as not reading. */
  readonly maxBufferedBytes: number
  /** Age at which a stream without an end of its own is ended. */
  readonly maxStreamMs: number
  readonly front: Front
  readonly identify: Identify
  /** Absent: whoever is let in is the local user. */
  readonly identity?: Pick<Identity, 'authorize' | 'keyHeader' | 'misplaced' | 'side' | 'standing'>
  readonly ready: () => boolean
  readonly log: Log
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number
  readonly connections: Connections
  readonly hostOrigin: HostOriginRule
  /** Whether `proxies` has any: most doors have none, and ask nobody. */
  readonly hasProxies: boolean
  /** Proxies whose word about the client's address is believed. */
  readonly proxies: ProxyRule
  /** Answers tell browsers to come by TLS alone. */
  readonly strictTransport: boolean
  readonly perAddress: AddressQuota
  readonly sessions: LegacySessions
  readonly underway: Underway
  readonly streams: Quota
  /** Other workers of this gateway; none when it is one process. */
  readonly peers?: Peers
  draining: boolean
}
