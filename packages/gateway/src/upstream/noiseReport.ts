/**
 * Reports what a server prints on stdout that is no message: nothing is swallowed, and nobody is flooded.
 *
 * The first lines of every second are reported one by one; the rest of that second is added up and reported once, with
 * the first of them as the preview and all their bytes.
 */
import { visible } from '@sallyport/controls/text'

export interface NoiseOptions {
  /** `lines` is 1, or how many were added up. */
  readonly report: (preview: string, bytes: number, lines: number) => void
  readonly redact: (text: string) => string
  readonly now: () => number
}

const LINES_PER_SECOND = 20
const PREVIEW_BYTES = 200
/** Looked at before it is cut to the preview, so that a secret is not cut in half and then not recognised. */
const REDACTED_BYTES = 4096

export class NoiseReport {
  readonly #options: NoiseOptions
  #windowStart = Number.NEGATIVE_INFINITY
  #lines = 0
  #rest = { lines: 0, bytes: 0, head: Buffer.alloc(0) }
  #timer: NodeJS.Timeout | undefined

  constructor(options: NoiseOptions) {
    this.#options = options
  }

  /** One piece of noise: its beginning and how many bytes it had in all. */
  add(head: Buffer, bytes: number = head.length): void {
    const time = this.#options.now()
    if (time - this.#windowStart >= 1000) {
      this.flush()
      this.#windowStart = time
      this.#lines = 0
    }
    this.#lines++
    if (this.#lines <= LINES_PER_SECOND) {
      this.#options.report(this.#preview(head), bytes, 1)
      return
    }
    if (this.#rest.lines === 0) this.#rest.head = Buffer.from(head.subarray(0, REDACTED_BYTES))
    this.#rest.lines++
    this.#rest.bytes += bytes
    if (this.#timer !== undefined) return
    this.#timer = setTimeout(() => this.flush(), this.#windowStart + 1000 - time)
    this.#timer.unref()
  }

  /** Reports what was added up. To be called once more when the server is over. */
  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const { lines, bytes, head } = this.#rest
    if (lines === 0) return
    this.#rest = { lines: 0, bytes: 0, head: Buffer.alloc(0) }
    this.#options.report(this.#preview(head), bytes, lines)
  }

  #preview(head: Buffer): string {
    const text = Buffer.from(this.#options.redact(head.subarray(0, REDACTED_BYTES).toString('utf8')))
    return visible(text.subarray(0, PREVIEW_BYTES).toString('utf8'))
  }
}
