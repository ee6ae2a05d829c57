/**
 * A server's standard error, line by line in the gateway's log: made visible, redacted, bounded in rate and size.
 * The last lines are kept, because they usually say why a server died.
 */
import { visible } from '@sallyport/controls/text'
import type { Log } from '../log.ts'
import { LineFrames } from '../protocol/lineFrames.ts'

export interface StderrOptions {
  readonly serverId: string
  readonly log: Log
  readonly redact: (text: string) => string
  readonly now: () => number
}

/** What goes to the log in a second; a burst may use a whole second's worth at once. */
const BYTES_PER_SECOND = 64 * 1024
const LINE_BYTES = 4 * 1024
/** Read, and redacted as a whole, before a line is cut: a secret is not cut in half and then not recognised. */
const READ_BYTES = 8 * 1024
const KEPT_LINES = 20
const LAST_WORDS_CHARACTERS = 200
const NAMES_A_CAUSE = /error|exception|panic|fatal|denied|not found|cannot|failed/i
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what is looked for
const COLOUR = /\u001b\[[\d;]*m/g
const STACK_FRAME = /^\s+(at |File |\d+:|in )|^\s*\^+\s*$/

export class StderrLog {
  readonly #options: StderrOptions
  readonly #frames: LineFrames
  readonly #kept: Buffer[] = []
  #lines = 0
  #budget = BYTES_PER_SECOND
  #refilledAt: number
  #dropped = { lines: 0, bytes: 0 }
  #timer: NodeJS.Timeout | undefined

  constructor(options: StderrOptions) {
    this.#options = options
    this.#refilledAt = options.now()
    this.#frames = new LineFrames(READ_BYTES, {
      line: (bytes) => this.#line(bytes),
      tooLong: (head) => this.#line(head),
      resumed: () => undefined,
    })
  }

  /** Returns how many lines the chunk completed. */
  push(chunk: Buffer): number {
    const before = this.#lines
    this.#frames.push(chunk)
    return this.#lines - before
  }

  /** The stream is over: what is left is written. */
  end(): void {
    const rest = this.#frames.end()
    if (rest !== undefined) this.#line(rest)
    this.#noteDropped()
  }

  /** The last lines it wrote, oldest first, safe to show. */
  get lastLines(): readonly string[] {
    return this.#kept.map((line) => this.#show(line))
  }

  /**
   * The one line that most likely says why it died, shortened: the last that names an error (under Node the very last
   * one only names Node's version), else the last.
   */
  get lastWords(): string | undefined {
    const lines = this.lastLines.filter((line) => !STACK_FRAME.test(line))
    const line = lines.findLast((candidate) => NAMES_A_CAUSE.test(candidate)) ?? lines.at(-1)
    if (line === undefined) return undefined
    const trimmed = line.trim()
    return trimmed.length <= LAST_WORDS_CHARACTERS ? trimmed : `${trimmed.slice(0, LAST_WORDS_CHARACTERS)}…`
  }

  #line(bytes: Buffer): void {
    this.#lines++
    if (this.#kept.push(bytes) > KEPT_LINES) this.#kept.shift()
    this.#refill()
    const cost = Math.min(bytes.length, LINE_BYTES)
    if (cost > this.#budget) {
      this.#dropped.lines++
      this.#dropped.bytes += bytes.length
      if (this.#timer !== undefined) return
      this.#timer = setTimeout(() => this.#noteDropped(), 1000)
      this.#timer.unref()
      return
    }
    this.#budget -= cost
    this.#options.log.info('upstream.stderr', { server: this.#options.serverId, line: this.#show(bytes) })
  }

  #show(bytes: Buffer): string {
    // Colours first: in the middle of a secret they would keep it from being recognised.
    const text = Buffer.from(this.#options.redact(bytes.toString('utf8').replace(COLOUR, '')))
    const cut = text.length <= LINE_BYTES ? '' : '…'
    // A tab is ordinary in such output and harmless in a log line once it is a space.
    return visible(text.subarray(0, LINE_BYTES).toString('utf8').replaceAll('\t', ' ')) + cut
  }

  #refill(): void {
    const time = this.#options.now()
    const earned = ((time - this.#refilledAt) / 1000) * BYTES_PER_SECOND
    this.#budget = Math.min(BYTES_PER_SECOND, this.#budget + earned)
    this.#refilledAt = time
  }

  #noteDropped(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const { lines, bytes } = this.#dropped
    if (lines === 0) return
    this.#dropped = { lines: 0, bytes: 0 }
    const server = this.#options.serverId
    this.#options.log.warn('upstream.stderr.dropped', {
      server,
      lines,
      bytes,
      note: `dropped ${lines} lines`,
    })
  }
}
