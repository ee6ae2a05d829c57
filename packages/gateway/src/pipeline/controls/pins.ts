/**
 * Pins at the doors: what nobody approved is left out of what clients are shown, and not called; of a tool that changed
 * while it was in use, with nothing else against it, a person is asked for each call. A server of which nothing was approved
 * is asked what it is, and nothing else; whatever else it says, its errors too, stays here.
 *
 * Evidence: the digest of what the server showed last and what `sallyport.lock` approves. Costs two look-ups a call, and
 * for a list a digest an item. Cannot know: what a tool does, whatever it says; and that a server changed while it runs
 * and tells nobody, before it is listed again.
 */
import { isObject, type JsonObject } from '@sallyport/controls/json'
import type { ItemKind, SurfaceItem, SurfaceMethod } from '@sallyport/controls/surface'
import { isSurfaceMethod } from '@sallyport/controls/surface'
import { visible } from '@sallyport/controls/text'
import type { Inbound } from '../../protocol/message.ts'
import type { RequestControl, ResponseControl } from '../control.ts'
import { TOOL_CALL } from '../counted.ts'
import type { ToolDefinitions } from '../definitions.ts'
import { type Exchange, viewerOf } from '../exchange.ts'
import { type Asking, asking, PASS, type Refusal, type ResponseVerdict, type Verdict } from '../verdict.ts'

/** May a call reach this item? `unknown`: its server did not show it, so it has to be looked at first. */
export type PinAnswer =
  | { readonly kind: 'approved' }
  | { readonly kind: 'unknown' }
  | {
      readonly kind: 'held'
      readonly hold: {
        readonly state: 'waiting' | 'blocked'
        readonly rule: string
        readonly explain: string
      }
      /** It changed while it was in use, and that is all that is against it: the changes, as lines. */
      readonly drift?: readonly string[]
    }

/** What the pipeline needs of the pins (`pins/pinBook.ts`). */
export interface PinGate {
  /** False: only written down, nothing is held back (profile `observe`). */
  readonly enforced: boolean
  answer(server: string, viewer: string, item: Pick<SurfaceItem, 'kind' | 'name'>): PinAnswer
  /** What is called, in the version that is decided on. */
  readonly definitions: ToolDefinitions
  /** How many items of a server are kept from clients now; none where nothing is held back. */
  heldItems(server: string): number
  /** Was anything that this server says of itself approved, or would it be at first sight? */
  mayBeHeard(server: string): boolean
  /** Resolves with what of an answer may be shown: the result itself where nothing is held back. */
  review(shown: {
    readonly server: string
    /** To whom it was shown (`viewerOf`). */
    readonly viewer: string
    readonly method: SurfaceMethod
    readonly result: JsonObject
    /** It was said earlier: what the server is now is not known by it. */
    readonly remembered?: boolean
    /** It is a list from its first page on. */
    readonly isFirstPage?: boolean
    /** It is the page of a list that this leads to. */
    readonly cursor?: string | undefined
  }): Promise<JsonObject>
  /** The held tool or prompt that clients would know by this name. */
  heldBehind(
    kind: 'tool' | 'prompt',
    exposedName: string,
  ): { readonly server: string; readonly own: string } | undefined
}

/**
 * Ten thousand tools that are seen for the first time are some seconds of work on a machine that has nothing else to do: they
 * are read, written down and flushed to the disk before the first of them is shown.
 */
const LIST_BUDGET_MS = 60_000

/** Leaves out of what a server shows what nobody approved. */
export function pinsOnResponse(pins: PinGate): ResponseControl {
  return {
    name: 'pins',
    budgetMs: LIST_BUDGET_MS,
    inspect(exchange, message): ResponseVerdict | Promise<ResponseVerdict> {
      const { server, method, direction, remembered = false } = exchange
      if (server === undefined) return PASS
      if (message.kind !== 'result') return mayBeSaid(pins, server, message)
      if (direction !== 'client-to-server' || !isSurfaceMethod(method)) return PASS
      const result = message.value.result as JsonObject
      const { cursor } = exchange.params
      const isFirstPage = cursor === undefined
      return pins
        .review({
          server,
          viewer: viewerOf(exchange),
          method,
          result,
          remembered,
          isFirstPage,
          cursor: typeof cursor === 'string' ? cursor : undefined,
        })
        .then((kept) => (kept === result ? PASS : { kind: 'rewrite', rule: 'pins/held', body: kept }))
    },
  }
}

/** What a server may say of which nothing was approved: that something changed, and who it wants to work for. */
const SAID_BY_ALL: ReadonlySet<string> = new Set([
  'notifications/tools/list_changed',
  'notifications/prompts/list_changed',
  'notifications/resources/list_changed',
  'notifications/subscriptions/acknowledged',
  'notifications/cancelled',
  'roots/list',
])

/**
 * Errors, logs, progress and questions are texts of a server too: a question to the client's model is the shortest way
 * there, and an error is often shown to it.
 */
function mayBeSaid(pins: PinGate, server: string, { kind, method, value }: Inbound): ResponseVerdict {
  if (SAID_BY_ALL.has(method) || !pins.enforced || pins.mayBeHeard(server)) return PASS
  const { error } = value
  const code = isObject(error) && typeof error.code === 'number' ? error.code : undefined
  const what =
    kind === 'error'
      ? `answered with an error${code === undefined ? '' : ` (${code})`}`
      : `sent ${visible(method)}`
  return {
    kind: 'refuse',
    rule: 'pins/first-use',
    explain: `"${server}" ${what}, and nothing of it was approved yet, so what it says stays here`,
    remedy: REVIEW(server),
    // What the code means is the protocol's, not the server's: who has no such list has an empty one.
    ...(code === undefined ? {} : { code }),
  }
}

/** Refuses a call to what is held back. What the gateway has not seen yet is decided at dispatch. */
export function pinsOnRequest(pins: PinGate): RequestControl {
  return { name: 'pins', decide: (exchange) => decide(pins, exchange, false) }
}

/** The same when the server stands ready, and its lists were looked at: what it does not list is not called. */
export function pinsAtDispatch(pins: PinGate): RequestControl {
  return { name: 'pins-at-dispatch', decide: (exchange) => decide(pins, exchange, true) }
}

function decide(pins: PinGate, exchange: Exchange, ready: boolean): Verdict {
  const { server, direction } = exchange
  if (server === undefined || direction !== 'client-to-server') return PASS
  const verdict = verdictOf(pins, exchange, server, ready)
  if (verdict === undefined) return PASS
  if (pins.enforced) return verdict
  const rule = verdict.kind === 'ask' ? verdict.asks[0].rule : verdict.rule
  exchange.findings.push({ rule, severity: 'high' })
  return PASS
}

function verdictOf(
  pins: PinGate,
  exchange: Exchange,
  server: string,
  ready: boolean,
): Refusal | Asking | undefined {
  const { method } = exchange
  if (isSurfaceMethod(method) || ASKED_OF_ALL.has(method)) return undefined
  const asked = askedFor(exchange)
  if (asked === undefined) return unheard(pins, server, method)
  const answer = pins.answer(server, viewerOf(exchange), asked)
  if (answer.kind === 'approved') return undefined
  if (answer.kind === 'held')
    return answer.drift !== undefined && method === TOOL_CALL
      ? changed(server, asked, answer.drift)
      : held(server, asked, answer.hold)
  if (!LISTED_FIRST.has(method)) return unheard(pins, server, method)
  return ready ? unlisted(server, asked) : undefined
}

/** Asked of a server of which nothing was approved: the answers have no words of its own. */
const ASKED_OF_ALL: ReadonlySet<string> = new Set(['ping', 'subscriptions/listen', 'logging/setLevel'])

type Asked = Pick<SurfaceItem, 'kind' | 'name'>

/** What a request asks for by name. */
function askedFor({ method, params, name }: Exchange): Asked | undefined {
  if (method === 'completion/complete') return completed(params, name)
  const kind = KINDS.get(method)
  return kind === undefined || name === undefined ? undefined : { kind, name }
}

const KINDS: ReadonlyMap<string, ItemKind> = new Map([
  ['tools/call', 'tool'],
  ['prompts/get', 'prompt'],
  ['resources/read', 'resource'],
  ['resources/subscribe', 'resource'],
  ['skills/get', 'skill'],
])

/** Its name stands in `ref`; where several servers are one, as the client knows it, and `name` as the server does. */
function completed({ ref }: JsonObject, name: string | undefined): Asked | undefined {
  if (!isObject(ref)) return undefined
  const isPrompt = ref.type === 'ref/prompt'
  const own = name ?? (isPrompt ? ref.name : ref.uri)
  return typeof own === 'string' ? { kind: isPrompt ? 'prompt' : 'template', name: own } : undefined
}

/**
 * What is asked for because it is listed. Resources need not be: results link to them, and templates name more than there
 * are. But nothing is read from a server of which nothing was approved.
 */
const LISTED_FIRST: ReadonlySet<string> = new Set(['tools/call', 'prompts/get'])

function unheard(pins: PinGate, server: string, method: string): Refusal | undefined {
  if (pins.mayBeHeard(server)) return undefined
  return {
    kind: 'refuse',
    rule: 'pins/first-use',
    explain: `nothing of "${server}" was approved yet, so ${visible(method)} is not sent to it`,
    remedy: REVIEW(server),
  }
}

function unlisted(server: string, asked: Asked): Refusal {
  return {
    kind: 'refuse',
    rule: 'pins/unknown',
    explain: `"${server}" does not list ${what(asked)}, so nobody can have approved it`,
    remedy: 'List again and use what is there.',
  }
}

function held(
  server: string,
  asked: Asked,
  hold: { readonly state: 'waiting' | 'blocked'; readonly rule: string; readonly explain: string },
): Refusal {
  const state = hold.state === 'blocked' ? 'is blocked' : 'waits for review'
  return {
    kind: 'refuse',
    rule: hold.rule,
    explain: `${what(asked)} of "${server}" ${state}: ${hold.explain}`,
    remedy: REVIEW(server),
  }
}

/** A person may allow a call of the changed tool; the tool stays held, and hidden, until it was reviewed. */
function changed(server: string, asked: Asked, details: readonly string[]): Asking {
  return asking({
    rule: 'pins/drift',
    explain: `${what(asked)} of "${server}" is not what was approved: it changed while it was in use`,
    details,
    remedy: REVIEW(server),
  })
}

const REVIEW = (server: string) =>
  `A person can look at it with "sallyport review ${server}" and let it through.`

function what({ kind, name }: Asked): string {
  return `${kind} "${visible(name.slice(0, 128))}"`
}
