/**
 * How many connections one address may have: one client must not take the places of all others (CWE-770). Of an IPv6
 * address its network counts: whoever has one has 2^64.
 */
import type { Socket } from 'node:net'
import { networkOf } from '../identity/failedAttempts.ts'
import type { Log } from '../log.ts'

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
    const from = socket.remoteAddress?.replace(/^::ffff:(?=\d+\.)/i, '')
    if (from === undefined || this.#most === Number.POSITIVE_INFINITY || this.#exempt(from)) return
    const address = networkOf(from)
    const taken = this.#taken.get(address) ?? 0
    if (taken >= this.#most) {
      // No answer: whoever opens so many gets as little as can be.
      this.#log.warn('http.connection-dropped', { maxConnectionsPerAddress: this.#most })
      socket.destroy()
      return
    }
    this.#taken.set(address, taken + 1)
    socket.once('close', () => {
      const left = (this.#taken.get(address) ?? 1) - 1
      if (left > 0) this.#taken.set(address, left)
      else this.#taken.delete(address)
    })
  }
}
