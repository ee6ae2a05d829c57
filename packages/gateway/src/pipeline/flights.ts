/** Clients whose count stays when it is zero: a map that shrinks and grows with every call is made anew all the time. */
const KEPT = 64

/**
 * Calls in flight, for each client and for the whole gateway: a client that opens a thousand calls takes nobody's place
 * but its own.
 */
export class Flights {
  readonly #perClient = new Map<string, number>()
  #total = 0

  get total(): number {
    return this.#total
  }

  #enter(
    client: string,
    limits: { readonly maxInFlightPerClient: number; readonly maxInFlight: number },
  ): string | undefined {
    const own = this.#perClient.get(client) ?? 0
    if (own >= limits.maxInFlightPerClient)
      return `${own} calls of this client are in flight, which is its limit`
    if (this.#total >= limits.maxInFlight)
      return `${this.#total} calls are in flight, which is the gateway's limit`
    this.#perClient.set(client, own + 1)
    this.#total++
    return undefined
  }

  /** Takes a place; the result gives it back, once, however often it is called. Or says which limit is reached. */
  take(
    client: string,
    limits: { readonly maxInFlightPerClient: number; readonly maxInFlight: number },
  ): (() => void) | string {
    const full = this.#enter(client, limits)
    if (full !== undefined) return full
    let left = false
    return () => {
      if (left) return
      left = true
      this.#leave(client)
    }
  }

  #leave(client: string): void {
    const own = this.#perClient.get(client) ?? 0
    if (own <= 1 && this.#perClient.size > KEPT) this.#perClient.delete(client)
    else this.#perClient.set(client, own - 1)
    this.#total--
  }
}
