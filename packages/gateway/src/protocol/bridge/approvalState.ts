/**
 * How a modern client is asked about its own call: it is answered `input_required`, and calls again with what its person
 * said. Nothing of it is kept here but the ticket: the state says which, for whom and for which call.
 */
import { isObject, type JsonObject, writeJson } from '@sallyport/controls/json'
import type { ConsentReply } from '../../pipeline/consentReply.ts'
import type { Inbound } from '../message.ts'
import { APPROVAL_INPUT } from '../ownInputs.ts'
import { seal, unseal } from './sealed.ts'
import { requestDigest } from './sealedHandle.ts'

export interface ApprovalState {
  readonly ticket: string
  readonly principal: string
  /** `requestDigest` of the call without what answers a question, which is in `answers`. */
  readonly digest: string
  /** Milliseconds since the epoch. */
  readonly askedAt: number
  readonly expiresAt: number
  /**
   * Where the call itself answered a question of its server: that answer. A client brings back what was asked last, and no more,
   * so that both are here: what is sent is what was asked about (invariant 4).
   */
  readonly answers?: JsonObject | undefined
}

/** What is more is not carried along: a person decides at a terminal, and the client calls again. */
const MAX_ANSWERS = 32_768

/** A call, taken apart into what is asked for and what answers a question of its server. `answers` absent: it answers none. */
export function takeApart(params: JsonObject): {
  readonly call: JsonObject
  readonly answers?: JsonObject | undefined
} {
  const { requestState, inputResponses, ...call } = params
  if (requestState === undefined && inputResponses === undefined) return { call }
  return {
    call,
    answers: {
      ...(requestState === undefined ? {} : { requestState }),
      ...(inputResponses === undefined ? {} : { inputResponses }),
    },
  }
}

/** Can they be carried by the client? */
export function fits(answers: JsonObject | undefined): boolean {
  return answers === undefined || writeJson(answers).length <= MAX_ANSWERS
}

/** @example sealApproval(key, { ticket: 'A7F2QK', principal, digest: requestDigest(method, params), askedAt, expiresAt }) */
export function sealApproval(key: Buffer, state: ApprovalState): string {
  return seal(key, 'sallyport/approval-state', state)
}

/** A retry: the call without what only answered our question, and that answer. */
export interface Retry {
  readonly message: Inbound
  readonly reply: ConsentReply
}

/**
 * The call again that a client makes to answer our question. `undefined`: it is no such thing, its state may be its server's.
 * `unknown`: it is ours, but for another call or caller, or too old.
 */
export function readRetry(
  message: Inbound,
  known: { readonly key: Buffer; readonly principal: string; readonly now: number },
): Retry | 'unknown' | undefined {
  // Nearly no call is one: it is taken apart only then.
  if (typeof message.params.requestState !== 'string') return undefined
  const { requestState, inputResponses, ...rest } = message.params
  const state = unseal(known.key, 'sallyport/approval-state', requestState) as ApprovalState | undefined
  if (state === undefined) return undefined
  if (
    state.principal !== known.principal ||
    state.digest !== requestDigest(message.method, rest) ||
    !(state.expiresAt > known.now)
  )
    return 'unknown'
  const result = isObject(inputResponses) ? inputResponses[APPROVAL_INPUT] : undefined
  // As they were when a person was asked: whatever else stands beside our answer now was not.
  const params: JsonObject = isObject(state.answers) ? { ...rest, ...state.answers } : rest
  return {
    message: { ...message, params, value: { ...message.value, params }, canonical: false },
    reply: { ticket: state.ticket, askedAt: state.askedAt, result },
  }
}
