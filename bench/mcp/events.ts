/**
 * Timed events on a call's stream: each progress notification carries the moment it was written, in nanoseconds of the
 * clock all processes of this machine share (CLOCK_MONOTONIC), so that whoever reads it knows how long it was on its way.
 */
import { ENVELOPE, EVENTS_TOOL, FIRST_ID, type RequestPlan } from './messages.ts'

export interface EventsPlan extends Pick<RequestPlan, 'tool'> {
  readonly events: number
  readonly gapMs: number
}

/** A call of `count` as bytes. The progress token is the id. */
export function eventsRequest(plan: EventsPlan, id: number): Buffer {
  const { tool, events, gapMs } = plan
  return Buffer.from(
    JSON.stringify({
      jsonrpc: '2.0',
      id,
      method: 'tools/call',
      params: {
        name: tool,
        arguments: { nonce: String(id), events, gapMs },
        _meta: { ...ENVELOPE, progressToken: id },
      },
    }),
  )
}

export interface EventsCall {
  readonly id: number
  readonly token: number | string
  readonly nonce: string
  readonly events: number
  readonly gapMs: number
}

interface ToolCall {
  readonly id?: number
  readonly method?: string
  readonly params?: {
    readonly name?: string
    readonly arguments?: { readonly nonce: string; readonly events: number; readonly gapMs: number }
    readonly _meta?: { readonly progressToken?: number | string }
  }
}

/** What a request asks of `count`; `undefined` for any other. */
export function readEventsCall(request: unknown): EventsCall | undefined {
  const { id, method, params } = request as ToolCall
  const token = params?._meta?.progressToken
  if (method !== 'tools/call' || params?.name !== EVENTS_TOOL || id === undefined || token === undefined)
    return undefined
  const { nonce = '', events = 0, gapMs = 0 } = params.arguments ?? {}
  return { id, token, nonce, events, gapMs }
}

/** One event of a stream, written now. */
export function eventText({ token, nonce }: EventsCall, number: number): string {
  const message = `${nonce} at ${process.hrtime.bigint()}`
  const params = { progressToken: token, progress: number, message }
  return `event: message\ndata: ${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/progress', params })}\n\n`
}

/** The event that ends it. */
export function lastEventText({ id, nonce }: EventsCall): string {
  const result = { content: [{ type: 'text', text: `counted ${nonce}` }], resultType: 'complete' }
  return `event: message\ndata: ${JSON.stringify({ jsonrpc: '2.0', id, result })}\n\n`
}

/** Reads a stream as it comes: the delay of every event, in order, and whether each is of this call. */
export class EventReader {
  readonly delaysUs: number[] = []
  readonly faults: string[] = []
  readonly #id: number
  #rest = ''
  #done = false

  constructor(id: number) {
    this.#id = id
  }

  /** True once the result came. */
  get done(): boolean {
    return this.#done
  }

  /** Takes what was read just now. Chunk sizes and other framing around the events are skipped. */
  take(text: string, nowNs: bigint): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) if (line.startsWith('data: ')) this.#takeLine(line, nowNs)
  }

  #takeLine(line: string, nowNs: bigint): void {
    const event = /"message":"(\d+) at (\d+)"/.exec(line)
    if (event) {
      const number = Number(/"progress":(\d+)/.exec(line)?.[1])
      if (event[1] !== String(this.#id)) this.faults.push(`call ${this.#id}: the event of call ${event[1]}`)
      if (number !== this.delaysUs.length + 1)
        this.faults.push(`call ${this.#id}: event ${number} after ${this.delaysUs.length}`)
      this.delaysUs.push(Number(nowNs - BigInt(event[2] ?? 0)) / 1000)
    } else if (line.includes(`counted ${this.#id}`)) this.#done = true
    else this.faults.push(`call ${this.#id}: ${line.slice(0, 200)}`)
  }
}

/** Ids of these calls; apart from those of others only to be readable. */
export const FIRST_EVENTS_ID = FIRST_ID * 2
