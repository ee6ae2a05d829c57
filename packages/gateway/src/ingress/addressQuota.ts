/**
 * How many connections one address may have: one client must not take the places of all others (CWE-770). Of IPv6 that is a
 * network of 64 bits, all of which is one client's to choose from.
 */
import type { Socket } from 'node:net'
import type { Log } from '../log.ts'
import { networkOf, plainAddress } from './clientAddress.ts'

export class AddressQuota {
  readonly #most: number
  readonly #exempt: (address: string) => boolean
  readonly #log: Log
  readonly #taken = new Map<string, number>()

  constructor(options: {
    readonly most: number
    /** Addresses that stand for many clients, or for this machine. */
    readonly exempt: (address: string) => boolean
    readonly log: Log
  }) {
    this.#most = options.most
    this.#exempt = options.exempt
    this.#log = options.log
  }

  /** Counts a connection until it ends, or ends it now. */
  admit(socket: Socket): void {
    const address = plainAddress(socket.remoteAddress)
    if (address === '' || this.#most === Number.POSITIVE_INFINITY || this.#exempt(address)) return
    const network = networkOf(address)
    const taken = this.#taken.get(network) ?? 0
    if (taken >= this.#most) {
      // No answer: whoever opens so many gets as little as can be.
      this.#log.warn('http.connection-dropped', { maxConnectionsPerAddress: this.#most })
      socket.destroy()
      return
    }
    this.#taken.set(network, taken + 1)
    socket.once('close', () => {
      const left = (this.#taken.get(network) ?? 1) - 1
      if (left > 0) this.#taken.set(network, left)
      else this.#taken.delete(network)
    })
  }
}
