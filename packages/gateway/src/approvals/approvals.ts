/**
 * Approvals: a call that needs a person's consent waits for it, and goes on only with a permission for exactly that call
 * (DESIGN 5; controls C05, C06). Asked is, in this order, whoever sits at the client, by a form in its own era; and whoever
 * has this machine, by `sallyport approvals`. A model can carry a ticket about, and nothing else.
 *
 * Fails closed: what cannot be kept, asked or read allows nothing.
 */
import type { JsonObject, JsonValue } from '@sallyport/controls/json'
import type { AuditTrail } from '../audit/entry.ts'
import type { Config, ServerConfig } from '../config/config.ts'
import type { Log } from '../log.ts'
import type { Consent, ConsentGate, Patience, WaysToAsk } from '../pipeline/consent.ts'
import type { ConsentReply } from '../pipeline/consentReply.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import type { Ask, Refusal } from '../pipeline/verdict.ts'
import { callKeys, continuationKey, saidIn } from './callKeys.ts'
import type { ConsentStore, Grant } from './consentStore.ts'
import { formOf, readForm } from './form.ts'
import { grantsOf } from './grantsOf.ts'
import { makeQuestion } from './question.ts'
import type { RuleToAdd } from './ruleToAdd.ts'
import type { AskedReason, Decision, Ticket } from './ticket.ts'
import { CONTINUATION_MS, DENIAL_MS, newTicketId, TICKET_MS } from './ticket.ts'
import { WaitingCalls } from './waitingCalls.ts'
import { whenFree } from './whenFree.ts'

export interface ApprovalsParts {
  readonly store: ConsentStore
  readonly config: () => Config
  readonly audit: AuditTrail
  readonly log: Log
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** What the server shows of the tool that is called, in the version that a call reaches. */
  readonly definition: (exchange: Exchange) => JsonObject | undefined
  /** What is approved to run or answer as a server. */
  readonly identity: (server: string) => string
  /** What the tool does, in a few words of ours. */
  readonly effect: (exchange: Exchange) => string | undefined
  /** Arguments without secrets. */
  readonly redact: (value: JsonValue) => JsonValue
  /** What `always` would add to the configuration: lines of a diff, and how to add it. Absent where nothing can be added. */
  readonly rule?: ((exchange: Exchange, reasons: readonly AskedReason[]) => RuleToAdd | undefined) | undefined
  /** Adds it to the configuration, now that a person saw and chose it. */
  readonly addRule?: ((rule: RuleToAdd) => Promise<void>) | undefined
  /** Somebody should look. */
  readonly notify: (ticket: Ticket) => void
}

/** Tickets that may be open: of one principal, and of all. */
const MOST = { ofPrincipal: 24, ofAll: 4_800 }
/** Questions of one principal in ten minutes, whatever became of them: nobody reads more, and then nobody reads. */
const MOST_ASKED = 60
const ASKED_MS = 10 * 60_000
/** After so many denials within a quarter of an hour, whatever was allowed between, the tool is refused in this conversation without asking. */
const MOST_DENIED = 3
/** Forms that are open at one client at a time. */
const MOST_FORMS = 4
/** A client of which nothing is known waits a minute (the default of the SDKs); this is less. */
const UNKNOWN_PATIENCE_MS = 45_000
const NONE: Patience = {}
/** Declining takes a person longer than this; a host in which nobody sits declines at once. */
const PERSON_MS = 1_000

export class Approvals implements ConsentGate {
  readonly #parts: ApprovalsParts
  /** Forms that are open, by conversation. */
  readonly #forms = new Map<string, number>()
  /** Tickets with an open form, and what becomes of it: whoever asks the same meanwhile waits for that one. */
  readonly #shown = new Map<string, Promise<'answered' | 'withdrawn'>>()
  readonly #waiting: WaitingCalls

  constructor(parts: ApprovalsParts) {
    this.#parts = parts
    const { store, now, log } = parts
    this.#waiting = new WaitingCalls({
      version: () => `${store.atOnce(() => store.version())} ${this.#decided}`,
      state: (ticket) => store.atOnce(() => store.state(ticket)),
      now,
      failed: (error) => log.warn('approval.not-read', { explain: String(error) }),
    })
  }

  use(
    exchange: Exchange,
    asks: readonly Ask[],
    patience: Patience = NONE,
  ): 'granted' | Refusal | undefined | Promise<'granted' | Refusal | undefined> {
    const { consent } = exchange
    const isOver = this.#overAfter(patience)
    const take = () => this.#whenFree(() => this.#take(exchange, asks), isOver)
    if (consent === undefined) return take()
    return this.#answer(exchange, consent, isOver).then((refusal) => refusal ?? take())
  }

  async ask(
    exchange: Exchange,
    asks: readonly [Ask, ...Ask[]],
    ways: WaysToAsk,
    waiting: (refusal: Refusal) => void,
  ): Promise<Consent> {
    const { now } = this.#parts
    const until = now() + this.#patienceMs(ways)
    const isOver = () => ways.signal.aborted || now() >= until
    const ticket = await this.#whenFree(() => this.#open(exchange, asks), isOver)
    if ('kind' in ticket) return { kind: 'refused', refusal: ticket }
    const refusal = waitingRefusal(ticket)
    waiting(refusal)
    await this.#record('approval.asked', exchange, ticket, asks[0].rule, asks[0].explain)
    if (ways.again)
      return {
        kind: 'again',
        ticket: ticket.id,
        params: formOf(ticket, 'modern'),
        askedAt: now(),
        expiresAt: ticket.expiresAt,
      }
    ways.say?.(`waiting for a person's approval (ticket ${ticket.id})`)
    const decided = await this.#wait(exchange, ticket, ways, until)
    return decided ? { kind: 'answered' } : { kind: 'refused', refusal }
  }

  goesOn(exchange: Exchange, requestState: string, patience: Patience = NONE): void | Promise<void> {
    const { store, now } = this.#parts
    const granted = this.#granted.get(exchange)
    if (granted === undefined) return
    const grant: Grant = {
      key: continuationKey(this.#keys(exchange).rounds, requestState),
      scope: 'continuation',
      ticket: granted.ticket,
      reasons: granted.reasons,
      expiresAt: now() + CONTINUATION_MS,
      uses: 1,
    }
    return this.#whenFree(() => store.grant(grant), this.#overAfter(patience))
  }

  /** How long a call waits for a person, or for the file of what persons allowed. */
  #patienceMs({ patienceMs = UNKNOWN_PATIENCE_MS }: Patience): number {
    return Math.min(this.#parts.config().approvals.waitMs, patienceMs)
  }

  #overAfter(patience: Patience): () => boolean {
    const { now } = this.#parts
    const until = now() + this.#patienceMs(patience)
    return () => patience.signal?.aborted === true || now() >= until
  }

  #whenFree<Value>(work: () => Value, isOver: () => boolean): Value | Promise<Value> {
    return whenFree(() => this.#parts.store.atOnce(work), isOver)
  }

  /** By what an exchange was let through. */
  readonly #granted = new WeakMap<
    Exchange,
    { readonly ticket: string; readonly reasons: readonly AskedReason[] }
  >()

  #take(exchange: Exchange, asks: readonly Ask[]): 'granted' | Refusal | undefined {
    const { store, now } = this.#parts
    const keys = this.#keys(exchange)
    const reasons = asks.map(reasonOf)
    const { requestState } = exchange.params
    const all = [keys.call, keys.tool, keys.denial]
    if (typeof requestState === 'string') all.push(continuationKey(keys.rounds, requestState))
    const taken = store.take(all, reasons, now())
    if (taken === undefined) {
      if (store.denials(exchange, now() - DENIAL_MS) < MOST_DENIED) return undefined
      return {
        kind: 'refuse',
        rule: 'approvals/denied',
        explain: `calls of this tool were denied ${MOST_DENIED} times within a quarter of an hour, so nobody is asked for a while`,
        remedy: 'Tell the user what you wanted to do with it and why.',
      }
    }
    if (taken.scope === 'deny') return denied(taken.ticket)
    exchange.findings.push({
      rule: 'approvals/allowed',
      severity: 'info',
      where: `ticket ${taken.ticket} (${taken.scope})`,
    })
    this.#granted.set(exchange, { ticket: taken.ticket, reasons })
    return 'granted'
  }

  /** A modern client called again with what its person said. `undefined`: it was taken, whatever it was. */
  async #answer(
    exchange: Exchange,
    { ticket: id, result, askedAt }: ConsentReply,
    isOver: () => boolean,
  ): Promise<Refusal | undefined> {
    const { store } = this.#parts
    const ticket = await this.#whenFree(() => store.find(id), isOver)
    // The key is of the principal too.
    if (ticket === undefined || ticket.callKey !== this.#keys(exchange).call)
      return {
        kind: 'refuse',
        rule: 'approvals/unknown',
        explain:
          'this answers no question that was asked about this call: it is another call, another caller, or the tool changed since',
        remedy: 'Call again without "requestState".',
      }
    const read = readForm(result, ticket.question)
    const isDeclined = read.kind === 'declined' && this.#parts.now() - askedAt >= PERSON_MS
    const decision = read.kind === 'decision' ? read.decision : isDeclined ? 'deny' : undefined
    // Decided by somebody else meanwhile, or expired: what holds then is looked up like any other permission. But a no is a
    // no to the call that brings it, also where it comes too late to be one to others.
    const isLate = (): Refusal | undefined => (decision === 'deny' ? denied(id) : undefined)
    if (ticket.state !== 'open') return isLate()
    if (decision !== undefined)
      return (await this.#decide(exchange, ticket, decision, isOver)) ? undefined : isLate()
    if (read.kind === 'malformed')
      await this.#record('approval.malformed', exchange, ticket, 'approvals/malformed', read.explain)
    return waitingRefusal(ticket)
  }

  #open(exchange: Exchange, asks: readonly [Ask, ...Ask[]]): Ticket | Refusal {
    const { store, now, config, definition, effect, redact } = this.#parts
    const { principal, conversation, server = '?', name = exchange.method } = exchange
    const at = now()
    const flooded: Refusal = {
      kind: 'refuse',
      rule: 'approvals/too-many',
      asked: asks.map(({ rule: asked }) => asked),
      explain: `${asks[0].explain}, and too many questions wait for a person already`,
      remedy: 'Have some of them answered first (`sallyport approvals`).',
    }
    const keys = this.#keys(exchange)
    const reasons = asks.map(reasonOf)
    // A question that is open already is not put together once more: its arguments may be large.
    const same = store.join(keys.call, reasons, conversation, at)
    if (same !== undefined) return same
    if (store.asked(principal, at - ASKED_MS) >= MOST_ASKED) return flooded
    const entry = this.#server(exchange)
    const said = definition(exchange)?.description
    const question = makeQuestion({
      server,
      trust: entry?.trust ?? 'untrusted',
      method: exchange.method,
      name,
      description: typeof said === 'string' ? said : undefined,
      effect: effect(exchange),
      client: exchange.client,
      asks,
      arguments: redact(shownOf(saidIn(exchange))),
      digest: keys.arguments,
      last: store.lastAllowed(principal, server, name)?.question,
      rule: this.#ruleFor(exchange, reasons)?.diff,
      inConversation: conversation !== undefined,
    })
    const ticket = store.open(
      {
        id: newTicketId(),
        createdAt: at,
        expiresAt: at + TICKET_MS,
        principal,
        conversation,
        server,
        name,
        callKey: keys.call,
        toolKey: keys.tool,
        denialKey: keys.denial,
        reasons,
        question,
      },
      MOST,
    )
    if (ticket === undefined) return flooded
    if (ticket.times === 1 && config().approvals.notify) this.#parts.notify(ticket)
    return ticket
  }

  /** Waits for whoever answers first; says whether anybody did. */
  async #wait(exchange: Exchange, ticket: Ticket, ways: WaysToAsk, until: number): Promise<boolean> {
    const over = new AbortController()
    const failed = new AbortController()
    const ended = this.#waiting.wait(ticket.id, until, AbortSignal.any([ways.signal, failed.signal]))
    const isOver = () => over.signal.aborted || this.#parts.now() >= until
    this.#showForm(exchange, ticket, ways, over.signal, isOver).then(
      () => this.#waiting.look(ticket.id),
      (error: unknown) => {
        // Whatever fails here ends the waiting, and with it the call: without a permission.
        this.#parts.log.error('approval.failed', { ticket: ticket.id, explain: String(error) })
        failed.abort()
      },
    )
    try {
      return (await ended) === 'decided'
    } finally {
      over.abort()
    }
  }

  /** What was decided here: of what this process wrote itself the store's version says nothing. */
  #decided = 0

  /**
   * Puts the form to the client, if it takes one, and takes over what its person decides. A form that is open for the same
   * question is waited for; if that is withdrawn, for its call is over, this call shows its own.
   */
  async #showForm(
    exchange: Exchange,
    ticket: Ticket,
    { form }: WaysToAsk,
    signal: AbortSignal,
    isOver: () => boolean,
  ): Promise<void> {
    if (form === undefined) return
    for (let other = this.#shown.get(ticket.id); other !== undefined; other = this.#shown.get(ticket.id))
      if ((await other) === 'answered') return
    const at = exchange.conversation ?? exchange.principal
    const open = this.#forms.get(at) ?? 0
    if (signal.aborted || open >= MOST_FORMS) return
    const { promise, resolve } = Promise.withResolvers<'answered' | 'withdrawn'>()
    this.#forms.set(at, open + 1)
    this.#shown.set(ticket.id, promise)
    const began = this.#parts.now()
    let what: 'answered' | 'withdrawn' = 'answered'
    try {
      const result = await form(formOf(ticket, 'legacy'), signal)
      if (signal.aborted) {
        what = 'withdrawn'
        return
      }
      const read = readForm(result, ticket.question)
      if (read.kind === 'decision') return void (await this.#decide(exchange, ticket, read.decision, isOver))
      // A host in which nobody sits declines at once: that is no answer.
      if (read.kind === 'declined' && this.#parts.now() - began >= PERSON_MS)
        return void (await this.#decide(exchange, ticket, 'deny', isOver))
      if (read.kind === 'malformed')
        await this.#record('approval.malformed', exchange, ticket, 'approvals/malformed', read.explain)
    } finally {
      this.#shown.delete(ticket.id)
      const left = (this.#forms.get(at) ?? 1) - 1
      if (left > 0) this.#forms.set(at, left)
      else this.#forms.delete(at)
      resolve(what)
    }
  }

  /** On record before it counts, and only what counts: whoever is first decides. Says whether this one was. */
  async #decide(
    exchange: Exchange,
    ticket: Ticket,
    decision: Decision,
    isOver: () => boolean,
  ): Promise<boolean> {
    const { store, now, log } = this.#parts
    const late = (): false => {
      log.warn('approval.late', { ticket: ticket.id, decision })
      return false
    }
    const claim = await this.#whenFree(() => store.claim(ticket.id, now()), isOver)
    if (claim === undefined) return late()
    const via = 'dialog'
    const [reason] = ticket.reasons
    try {
      await this.#record('approval.decided', exchange, ticket, reason?.rule ?? '', decision, {
        decision,
        via,
      })
    } catch (error) {
      store.release(claim)
      throw error
    }
    const at = now()
    const said = { decision, by: `${exchange.principal} ${via}`, at }
    const grants = grantsOf(ticket, decision, at)
    const was = await this.#whenFree(() => store.decide(claim, said, grants), isOver)
    this.#decided++
    if (!was) return late()
    const toAdd = decision === 'always' ? this.#ruleFor(exchange, ticket.reasons) : undefined
    if (toAdd !== undefined) await this.#add(toAdd)
    return true
  }

  /** The configuration may be gone, or not to be read, by now: then nothing can be allowed for good. */
  #ruleFor(exchange: Exchange, reasons: readonly AskedReason[]): RuleToAdd | undefined {
    try {
      return this.#parts.rule?.(exchange, reasons)
    } catch (error) {
      this.#parts.log.warn('approvals.no-rule', { explain: String(error) })
      return undefined
    }
  }

  /** The call is allowed all the same; the log says that it will be asked about again. */
  async #add(rule: RuleToAdd): Promise<void> {
    try {
      await this.#parts.addRule?.(rule)
    } catch (error) {
      this.#parts.log.error('approvals.rule-not-added', { explain: String(error) })
    }
  }

  #keys(exchange: Exchange) {
    const { identity, definition } = this.#parts
    const pinned = { identity: identity(exchange.server ?? ''), definition: definition(exchange) }
    return callKeys(exchange, this.#server(exchange), pinned)
  }

  #server({ server }: Exchange): ServerConfig | undefined {
    return this.#parts.config().servers.find(({ id }) => id === server)
  }

  async #record(
    event: string,
    { principal, conversation, server, name }: Exchange,
    { id, times }: Ticket,
    rule: string,
    explain: string,
    more: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    await this.#parts.audit.append({
      kind: 'event',
      event,
      principal,
      ...(conversation === undefined ? {} : { conversation }),
      ...(server === undefined ? {} : { server }),
      rule,
      explain,
      details: { ticket: id, times, tool: name ?? '', ...more },
    })
  }
}

function denied(ticket: string): Refusal {
  return {
    kind: 'refuse',
    rule: 'approvals/denied',
    explain: `a person denied exactly this call (ticket ${ticket})`,
    remedy: 'Do not try it again; ask the user what to do instead.',
  }
}

function reasonOf({ rule, subject }: Ask): AskedReason {
  return subject === undefined ? { rule } : { rule, subject }
}

/** What a call is answered with while its ticket is open. A model relays it; it allows nothing. */
export function waitingRefusal({ id, question, reasons }: Ticket): Refusal {
  const why = question.why.map(({ rule, explain }) => `${explain} [rule ${rule}]`).join('; ')
  const otherwise = [...new Set(question.why.flatMap(({ remedy }) => remedy ?? []))].join(' ')
  return {
    kind: 'refuse',
    rule: 'approvals/waiting',
    asked: reasons.map(({ rule }) => rule),
    explain: `it needs a person's approval, ticket ${id}: ${why}`,
    remedy:
      `Nothing was sent. Ask the user to run "sallyport approve ${id}" in a terminal of their own; then call again with the same arguments. ${otherwise}`.trim(),
  }
}

/** The arguments by themselves where a call says nothing beside them. */
function shownOf(said: JsonObject): JsonValue {
  const keys = Object.keys(said)
  return keys.length === 1 && said.arguments !== undefined ? said.arguments : said
}
