import type { Inbound } from '../protocol/message.ts'
import type { Exchange } from './exchange.ts'
import type { ResponseVerdict, Verdict } from './verdict.ts'

/**
 * One security measure as the gateway runs it. Built once from the configuration; called for every exchange.
 *
 * A control that throws, rejects or takes longer than its budget refuses (invariant 1): it never has to catch.
 */
export interface RequestControl {
  readonly name: string
  decide(exchange: Exchange): Verdict | Promise<Verdict>
}

/** Sees everything a server sends for an exchange, whatever channel it uses. */
export interface ResponseControl {
  readonly name: string
  /** The most it may take, in milliseconds; `CONTROL_BUDGET_MS` where nothing is said. */
  readonly budgetMs?: number
  inspect(exchange: Exchange, message: Inbound): ResponseVerdict | Promise<ResponseVerdict>
}
