/**
 * What `approve`, `deny` and `unexcept` have in common: who decides and why, and that a decision is recorded before it
 * counts.
 */

import { AuditUnavailable } from '../audit/entry.ts'
import { openAuditOf } from '../audit/openAuditOf.ts'
import { carryOut } from '../pins/carryOut.ts'
import type { Decider, Decision } from '../pins/decide.ts'
import { PinsChanged, PinsUnavailable } from '../pins/pinFaults.ts'
import { localUser } from '../state/localUser.ts'
import type { GlobalOptions } from './context.ts'
import { CommandError, EXIT } from './exit.ts'
import type { PinsAtHand } from './pinsAtHand.ts'
import type { Terminal } from './terminal.ts'

export interface DecisionOptions extends GlobalOptions {
  readonly reason?: string
  /** Asks nothing. */
  readonly yes?: boolean
  /** Says what would be done, and does nothing. */
  readonly dryRun?: boolean
}

const MAX_REASON = 1000

/** A reason as the lock file takes it: one line. */
export function readReason(reason: string | undefined): string | undefined {
  if (reason === undefined || reason.trim() === '') return undefined
  if (reason.length > MAX_REASON || /[\p{Cc}\p{Cs}]/u.test(reason))
    throw new CommandError(EXIT.usage, `--reason takes one line of at most ${MAX_REASON} characters`)
  return reason.trim()
}

/** Who decides, and why; asks for the reason where somebody can answer. */
export async function readDecider(
  options: DecisionOptions,
  terminal: Terminal,
  ask: boolean,
): Promise<Decider> {
  const given = readReason(options.reason)
  const reason =
    given === undefined && ask && terminal.attended && !options.yes && !options.dryRun
      ? readReason(await terminal.ask('Why? It goes into the record; Enter leaves it out: '))
      : given
  return { person: localUser(), now: Date.now(), ...(reason === undefined ? {} : { reason }) }
}

/** Records the decision and makes it, or ends with the exit code that says why not. */
export async function decide(pins: PinsAtHand, decision: Decision, lookAgain: string): Promise<void> {
  const { config, paths, log, store } = pins
  try {
    const audit = await openAuditOf(config, paths.state, log)
    try {
      await carryOut(decision, store, audit, log)
    } finally {
      await audit.close()
    }
  } catch (error) {
    if (error instanceof PinsChanged)
      throw new CommandError(EXIT.refused, `nothing was changed: ${error.message}. Look again: ${lookAgain}`)
    if (error instanceof AuditUnavailable)
      throw new CommandError(
        EXIT.unchecked,
        `nothing was changed, since nothing could be recorded: ${error.message}`,
      )
    if (error instanceof PinsUnavailable) throw new CommandError(EXIT.unchecked, error.message)
    throw error
  }
}
