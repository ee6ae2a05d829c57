/**
 * The `requestState` of a parked call: opaque to the client, of use only to the one it was given to, for the very call
 * it was given for, once, and for a while (2026-07-28, "Multi Round-Trip Requests": state is attacker-controlled).
 */
import { hash } from 'node:crypto'
import { canonicalJson, type JsonObject } from '@sallyport/controls/json'
import { seal, unseal } from './sealed.ts'

export interface Handle {
  /** Which parked call, and which of its rounds. */
  readonly call: string
  readonly round: number
  readonly principal: string
  /** `requestDigest` of the call. */
  readonly digest: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

/** @example sealHandle(key, { call: 'c1', round: 0, principal, digest, expiresAt: Date.now() + 600_000 }) */
export function sealHandle(key: Buffer, handle: Handle): string {
  return seal(key, 'sallyport/request-state', handle)
}

/** The handle, or `undefined` for anything that was not sealed with this key or was changed since. */
export function openHandle(key: Buffer, text: string): Handle | undefined {
  return unseal(key, 'sallyport/request-state', text) as unknown as Handle | undefined
}

/** What a retry must have in common with the call it continues: method and params, but for what every round changes. */
export function requestDigest(method: string, params: JsonObject): string {
  const { _meta, inputResponses: _responses, requestState: _state, ...rest } = params
  return hash('sha256', canonicalJson([method, rest]), 'hex')
}
