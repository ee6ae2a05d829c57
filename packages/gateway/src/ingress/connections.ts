/**
 * One request at a time on each connection, and none after a refusal that ends it.
 *
 * Node hands over pipelined requests as fast as it parses them. What follows a refused or unfinished request in the same
 * packet is how requests are smuggled, and no MCP client pipelines (RFC 9112, 9.3.2 lets a server close instead).
 *
 * What was whole before it is answered all the same: its call may be with its server, who would carry it out for nobody.
 */
import type { Socket } from 'node:net'
import type { DoorRequest, DoorResponse } from './exchangeTypes.ts'

/** A request that was begun, and its answer. */
interface Active {
  readonly request: Pick<DoorRequest, 'complete'>
  readonly response: DoorResponse
  /** A stream without an end of its own: nothing that it owes keeps the connection. */
  endless: boolean
}

/** What Node may keep behind a request that is underway, each with all that belongs to a request, before the connection ends. */
const MOST_BEHIND = 8

interface Connection {
  active: Active | undefined
  /** Requests that came behind it. */
  behind: number
  closing: boolean
  /** What is not whole yet is answered already. */
  refused: boolean
}

export class Connections {
  readonly #known = new WeakMap<Socket, Connection>()

  /** True when the request that `response` belongs to may be handled. If not, the connection ends after what is underway. */
  begin(request: Pick<DoorRequest, 'complete' | 'socket'>, response: DoorResponse): boolean {
    const { socket } = request
    const connection = this.#of(socket)
    const { active } = connection
    if (!connection.closing && (active === undefined || active.response.writableEnded)) {
      connection.active = { request, response, endless: false }
      return true
    }
    connection.behind += 1
    if (connection.behind > MOST_BEHIND) socket.destroy()
    else this.endAfterActive(socket)
    return false
  }

  /** The answer underway is a stream that ends only when somebody ends it. */
  markEndless(socket: Socket): void {
    const active = this.#known.get(socket)?.active
    if (active !== undefined) active.endless = true
  }

  /**
   * The connection takes no further request and ends when the answer underway is through: at once where there is none, or
   * one that has begun and would not end by itself.
   */
  endAfterActive(socket: Socket): void {
    const connection = this.#of(socket)
    const response = connection.active?.response
    connection.closing = true
    if (
      response === undefined ||
      response.destroyed ||
      (connection.active?.endless && response.headersSent)
    ) {
      socket.destroy()
      return
    }
    // Once: it comes here with every further request.
    const told = response.headersSent && response.shouldKeepAlive
    response.shouldKeepAlive = false
    // Its head has promised to keep the connection.
    if (told) response.on('close', () => socket.destroySoon())
  }

  /** The connection takes no further request and ends with this response. */
  endWith(socket: Socket, response: DoorResponse): void {
    this.#of(socket).closing = true
    if (!response.headersSent) response.shouldKeepAlive = false
  }

  /** The connection takes no further request. False when it was so already. */
  stop(socket: Socket): boolean {
    const connection = this.#of(socket)
    const first = !connection.closing
    connection.closing = true
    return first
  }

  /** The answer on a connection that is not through yet, if one is, and whether its request is all there. */
  active(socket: Socket): { readonly response: DoorResponse; readonly isWhole: boolean } | undefined {
    const active = this.#known.get(socket)?.active
    if (active === undefined || active.response.destroyed) return undefined
    return { response: active.response, isWhole: active.request.complete }
  }

  /** The request that is still coming is answered by somebody else, and does not begin whatever else comes of it. */
  refuse(socket: Socket): void {
    this.#of(socket).refused = true
  }

  isRefused(socket: Socket): boolean {
    return this.#known.get(socket)?.refused === true
  }

  #of(socket: Socket): Connection {
    let connection = this.#known.get(socket)
    if (connection === undefined) {
      connection = { active: undefined, behind: 0, closing: false, refused: false }
      this.#known.set(socket, connection)
    }
    return connection
  }
}
