/** What the primary and its workers say to each other, over the channel that `node:cluster` opens between them. */
import type { AddressInfo } from 'node:net'
import type { Config } from '../config/config.ts'
import type { GatewayStatus } from '../gateway/gatewayStatus.ts'
import type { LimitAnswer, LimitQuestion } from './primaryLimits.ts'
import type { TallyAnswer, TallyQuestion } from './primaryTally.ts'

/** Everything a worker needs to begin. */
export interface StartOrder {
  readonly kind: 'start'
  /** Its share of the configuration in force, which may be older than the file: an invalid file changes nothing. */
  readonly config: Config
  readonly slot: number
  /** Where clients connect: the primary listens there. */
  readonly address: AddressInfo
  /** Where each worker takes what others hand over, by slot. */
  readonly sockets: readonly string[]
  /** Proves that a request was handed over by a worker. New with every start of the primary. */
  readonly secret: string
  /** Say on standard output what is served. */
  readonly announce: boolean
  /** The worker whose place it takes, for the record. */
  readonly replaces?: { readonly pid: number; readonly ended: string }
}

export type ToWorker =
  | StartOrder
  | { readonly kind: 'config'; readonly config: Config }
  /** A configuration was refused: to be recorded, by one of them. */
  | { readonly kind: 'config-refused'; readonly explain: string }
  /** Comes with a client's connection, from which nothing was read. */
  | { readonly kind: 'connection'; readonly connection: number }
  | { readonly kind: 'status'; readonly question: number }
  | LimitAnswer
  | TallyAnswer
  | { readonly kind: 'stop'; readonly why: string }

export type ToPrimary =
  /** Its handlers are in place: orders may come. */
  | { readonly kind: 'here' }
  | { readonly kind: 'up' }
  /** It has this connection. */
  | { readonly kind: 'took'; readonly connection: number }
  | { readonly kind: 'status'; readonly question: number; readonly status: GatewayStatus }
  /** May these calls pass? */
  | LimitQuestion
  /** Was this proof used? Did this address fail too often? */
  | TallyQuestion
  /** It cannot begin, and ends. */
  | { readonly kind: 'failed'; readonly explain: string; readonly exitCode: number }
