/** Named timers, at most one of each name, none of which keeps the process alive. */
export class Timers<Name extends string> {
  readonly #running = new Map<Name, NodeJS.Timeout>()
  #stopped = false

  /** Runs `task` after `ms`, unless one of this name is already waiting, or `stop` was called. */
  after(name: Name, ms: number, task: () => void): void {
    if (this.#stopped || this.#running.has(name)) return
    const timer = setTimeout(() => {
      this.#running.delete(name)
      task()
    }, ms)
    this.#running.set(name, timer.unref())
  }

  cancel(name: Name): void {
    clearTimeout(this.#running.get(name))
    this.#running.delete(name)
  }

  stop(): void {
    this.#stopped = true
    for (const timer of this.#running.values()) clearTimeout(timer)
    this.#running.clear()
  }
}
