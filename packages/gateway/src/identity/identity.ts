/**
 * Who may come in, as the door asks it: from the head of a request to a caller, from a message to whether its caller's
 * authority covers it, and what else is served there besides MCP (metadata, sign-in, tokens).
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestHead } from '../ingress/exchangeTypes.ts'
import type { Caller, Principal, View } from '../ingress/port.ts'
import type { Refusal } from '../ingress/refusal.ts'
import type { Inbound } from '../protocol/message.ts'
import type { Authority } from './authority.ts'

/** The one credential that a request carries. `key`: from the header that is configured for API keys. */
export interface Credential {
  readonly scheme: 'bearer' | 'dpop' | 'key'
  readonly text: string
}

/** Whom a credential proves, or why it proves nobody. `why` is for the log and the record, never for the client. */
export type Verified =
  | { readonly ok: true; readonly principal: Principal; readonly authority: Authority }
  | {
      readonly ok: false
      /** `busy`: it could not be found out now (the issuer does not answer): 503, never a 401. */
      readonly fault: 'invalid' | 'busy'
      /** The rule that decided, `identity/what`. */
      readonly rule: string
      readonly why: string
    }
  /** It proves somebody, and was used more often than it may be: 429. */
  | {
      readonly ok: false
      readonly fault: 'limited'
      readonly rule: string
      readonly why: string
      readonly retryAfterMs: number
    }

/** One kind of credential: API keys, tokens of one issuer, opaque tokens that an issuer is asked about. */
export interface Verifier {
  /** `undefined`: not of this kind, ask the next. Never throws. `request` is for what a credential is bound to. */
  verify(credential: Credential, request: RequestHead): Verified | Promise<Verified> | undefined
  /** Whether a caller it let in may still be here: false once its credential was revoked. `undefined`: not of this kind. */
  holds(principal: Principal, authority: Authority): boolean | undefined
}

/** Pages and documents beside MCP: `/.well-known/...`, `/oauth/...`. They answer, and record, by themselves. */
export interface SideDoor {
  /** True where the path (without its query) is one of these. */
  takes(path: string): boolean
  /** The request has passed framing and Host; its Origin and method are for the pages to judge. Never throws. */
  receive(request: IncomingMessage, response: ServerResponse): void
}

/** People whom this gateway signs in itself (`auth.server`), for pages that have to know whose browser they are shown in. */
export interface PersonDoor {
  /** Of their principals. */
  readonly issuer: string
  /** Whether the owner has a passphrase here. */
  readonly hasOwner: boolean
  /** Host of the provider that signs people in. */
  readonly provider: string | undefined
  /** By the session of a sign-in, or by what `toProvider` led to for this path. */
  known(request: IncomingMessage, path: string): Promise<Principal | undefined>
  byPassphrase(
    request: IncomingMessage,
    passphrase: string,
  ): Promise<{ readonly ok: true; readonly principal: Principal } | NotProved>
  /** Where the browser goes with a cookie; it comes back to the path. */
  toProvider(
    path: string,
  ): Promise<{ readonly ok: true; readonly to: string; readonly cookie: string } | NotProved>
}

export interface NotProved {
  readonly ok: false
  readonly status: number
  /** For the person. */
  readonly explain: string
}

/**
 * What became of the authority a caller came in with. An expired one can be renewed: streams end, a session waits for its
 * client to come back with a new token, as it waits for any idle one. A revoked one ends all of it.
 */
export type Standing = 'holds' | 'expired' | 'revoked'

export interface Identity {
  /** By the head of a request alone. */
  identify(
    request: RequestHead,
  ): Caller | { readonly refuse: Refusal } | Promise<Caller | { readonly refuse: Refusal }>
  /** What is said to a target that nobody serves and that carries a credential in its query; `undefined` where it does not. */
  misplaced(target: string): Refusal | undefined
  /**
   * Whether the authority of the caller covers the message; asked before anything is done for it.
   *
   * @param message absent: a stream is opened or a session ended
   */
  authorize(caller: Caller, view: View, message: Inbound | undefined): Refusal | undefined
  /** Whether an open stream or session of the caller may go on; asked every few seconds. */
  standing(caller: Caller): Standing
  readonly side: SideDoor
  readonly people?: PersonDoor | undefined
  /** Lower-case name of the header that carries API keys beside `Authorization`: like that one it goes no further. */
  readonly keyHeader?: string | undefined
  close(): Promise<void>
}
