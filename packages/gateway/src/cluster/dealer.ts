/**
 * The one listening socket of a gateway with workers: takes connections and deals them out to the workers in turn, unread.
 *
 * `node:cluster` does the same with its own; but a connection that is on its way to a worker when that one is killed stays
 * open in the primary for ever, with a client that waits. Here the primary holds each until its worker has it, and ends it
 * with the worker otherwise: a client sees a lost connection, never silence.
 */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

/** Somebody connections are dealt to. */
export interface Dealt {
  /** Hands one over, unread; it says `took` with that number when it has it. */
  give(connection: number, socket: Socket): void
  /** It has not taken what it was given for `hungMs`: nothing it holds will ever be answered. Said again until it is removed. */
  hung(): void
}

/** Connections that wait for the first worker, or for one after all have ended. More are turned away. */
const MAX_WAITING = 1_024
/** A worker takes a connection in its next turn; one that is stopped or loops for this long does not come back. */
const HUNG_MS = 30_000

interface Given {
  readonly socket: Socket
  readonly to: Dealt
  readonly sinceMs: number
}

export class Dealer {
  readonly #server: Server
  readonly #hands: Dealt[] = []
  /** In the order they were given. */
  readonly #given = new Map<number, Given>()
  readonly #waiting = new Set<Socket>()
  #next = 0
  #connections = 0
  readonly #looks: NodeJS.Timeout

  constructor({ hungMs = HUNG_MS }: { readonly hungMs?: number } = {}) {
    this.#looks = setInterval(() => this.#findHung(hungMs), hungMs / 6)
    this.#looks.unref()
    this.#server = createServer({ pauseOnConnect: true, noDelay: true, keepAlive: true }, (socket) => {
      // A client that leaves before anybody read a byte is nobody's error.
      socket.on('error', () => socket.destroy())
      this.#deal(socket)
    })
  }

  /** Rejects when the address is not to be had. */
  listen(host: string, port: number): Promise<AddressInfo> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen({ host: host.replace(/^\[(.*)\]$/, '$1'), port, exclusive: true }, () => {
        this.#server.off('error', reject)
        // Accepting can fail (no file descriptors left): that must not end the gateway.
        this.#server.on('error', () => undefined)
        resolve(this.#server.address() as AddressInfo)
      })
    })
  }

  /** One more to deal to. */
  add(hand: Dealt): void {
    this.#hands.push(hand)
    for (const socket of this.#waiting) {
      this.#waiting.delete(socket)
      this.#deal(socket)
    }
  }

  /** It ended, or is ending. What it did not take is over: it may have read of it. */
  remove(hand: Dealt): void {
    const at = this.#hands.indexOf(hand)
    if (at >= 0) this.#hands.splice(at, 1)
    for (const [connection, { socket, to }] of this.#given) {
      if (to !== hand) continue
      this.#given.delete(connection)
      socket.destroy()
    }
  }

  /** A worker has this connection: ours is a second descriptor of it, and is closed. */
  took(connection: number): void {
    this.#given.get(connection)?.socket.destroy()
    this.#given.delete(connection)
  }

  /** Takes no more. What waits is turned away. */
  close(): void {
    clearInterval(this.#looks)
    this.#server.close()
    for (const socket of this.#waiting) socket.destroy()
    this.#waiting.clear()
  }

  #deal(socket: Socket): void {
    const hand = this.#hands[this.#next++ % Math.max(1, this.#hands.length)]
    if (hand === undefined) {
      if (this.#waiting.size >= MAX_WAITING) socket.destroy()
      else this.#waiting.add(socket)
      return
    }
    const connection = ++this.#connections
    this.#given.set(connection, { socket, to: hand, sinceMs: performance.now() })
    hand.give(connection, socket)
  }

  #findHung(hungMs: number): void {
    const hung = new Set<Dealt>()
    for (const { to, sinceMs } of this.#given.values()) {
      if (performance.now() - sinceMs < hungMs) break
      hung.add(to)
    }
    for (const hand of hung) hand.hung()
  }
}
