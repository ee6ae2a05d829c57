import { visible } from '@sallyport/controls/text'
import { readTicketId, TICKET_ID } from '../approvals/ticket.ts'
import { withConsent } from './consentAtHand.ts'
import type { GlobalOptions } from './context.ts'
import { CommandError, EXIT } from './exit.ts'
import { knownServers, readPins } from './pinsAtHand.ts'

/**
 * Are tickets meant, and not what `review` shows? Then the targets, with tickets as they are written in lists.
 *
 * No server's id has capitals, so with one it is a ticket. In small letters it is the server of that name where there is one,
 * and else the ticket.
 *
 * @throws CommandError for what could be either and is neither, and for tickets and definitions at once
 * @example await ticketsAmong(['a7f2qk'], {}) // ['A7F2QK']
 */
export async function ticketsAmong(
  targets: readonly string[],
  options: GlobalOptions,
): Promise<readonly string[] | undefined> {
  const servers = targets.some(couldBeEither) ? await serversOf(options) : []
  const named: string[] = []
  for (const target of targets) {
    const ticket = servers.includes(target) ? undefined : readTicketId(target)
    if (ticket !== undefined && couldBeEither(target)) await requireTicket(ticket, target)
    named.push(ticket ?? target)
  }
  const tickets = named.filter((target) => TICKET_ID.test(target)).length
  // Before any of them is decided.
  if (tickets > 0 && tickets < named.length)
    throw new CommandError(EXIT.usage, 'tickets and definitions are decided by commands of their own')
  return tickets === 0 ? undefined : named
}

function couldBeEither(target: string): boolean {
  return target === target.toLowerCase() && readTicketId(target) !== undefined
}

async function serversOf(options: GlobalOptions): Promise<readonly string[]> {
  const pins = await readPins(options)
  try {
    return knownServers(pins)
  } finally {
    await pins.store.close()
  }
}

async function requireTicket(id: string, target: string): Promise<void> {
  if (await withConsent((store) => store.find(id) !== undefined)) return
  throw new CommandError(
    EXIT.usage,
    `there is no server "${visible(target)}", and no ticket ${id}. What waits: sallyport review, sallyport approvals`,
  )
}
