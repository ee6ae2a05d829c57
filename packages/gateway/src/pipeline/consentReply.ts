import type { JsonValue } from '@sallyport/controls/json'

/** What a client said to a question of the gateway, as it came: a client may say anything. */
export interface ConsentReply {
  readonly ticket: string
  /** When it was asked, as milliseconds since the epoch. */
  readonly askedAt: number
  /** The result of the elicitation; `undefined` where there was none. */
  readonly result: JsonValue | undefined
}
