/**
 * A call that waits for its server to start tells its client so, if the client asked for progress: hosts give up on a
 * silent tool after a minute, and a server may have to be fetched first.
 */
import type { JsonObject, JsonValue } from '@sallyport/controls/json'
import type { Link } from '../../upstream/link.ts'

/** Quick starts are none of the client's business. */
const FIRST_MS = 1_000
/** Hosts that let progress extend their patience were measured with one every five seconds. */
const EVERY_MS = 5_000
/** Progress must grow, and what the server says later begins at nought or one. */
const STEP = 1e-6

export class StartNotice {
  readonly #token: JsonValue
  readonly #server: string
  readonly #send: (params: JsonObject) => void
  #beats = 0
  #timer: NodeJS.Timeout | undefined

  private constructor(server: string, token: JsonValue, send: (params: JsonObject) => void) {
    this.#server = server
    this.#token = token
    this.#send = send
  }

  /**
   * For a call with this progress token; nothing without one. `send`: gets the params of `notifications/progress`.
   *
   * @example const notice = StartNotice.for('files', token, (params) => client.send(...))
   */
  static for(
    server: string,
    token: JsonValue | undefined,
    send: (params: JsonObject) => void,
  ): StartNotice | undefined {
    return token === undefined ? undefined : new StartNotice(server, token, send)
  }

  /** Tells the client now and then until the server is there or is not to be had. A link that is there costs nothing. */
  during(link: Link | Promise<Link>): Link | Promise<Link> {
    if (!(link instanceof Promise)) return link
    this.#timer = setTimeout(() => this.#beat(), FIRST_MS).unref()
    const stop = () => this.stop()
    link.then(stop, stop)
    return link
  }

  /** The call is over. */
  stop(): void {
    clearTimeout(this.#timer)
  }

  /** May the server's own progress follow what was told of its start? It must grow (2025-11-25, "Progress"). */
  passes(progress: JsonValue | undefined): boolean {
    return this.#beats === 0 || typeof progress !== 'number' || progress > this.#beats * STEP
  }

  #beat(): void {
    this.#beats++
    this.#send({
      progressToken: this.#token,
      progress: this.#beats * STEP,
      message: `starting ${this.#server}`,
    })
    this.#timer = setTimeout(() => this.#beat(), EVERY_MS).unref()
  }
}
