/**
 * The session of a legacy server (Streamable HTTP, "Session Management").
 */
import type { TransportFault } from '../transport.ts'
import type { AnswerHeaders } from './exchange.ts'

/** A longer id would be sent with every request. */
const MAX_SESSION_ID = 1024

/** Revisions from this one on want `MCP-Protocol-Version` on everything after the handshake. */
const FIRST_WITH_VERSION_HEADER = '2025-06-18'

/**
 * What identifies us to the server after the handshake. The id is taken from the answer to `initialize` and from
 * nothing else: a server, or whoever answers in its place, cannot move us to another session later.
 */
export class Session {
  #id: string | undefined
  #revision: string | undefined

  get id(): string | undefined {
    return this.#id
  }

  /** Takes the id from the headers of the answer to `initialize`. The server may have none. */
  adopt(origin: string, headers: AnswerHeaders): TransportFault | undefined {
    const id = headers['mcp-session-id']
    if (id === undefined) return undefined
    if (typeof id !== 'string' || id.length > MAX_SESSION_ID || !/^[\x21-\x7e]+$/.test(id)) {
      const explain = `${origin} gave a session id that is not one text of 1 to ${MAX_SESSION_ID} visible ASCII characters`
      return { code: 'not-acceptable', explain }
    }
    this.#id = id
    return undefined
  }

  begin(revision: string): void {
    this.#revision = revision
  }

  /** Names and values in turn. */
  headers(): string[] {
    const headers: string[] = []
    if (this.#id !== undefined) headers.push('mcp-session-id', this.#id)
    if (this.#revision !== undefined && this.#revision >= FIRST_WITH_VERSION_HEADER) {
      headers.push('mcp-protocol-version', this.#revision)
    }
    return headers
  }
}
