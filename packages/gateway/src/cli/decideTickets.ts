/**
 * `sallyport approve TICKET` and `sallyport deny TICKET`: a person decides on a call that waits. What is decided is on record
 * before it counts.
 */
import { visible } from '@sallyport/controls/text'
import { quotedText } from '../approvals/asText.ts'
import type { ConsentStore } from '../approvals/consentStore.ts'
import { choices } from '../approvals/form.ts'
import { grantsOf } from '../approvals/grantsOf.ts'
import { questionLines } from '../approvals/question.ts'
import { addRule, type RuleToAdd, ruleByHand, ruleToAdd } from '../approvals/ruleToAdd.ts'
import { type Decision, TICKET_ID, type Ticket } from '../approvals/ticket.ts'
import { openAuditOf } from '../audit/openAuditOf.ts'
import type { Config } from '../config/config.ts'
import { visibleJson } from '../pins/visibleJson.ts'
import { localUser } from '../state/localUser.ts'
import { statePaths } from '../state/paths.ts'
import { withConsent } from './consentAtHand.ts'
import { type GlobalOptions, openLog, place, requireConfig } from './context.ts'
import { readReason } from './decideOn.ts'
import { CommandError, EXIT } from './exit.ts'
import { print } from './print.ts'
import { requirePerson } from './requirePerson.ts'
import { type Terminal, thisTerminal } from './terminal.ts'

export interface TicketOptions extends GlobalOptions {
  /** What is allowed: `once` unless it says otherwise. */
  readonly for?: Decision
  /** Why, for the record. */
  readonly reason?: string
  readonly dryRun?: boolean
  /** Of definitions alone. */
  readonly yes?: boolean
  readonly hash?: string
  readonly expires?: string
  readonly except?: readonly string[]
}

/** A permission for a call has its own bounds, and no option answers for a person. */
function refuseOthers({ yes, hash, expires, except }: TicketOptions): void {
  const given = Object.entries({ yes, hash, expires, except }).find(([, value]) => value !== undefined)
  if (given !== undefined)
    throw new CommandError(EXIT.usage, `--${given[0]} is for definitions that are reviewed, not for a ticket`)
}

export async function runApproveTickets(
  ids: readonly string[],
  options: TicketOptions,
  terminal: Terminal = thisTerminal(),
): Promise<number> {
  return await onTickets(ids, options, async (store, config, ticket) => {
    const decision = options.for ?? 'once'
    if (!choices(ticket.question).includes(decision) && decision !== 'always')
      throw new CommandError(
        EXIT.usage,
        `ticket ${ticket.id} cannot be allowed for "${decision}": it is one of ${choices(ticket.question).slice(1).join(', ')}`,
      )
    const rule = decision === 'always' ? requireRule(config, ticket) : undefined
    process.stderr.write(
      `${questionLines({ ...ticket.question, rule: rule?.diff }, ticket.id, { all: true }).join('\n')}\n`,
    )
    if (options.dryRun) return `would allow ${ticket.id} (${decision})`
    requirePerson(terminal, process.env, `ticket ${ticket.id}`)
    const answer = (
      await terminal.ask(`Allow it, ${SAID[decision]}? Type "allow", anything else leaves it: `)
    ).trim()
    if (answer !== 'allow') throw new CommandError(EXIT.refused, 'nothing was changed')
    await settle(store, config, options, ticket, decision)
    if (rule !== undefined) await addRule(rule, place())
    return `allowed ${ticket.id} (${decision}): ${ticket.server}/${visible(ticket.name)}`
  })
}

/** It only takes away: no person has to be there. */
export async function runDenyTickets(ids: readonly string[], options: TicketOptions): Promise<number> {
  return await onTickets(ids, options, async (store, config, ticket) => {
    if (options.dryRun) return `would deny ${ticket.id}`
    await settle(store, config, options, ticket, 'deny')
    // A no for good is written by hand: taking away what a tool may do is the list's, and shows in every client at once.
    if (ticket.question.method === 'tools/call')
      process.stderr.write(
        `To refuse this tool always: servers.${ticket.server}.tools.deny: [${quotedText(ticket.name)}]\n`,
      )
    return `denied ${ticket.id}: ${ticket.server}/${visible(ticket.name)}`
  })
}

const SAID: Readonly<Record<Decision, string>> = {
  deny: 'not at all',
  once: 'once',
  '15-minutes': 'exactly this call, for 15 minutes',
  '1-hour': 'this tool for an hour, for the same reasons',
  conversation: 'this tool in this conversation, for the same reasons',
  always: 'always, by the rule above',
}

async function onTickets(
  ids: readonly string[],
  options: TicketOptions,
  decide: (store: ConsentStore, config: Config, ticket: Ticket) => Promise<string>,
): Promise<number> {
  refuseOthers(options)
  const config = await requireConfig(options)
  const done = await withConsent(async (store) => {
    for (const id of ids) {
      if (!TICKET_ID.test(id))
        throw new CommandError(EXIT.usage, 'tickets and definitions are decided by commands of their own')
      const ticket = store.tickets('open', Date.now()).find((one) => one.id === id)
      if (ticket === undefined) throw noTicket(store.find(id), id)
      const said = await decide(store, config, ticket)
      print([options.json ? visibleJson({ ticket: id, said }) : said])
    }
    return EXIT.fine
  })
  if (done === undefined) throw noTicket(undefined, ids[0] ?? '')
  return done
}

function noTicket(known: Ticket | undefined, id: string): CommandError {
  const what =
    known === undefined
      ? 'there is no such ticket'
      : known.state === 'expired'
        ? 'it expired; the same call asks again'
        : known.state === 'open'
          ? 'it is being decided elsewhere'
          : `it was ${known.state} already`
  return new CommandError(EXIT.refused, `${id}: ${what}. Those that wait: sallyport approvals`)
}

async function settle(
  store: ConsentStore,
  config: Config,
  options: TicketOptions,
  ticket: Ticket,
  decision: Decision,
): Promise<void> {
  const reason = readReason(options.reason)
  const audit = await openAuditOf(config, statePaths(place()).state, openLog(config, options))
  const by = localUser()
  const claim = store.claim(ticket.id, Date.now())
  try {
    if (claim === undefined) throw noTicket(store.find(ticket.id), ticket.id)
    const { principal, conversation, server, id, name, times } = ticket
    await audit.append({
      kind: 'event',
      event: 'approval.decided',
      principal,
      ...(conversation === undefined ? {} : { conversation }),
      server,
      rule: ticket.reasons[0]?.rule ?? '',
      explain: decision,
      details: {
        ticket: id,
        tool: name,
        times,
        decision,
        via: 'command',
        by,
        ...(reason === undefined ? {} : { reason }),
      },
    })
    const at = Date.now()
    const was = store.decide(claim, { decision, by: `local ${by}`, at }, grantsOf(ticket, decision, at))
    if (!was) throw noTicket(store.find(id), id)
  } finally {
    // What was decided has none left to give back.
    if (claim !== undefined) store.release(claim)
    await audit.close()
  }
}

function requireRule(config: Config, { server, name, reasons }: Ticket): RuleToAdd {
  const rule = ruleToAdd(config, { server, name }, reasons, place())
  if (rule !== undefined) return rule
  const byHand = ruleByHand(config, { server, name }, reasons, place())
  throw new CommandError(
    EXIT.usage,
    byHand === undefined
      ? 'no rule can be added for this one: its question is set elsewhere'
      : `no rule can be added: ${visible(byHand)}`,
  )
}
