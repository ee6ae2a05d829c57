import type { Socket } from 'node:net'

/** Clients' connections that somebody else accepted for this door. Node counts only those that it accepted itself. */
export class TakenConnections {
  readonly #open = new Set<Socket>()
  #emptied: (() => void) | undefined

  get size(): number {
    return this.#open.size
  }

  add(socket: Socket): void {
    this.#open.add(socket)
    socket.once('close', () => {
      this.#open.delete(socket)
      if (this.#open.size === 0) this.#emptied?.()
    })
  }

  has(socket: Socket): boolean {
    return this.#open.has(socket)
  }

  /** Resolves when all have ended. */
  ended(): Promise<void> {
    return this.#open.size === 0
      ? Promise.resolve()
      : new Promise((resolve) => {
          this.#emptied = resolve
        })
  }
}
