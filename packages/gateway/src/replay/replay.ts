/**
 * What a policy would have made of calls that were recorded: passed, asked about or refused, beside what became of them.
 *
 * Decided anew: lists and rules, confirmation, rates, labels of conversations (which results were seen is known, what was in
 * them is not), and what arguments may be, where the record has them whole (`checksAnew.ts`). Taken as recorded: pins, values
 * that flowed, and the rest, since neither the texts nor what servers said are in the record.
 */
import { decideFlow, FlowMemory, type ToolEffects } from '@sallyport/controls/flow'
import type { JsonObject, JsonValue } from '@sallyport/controls/json'
import { decideAccess } from '@sallyport/controls/policy'
import type { StoredRecord } from '../audit/storedRecord.ts'
import type { Config } from '../config/config.ts'
import { enforcement } from '../config/trust.ts'
import { ToolFlow } from '../flow/toolFlow.ts'
import { LimitBook } from '../limits/limitBook.ts'
import { AccessBook } from '../pipeline/accessBook.ts'
import { accessRequest } from '../pipeline/accessRequest.ts'
import { allowedForGood } from '../pipeline/allowedForGood.ts'
import type { RequestControl } from '../pipeline/control.ts'
import { confirm } from '../pipeline/controls/confirm.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import { type CheckedAnew, ChecksAnew, isOfArguments, isOfLooking, isWhole } from './checksAnew.ts'

export type ReplayOutcome = 'passed' | 'asked' | 'refused'

export interface ReplayedCall {
  /** ISO 8601. */
  readonly time: string
  readonly server: string
  readonly name: string
  readonly before: ReplayOutcome
  readonly after: ReplayOutcome
  /** The rules by which. */
  readonly rulesBefore: readonly string[]
  readonly rulesAfter: readonly string[]
  /** Its arguments are in the record whole, and were looked at anew; else what was decided on them then stands. */
  readonly checkedAnew: boolean
  /** Questions alike in one conversation are one to a person who says "in this conversation". */
  readonly question?: string | undefined
}

/** Definition of a tool as it is approved now. */
export type Definitions = (server: string, name: string) => JsonObject | undefined

const ASKS = /^(?:access\/ask|approvals\/(?:destructive|write)|flow\/|secret\/|personal\/)/
/** Decided anew; every other refusal is as it was. */
const ANEW = /^(?:access\/|approvals\/|flow\/|limits\/(?:rate|conversation))/

export class Replay {
  readonly #config: Config
  readonly #definitions: Definitions
  readonly #access: AccessBook
  readonly #flow: ToolFlow
  readonly #limits: LimitBook
  readonly #confirm: RequestControl
  readonly #checks: ChecksAnew
  readonly #isAllowed: ReturnType<typeof allowedForGood>
  readonly #conversations = new Map<string, FlowMemory>()
  #at = 0
  #definition: JsonObject | undefined

  /** @example const replay = new Replay(config, definitionOf); for (const record of records) replay.call(record) */
  constructor(config: Config, definitions: Definitions) {
    this.#config = config
    this.#definitions = definitions
    this.#access = new AccessBook(config)
    this.#flow = new ToolFlow(config)
    this.#limits = new LimitBook(config, () => this.#at)
    this.#confirm = confirm(config, this.#flow, { of: () => this.#definition })
    this.#checks = new ChecksAnew(config, () => this.#definition)
    this.#isAllowed = allowedForGood(config.approvals.allow)
  }

  /** The next record of the trail, in its order; `undefined` for what is no call of a tool, or of no server there is. */
  call(record: StoredRecord): ReplayedCall | undefined {
    const { method, server, name, kind, direction } = record
    if (kind !== 'exchange' || method !== 'tools/call' || direction !== 'client-to-server') return undefined
    if (server === undefined || name === undefined || this.#flow.server(server) === undefined)
      return undefined
    // The question itself; the call is recorded again when its client calls again.
    if (record.rule === 'approvals/asked') return undefined
    this.#at = Date.parse(record.time)
    this.#definition = this.#definitions(server, name)
    const exchange = exchangeOf(record, server, name)
    const { before, rulesBefore } = outcomeOf(record)
    const { after, rulesAfter } = this.#decide(record, exchange, server, name)
    if (after === 'passed' || before === 'passed') this.#note(exchange, server, name)
    return {
      time: record.time,
      server,
      name,
      before,
      after,
      rulesBefore,
      rulesAfter,
      checkedAnew: isWhole(record),
      ...(after === 'asked'
        ? {
            question: JSON.stringify([record.principal, record.conversation, server, name, rulesAfter]),
          }
        : {}),
    }
  }

  #decide(
    record: StoredRecord,
    exchange: Exchange,
    server: string,
    name: string,
  ): { readonly after: ReplayOutcome; readonly rulesAfter: readonly string[] } {
    const refused = (...rules: readonly string[]) => ({ after: 'refused', rulesAfter: rules }) as const
    const checked = this.#checks.check(record, exchange)
    const { rule: by = '' } = record
    const isJudgedAnew = ANEW.test(by) || (isOfArguments(by) && this.#canTell(by, checked))
    if (record.outcome === 'refused' && !isJudgedAnew) return refused(by)
    if (enforcement[this.#config.profile] !== 'enforce') return { after: 'passed', rulesAfter: [] }
    const { principal, conversation } = exchange
    const admission = this.#limits.take({ principal, conversation, server, tool: name })
    if (!admission.admitted)
      return refused(admission.limit === 'conversation' ? 'limits/conversation' : 'limits/rate')
    const entry = this.#flow.server(server)
    if (entry === undefined) return refused('route/no-server')
    const item = { kind: 'tool', name } as const
    const access = decideAccess(
      { lists: this.#access.lists(server, 'tool', principal), rules: this.#access.rules },
      accessRequest(exchange, item, entry, this.#definition),
    )
    const asks: string[] = []
    if (access.kind === 'ask') asks.push(access.rule)
    else if (access.kind !== 'allow') return refused(access.rule)
    if (checked.refusedBy !== undefined) return refused(checked.refusedBy)
    asks.push(...checked.asks)
    const flows = this.#config.flow === 'ask' ? this.#flows(record, exchange, server, name) : []
    for (const { rule, action } of flows) {
      if (action === 'refuse') return refused(rule)
      asks.push(rule)
    }
    const verdict = this.#confirm.decide(exchange)
    if (!(verdict instanceof Promise) && verdict.kind === 'ask')
      asks.push(...verdict.asks.map(({ rule }) => rule))
    const rulesAfter = [...new Set(asks)]
    return { after: rulesAfter.length === 0 ? 'passed' : 'asked', rulesAfter }
  }

  /** A schema needs its definition; what was found of secrets is in the record also where they are not. */
  #canTell(rule: string, { isAnew, needsLooking }: CheckedAnew): boolean {
    if (/^(?:secret|personal)\//.test(rule)) return true
    return isAnew && this.#definition !== undefined && !(needsLooking && isOfLooking(rule))
  }

  #flows(
    record: StoredRecord,
    exchange: Exchange,
    server: string,
    name: string,
  ): readonly { readonly rule: string; readonly action: 'ask' | 'refuse' }[] {
    const effects = this.#flow.effects(server, name, this.#definition)
    const { trust = 'untrusted' } = this.#flow.server(server) ?? {}
    const profile = this.#config.profile === 'strict' ? 'strict' : 'balanced'
    const byLabel =
      effects === undefined
        ? []
        : decideFlow(
            { server, tool: name, trust, effects, args: exchange.arguments ?? {} },
            this.#memory(exchange),
            { profile, privateData: this.#flow.privateData(server) },
          )
    const privateData = this.#flow.privateData(server)
    const byValue = (record.findings ?? []).flatMap(({ rule = '', subject = '' }) => {
      if (!this.#stillFlows(rule, effects, trust, privateData)) return []
      const never = rule === 'flow/private-to-untrusted' && privateData === 'no'
      return [{ rule, subject, action: never || profile === 'strict' ? 'refuse' : 'ask' } as const]
    })
    return [...byLabel, ...byValue].filter(
      ({ rule, subject }) => !this.#isAllowed(exchange, { rule, subject, explain: '' }),
    )
  }

  /** Would a value that flowed then be stopped by this policy? Where it came from is as it was. */
  #stillFlows(
    rule: string,
    effects: ToolEffects | undefined,
    trust: string,
    privateData: 'yes' | 'ask' | 'no',
  ): boolean {
    if (rule === 'flow/private-to-untrusted')
      return privateData === 'no' || (trust === 'untrusted' && privateData === 'ask')
    if (rule === 'flow/untrusted-to-outside') return effects?.outside ?? true
    return rule === 'flow/private-to-outside' && (effects === undefined || effects.outside || effects.carries)
  }

  /** That the conversation saw something with these labels; what it was is not known. */
  #note(exchange: Exchange, server: string, name: string): void {
    const labels = this.#flow.toolLabels(server, name, this.#definition)
    const detected = exchange.findings.some(({ rule }) => /^(?:secret|personal)\//.test(rule))
    this.#memory(exchange).note(
      { server, name, kind: 'tool', ...labels, private: labels.private || detected, at: this.#at },
      '',
    )
  }

  #memory({ principal, conversation = '' }: Exchange): FlowMemory {
    const key = `${principal} ${conversation}`
    const known = this.#conversations.get(key)
    if (known !== undefined) return known
    const memory = new FlowMemory({ maxBytes: 65_536 })
    this.#conversations.set(key, memory)
    return memory
  }
}

/** What became of a call, by its record. */
function outcomeOf({ outcome, rule = '', findings = [] }: StoredRecord): {
  readonly before: ReplayOutcome
  readonly rulesBefore: readonly string[]
} {
  const rules = findings.flatMap((finding) => finding.rule ?? [])
  const asked = rules.filter((one) => ASKS.test(one))
  if (rules.includes('approvals/allowed') || rule.startsWith('approvals/'))
    return { before: 'asked', rulesBefore: asked.length > 0 ? [...new Set(asked)] : [rule] }
  if (outcome === 'refused') return { before: 'refused', rulesBefore: [rule] }
  return { before: 'passed', rulesBefore: [] }
}

function exchangeOf(record: StoredRecord, server: string, name: string): Exchange {
  const args = record.arguments as JsonValue | undefined
  return {
    principal: record.principal ?? '["local","?"]',
    conversation: record.conversation,
    transport: 'stdio',
    direction: 'client-to-server',
    era: 'legacy',
    method: 'tools/call',
    row: undefined,
    server,
    name,
    params: { name, ...(args === undefined ? {} : { arguments: args }) },
    arguments: args,
    client: record.client,
    bytes: 0,
    startedAt: 0,
    findings: (record.findings ?? []).flatMap(({ rule }) =>
      rule === undefined ? [] : [{ rule, severity: 'info' as const }],
    ),
  }
}
