/**
 * Orders to a model in what a server answers: noted, marked as the server's data, or withheld and kept for a person, by the
 * trust level of the server (controls F04, F07; OWASP LLM01).
 *
 * Evidence: the words (`controls/detection`). A text whose words no rule can match costs one walk over it. Parts of one answer
 * are read together as well, since a model does. Cannot know: a request that looks like an ordinary one; results are labelled
 * untrusted for that, and outside effects ask.
 */
import { hash } from 'node:crypto'
import { mapTexts, type TextPath, withheldText, wrapText } from '@sallyport/controls/answers'
import { inspectText, mayInstruct, type TextFinding } from '@sallyport/controls/detection'
import { isObject, type JsonObject } from '@sallyport/controls/json'
import type { AnswerAction } from '../../config/config.ts'
import type { Inbound } from '../../protocol/message.ts'
import { bodyOf } from '../body.ts'
import type { ResponseControl } from '../control.ts'
import type { Exchange } from '../exchange.ts'
import { inTurns } from '../turns.ts'
import { PASS, type ResponseVerdict } from '../verdict.ts'
import type { AnswerPolicy } from './answerPolicy.ts'
import { isOpaque, note, speakerOf, whereOf } from './answerTexts.ts'

/** A text that a person should look at. */
export interface WithheldText {
  readonly server: string
  readonly method: string
  readonly name?: string | undefined
  readonly where: string
  readonly rules: readonly string[]
  readonly text: string
}

export interface InjectionParts {
  readonly policyOf: (server: string) => AnswerPolicy
  /** Keeps a text for review; gives the id by which a person asks for it. Never fails: a text that cannot be kept is withheld all the same. */
  readonly keep: (text: WithheldText) => string
  /** What no server can know: marks made with it cannot be forged. */
  readonly secret: string
}

/** @example injection({ policyOf, keep: (text) => withheld.keep(text), secret: randomBytes(16).toString('hex') }) */
export function injection({ policyOf, keep, secret }: InjectionParts): ResponseControl {
  return {
    name: 'injection',
    inspect(exchange, message) {
      const server = speakerOf(exchange, message)
      if (server === undefined) return PASS
      const body = bodyOf(message)
      const settled = (suspects: Suspects): ResponseVerdict => {
        if (suspects.size === 0) return PASS
        for (const { rules, where, orders } of suspects.values()) {
          for (const rule of rules) note(exchange, { rule, severity: orders ? 'critical' : 'high', where })
        }
        const policy = policyOf(server)
        if (!policy.enforced) return PASS
        return settle(message, body, suspects, { exchange, server, policy, keep, secret })
      }
      const found = inTurns(suspectsIn(exchange, body))
      return found instanceof Promise ? found.then(settled) : settled(found)
    },
  }
}

interface Suspect {
  readonly rules: readonly string[]
  readonly where: string
  /** Several signs together, or one that is sure. */
  readonly orders: boolean
}

/** By text: the same text twice is one. */
type Suspects = ReadonlyMap<string, Suspect>

/** Shorter than any order. */
const LEAST = 12
/** A longer text is asked in parts of this length that overlap, and of those that have the words pieces are inspected. */
const LONG = 65_536
const PIECE = 16_384
const OVERLAP = 1_024
/** Shorter ones are asked so many characters at a time. */
const STEP = 16_384
/** Stops after every piece of work. */
function* suspectsIn(exchange: Exchange, body: JsonObject): Generator<undefined, Suspects> {
  const texts: string[] = []
  const paths: TextPath[] = []
  const parts: string[] = []
  mapTexts(body, (text, path) => {
    if (text.length < LEAST || isOpaque(path)) return text
    if (path.at(-1) === 'text') parts.push(text)
    texts.push(text)
    paths.push(path.slice(0, 6))
    return text
  })
  /** Where the texts stand that have the words for it. */
  const places = new Map<string, string>()
  let asked = 0
  for (let at = 0; at < texts.length; at++) {
    const text = texts[at] ?? ''
    if (mayOrder(text) && !places.has(text)) places.set(text, whereOf(paths[at] ?? []))
    asked += text.length
    if (asked < STEP) continue
    asked = 0
    yield undefined
  }
  let suspects = NONE
  for (const [text, where] of places) {
    const suspect = yield* suspectIn(text, where, exchange.method)
    if (suspect === undefined) continue
    if (suspects === NONE) suspects = new Map()
    suspects.set(text, suspect)
  }
  if (parts.length < 2) return suspects
  // An order that was cut in two is whole again where a model reads it, whatever stands before it by itself.
  const rest = parts.filter((part) => !suspects.has(part))
  const cut = yield* joinedSuspect(rest, exchange.method)
  if (cut !== undefined) suspects = new Map([...suspects, ...rest.map((part) => [part, cut] as const)])
  if (suspects.size === 0 || [...suspects.values()].some(({ orders }) => orders)) return suspects
  // Two signs in two parts are two signs together.
  const all = yield* joinedSuspect(parts, exchange.method)
  return all?.orders === true ? new Map(parts.map((part) => [part, all])) : suspects
}

function* joinedSuspect(parts: readonly string[], method: string): Generator<undefined, Suspect | undefined> {
  if (parts.length < 2) return undefined
  const text = parts.join('\n')
  return mayOrder(text) ? yield* suspectIn(text, '/content', method) : undefined
}

const NONE: Map<string, Suspect> = new Map()

function mayOrder(text: string): boolean {
  // Of a long text each piece is asked by itself.
  return text.length > LONG || mayInstruct(text)
}

function* suspectIn(text: string, where: string, method: string): Generator<undefined, Suspect | undefined> {
  const found: TextFinding[] = []
  if (text.length <= LONG) {
    found.push(...inspectText(text, 'result').findings)
    yield undefined
  } else {
    for (const part of piecesOf(text, LONG)) {
      if (mayInstruct(part)) {
        for (const piece of piecesOf(part, PIECE)) {
          if (mayInstruct(piece)) found.push(...inspectText(piece, 'result').findings)
          yield undefined
        }
      }
      yield undefined
    }
  }
  // Prompts are written for a model: a role in one is what it is for.
  const meant = found.filter(
    ({ rule, severity }) =>
      COUNT.has(severity) && !rule.startsWith('text/') && !(ROLES.has(rule) && FOR_MODELS.has(method)),
  )
  if (meant.length === 0) return undefined
  const rules = [...new Set(meant.map(({ rule }) => rule))]
  return { rules, where, orders: rules.length > 1 || meant.some(({ severity }) => severity === 'critical') }
}

/** Pieces of this length that overlap. */
function* piecesOf(text: string, length: number): Generator<string, void, undefined> {
  for (let from = 0; from === 0 || from + OVERLAP < text.length; from += length - OVERLAP)
    yield text.slice(from, from + length)
}

const COUNT: ReadonlySet<string> = new Set(['high', 'critical'])
const ROLES: ReadonlySet<string> = new Set(['poison/persona', 'poison/model-order'])
const FOR_MODELS: ReadonlySet<string> = new Set(['prompts/get', 'sampling/createMessage', 'skills/get'])

interface Settling {
  readonly exchange: Exchange
  readonly server: string
  readonly policy: AnswerPolicy
  readonly keep: InjectionParts['keep']
  readonly secret: string
}

function settle(
  message: Inbound,
  body: JsonObject,
  byText: ReadonlyMap<string, Suspect>,
  settling: Settling,
): ResponseVerdict {
  const { exchange, server, policy } = settling
  const actionOf = ({ orders }: Suspect): AnswerAction => (orders ? policy.orders : policy.suspect)
  const suspects = [...byText.values()]
  if (suspects.every((suspect) => actionOf(suspect) === 'note')) return PASS
  // A question is put to a person or to their model as it is, or not at all.
  if (message.kind === 'request' || asksForInput(message, byText)) {
    return {
      kind: 'refuse',
      rule: 'answers/injection',
      explain: `a question of "${server}" gives orders to a model (${suspects[0]?.rules.join(', ') ?? ''})`,
      remedy: `If it is an honest one, set "servers.${server}.answers.injection: note" in the configuration.`,
      ...(message.kind === 'request' ? {} : { reached: true }),
    }
  }
  const shown = mapTexts(body, (text, path, isKey) => {
    const suspect = byText.get(text)
    if (suspect === undefined || isOpaque(path)) return text
    const action = actionOf(suspect)
    if (action === 'note') return text
    if (isKey) return 'withheld'
    if (action === 'wrap') return wrapText(text, { server, nonce: nonceFor(text, settling.secret) })
    const { rules } = suspect
    const { method, exposedName } = exchange
    const id = settling.keep({ server, method, name: exposedName, where: whereOf(path), rules, text })
    return withheldText({ server, rules, id })
  })
  return { kind: 'rewrite', rule: 'answers/injection', body: shown }
}

function asksForInput(message: Inbound, byText: ReadonlyMap<string, Suspect>): boolean {
  // Of a task too, whose questions stand in what is said of it.
  return message.kind !== 'error' && isObject(bodyOf(message).inputRequests) && byText.size > 0
}

/** Depends on the text, so that one mark tells nothing of another. */
function nonceFor(text: string, secret: string): string {
  return hash('sha256', `${secret}\n${text}`, 'hex').slice(0, 16)
}
