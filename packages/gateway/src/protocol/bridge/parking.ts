import type { BridgedCall } from './bridgedCall.ts'

/** Calls that wait for their client's retry. In memory: a parked call is a process's or a session's state. */
export class Parking {
  readonly #calls = new Map<string, BridgedCall>()

  get size(): number {
    return this.#calls.size
  }

  put(id: string, call: BridgedCall): void {
    this.#calls.set(id, call)
  }

  take(id: string): void {
    this.#calls.delete(id)
  }

  find(id: string): BridgedCall | undefined {
    return this.#calls.get(id)
  }
}
