/**
 * Secrets and personal data on their way through: held back from servers, taken out of what servers say, in whatever
 * channel either comes.
 *
 * Evidence: the form of a text, what stands around it, and the values that the gateway keeps itself
 * (`@sallyport/controls/secrets`). What is done is one table by direction and trust (`config/secretPolicy.ts`). Costs about
 * a nanosecond a character. Cannot know: a secret in plain words, one that is encrypted, and of what is not the gateway's own one
 * that is encoded twice.
 */

import type { JsonObject } from '@sallyport/controls/json'
import {
  joinedTexts,
  type KnownSecrets,
  type SecretKind,
  type SecretSighting,
  scanValue,
  type ValueScan,
} from '@sallyport/controls/secrets'
import { visible } from '@sallyport/controls/text'
import type { Found, SecretPolicy, SendAction, ShowAction } from '../../config/secretPolicy.ts'
import { bodyOf } from '../body.ts'
import type { RequestControl, ResponseControl } from '../control.ts'
import type { Exchange } from '../exchange.ts'
import { asking, PASS, type ResponseVerdict, type Verdict } from '../verdict.ts'

export interface SecretSources {
  /** Finds the gateway's own secrets; asked for every message, since more may be known by then. */
  readonly known: () => KnownSecrets
  /** What is in force for a server. */
  readonly policy: (server: string) => SecretPolicy
}

/** Arguments, prompt arguments, resource URIs, and whatever else a client sends to a server. */
export function secretsOnRequest(sources: SecretSources): RequestControl {
  return { name: 'secrets', decide: (exchange) => decide(sources, exchange, exchange.params) }
}

/** What a client answers to a question of a server: a form that was filled in, what its model said. */
export function secretsOnAnswer(sources: SecretSources): RequestControl {
  return { name: 'secrets-in-answer', decide: (exchange) => decide(sources, exchange, exchange.params) }
}

/** Everything that a server says. */
export function secretsOnResponse(sources: SecretSources): ResponseControl {
  return {
    name: 'secrets',
    inspect(exchange, message): ResponseVerdict {
      const { server } = exchange
      if (server === undefined) return PASS
      const policy = sources.policy(server)
      const body = bodyOf(message)
      const { value, sightings } = scanValue(body, {
        ...scanOf(sources, policy),
        isOpaque: isOpaqueInAnswer,
        foreign: true,
        replace: ({ rule, kind }) => policy.enforced && showAction(policy, rule, kind) === 'redact',
      })
      if (sightings.length === 0) return PASS
      noteAll(exchange, sightings)
      const withheld = policy.enforced
        ? sightings.find(({ rule, kind }) => showAction(policy, rule, kind) === 'refuse')
        : undefined
      if (withheld !== undefined) {
        return {
          kind: 'refuse',
          rule: withheld.rule,
          explain: `what "${server}" sent holds ${nameOf(withheld.kind)} (${place(withheld)}), and "secrets.fromServer" withholds it`,
          remedy: exception(server, withheld, 'fromServer', 'redact'),
        }
      }
      if (value === body) return PASS
      return { kind: 'rewrite', rule: sightings[0]?.rule ?? 'secret/own', body: value as JsonObject }
    },
  }
}

/** Values up to this length together are looked at as if they were one: longer ones are documents. */
const MAX_JOINED_CHARS = 16 * 1024

function decide(sources: SecretSources, exchange: Exchange, params: JsonObject): Verdict {
  const { server = '' } = exchange
  const policy = sources.policy(server)
  const scan = scanOf(sources, policy)
  // What goes to no one server in particular (a handshake, lists of all) may name secrets of the client's own.
  const isOpaque = server === '' ? () => true : isOpaqueInRequest
  const { sightings } = scanValue(params, { ...scan, isOpaque, encoded: true })
  if (sightings.length === 0) {
    const known = sources.known()
    const joined = known.size === 0 ? undefined : joinedTexts(params, MAX_JOINED_CHARS)
    if (joined === undefined || !known.isIn(joined)) return PASS
    return held(exchange, server, policy, [{ rule: 'secret/own', kind: 'own', where: 'arguments' }])
  }
  return held(exchange, server, policy, sightings)
}

function held(
  exchange: Exchange,
  server: string,
  policy: SecretPolicy,
  sightings: readonly SecretSighting[],
): Verdict {
  noteAll(exchange, sightings)
  if (!policy.enforced) return PASS
  const worst = strictest(policy, sightings)
  if (worst === undefined) return PASS
  const { sighting, action } = worst
  const to = server === '' ? 'servers' : `"${server}"`
  const what = `what would be sent to ${to} holds ${nameOf(sighting.kind)} (${place(sighting)})`
  if (sighting.kind === 'own') {
    return {
      kind: 'refuse',
      rule: sighting.rule,
      explain: `${what}; these are never sent to anybody`,
      remedy: 'Leave it out. A server that needs it gets it from the configuration, by a reference.',
    }
  }
  const remedy = `${exception(server, sighting, 'toServer', 'pass')} Better: give the server its secret in the configuration, by a reference, and leave it out here.`
  if (action === 'ask') return asking({ rule: sighting.rule, explain: what, remedy })
  return { kind: 'refuse', rule: sighting.rule, explain: what, remedy }
}

function strictest(
  policy: SecretPolicy,
  sightings: readonly SecretSighting[],
): { readonly sighting: SecretSighting; readonly action: SendAction } | undefined {
  let asked: SecretSighting | undefined
  let refused: SecretSighting | undefined
  for (const sighting of sightings) {
    const action = sendAction(policy, sighting.rule, sighting.kind)
    if (sighting.kind === 'own') return { sighting, action }
    if (action === 'refuse') refused ??= sighting
    else if (action === 'ask') asked ??= sighting
  }
  if (refused !== undefined) return { sighting: refused, action: 'refuse' }
  return asked === undefined ? undefined : { sighting: asked, action: 'ask' }
}

function sendAction(policy: SecretPolicy, rule: string, kind: SecretKind): SendAction {
  if (kind === 'own') return 'refuse'
  return policy.except.has(rule) ? 'pass' : policy.toServer[kind]
}

function showAction(policy: SecretPolicy, rule: string, kind: SecretKind): ShowAction {
  if (kind === 'own') return 'redact'
  return policy.except.has(rule) ? 'pass' : policy.fromServer[kind]
}

function scanOf({ known }: SecretSources, { personal }: SecretPolicy): ValueScan {
  return { known: known(), personal }
}

function noteAll(exchange: Exchange, sightings: readonly SecretSighting[]): void {
  const { findings } = exchange
  for (const { rule, kind, where } of sightings) {
    if (findings.length >= MAX_FINDINGS) return
    const shown = visible(where)
    if (!findings.some((one) => one.rule === rule && one.where === shown))
      findings.push({ rule, severity: SEVERITY[kind], where: shown })
  }
}

/** A server could fill the record of a call with what its progress holds. */
const MAX_FINDINGS = 64

const SEVERITY = { own: 'critical', token: 'high', likely: 'medium', personal: 'medium' } as const

function nameOf(kind: SecretKind): string {
  if (kind === 'own') return "one of the gateway's own secrets"
  if (kind === 'personal') return 'personal data'
  return kind === 'token' ? 'a secret' : 'what is likely a secret'
}

function place({ where, rule }: SecretSighting): string {
  return `${rule} in ${visible(where) || 'it'}`
}

function exception(server: string, { rule, kind }: SecretSighting, way: string, action: string): string {
  const cell: Found = kind === 'own' ? 'token' : kind
  return `To let it through, except the rule ("servers.${server}.secrets.except: [${rule}]") or set "servers.${server}.secrets.${way}.${cell}: ${action}".`
}

/**
 * What means something only to the one who made it: a server's cursor or sealed state comes back as it was given, and is
 * often a token by its form.
 */
const OPAQUE: ReadonlySet<string | number> = new Set(['requestState', 'cursor', 'nextCursor', 'taskId'])
/** Pictures and sounds in Base64. */
const BINARY: ReadonlySet<string | number> = new Set(['data', 'blob'])

function isOpaqueInRequest(path: readonly (string | number)[]): boolean {
  const first = path[0]
  if (path.length === 1) return first !== undefined && OPAQUE.has(first)
  return first === '_meta' && path.at(-1) === 'progressToken'
}

function isOpaqueInAnswer(path: readonly (string | number)[], text: string): boolean {
  const last = path.at(-1)
  if (last === undefined) return false
  if (path.length === 1) return OPAQUE.has(last) || last === 'progressToken'
  // Only where the protocol has pictures, sounds and files, and only what is Base64: else any member called "data" would be.
  const within = path.at(-2)
  const list = typeof within === 'number' ? path.at(-3) : within
  return BINARY.has(last) && HOLDERS.has(list ?? '') && path[0] !== 'structuredContent' && BASE64.test(text)
}

/** Lists and members whose entries are content blocks or contents of resources. */
const HOLDERS: ReadonlySet<string | number> = new Set(['content', 'contents', 'resource'])
const BASE64 = /^[A-Za-z0-9+/\r\n]*={0,2}$/
