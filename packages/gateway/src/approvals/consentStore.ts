/**
 * Tickets and grants, kept in one private SQLite file: gateways, workers and the command line of a user see the same ones,
 * a single use is used once whoever comes first, and what was used stays used after a restart.
 *
 * Opened when the first question comes up, or the first label of a conversation is kept: a gateway that asks and labels
 * nothing has no such file.
 */
import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type { Exchange } from '../pipeline/exchange.ts'
import { inTransaction } from '../state/inTransaction.ts'
import { BUSY_MS, openPrivateDatabase } from '../state/privateDatabase.ts'
import type { AskedReason, Decision, Question, Ticket, TicketState } from './ticket.ts'

export type GrantScope = 'once' | '15-minutes' | '1-hour' | 'conversation' | 'continuation' | 'deny'

export interface Grant {
  readonly scope: GrantScope
  /** A digest of `callKeys`. */
  readonly key: string
  readonly ticket: string
  readonly reasons: readonly AskedReason[]
  readonly expiresAt: number
  /** Absent: as often as it is asked for. */
  readonly uses?: number
}

/** Who may decide a ticket now. */
export interface Claim {
  readonly id: string
  readonly key: string
}

/** What there is for a call: a permission that was taken now, or the denial that holds. */
export type Taken = { readonly scope: GrantScope; readonly ticket: string }

const SCHEMA = {
  version: 1,
  create: `
  CREATE TABLE tickets (id TEXT PRIMARY KEY, state TEXT NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
    principal TEXT NOT NULL, conversation TEXT, server TEXT NOT NULL, name TEXT NOT NULL, call_key TEXT NOT NULL,
    tool_key TEXT NOT NULL, denial_key TEXT NOT NULL, reasons TEXT NOT NULL, question TEXT NOT NULL, times INTEGER NOT NULL, decided_at INTEGER,
    decided_by TEXT, decision TEXT) STRICT, WITHOUT ROWID;
  CREATE INDEX tickets_by_state ON tickets (state, principal, created_at);
  CREATE INDEX tickets_by_call ON tickets (call_key, state);
  CREATE TABLE grants (id INTEGER PRIMARY KEY, key TEXT NOT NULL, scope TEXT NOT NULL, ticket TEXT NOT NULL,
    reasons TEXT NOT NULL, expires_at INTEGER NOT NULL, uses_left INTEGER) STRICT;
  CREATE INDEX grants_by_key ON grants (key);
  CREATE TABLE conversations (key TEXT PRIMARY KEY, at INTEGER NOT NULL, labels TEXT NOT NULL) STRICT, WITHOUT ROWID;`,
}

/** Tickets are kept for `approvals stats` this long and no more than so many. */
const KEEP_MS = 30 * 86_400_000
const MAX_TICKETS = 10_000
/** Writing a decision down takes milliseconds; whoever takes longer than this does not come back. */
const CLAIM_MS = 30_000

export class ConsentStore {
  readonly #path: string
  #database: DatabaseSync | undefined
  #busyMs = BUSY_MS

  /** @example new ConsentStore('/home/ada/.local/state/sallyport/consent.sqlite') */
  constructor(path: string) {
    this.#path = path
  }

  /** Something was kept, by whomever: there is a file. */
  get exists(): boolean {
    return this.#database !== undefined || existsSync(this.#path)
  }

  /**
   * Does this now or not at all: while another process holds the file it throws what `isBusy` knows, and waits for nobody.
   * For whoever can try again later without holding up others meanwhile.
   */
  atOnce<Value>(work: () => Value): Value {
    this.#waitFor(0)
    try {
      return work()
    } finally {
      this.#waitFor(BUSY_MS)
    }
  }

  #waitFor(busyMs: number): void {
    this.#busyMs = busyMs
    this.#database?.exec(`PRAGMA busy_timeout = ${busyMs}`)
  }

  /** Grows with every change that another process made: cheap to ask, to see whether anything was decided. */
  version(): number {
    return Number(this.#get('PRAGMA data_version')?.data_version)
  }

  /**
   * Takes what there is for these keys and covers every reason, in one step: of two that ask for the same single use,
   * whatever process they are in, one gets it. A denial comes before any permission.
   */
  take(keys: readonly string[], reasons: readonly AskedReason[], now: number): Taken | undefined {
    return this.#transaction(() => {
      const found = this.#all(
        `SELECT id, scope, ticket, reasons, uses_left FROM grants WHERE key IN (${keys.map(() => '?').join(', ')})
         AND expires_at > ? AND (uses_left IS NULL OR uses_left > 0) ORDER BY (scope = 'deny') DESC, uses_left IS NULL DESC, id`,
        ...keys,
        now,
      )
      for (const row of found) {
        const scope = row.scope as GrantScope
        const covered = readReasons(row.reasons)
        // A denial holds whatever else is asked by now; a permission only for what was asked when it was given.
        if (scope !== 'deny' && !reasons.every((reason) => covers(covered, reason))) continue
        if (row.uses_left !== null)
          this.#run('UPDATE grants SET uses_left = uses_left - 1 WHERE id = ?', Number(row.id))
        return { scope, ticket: String(row.ticket) }
      }
      return undefined
    })
  }

  grant({ key, scope, ticket, reasons, expiresAt, uses }: Grant): void {
    this.#run(
      'INSERT INTO grants (key, scope, ticket, reasons, expires_at, uses_left) VALUES (?, ?, ?, ?, ?, ?)',
      key,
      scope,
      ticket,
      JSON.stringify(reasons),
      expiresAt,
      uses ?? null,
    )
  }

  /**
   * Opens a ticket, or joins the open one for the same call and reasons. `undefined` when as many are open as may be: of this
   * principal, or of all.
   */
  open(
    ticket: Omit<Ticket, 'state' | 'times'>,
    most: { readonly ofPrincipal: number; readonly ofAll: number },
  ): Ticket | undefined {
    return this.#transaction(() => {
      this.#expire(ticket.createdAt)
      const reasons = JSON.stringify(ticket.reasons)
      const same = this.#same(ticket.callKey, reasons, ticket.conversation)
      if (same !== undefined) return same
      const all = Number(this.#get("SELECT count(*) AS n FROM tickets WHERE state = 'open'")?.n)
      const own = Number(
        this.#get(
          "SELECT count(*) AS n FROM tickets WHERE state = 'open' AND principal = ?",
          ticket.principal,
        )?.n,
      )
      if (all >= most.ofAll || own >= most.ofPrincipal) return undefined
      this.#run(
        "INSERT INTO tickets VALUES (?, 'open', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, NULL, NULL, NULL)",
        ticket.id,
        ticket.createdAt,
        ticket.expiresAt,
        ticket.principal,
        ticket.conversation ?? null,
        ticket.server,
        ticket.name,
        ticket.callKey,
        ticket.toolKey,
        ticket.denialKey,
        reasons,
        JSON.stringify(ticket.question),
      )
      return { ...ticket, state: 'open', times: 1 }
    })
  }

  /** The open ticket for the same call and reasons, if there is one: asked once more. */
  join(
    callKey: string,
    reasons: readonly AskedReason[],
    conversation: string | undefined,
    now: number,
  ): Ticket | undefined {
    if (!this.exists) return undefined
    return this.#transaction(() => {
      this.#expire(now)
      return this.#same(callKey, JSON.stringify(reasons), conversation)
    })
  }

  find(id: string): Ticket | undefined {
    const row = this.#get('SELECT * FROM tickets WHERE id = ?', id)
    return row === undefined ? undefined : readable(row)[0]
  }

  /** Whether it is decided, without reading what it is about. */
  state(id: string): TicketState | undefined {
    return this.#get('SELECT state FROM tickets WHERE id = ?', id)?.state as TicketState | undefined
  }

  /** Tickets of a state, the oldest first. */
  tickets(state: TicketState, now: number): readonly Ticket[] {
    this.#transaction(() => this.#expire(now))
    return this.#all('SELECT * FROM tickets WHERE state = ? ORDER BY created_at, id', state).flatMap(readable)
  }

  /** Every ticket since a time, for statistics. */
  since(from: number): readonly Ticket[] {
    return this.#all('SELECT * FROM tickets WHERE created_at >= ? ORDER BY created_at, id', from).flatMap(
      readable,
    )
  }

  /** The last call of a tool that this principal was allowed: what the next question is compared with. */
  lastAllowed(principal: string, server: string, name: string): Ticket | undefined {
    const row = this.#get(
      `SELECT * FROM tickets WHERE state = 'allowed' AND principal = ? AND server = ? AND name = ?
       ORDER BY decided_at DESC LIMIT 1`,
      principal,
      server,
      name,
    )
    return row === undefined ? undefined : readable(row)[0]
  }

  /** How many calls of a tool in this conversation were denied since a time, however it was defined. */
  denials(
    call: Pick<Exchange, 'principal' | 'conversation' | 'server' | 'name' | 'method'>,
    from: number,
  ): number {
    const { principal, conversation = null, server = '?', name = call.method } = call
    const row = this.#get(
      `SELECT count(*) AS n FROM tickets WHERE state = 'denied' AND principal = ? AND conversation IS ? AND server = ?
       AND name = ? AND decided_at >= ?`,
      principal,
      conversation,
      server,
      name,
      from,
    )
    return Number(row?.n)
  }

  /** Questions that came up for a principal since a time, whatever became of them. */
  asked(principal: string, from: number): number {
    const row = this.#get(
      'SELECT count(*) AS n FROM tickets WHERE principal = ? AND created_at >= ?',
      principal,
      from,
    )
    return Number(row?.n)
  }

  /**
   * The right to decide a ticket, for whoever comes first: a decision is on record before it counts, and one that comes too
   * late is not to stand there too. It lapses by itself, so that a process that died with it holds nothing up.
   * `undefined`: it is not open any more, or somebody else decides it now.
   */
  claim(id: string, at: number): Claim | undefined {
    return this.#transaction(() => {
      this.#expire(at)
      const key = randomUUID()
      const changed = this.#run(
        `UPDATE tickets SET decided_at = ?, decided_by = ? WHERE id = ? AND state = 'open'
         AND (decided_at IS NULL OR decided_at <= ? OR decided_at > ?)`,
        at,
        key,
        id,
        at - CLAIM_MS,
        at,
      )
      return changed === 0 ? undefined : { id, key }
    })
  }

  /** It was not decided after all. */
  release({ id, key }: Claim): void {
    this.#run(
      "UPDATE tickets SET decided_at = NULL, decided_by = NULL WHERE id = ? AND state = 'open' AND decided_by = ?",
      id,
      key,
    )
  }

  /**
   * Decides the ticket of a claim and makes what follows of it, in one step; false when the claim does not hold any more:
   * the ticket expired, or somebody took it over.
   */
  decide(
    { id, key }: Claim,
    said: { readonly decision: Decision; readonly by: string; readonly at: number },
    grants: readonly Grant[],
  ): boolean {
    return this.#transaction(() => {
      this.#expire(said.at)
      const state = said.decision === 'deny' ? 'denied' : 'allowed'
      const changed = this.#run(
        "UPDATE tickets SET state = ?, decided_at = ?, decided_by = ?, decision = ? WHERE id = ? AND state = 'open' AND decided_by = ?",
        state,
        said.at,
        said.by,
        said.decision,
        id,
        key,
      )
      if (changed === 0) return false
      for (const grant of grants) this.grant(grant)
      return true
    })
  }

  /** What was seen in a conversation, as `FlowMemory` gives it. */
  labels(key: string, since: number): string | undefined {
    const row = this.#get('SELECT labels FROM conversations WHERE key = ? AND at >= ?', key, since)
    return row === undefined ? undefined : String(row.labels)
  }

  keepLabels(key: string, labels: string, now: number): void {
    this.#run('INSERT OR REPLACE INTO conversations VALUES (?, ?, ?)', key, now, labels)
  }

  /** Forgets what is over. */
  tidy(now: number): void {
    if (!this.exists) return
    this.#transaction(() => {
      this.#expire(now)
      this.#run('DELETE FROM grants WHERE expires_at <= ?', now)
      this.#run("DELETE FROM tickets WHERE state <> 'open' AND created_at < ?", now - KEEP_MS)
      this.#run(
        `DELETE FROM tickets WHERE id IN (SELECT id FROM tickets WHERE state <> 'open' ORDER BY created_at DESC LIMIT -1 OFFSET ?)`,
        MAX_TICKETS,
      )
      this.#run('DELETE FROM conversations WHERE at < ?', now - CONVERSATIONS_MS)
    })
  }

  close(): void {
    this.#database?.close()
    this.#database = undefined
  }

  #same(callKey: string, reasons: string, conversation: string | undefined): Ticket | undefined {
    const same = this.#get(
      "SELECT id FROM tickets WHERE call_key = ? AND state = 'open' AND reasons = ? AND conversation IS ?",
      callKey,
      reasons,
      conversation ?? null,
    )
    if (same === undefined) return undefined
    this.#run('UPDATE tickets SET times = times + 1 WHERE id = ?', String(same.id))
    return this.find(String(same.id))
  }

  #expire(now: number): void {
    this.#run(
      "UPDATE tickets SET state = 'expired', decided_at = expires_at, decided_by = NULL WHERE state = 'open' AND expires_at <= ?",
      now,
    )
  }

  get #open(): DatabaseSync {
    if (this.#database === undefined) {
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 })
      this.#database = openPrivateDatabase(this.#path, SCHEMA, this.#busyMs)
    }
    return this.#database
  }

  #get(sql: string, ...values: (string | number | null)[]) {
    return this.#open.prepare(sql).get(...values)
  }

  #all(sql: string, ...values: (string | number | null)[]) {
    return this.#open.prepare(sql).all(...values)
  }

  #run(sql: string, ...values: (string | number | null)[]): number {
    return Number(this.#open.prepare(sql).run(...values).changes)
  }

  #transaction<Value>(work: () => Value): Value {
    return inTransaction(this.#open, work)
  }
}

/** A conversation that nothing was heard of for this long is over. */
const CONVERSATIONS_MS = 7 * 86_400_000

/** Was this asked when the permission was given? */
function covers(given: readonly AskedReason[], { rule, subject }: AskedReason): boolean {
  return given.some((one) => one.rule === rule && one.subject === subject)
}

/** A ticket whose row cannot be read is none: nobody can be shown what it is about. */
function readable(row: Record<string, unknown>): readonly Ticket[] {
  try {
    return [ticketOf(row)]
  } catch (error) {
    if (error instanceof SyntaxError) return []
    throw error
  }
}

/** Reasons that cannot be read cover nothing. */
function readReasons(text: unknown): readonly AskedReason[] {
  try {
    const reasons: unknown = JSON.parse(String(text))
    return Array.isArray(reasons) ? reasons : []
  } catch (error) {
    if (error instanceof SyntaxError) return []
    throw error
  }
}

function ticketOf(row: Record<string, unknown>): Ticket {
  const text = (name: string) => (row[name] === null ? undefined : String(row[name]))
  const number = (name: string) => (row[name] === null ? undefined : Number(row[name]))
  return {
    id: String(row.id),
    state: row.state as TicketState,
    createdAt: Number(row.created_at),
    expiresAt: Number(row.expires_at),
    principal: String(row.principal),
    conversation: text('conversation'),
    server: String(row.server),
    name: String(row.name),
    callKey: String(row.call_key),
    toolKey: String(row.tool_key),
    denialKey: String(row.denial_key),
    reasons: JSON.parse(String(row.reasons)) as AskedReason[],
    question: JSON.parse(String(row.question)) as Question,
    times: Number(row.times),
    // Of an open one these only say that somebody is about to decide it.
    decidedAt: row.state === 'open' ? undefined : number('decided_at'),
    decidedBy: row.state === 'open' ? undefined : text('decided_by'),
    decision: text('decision') as Decision | undefined,
  }
}
