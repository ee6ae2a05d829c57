/**
 * `input_required` of a modern server, for a legacy client (2026-07-28, "Multi Round-Trip Requests"): the server's
 * questions become real requests to the client, its answers the next round of the same call.
 */
import { randomUUID } from 'node:crypto'
import { isObject, type JsonObject, type JsonValue, writeJson } from '@sallyport/controls/json'
import type { Refusal } from '../../pipeline/verdict.ts'
import { type Inbound, readInbound } from '../message.ts'
import type { Asker, Questioner, ServerRequests } from './serverRequests.ts'

const MAX_QUESTIONS = 16
const QUESTIONS = new Set(['elicitation/create', 'sampling/createMessage', 'roots/list'])
/** A server that only wants to be asked again, later, is asked again after this. */
const STATE_ONLY_MS = 250

export type Round =
  | { readonly ok: true; readonly params: JsonObject }
  | { readonly ok: false; readonly refusal: Refusal }

/** Does this result want another round? */
export function wantsInput(result: JsonObject): boolean {
  return result.resultType === 'input_required'
}

/**
 * Asks the client what a server wants to know; the params of the next round, or why there is none. `requestState` goes
 * back byte for byte.
 */
export async function nextRound(
  result: JsonObject,
  params: JsonObject,
  questions: ServerRequests,
  asker: Omit<Asker, 'link'>,
): Promise<Round> {
  const wanted = result.inputRequests === undefined ? {} : result.inputRequests
  if (!isObject(wanted) || Object.keys(wanted).length > MAX_QUESTIONS) {
    return refusal(`"${asker.server}" asked for input in a way that is not understood`)
  }
  const keys = Object.keys(wanted)
  if (keys.length === 0) await new Promise((resolve) => setTimeout(resolve, STATE_ONLY_MS))
  const answers = await Promise.all(keys.map((key) => askOne(wanted[key], questions, asker)))
  const responses: JsonObject = {}
  for (const [at, key] of keys.entries()) {
    const answer = answers[at]
    if (answer === undefined) return refusal(`the client could not answer what "${asker.server}" asked`)
    Object.defineProperty(responses, key, {
      value: answer,
      enumerable: true,
      configurable: true,
      writable: true,
    })
  }
  const { requestState } = result
  const { inputResponses: _old, requestState: _state, ...rest } = params
  const answered = keys.length === 0 ? {} : { inputResponses: responses }
  const state = requestState === undefined ? {} : { requestState }
  return { ok: true, params: { ...rest, ...answered, ...state } }
}

/** One question; `undefined` when the client answered with an error. A refused form counts as cancelled. */
function askOne(
  wanted: JsonValue | undefined,
  questions: ServerRequests,
  asker: Omit<Asker, 'link'>,
): Promise<JsonObject | undefined> {
  const message = isObject(wanted) ? questionOf(wanted) : undefined
  if (message === undefined) return Promise.resolve(undefined)
  return new Promise((resolve) => {
    const link: Questioner = {
      closed: undefined,
      waitForClient: () => () => undefined,
      notify: () => undefined,
      respond: (_id, body) => {
        const read = readInbound(Buffer.from(`{"jsonrpc":"2.0","id":0,${body}}`, 'utf8'))
        const result = read.ok && read.message.kind === 'result' ? read.message.value.result : undefined
        if (isObject(result)) resolve(result)
        else resolve(message.method === 'elicitation/create' ? { action: 'cancel' } : undefined)
      },
    }
    questions.ask({ ...asker, link }, message)
  })
}

/** The question as a legacy request. URL mode needs an id there that the modern era does not have. */
function questionOf(wanted: JsonObject): Inbound | undefined {
  // Nothing else belongs in `input_required`: a modern server has no tasks at the client to ask for or to make.
  if (typeof wanted.method !== 'string' || !QUESTIONS.has(wanted.method)) return undefined
  const params = isObject(wanted.params) ? withoutTask(wanted.params) : undefined
  const url =
    wanted.method === 'elicitation/create' && params?.mode === 'url' && params.elicitationId === undefined
  const full = url ? { ...params, elicitationId: randomUUID() } : params
  const text = writeJson({
    jsonrpc: '2.0',
    id: 0,
    method: wanted.method,
    ...(full === undefined ? {} : { params: full }),
  })
  const read = readInbound(Buffer.from(text, 'utf8'))
  return read.ok && read.message.kind === 'request' ? read.message : undefined
}

function withoutTask({ task: _task, ...params }: JsonObject): JsonObject {
  return params
}

function refusal(explain: string): Round {
  return { ok: false, refusal: { kind: 'refuse', rule: 'bridge/input', explain } }
}
