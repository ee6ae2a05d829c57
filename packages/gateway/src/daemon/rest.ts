/**
 * Giving memory back while nobody needs the daemon.
 */

/** A host that is started again at once finds everything as it was. */
const REST_AFTER_MS = 1_000

/**
 * Collects garbage once it has been quiet for a moment, and lets go of what V8 keeps for the next burst: by itself it does so
 * only much later, or never. Takes some 30 ms in which nobody is waiting. Nothing without `--expose-gc`, which whoever
 * starts the daemon gives it.
 *
 * @example
 * const rest = new Rest(() => door.relays === 0)
 * rest.soon() // when the last relay has left
 */
export class Rest {
  readonly #quiet: () => boolean
  #timer: NodeJS.Timeout | undefined

  constructor(quiet: () => boolean) {
    this.#quiet = quiet
  }

  soon(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      if (this.#quiet()) globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
    }, REST_AFTER_MS)
    // Never a reason to stay.
    this.#timer.unref()
  }
}
