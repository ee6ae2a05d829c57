/**
 * `sallyport approve TICKET` and `sallyport deny TICKET`: a person decides on a call that waits. What is decided is on record
 * before it counts.
 */
import { visible } from '@sallyport/controls/text'
import type { ConsentStore } from '../approvals/consentStore.ts'
import { addDenial, type DenialToAdd, denialToAdd } from '../approvals/denialToAdd.ts'
import { choices } from '../approvals/form.ts'
import { grantsOf } from '../approvals/grantsOf.ts'
import { questionLines } from '../approvals/question.ts'
import { addRule, type RuleToAdd, ruleByHand, ruleToAdd } from '../approvals/ruleToAdd.ts'
import type { Decision, Ticket } from '../approvals/ticket.ts'
import type { AuditTrail, EventEntry } from '../audit/entry.ts'
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
      `${questionLines({ ...ticket.question, rule: rule?.diff.map(shownLine) }, ticket.id, { all: true }).join('\n')}\n`,
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

export interface DenyTicketOptions extends TicketOptions {
  /** The tool is denied in the configuration as well. */
  readonly always?: boolean
}

/** It only takes away: no person has to be there, but for what changes the configuration. */
export async function runDenyTickets(
  ids: readonly string[],
  options: DenyTicketOptions,
  terminal: Terminal = thisTerminal(),
): Promise<number> {
  if (options.always) return await denyForGood(ids, options, terminal)
  return await onTickets(ids, options, async (store, config, ticket) => {
    if (options.dryRun) return `would deny ${ticket.id}`
    await settle(store, config, options, ticket, 'deny')
    if (ticket.question.method === 'tools/call')
      process.stderr.write(`To refuse this tool always: sallyport deny ${ticket.id} --always\n`)
    return `denied ${ticket.id}: ${ticket.server}/${visible(ticket.name)}`
  })
}

/**
 * The call is denied and its tool with it. Also of a call that was denied before, in a dialog for instance: whoever said no
 * can make it a rule afterwards, and a denial whose rule could not be written is given again.
 */
async function denyForGood(
  ids: readonly string[],
  options: DenyTicketOptions,
  terminal: Terminal,
): Promise<number> {
  const find = (store: ConsentStore, id: string) => {
    const known = store.find(id)
    return known?.state === 'denied' ? known : openTicket(store, id)
  }
  const decide = async (store: ConsentStore, config: Config, ticket: Ticket): Promise<string> => {
    const { id, server, name, reasons, question } = ticket
    const rule = denialToAdd(config, { server, name, method: question.method, reasons }, place())
    if (rule.kind === 'by-hand') {
      const alone = ticket.state === 'open' ? `. The call alone: sallyport deny ${id}` : ''
      throw new CommandError(
        EXIT.usage,
        `nothing was changed, since no rule can be added: ${visible(rule.explain)}${alone}`,
      )
    }
    const tool = `${server}/${visible(name)}`
    if (ticket.state === 'denied' && rule.kind === 'there')
      return `denied ${id} already, always: ${tool}. ${rule.lines.map(shownLine).join(' ')}`
    const shown = [
      ...questionLines({ ...question, rule: undefined }, id, { all: true }),
      '',
      ...(rule.kind === 'add' ? ['"--always" adds this to the configuration:'] : []),
      ...rule.lines.map(shownLine),
    ]
    process.stderr.write(`${shown.join('\n')}\n`)
    if (options.dryRun) return `would deny ${id} (always): ${tool}`
    requirePerson(terminal, process.env, `what is refused always (ticket ${id})`)
    const answer = (
      await terminal.ask('Deny it, and this tool always? Type "deny", anything else leaves it: ')
    ).trim()
    if (answer !== 'deny') throw new CommandError(EXIT.refused, 'nothing was changed')
    const adds = rule.kind === 'add' ? { adds: `servers.${server}.tools.deny` } : undefined
    if (ticket.state === 'denied')
      await withAudit(config, options, (audit) => audit.append(decided(ticket, 'deny', options, adds)))
    else await settle(store, config, options, ticket, 'deny', adds)
    if (rule.kind === 'add') await write(rule, id)
    return `denied ${id} (always): ${tool}`
  }
  return await onTickets(ids, options, decide, find)
}

async function write(rule: Extract<DenialToAdd, { readonly kind: 'add' }>, id: string): Promise<void> {
  try {
    await addDenial(rule, place())
  } catch (error) {
    const why = visible(error instanceof Error ? error.message : String(error))
    throw new CommandError(
      EXIT.unchecked,
      `the call is denied, and the rule was not written: ${why}. Again: sallyport deny ${id} --always`,
    )
  }
}

/** A line of the file, which may have more in it than a person sees, on a terminal, which may act on it. */
function shownLine(line: string): string {
  return visible(line.replaceAll('\t', '  '))
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
  find: (store: ConsentStore, id: string) => Ticket | undefined = openTicket,
): Promise<number> {
  refuseOthers(options)
  const config = await requireConfig(options)
  const done = await withConsent(async (store) => {
    for (const id of ids) {
      const ticket = find(store, id)
      if (ticket === undefined) throw noTicket(store.find(id), id)
      const said = await decide(store, config, ticket)
      print([options.json ? visibleJson({ ticket: id, said }) : said])
    }
    return EXIT.fine
  })
  if (done === undefined) throw noTicket(undefined, ids[0] ?? '')
  return done
}

function openTicket(store: ConsentStore, id: string): Ticket | undefined {
  return store.tickets('open', Date.now()).find((one) => one.id === id)
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
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  await withAudit(config, options, async (audit) => {
    const claim = store.claim(ticket.id, Date.now())
    try {
      if (claim === undefined) throw noTicket(store.find(ticket.id), ticket.id)
      await audit.append(decided(ticket, decision, options, more))
      const at = Date.now()
      const said = { decision, by: `local ${localUser()}`, at }
      const was = store.decide(claim, said, grantsOf(ticket, decision, at))
      if (!was) throw noTicket(store.find(ticket.id), ticket.id)
    } finally {
      // What was decided has none left to give back.
      if (claim !== undefined) store.release(claim)
    }
  })
}

async function withAudit(
  config: Config,
  options: TicketOptions,
  work: (audit: AuditTrail) => Promise<void>,
): Promise<void> {
  readReason(options.reason)
  const audit = await openAuditOf(config, statePaths(place()).state, openLog(config, options))
  try {
    await work(audit)
  } finally {
    await audit.close()
  }
}

function decided(
  ticket: Ticket,
  decision: Decision,
  options: TicketOptions,
  more: Readonly<Record<string, string>> = {},
): EventEntry {
  const reason = readReason(options.reason)
  const { principal, conversation, server, id, name, times } = ticket
  return {
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
      by: localUser(),
      ...(reason === undefined ? {} : { reason }),
      ...more,
    },
  }
}

function requireRule(config: Config, { server, name, reasons }: Ticket): RuleToAdd {
  const rule = ruleToAdd(config, { server, name }, reasons, place())
  if (rule !== undefined) return rule
  const asked = [...new Set(reasons.map(({ rule }) => rule))].join(', ')
  const why =
    config.source.kind !== 'file' || config.source.within !== undefined
      ? 'there is no configuration file here that it could be written to (--config FILE)'
      : (ruleByHand(config, { server, name }, reasons, place()) ??
        `no entry of "approvals.allow" answers ${asked} of this tool; that is turned off where it is asked for (docs/approvals.md)`)
  throw new CommandError(EXIT.usage, `no rule can be added: ${visible(why)}`)
}
