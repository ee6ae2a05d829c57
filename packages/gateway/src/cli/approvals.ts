/** `sallyport approvals`: the calls that wait for a person. `sallyport approvals stats`: what was asked, and what would have spared it. */
import { visible } from '@sallyport/controls/text'
import { nameText } from '../approvals/asText.ts'
import { questionLines } from '../approvals/question.ts'
import { approvalStats } from '../approvals/stats.ts'
import { readTicketId } from '../approvals/ticket.ts'
import { parseDuration } from '../config/units.ts'
import { visibleJson } from '../pins/visibleJson.ts'
import { withConsent } from './consentAtHand.ts'
import type { GlobalOptions } from './context.ts'
import { CommandError, EXIT } from './exit.ts'
import { print } from './print.ts'
import { table } from './table.ts'

export async function runApprovals(
  named: readonly string[],
  options: GlobalOptions & { readonly show?: boolean },
): Promise<number> {
  const ids = named.map((id) => readTicketId(id) ?? id)
  const all = (await withConsent((store) => store.tickets('open', Date.now()))) ?? []
  const tickets = ids.length === 0 ? all : all.filter(({ id }) => ids.includes(id))
  const missing = ids.find((id) => !all.some((ticket) => ticket.id === id))
  if (missing !== undefined)
    throw new CommandError(EXIT.refused, `no ticket "${visible(missing)}" waits: sallyport approvals`)
  if (options.json) {
    for (const ticket of tickets) print([visibleJson(ticket)])
    return EXIT.fine
  }
  if (tickets.length === 0) {
    print(['no call waits for you'])
    return EXIT.fine
  }
  if (options.show || ids.length > 0) {
    print(tickets.flatMap(({ id, question }) => [...questionLines(question, id, { all: true }), '']))
    return EXIT.fine
  }
  const now = Date.now()
  const rows = tickets.map(({ id, server, name, reasons, times, expiresAt, question }) => [
    id,
    `${server}/${nameText(name)}`,
    reasons.map(({ rule }) => rule).join(', '),
    times === 1 ? '' : `${times} times`,
    `${Math.max(1, Math.round((expiresAt - now) / 60_000))} min left`,
    question.client ?? '',
  ])
  print([table(['ticket', 'call', 'why', '', '', 'client'], rows).trimEnd()])
  print([
    '',
    'Look at one: sallyport approvals TICKET. Decide: sallyport approve TICKET, sallyport deny TICKET.',
  ])
  return EXIT.fine
}

export async function runApprovalStats(
  options: GlobalOptions & { readonly since?: string },
): Promise<number> {
  const spanMs = parseDuration(options.since ?? '30d')
  if (spanMs === undefined) throw new CommandError(EXIT.usage, '--since takes a span such as 24h or 30d')
  const tickets = (await withConsent((store) => store.since(Date.now() - spanMs))) ?? []
  const stats = approvalStats(tickets)
  if (options.json) {
    print([visibleJson(stats)])
    return EXIT.fine
  }
  if (stats.rules.length === 0) {
    print(['nothing was asked'])
    return EXIT.fine
  }
  const rows = stats.rules.map(({ rule, asked, allowed, denied, expired, open }) =>
    [rule, asked, allowed, denied, expired, open].map(String),
  )
  print([table(['rule', 'asked', 'allowed', 'denied', 'expired', 'open'], rows).trimEnd()])
  const { proposal } = stats
  if (proposal === undefined)
    print(['', 'No rule would have spared questions that were always answered alike.'])
  else
    print([
      '',
      `This would have spared ${proposal.spared} of ${stats.asked} questions, all of which were allowed:`,
      `+ approvals.allow: - ${visibleJson(proposal.entry)}`,
    ])
  return EXIT.fine
}
