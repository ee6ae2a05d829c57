/**
 * What another policy would have made of the arguments of a recorded call: schemas, checks of paths, URLs, queries and commands,
 * secrets and personal data.
 *
 * Decided anew where the record has the arguments whole. Of arguments that were kept without their secrets, what was found
 * then is held against the policy of now. Cannot know: what was cut, the gateway's own secrets, and where links and names
 * led: those are taken as recorded.
 */
import { isObject, type JsonObject, type JsonValue } from '@sallyport/controls/json'
import { knownSecrets } from '@sallyport/controls/secrets'
import type { ArgumentEdges } from '../arguments/edges.ts'
import type { StoredRecord } from '../audit/storedRecord.ts'
import type { Config } from '../config/config.ts'
import { type Found, type SecretPolicy, secretPolicy } from '../config/secretPolicy.ts'
import type { RequestControl } from '../pipeline/control.ts'
import { argumentChecks } from '../pipeline/controls/arguments.ts'
import { schemaOnRequest } from '../pipeline/controls/schemas.ts'
import { secretsOnRequest } from '../pipeline/controls/secrets.ts'
import type { Exchange } from '../pipeline/exchange.ts'

/** By what a call would be refused, or what would be asked about it. */
export interface CheckedAnew {
  /** False: its arguments are not in the record whole, and what was decided on them stands. */
  readonly isAnew: boolean
  /** Links or names would have to be looked up to tell. */
  readonly needsLooking: boolean
  readonly refusedBy?: string | undefined
  readonly asks: readonly string[]
}

/** Rules that these checks refuse or ask by, but for those that nobody can tell from a record. */
export function isOfArguments(rule: string): boolean {
  return /^(?:schema|arguments|path|url|sql|command|format|secret|personal)\//.test(rule) && rule !== OWN
}
const OWN = 'secret/own'

/** Where links lead and what names stand for was so then, and is not looked up now. */
const AS_THEN: ArgumentEdges = { realPath: async () => undefined, host: async () => undefined }

export class ChecksAnew {
  readonly #controls: readonly RequestControl[]
  readonly #secrets: RequestControl
  readonly #policy: (server: string) => SecretPolicy

  /** @param definition of the tool that is looked at, as it is approved now */
  constructor(config: Config, definition: () => JsonObject | undefined) {
    const definitions = { of: definition }
    this.#controls = [schemaOnRequest(config, definitions), argumentChecks(config, definitions, AS_THEN)]
    const policies = new Map(
      config.servers.map(({ id, trust, secrets }) => [
        id,
        secretPolicy(trust, config.profile, [secrets, config.secrets]),
      ]),
    )
    const unknown = secretPolicy('untrusted', config.profile, [config.secrets])
    const none = knownSecrets([])
    this.#policy = (server) => policies.get(server) ?? unknown
    this.#secrets = secretsOnRequest({ known: () => none, policy: this.#policy })
  }

  check(record: StoredRecord, exchange: Exchange): CheckedAnew {
    if (!isWhole(record))
      return { isAnew: false, needsLooking: false, ...this.#bySightings(record, exchange.server ?? '') }
    // What the controls find now is no finding of the record.
    const call: Exchange = { ...exchange, findings: [] }
    const asks: string[] = []
    let needsLooking = false
    for (const control of [...this.#controls, this.#secrets]) {
      const verdict = control.decide(call)
      if (verdict instanceof Promise) {
        // What the text alone says is decided before anything is looked up.
        verdict.catch(() => undefined)
        needsLooking = true
        continue
      }
      if (verdict.kind === 'refuse') return { isAnew: true, needsLooking, refusedBy: verdict.rule, asks: [] }
      if (verdict.kind === 'ask') asks.push(...verdict.asks.map(({ rule }) => rule))
    }
    return { isAnew: true, needsLooking, asks }
  }

  /** What was found in what was sent, by the policy of now. */
  #bySightings(
    { findings = [] }: StoredRecord,
    server: string,
  ): Omit<CheckedAnew, 'isAnew' | 'needsLooking'> {
    const { enforced, except, toServer } = this.#policy(server)
    const asks: string[] = []
    if (!enforced) return { asks }
    for (const { rule = '', severity = '', where = '' } of findings as readonly StoredFinding[]) {
      const kind = kindOf(rule, severity)
      if (kind === undefined || !where.startsWith('arguments') || except.has(rule)) continue
      if (toServer[kind] === 'refuse') return { refusedBy: rule, asks: [] }
      if (toServer[kind] === 'ask') asks.push(rule)
    }
    return { asks }
  }
}

interface StoredFinding {
  readonly rule?: string
  readonly severity?: string
  readonly where?: string
}

function kindOf(rule: string, severity: string): Found | undefined {
  if (rule.startsWith('personal/')) return 'personal'
  if (!rule.startsWith('secret/') || rule === OWN) return undefined
  return severity === 'high' ? 'token' : 'likely'
}

/** Rules by which a path or address is refused for where it leads, and not for how it is written. */
export function isOfLooking(rule: string): boolean {
  return rule.startsWith('url/') || /^path\/(?:link|hardlink|denied|unreadable)$/.test(rule)
}

/**
 * Are these the arguments that were sent, and nothing left out or cut? Whatever is left out leaves a mark, and what a client
 * wrote like one is taken for it. The digest says nothing here: it is keyed (`credentials/guardedTrail.ts`).
 */
export function isWhole({ arguments: args, argumentsDigest }: StoredRecord): boolean {
  return args === undefined ? argumentsDigest === undefined : !hasMark(args as JsonValue)
}

/** What `redactValue` writes in place of what it leaves out. */
const LEFT_OUT = /\[redacted:|\[cut: /

function hasMark(value: JsonValue): boolean {
  const waiting: JsonValue[] = [value]
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    if (typeof part === 'string' && LEFT_OUT.test(part)) return true
    if (Array.isArray(part)) waiting.push(...part)
    else if (isObject(part))
      for (const [name, member] of Object.entries(part)) waiting.push(name, member ?? null)
  }
  return false
}
