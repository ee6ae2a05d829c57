/**
 * Writes down what a transport reports, in order, and lets a test wait for the next thing.
 */
import type { MessageContext, TransportEvents, TransportFault } from '../transport.ts'

export type Happening =
  | { readonly kind: 'message'; readonly text: string; readonly context: MessageContext }
  | { readonly kind: 'failed'; readonly id: number; readonly fault: TransportFault }
  | { readonly kind: 'noise'; readonly preview: string; readonly bytes: number }
  | { readonly kind: 'closed'; readonly fault: TransportFault }

export class Recorder {
  /** Everything, in order. */
  readonly all: Happening[] = []
  #read = 0
  #waiting: (() => void) | undefined

  readonly events: TransportEvents = {
    message: (bytes, context) => this.#add({ kind: 'message', text: bytes.toString('utf8'), context }),
    failed: (id, fault) => this.#add({ kind: 'failed', id, fault }),
    noise: (preview, bytes) => this.#add({ kind: 'noise', preview, bytes }),
    closed: (fault) => this.#add({ kind: 'closed', fault }),
  }

  /** The next thing nobody has asked for yet. */
  async next(): Promise<Happening> {
    for (;;) {
      const happening = this.all[this.#read]
      if (happening !== undefined) {
        this.#read++
        return happening
      }
      await new Promise<void>((resolve) => {
        this.#waiting = resolve
      })
    }
  }

  /** The next thing, which must be a message; parsed. */
  async message(): Promise<{ readonly value: Record<string, unknown>; readonly context: MessageContext }> {
    const happening = await this.next()
    if (happening.kind !== 'message') throw new Error(`expected a message, got ${JSON.stringify(happening)}`)
    return { value: JSON.parse(happening.text), context: happening.context }
  }

  /** The next thing, which must be a failure or the end. */
  async fault(): Promise<TransportFault> {
    const happening = await this.next()
    if (happening.kind !== 'failed' && happening.kind !== 'closed') {
      throw new Error(`expected a fault, got ${JSON.stringify(happening)}`)
    }
    return happening.fault
  }

  #add(happening: Happening): void {
    this.all.push(happening)
    this.#waiting?.()
  }
}
