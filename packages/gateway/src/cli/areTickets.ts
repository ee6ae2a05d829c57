import { TICKET_ID } from '../approvals/ticket.ts'

/**
 * Are these tickets, and not what `review` shows? No server's id has capitals, so no target is both.
 *
 * @example areTickets(['A7F2QK']) // true
 */
export function areTickets(targets: readonly string[]): boolean {
  return targets.some((target) => TICKET_ID.test(target))
}
