/**
 * A legacy conversation hears of a modern server's changes: one `subscriptions/listen` of ours, opened again when what
 * the client subscribed to changes or the server ends it.
 */
import { isObject, type JsonObject, writeJson } from '@sallyport/controls/json'
import type { Link } from '../../upstream/link.ts'
import type { Inbound } from '../message.ts'
import { mirrorHeaders } from '../mirror.ts'
import { CHANGES, NO_DEADLINE_MS } from './changes.ts'

const REOPEN_MS = 1_000

export interface FollowOptions {
  /** The server's capabilities. */
  readonly capabilities: JsonObject
  /** Params with the whole envelope. */
  readonly envelope: (params: JsonObject) => JsonObject
  readonly notification: (message: Inbound) => void
}

export class ChangeFollower {
  readonly #link: Link
  readonly #options: FollowOptions
  readonly #uris = new Set<string>()
  #open: number | undefined
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  constructor(link: Link, options: FollowOptions) {
    this.#link = link
    this.#options = options
  }

  /** Opens the stream if there is anything to hear. */
  start(uris: Iterable<string> = []): void {
    for (const uri of uris) this.#uris.add(uri)
    this.#listen()
  }

  subscribe(uri: string, on: boolean): void {
    if (on) this.#uris.add(uri)
    else this.#uris.delete(uri)
    this.#listen()
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
    if (this.#open !== undefined) this.#link.cancel(this.#open, 'no longer needed')
    this.#open = undefined
  }

  #listen(): void {
    if (this.#stopped || this.#link.closed !== undefined) return
    const notifications = this.#filter()
    const before = this.#open
    this.#open = undefined
    if (Object.keys(notifications).length > 0) {
      const params = this.#options.envelope({ notifications })
      let id = 0
      const over = () => this.#ended(id)
      id = this.#link.call({
        method: 'subscriptions/listen',
        params: () => writeJson(params),
        headers: mirrorHeaders('subscriptions/listen', params, undefined, []),
        deadlineMs: NO_DEADLINE_MS,
        hooks: {
          notification: (message) => {
            if (message.method !== 'notifications/subscriptions/acknowledged')
              this.#options.notification(message)
          },
          request: () => undefined,
          answer: over,
          failed: over,
        },
      })
      this.#open = id
    }
    // The new one first, so that nothing falls between them.
    if (before !== undefined) this.#link.cancel(before, 'replaced')
  }

  #ended(id: number): void {
    if (this.#open !== id || this.#stopped) return
    this.#open = undefined
    this.#timer = setTimeout(() => this.#listen(), REOPEN_MS).unref()
  }

  #filter(): JsonObject {
    const { capabilities } = this.#options
    const filter: JsonObject = {}
    for (const [capability, flag] of CHANGES) {
      const offered = capabilities[capability]
      if (isObject(offered) && offered.listChanged === true) filter[flag] = true
    }
    if (this.#uris.size > 0) filter.resourceSubscriptions = [...this.#uris]
    return filter
  }
}
