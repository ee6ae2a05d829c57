/**
 * Other workers of this gateway, seen from the door: what belongs to one of them is handed over to it whole, and answered
 * by it. Without workers there is none of this.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { ERROR } from '../protocol/errors.ts'
import type { Inbound } from '../protocol/message.ts'
import type { Identified } from './door.ts'
import type { RequestHead } from './exchangeTypes.ts'
import { headerValues } from './head.ts'
import type { Caller, View } from './port.ts'

export interface Peers {
  /** Where clients connect. Somebody else listens there, and gives their connections to `HttpIngress.take`. */
  readonly address: AddressInfo
  /** The socket on which this worker takes what others hand over; in a folder that is this user's alone. */
  readonly path: string
  /** What a worker shows to be believed who the caller is. */
  readonly secret: string
  newSessionId(): string
  /** The socket of the worker that has this session; `undefined` when it would be this one, or nobody's. */
  ofSession(id: string): string | undefined
  /** The socket of the worker that has to carry this request out; `undefined` when this one may. */
  ofCall(caller: Caller, view: View, message: Inbound): string | undefined
}

export const SECRET_HEADER = 'sallyport-peer'
export const CALLER_HEADER = 'sallyport-caller'

/**
 * Who is calling, of a request that was handed over: the worker that took it from the client found out, and says so. The
 * socket is private, but every local server runs as the same user: without the secret one could call as anybody.
 */
export function identifyHandedOver(request: RequestHead, secret: string): Identified {
  const [shown, ...others] = headerValues(request.rawHeaders, SECRET_HEADER)
  const [caller, ...more] = headerValues(request.rawHeaders, CALLER_HEADER)
  const once = others.length === 0 && more.length === 0
  if (!once || shown === undefined || caller === undefined || !equal(shown, secret)) {
    const explain = 'only workers of this gateway may call here'
    return { refuse: { status: 403, code: ERROR.refused, rule: 'gateway/worker', explain, close: true } }
  }
  return JSON.parse(Buffer.from(caller, 'base64url').toString('utf8')) as Caller
}

/** The two headers that say it. */
export function handingOver(caller: Caller, secret: string): readonly string[] {
  const text = Buffer.from(JSON.stringify(caller)).toString('base64url')
  return [SECRET_HEADER, secret, CALLER_HEADER, text]
}

/** In a time that tells nothing. */
function equal(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(one), digest(other))
}
