/**
 * Questions of servers to the person or the model behind a client (controls M01, M02): which server may ask what, how often, nothing
 * secret in a form, addresses that lead where they seem to, and whose question it is.
 *
 * The same for requests of legacy servers and for `input_required` of modern ones. Evidence: the request alone (`askedSecret`), and
 * how many came in the last minute. Cannot know: whether a harmless question is the first of a series that is not.
 */
import { askedSecret, MAX_FIELDS } from '@sallyport/controls/answers'
import { isObject, type JsonObject } from '@sallyport/controls/json'
import type { Inbound } from '../../protocol/message.ts'
import { bodyOf } from '../body.ts'
import type { ResponseControl } from '../control.ts'
import { type Exchange, viewerOf } from '../exchange.ts'
import { PASS, type Refusal, type ResponseVerdict } from '../verdict.ts'
import type { AnswerPolicy, Question } from './answerPolicy.ts'
import { note } from './answerTexts.ts'

const QUESTIONS: ReadonlyMap<string, Question> = new Map([
  ['elicitation/create', 'elicitation'],
  ['sampling/createMessage', 'sampling'],
  ['roots/list', 'roots'],
])

/** Questions of one server to one conversation in any minute. */
export const MAX_QUESTIONS = 20
const MINUTE_MS = 60_000
/** Conversations that are counted; of more the oldest begin anew. */
const MAX_COUNTED = 10_000

/** @example serverRequests(answerPolicies(config)) */
export function serverRequests(policyOf: (server: string) => AnswerPolicy): ResponseControl {
  const recent = new Map<string, number[]>()

  /** Never more than so many in any minute. What is refused for it counts, too: asking on does not shorten the wait. */
  const isTooMany = (exchange: Exchange): boolean => {
    const key = `${exchange.server ?? ''} ${viewerOf(exchange)}`
    const now = exchange.startedAt
    const times = (recent.get(key) ?? []).filter((at) => at > now - MINUTE_MS)
    times.push(now)
    recent.delete(key)
    const [oldest] = recent.keys()
    if (recent.size >= MAX_COUNTED && oldest !== undefined) recent.delete(oldest)
    recent.set(key, times.slice(-MAX_QUESTIONS - 1))
    return times.length > MAX_QUESTIONS
  }

  const judge = (
    exchange: Exchange,
    server: string,
    method: string,
    params: JsonObject,
    { counted = true, inRequest = true } = {},
  ): Refusal | JsonObject => {
    const policy = policyOf(server)
    const question = QUESTIONS.get(method)
    // Requests outside the specification are for the method policy; inside an answer nobody else looks at them.
    if (question === undefined && inRequest) return params
    const refusal =
      (question === undefined ? unknownQuestion(server) : refusalFor(server, question, params, policy)) ??
      (counted && isTooMany(exchange) ? tooMany(server) : undefined)
    if (refusal !== undefined) {
      if (policy.enforced) return refusal
      note(exchange, { rule: refusal.rule, severity: 'high' })
      return params
    }
    return policy.enforced && question !== undefined ? marked(server, question, params, policy) : params
  }

  return {
    name: 'server-requests',
    inspect(exchange, message): ResponseVerdict {
      const { server } = exchange
      if (server === undefined) return PASS
      if (message.kind === 'request') {
        const params = bodyOf(message)
        const judged = judge(exchange, server, message.method, params)
        if (isRefusal(judged)) return judged
        return judged === params ? PASS : { kind: 'rewrite', rule: 'server-request/marked', body: judged }
      }
      return message.kind === 'error' ? PASS : inputRequired(exchange, server, message, judge)
    },
  }
}

/**
 * Questions inside an answer, or inside what a task is said to wait for: one that may not be asked takes all of it along,
 * since the call cannot go on without. Of a task they are shown with every look at it, and not counted anew each time.
 */
function inputRequired(
  exchange: Exchange,
  server: string,
  message: Inbound,
  judge: (
    exchange: Exchange,
    server: string,
    method: string,
    params: JsonObject,
    how: { readonly counted: boolean; readonly inRequest: boolean },
  ) => Refusal | JsonObject,
): ResponseVerdict {
  const result = bodyOf(message)
  // A legacy client is asked by requests of the gateway's, which pass here one by one.
  const { inputRequests } = result
  if (exchange.era !== 'modern' || inputRequests === undefined) return PASS
  if (!isObject(inputRequests)) return { ...unknownQuestion(server), reached: true }
  const counted = result.resultType === 'input_required'
  const requests: JsonObject = {}
  let changed = false
  for (const [key, wanted] of Object.entries(inputRequests)) {
    let next = wanted
    // What is no question as the specification has it may be one to a client.
    if (!isObject(wanted) || typeof wanted.method !== 'string')
      return { ...unknownQuestion(server), reached: true }
    const { params = NO_PARAMS } = wanted
    if (!isObject(params)) return { ...unknownQuestion(server), reached: true }
    const judged = judge(exchange, server, wanted.method, params, { counted, inRequest: false })
    if (isRefusal(judged)) return { ...judged, reached: true }
    if (judged !== params) {
      next = { ...wanted, params: judged }
      changed = true
    }
    Object.defineProperty(requests, key, {
      value: next,
      enumerable: true,
      configurable: true,
      writable: true,
    })
  }
  if (!changed) return PASS
  return { kind: 'rewrite', rule: 'server-request/marked', body: { ...result, inputRequests: requests } }
}

const NO_PARAMS: JsonObject = {}

function isRefusal(judged: Refusal | JsonObject): judged is Refusal {
  return judged.kind === 'refuse' && typeof judged.rule === 'string' && typeof judged.explain === 'string'
}

function refusalFor(
  server: string,
  question: Question,
  params: JsonObject,
  policy: AnswerPolicy,
): Refusal | undefined {
  if (!policy.asks.has(question)) {
    return {
      kind: 'refuse',
      rule: 'server-request/not-allowed',
      explain: `"${server}" may not ask for ${WHAT[question]} at its level of trust`,
      remedy: `If it should, set "servers.${server}.ask.${question}: true" in the configuration.`,
    }
  }
  if (question !== 'elicitation') return undefined
  const { mode, requestedSchema } = params
  if (mode !== undefined && mode !== 'form' && mode !== 'url') return unknownQuestion(server)
  const asked =
    isObject(requestedSchema) && isObject(requestedSchema.properties) ? requestedSchema.properties : {}
  if (Object.keys(asked).length > MAX_FIELDS) {
    return {
      kind: 'refuse',
      rule: 'elicitation/secret',
      explain: `"${server}" asks for more than ${MAX_FIELDS} things in one form, more than can be looked through`,
      remedy: 'Nothing was asked. A form that a person can fill in has a few fields.',
    }
  }
  const address = mode === 'url' ? addressRefusal(server, params.url) : undefined
  if (address !== undefined) return address
  // Of a page to open too, should it bring a form along: a client may show that.
  const secret = mode === 'url' && requestedSchema === undefined ? undefined : askedSecret(params)
  if (secret === undefined) return undefined
  // The name of the field is the server's words, and may be anything.
  const field = secret.field === '' ? 'its message' : 'a field of it'
  return {
    kind: 'refuse',
    rule: 'elicitation/secret',
    explain: `"${server}" asks for a ${secret.kind === 'code' ? 'one-time code' : secret.kind} in a form (${field}), which the specification forbids`,
    remedy:
      'Nothing was asked. A server that needs a sign-in has to open a page of its own for it (mode "url").',
  }
}

const WHAT: Readonly<Record<Question, string>> = {
  elicitation: 'input of a person (elicitation)',
  sampling: "an answer of the client's model (sampling)",
  roots: 'the folders of the client (roots)',
}

/** A page to sign in at: where it leads must be what it looks like. */
function addressRefusal(server: string, address: unknown): Refusal | undefined {
  const url = typeof address === 'string' ? URL.parse(address) : null
  const why =
    url === null
      ? 'is none'
      : url.username !== '' || url.password !== ''
        ? 'has a user name before its host'
        : url.protocol !== 'https:' && !(url.protocol === 'http:' && LOOPBACK.test(url.hostname))
          ? 'is not https'
          : undefined
  if (why === undefined) return undefined
  return {
    kind: 'refuse',
    rule: 'elicitation/url',
    explain: `"${server}" wants a person to open an address that ${why}`,
    remedy: 'Nothing was opened. Report it to the author of the server.',
  }
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/** A kind of question that nobody defined: what a client makes of it is not known, so it is not asked. */
function unknownQuestion(server: string): Refusal {
  return {
    kind: 'refuse',
    rule: 'server-request/not-allowed',
    explain: `"${server}" asks in a way that the specification does not have`,
    remedy: 'Nothing was asked. Report it to the author of the server.',
  }
}

function tooMany(server: string): Refusal {
  return {
    kind: 'refuse',
    rule: 'server-request/rate',
    explain: `"${server}" asked this conversation more than ${MAX_QUESTIONS} questions in a minute`,
    remedy: 'It may ask again in a minute.',
  }
}

/** Whose question it is stands in its text: clients show that, and a model reads it. */
function marked(
  server: string,
  question: Question,
  params: JsonObject,
  { context }: AnswerPolicy,
): JsonObject {
  if (question === 'roots') return params
  if (question === 'elicitation') {
    const { message, mode, url } = params
    if (typeof message !== 'string') return params
    const host = mode === 'url' && typeof url === 'string' ? URL.parse(url)?.host : undefined
    const mark = host === undefined ? `${server} asks: ` : `${server} asks you to open ${host}: `
    return message.startsWith(mark) ? params : { ...params, message: `${mark}${message}` }
  }
  const narrowed = narrow(params, context)
  if (context === 'all') return narrowed
  const mark = `This request is from the MCP server "${server}", not from the user.`
  const { systemPrompt } = narrowed
  if (typeof systemPrompt === 'string' && systemPrompt.startsWith(mark)) return narrowed
  return { ...narrowed, systemPrompt: typeof systemPrompt === 'string' ? `${mark}\n${systemPrompt}` : mark }
}

/** How much of the conversation its model would be shown for this server. */
function narrow(params: JsonObject, context: AnswerPolicy['context']): JsonObject {
  const { includeContext } = params
  if (context === 'all' || includeContext === undefined || includeContext === 'none') return params
  if (context === 'own' && includeContext === 'thisServer') return params
  return { ...params, includeContext: context === 'own' ? 'thisServer' : 'none' }
}
