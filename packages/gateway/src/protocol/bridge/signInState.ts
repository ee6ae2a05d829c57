/**
 * How a client that can open addresses is told that its person has to sign in at a server (MCP, "Elicitation", URL mode): a
 * modern one is answered `input_required` and calls again, a legacy one gets the error that the revision has for it.
 */
import { randomUUID } from 'node:crypto'
import type { JsonObject } from '@sallyport/controls/json'
import type { Inbound } from '../message.ts'
import { SIGN_IN_INPUT } from '../ownInputs.ts'
import { seal, unseal } from './sealed.ts'
import { requestDigest } from './sealedHandle.ts'

/** URLElicitationRequiredError (2025-11-25, "URL Mode With Elicitation Required Error"). */
export const URL_ELICITATION_REQUIRED = -32042
/** As long as the link is good. */
const STATE_MS = 10 * 60_000
const PURPOSE = 'sallyport/sign-in-state'

interface SignInState {
  readonly principal: string
  readonly digest: string
  readonly expiresAt: number
}

export interface SignInQuestion {
  readonly server: string
  readonly url: string
}

function messageOf({ server }: SignInQuestion): string {
  return `"${server}" wants you to sign in. Open the address, and come back when it says that you are signed in.`
}

/** The result for a modern client; its state is good for this call of this principal. */
export function signInResult(
  question: SignInQuestion,
  call: {
    readonly key: Buffer
    readonly principal: string
    readonly method: string
    readonly params: JsonObject
    readonly now: number
  },
): JsonObject {
  const { key, principal, method, params, now } = call
  const state: SignInState = { principal, digest: requestDigest(method, params), expiresAt: now + STATE_MS }
  return {
    resultType: 'input_required',
    inputRequests: {
      [SIGN_IN_INPUT]: {
        method: 'elicitation/create',
        params: { mode: 'url', url: question.url, message: messageOf(question) },
      },
    },
    requestState: seal(key, PURPOSE, state),
  }
}

/** `data` of the error for a legacy client. */
export function signInErrorData(question: SignInQuestion): JsonObject {
  return {
    elicitations: [
      { mode: 'url', elicitationId: randomUUID(), url: question.url, message: messageOf(question) },
    ],
  }
}

/** The call that comes again, without what only answered our question. `undefined`: it is no such thing. */
export function readSignInRetry(
  message: Inbound,
  known: { readonly key: Buffer; readonly principal: string; readonly now: number },
): Inbound | 'unknown' | undefined {
  if (typeof message.params.requestState !== 'string') return undefined
  const { requestState, inputResponses: _, ...rest } = message.params
  const state = unseal(known.key, PURPOSE, requestState) as SignInState | undefined
  if (state === undefined) return undefined
  const isKnown =
    state.principal === known.principal &&
    state.digest === requestDigest(message.method, rest) &&
    state.expiresAt > known.now
  if (!isKnown) return 'unknown'
  const params: JsonObject = rest
  return { ...message, params, value: { ...message.value, params }, canonical: false }
}
