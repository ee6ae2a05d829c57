/**
 * Questions of servers to the person or the model behind a client (controls M01, M02): which server may ask what, how often, nothing
 * secret in a form, addresses that lead where they seem to, and whose question it is.
 *
 * The same for requests of legacy servers and for `input_required` of modern ones. Evidence: the request alone (`askedSecret`), and
 * the times of earlier questions (`controls/limits`). Cannot know: whether a harmless question is the first of a series that is not.
 */
import { askedSecret, MAX_FIELDS } from '@sallyport/controls/answers'
import { isObject, type JsonObject } from '@sallyport/controls/json'
import { type Admission, showRate } from '@sallyport/controls/limits'
import { isLoopbackHost } from '@sallyport/controls/urls'
import type { CallLimiter } from '../../limits/limitBook.ts'
import type { Inbound } from '../../protocol/message.ts'
import { shownInputKey } from '../../protocol/ownInputs.ts'
import { bodyOf } from '../body.ts'
import type { ResponseControl } from '../control.ts'
import type { Exchange } from '../exchange.ts'
import { PASS, type Refusal, type ResponseVerdict } from '../verdict.ts'
import type { AnswerPolicy, Question } from './answerPolicy.ts'
import { note } from './answerTexts.ts'

const QUESTIONS: ReadonlyMap<string, Question> = new Map([
  ['elicitation/create', 'elicitation'],
  ['sampling/createMessage', 'sampling'],
  ['roots/list', 'roots'],
])

/**
 * @param limiter counts the questions of each server to each principal
 * @example serverRequests(answerPolicies(config), new LimitBook(config, monotonic))
 */
export function serverRequests(
  policyOf: (server: string) => AnswerPolicy,
  limiter: CallLimiter,
): ResponseControl {
  const judge: Judge = (exchange, server, method, params, inRequest) => {
    const policy = policyOf(server)
    const question = QUESTIONS.get(method)
    // Requests outside the specification are for the method policy; inside an answer nobody else looks at them.
    if (question === undefined && inRequest) return params
    const refusal =
      question === undefined ? unknownQuestion(server) : refusalFor(server, question, params, policy)
    if (refusal !== undefined) {
      if (policy.enforced) return refusal
      note(exchange, { rule: refusal.rule, severity: 'high' })
      return params
    }
    return policy.enforced && question !== undefined ? marked(server, question, params, policy) : params
  }

  /** Never more than so many within their window. What is refused for anything else was not asked, and is not counted. */
  const counted = (
    exchange: Exchange,
    server: string,
    questions: number,
    verdict: ResponseVerdict,
  ): ResponseVerdict | Promise<ResponseVerdict> => {
    if (questions === 0 || verdict.kind === 'refuse') return verdict
    const { principal } = exchange
    const take = () => limiter.take({ principal, server, question: true })
    const admissions = Array.from({ length: Math.min(questions, MAX_AT_ONCE) }, take)
    const settled = (all: readonly Admission[]): ResponseVerdict => {
      const refused = all.find((one) => !one.admitted)
      if (refused === undefined || refused.admitted) return verdict
      const refusal = tooMany(server, refused)
      if (policyOf(server).enforced)
        return exchange.direction === 'client-to-server' ? { ...refusal, reached: true } : refusal
      note(exchange, { rule: refusal.rule, severity: 'high' })
      return verdict
    }
    return admissions.some((one) => one instanceof Promise)
      ? Promise.all(admissions).then(settled)
      : settled(admissions as Admission[])
  }

  return {
    name: 'server-requests',
    inspect(exchange, message) {
      const { server } = exchange
      if (server === undefined) return PASS
      if (message.kind === 'request') {
        const params = bodyOf(message)
        const judged = judge(exchange, server, message.method, params, true)
        if (isRefusal(judged)) return judged
        const verdict: ResponseVerdict =
          judged === params ? PASS : { kind: 'rewrite', rule: 'server-request/marked', body: judged }
        return counted(exchange, server, QUESTIONS.has(message.method) ? 1 : 0, verdict)
      }
      if (message.kind === 'error') return PASS
      const { verdict, questions } = inputRequired(exchange, server, message, judge)
      return counted(exchange, server, questions, verdict)
    },
  }
}

/** More than any client is asked in one answer: of more, as many are counted, and all are refused or asked together. */
const MAX_AT_ONCE = 1_024

type Judge = (
  exchange: Exchange,
  server: string,
  method: string,
  params: JsonObject,
  /** It is a request of its own, not a part of an answer. */
  inRequest: boolean,
) => Refusal | JsonObject

/**
 * Questions inside an answer, or inside what a task is said to wait for: one that may not be asked takes all of it along,
 * since the call cannot go on without. Of a task they are shown with every look at it, and not counted anew each time.
 */
function inputRequired(exchange: Exchange, server: string, message: Inbound, judge: Judge): Judged {
  const result = bodyOf(message)
  // A legacy client is asked by requests of the gateway's, which pass here one by one.
  const { inputRequests } = result
  if (exchange.era !== 'modern' || inputRequests === undefined) return { verdict: PASS, questions: 0 }
  const refused = (refusal: Refusal): Judged => ({ verdict: { ...refusal, reached: true }, questions: 0 })
  if (!isObject(inputRequests)) return refused(unknownQuestion(server))
  const requests: JsonObject = {}
  let changed = false
  for (const [key, wanted] of Object.entries(inputRequests)) {
    let next = wanted
    // What is no question as the specification has it may be one to a client.
    if (!isObject(wanted) || typeof wanted.method !== 'string') return refused(unknownQuestion(server))
    const { params = NO_PARAMS } = wanted
    if (!isObject(params)) return refused(unknownQuestion(server))
    const judged = judge(exchange, server, wanted.method, params, false)
    if (isRefusal(judged)) return refused(judged)
    if (judged !== params) {
      next = { ...wanted, params: judged }
      changed = true
    }
    // It is not the gateway that asks this.
    const shown = shownInputKey(key)
    changed ||= shown !== key
    Object.defineProperty(requests, shown, {
      value: next,
      enumerable: true,
      configurable: true,
      writable: true,
    })
  }
  const questions = result.resultType === 'input_required' ? Object.keys(inputRequests).length : 0
  if (!changed) return { verdict: PASS, questions }
  const body = { ...result, inputRequests: requests }
  return { verdict: { kind: 'rewrite', rule: 'server-request/marked', body }, questions }
}

interface Judged {
  readonly verdict: ResponseVerdict
  /** How many a client is asked anew. */
  readonly questions: number
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
        : url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopbackHost(url.hostname))
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

/** A kind of question that nobody defined: what a client makes of it is not known, so it is not asked. */
function unknownQuestion(server: string): Refusal {
  return {
    kind: 'refuse',
    rule: 'server-request/not-allowed',
    explain: `"${server}" asks in a way that the specification does not have`,
    remedy: 'Nothing was asked. Report it to the author of the server.',
  }
}

function tooMany(server: string, refused: Exclude<Admission, { readonly admitted: true }>): Refusal {
  const most =
    refused.limit === 'question'
      ? `, its limit of ${showRate({ count: refused.most, windowMs: refused.windowMs })}`
      : ''
  return {
    kind: 'refuse',
    rule: 'server-request/rate',
    explain: `"${server}" has asked this principal as many questions as it may${most}`,
    remedy: `It may ask again later. If it should ask more, raise "servers.${server}.ask.rate" in the configuration.`,
    ...('retryAfterMs' in refused ? { retryAfterMs: refused.retryAfterMs } : {}),
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
