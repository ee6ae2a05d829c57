/**
 * Flow at the doors: what a conversation saw is labelled as it is shown, and what would carry it where it must not go is
 * asked about or refused (OWASP LLM01, LLM02; DESIGN 4 "labels", 5 "private data").
 *
 * Evidence: labels by server and tool, what was detected in a result, and values that stand in the arguments again
 * (`controls/flow`). Costs a look-up for calls that neither leave nor go to an untrusted server. Cannot know: what a model
 * says in its own words.
 */
import {
  decideFlow,
  type FlowFinding,
  type FlowMemory,
  type FlowSource,
  type ToolEffects,
} from '@sallyport/controls/flow'
import { isObject, type JsonValue } from '@sallyport/controls/json'
import { visible } from '@sallyport/controls/text'
import type { TaskTools } from '../../arguments/taskTools.ts'
import type { Config } from '../../config/config.ts'
import { enforcement } from '../../config/trust.ts'
import { type FlowBook, MUCH_BYTES } from '../../flow/flowBook.ts'
import type { ResultLabels, ToolFlow } from '../../flow/toolFlow.ts'
import type { Inbound } from '../../protocol/message.ts'
import { allowedForGood } from '../allowedForGood.ts'
import { bodyOf } from '../body.ts'
import type { RequestControl, ResponseControl } from '../control.ts'
import { TOOL_CALL } from '../counted.ts'
import type { ToolDefinitions } from '../definitions.ts'
import type { Exchange } from '../exchange.ts'
import { type Ask, asking, PASS, type Verdict } from '../verdict.ts'

export interface FlowParts {
  readonly config: Config
  readonly book: FlowBook
  readonly flow: ToolFlow
  readonly definitions: ToolDefinitions
  /** Which tool a task is of. */
  readonly tasks: Pick<TaskTools, 'of'>
  /** Takes secrets out of what a person is shown. */
  readonly redact: (text: string) => string
}

/** Asks, just before a call is sent, about what it would carry. */
export function flowOnRequest(parts: FlowParts): RequestControl {
  const settled = settle(parts)
  return {
    name: 'flow',
    decide(exchange) {
      const { server, direction, method, name } = exchange
      if (server === undefined || direction !== 'client-to-server') return PASS
      const isTool = method === TOOL_CALL && name !== undefined
      if (!isTool && !CARRIERS.has(method)) return PASS
      const effects = isTool
        ? parts.flow.effects(server, name, parts.definitions.of(exchange))
        : leadsOut(exchange)
          ? CARRIES
          : GOES_NO_FURTHER
      const args = isTool ? saidToTool(exchange) : withoutMeta(exchange)
      const noted = (verdict: Verdict): Verdict => {
        // What a model writes is its own, until something says it later.
        if (verdict.kind !== 'refuse') parts.book.noteOwn(exchange, args)
        return verdict
      }
      const verdict = effects === undefined ? PASS : settled(exchange, server, effects, args)
      return verdict instanceof Promise ? verdict.then(noted) : noted(verdict)
    },
  }
}

/** What a client answers to a question of a server goes to that server: refused where a call with it would be asked about. */
export function flowOnAnswer(parts: FlowParts): RequestControl {
  const settled = settle(parts)
  return {
    name: 'flow-in-answer',
    decide(exchange) {
      const { server, params } = exchange
      return server === undefined ? PASS : settled(exchange, server, GOES_NO_FURTHER, params)
    },
  }
}

/** Labels what is shown to a conversation. Last of all: what was taken out was not seen. */
export function labels({ book, flow, definitions, tasks }: FlowParts): ResponseControl {
  return {
    name: 'labels',
    inspect(exchange, message) {
      const source = sourceOf(exchange, message)
      if (source === undefined) return PASS
      if (source.untrusted || source.private) book.note(exchange, source, bodyOf(message))
      else book.noteTrusted(exchange, bodyOf(message))
      return PASS
    },
  }

  /** Of the tool that began it. One that is not known could be any: then its result is taken for the worst. */
  function taskLabels({ principal, name }: Exchange, server: string): ResultLabels {
    const tool = name === undefined ? undefined : tasks.of({ server, principal, taskId: name })
    return tool === undefined
      ? { untrusted: true, private: true, privateBy: 'inferred' }
      : flow.toolLabels(server, tool, undefined)
  }

  function sourceOf(exchange: Exchange, message: Inbound): FlowSource | undefined {
    const { server, direction, method, name = method, startedAt } = exchange
    if (server === undefined || !saysSomething(message)) return undefined
    const isTool = method === TOOL_CALL
    const kind = isTool ? 'tool' : KINDS.get(method)
    if (kind === undefined) return undefined
    const own =
      direction !== 'client-to-server'
        ? { ...flow.otherLabels(server, 'prompt', name), private: false }
        : isTool
          ? flow.toolLabels(server, name, definitions.of(exchange))
          : kind === 'task'
            ? taskLabels(exchange, server)
            : flow.otherLabels(server, kind === 'resource' ? 'resource' : 'prompt', name)
    const detected = exchange.findings.some(({ rule }) => DETECTED.test(rule))
    const label = detected && !own.private ? ({ ...own, private: true, privateBy: 'detected' } as const) : own
    return { server, name: visible(name.slice(0, 256)), kind, ...label, at: startedAt }
  }
}

/** Progress without a text, and lists that changed, are no words of anybody. */
function saysSomething({ kind, method, params }: Inbound): boolean {
  if (kind !== 'notification') return true
  if (method === 'notifications/progress') return typeof params.message === 'string'
  return method === 'notifications/message'
}

const DETECTED = /^(?:secret|personal)\//

/** Methods that give a conversation something to read, beside tools. */
const KINDS: ReadonlyMap<string, FlowSource['kind']> = new Map([
  ['resources/read', 'resource'],
  ['skills/get', 'resource'],
  ['prompts/get', 'prompt'],
  ['tasks/result', 'task'],
  ['tasks/get', 'task'],
  ['completion/complete', 'prompt'],
  ['elicitation/create', 'elicitation'],
  ['sampling/createMessage', 'sampling'],
])

/** Methods beside tools whose params say something to a server. */
const CARRIERS: ReadonlySet<string> = new Set([
  'prompts/get',
  'resources/read',
  'resources/subscribe',
  'resources/unsubscribe',
  'completion/complete',
])

/** A resource with an address in the world is read there, whoever asks for it. */
function leadsOut({ params }: Exchange): boolean {
  return typeof params.uri === 'string' && /^(?:https?|wss?|ftp):/i.test(params.uri)
}

/** Members of a call that say nothing to the tool. */
const FRAME: ReadonlySet<string> = new Set(['name', 'arguments', '_meta', 'requestState', 'task'])

/** All that a call says to its tool: the arguments, and whatever else stands beside them, such as answers to its questions. */
function saidToTool({ params, arguments: args = {} }: Exchange): JsonValue {
  for (const key in params)
    if (!FRAME.has(key)) return { ...params, name: null, requestState: null, _meta: null }
  return args
}

const WHY = 'it is said to the server alone'
/** What is said to a server and goes no further, as far as we know. */
const GOES_NO_FURTHER: ToolEffects = {
  writes: false,
  destructive: false,
  outside: false,
  carries: false,
  readsPrivate: false,
  takesUntrusted: false,
  freeText: true,
  why: {
    writes: WHY,
    destructive: WHY,
    outside: WHY,
    carries: WHY,
    readsPrivate: WHY,
    takesUntrusted: WHY,
    freeText: WHY,
  },
  unsaid: [],
}

const CARRIES: ToolEffects = {
  ...GOES_NO_FURTHER,
  carries: true,
  why: { ...GOES_NO_FURTHER.why, carries: 'its address is read in the open world' },
}

function settle({ config, book, flow, redact }: FlowParts) {
  const isAllowed = allowedForGood(config.approvals.allow)
  const enforced = enforcement[config.profile] === 'enforce' && config.flow === 'ask'
  const profile = config.profile === 'strict' ? 'strict' : 'balanced'
  return (
    exchange: Exchange,
    server: string,
    effects: ToolEffects,
    args: JsonValue,
  ): Verdict | Promise<Verdict> => {
    const { trust = 'untrusted' } = flow.server(server) ?? {}
    const privateData = flow.privateData(server)
    const guarded = privateData === 'no' || (trust === 'untrusted' && privateData === 'ask')
    if (!effects.outside && !effects.carries && !guarded) return PASS
    const { name = exchange.method } = exchange
    const call = { server, tool: name, trust, effects, args }
    const memory = book.of(exchange)
    const decided = () => verdictOn(exchange, server, decideFlow(call, memory, { profile, privateData }))
    return memory.pendingBytes > MUCH_BYTES ? caughtUp(memory).then(decided) : decided()
  }

  function verdictOn(exchange: Exchange, server: string, findings: readonly FlowFinding[]): Verdict {
    const found = findings.filter((finding) => !isAllowed(exchange, askOf(finding, server)))
    if (found.length === 0) return PASS
    for (const { rule, traces, subject } of found)
      exchange.findings.push({
        rule,
        severity: 'high',
        ...whereOf(traces),
        subject: visible(subject.slice(0, MAX_SUBJECT)),
      })
    if (!enforced) return PASS
    const refused = found.find(({ action }) => action === 'refuse')
    if (refused !== undefined) {
      const { rule, explain, remedy = '' } = askOf(refused, server)
      return { kind: 'refuse', rule, explain, remedy }
    }
    const [first, ...more] = found.map((finding) => ({
      ...askOf(finding, server),
      ...evidenceOf(finding, redact),
    }))
    return first === undefined ? PASS : asking(first, ...more)
  }
}

/** All that the conversation saw is looked through, piece by piece: others get their turn between. */
async function caughtUp(memory: FlowMemory): Promise<void> {
  while (memory.work()) await new Promise((resolve) => setImmediate(resolve))
}

/** The values that were found, as they were before they were encoded. */
function evidenceOf(
  { traces }: FlowFinding,
  redact: (text: string) => string,
): { readonly details?: string[] } {
  if (traces.length === 0) return {}
  const lines = traces.slice(0, MAX_EVIDENCE).map(({ where, value, source }) => {
    const found = JSON.stringify(visible(redact(value)))
    return `${visible(where.slice(0, 120))} has ${found}, seen in ${visible(source.server)}/${visible(source.name.slice(0, 80))}`
  })
  return { details: lines }
}

const MAX_EVIDENCE = 3
const MAX_SUBJECT = 300

function whereOf(traces: FlowFinding['traces']): { readonly where?: string } {
  const [first] = traces
  return first === undefined ? {} : { where: visible(first.where.slice(0, 200)) }
}

function askOf({ rule, explain, subject }: FlowFinding, server: string): Ask {
  return {
    rule,
    explain: explain.replace(/\.$/, ''),
    subject,
    remedy: `If this is as it should be, say under "servers.${server}.flow" or "approvals.allow" what may flow there.`,
  }
}

function withoutMeta({ params }: Exchange): JsonValue {
  if (!isObject(params._meta)) return params
  const { _meta, ...rest } = params
  return rest
}
