import type { Grant } from './consentStore.ts'
import { CONVERSATION_MS, DENIAL_MS, type Decision, GRANT_MS, HOUR_MS, type Ticket } from './ticket.ts'

/**
 * What a decision on a ticket permits or forbids. `always` permits this call; what comes after it is the configuration's.
 *
 * @param at milliseconds since the epoch
 * @example grantsOf(ticket, 'once', Date.now()) // [{ scope: 'once', key: ticket.callKey, uses: 1, ... }]
 */
export function grantsOf(ticket: Ticket, decision: Decision, at: number): readonly Grant[] {
  const { id, callKey, toolKey, denialKey, reasons, conversation } = ticket
  const of = (grant: Omit<Grant, 'ticket' | 'reasons'>): readonly Grant[] => [
    { ...grant, ticket: id, reasons },
  ]
  if (decision === 'deny') return of({ scope: 'deny', key: denialKey, expiresAt: at + DENIAL_MS })
  if (decision === '15-minutes') return of({ scope: '15-minutes', key: callKey, expiresAt: at + GRANT_MS })
  if (decision === '1-hour') return of({ scope: '1-hour', key: toolKey, expiresAt: at + HOUR_MS })
  if (decision === 'conversation' && conversation !== undefined)
    return of({ scope: 'conversation', key: toolKey, expiresAt: at + CONVERSATION_MS })
  return of({ scope: 'once', key: callKey, expiresAt: at + GRANT_MS, uses: 1 })
}
