/**
 * One request at a time on each connection, and none after a refusal that ends it.
 *
 * Node hands over pipelined requests as fast as it parses them. What follows a refused or unfinished request in the same
 * packet is how requests are smuggled, and no MCP client pipelines (RFC 9112, 9.3.2 lets a server close instead).
 */
import type { Socket } from 'node:net'
import type { DoorResponse } from './exchangeTypes.ts'

interface Connection {
  active: DoorResponse | undefined
  closing: boolean
}

export class Connections {
  readonly #known = new WeakMap<Socket, Connection>()

  /** True when the request that `response` belongs to may be handled. If not, the connection ends after what is underway. */
  begin(socket: Socket, response: DoorResponse): boolean {
    const connection = this.#of(socket)
    const { active } = connection
    if (!connection.closing && (active === undefined || active.writableEnded)) {
      connection.active = response
      return true
    }
    connection.closing = true
    if (active === undefined || active.headersSent) socket.destroy()
    else active.shouldKeepAlive = false
    return false
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

  /** The response underway on a connection, if one is. */
  active(socket: Socket): DoorResponse | undefined {
    return this.#known.get(socket)?.active
  }

  #of(socket: Socket): Connection {
    let connection = this.#known.get(socket)
    if (connection === undefined) {
      connection = { active: undefined, closing: false }
      this.#known.set(socket, connection)
    }
    return connection
  }
}
