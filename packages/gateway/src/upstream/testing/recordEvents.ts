/**
 * Transport events written down in the order they came, and a way to wait for one. For tests only.
 */
import type { TransportEvents, TransportFault } from '../transport.ts'

export type Recorded =
  | { readonly kind: 'message'; readonly text: string; readonly bytes: number }
  | { readonly kind: 'failed'; readonly id: number; readonly fault: TransportFault }
  | { readonly kind: 'noise'; readonly preview: string; readonly bytes: number }
  | { readonly kind: 'closed'; readonly fault: TransportFault }

export interface EventRecord {
  readonly events: TransportEvents
  readonly all: readonly Recorded[]
  readonly messages: readonly string[]
  /** Resolves when `count` events of the kind have come, with the last of them. */
  next<K extends Recorded['kind']>(kind: K, count?: number): Promise<Extract<Recorded, { kind: K }>>
}

export function recordEvents(): EventRecord {
  const all: Recorded[] = []
  let wake: (() => void)[] = []
  const add = (event: Recorded) => {
    all.push(event)
    const woken = wake
    wake = []
    for (const resolve of woken) resolve()
  }
  return {
    all,
    get messages() {
      return all.flatMap((event) => (event.kind === 'message' ? [event.text] : []))
    },
    events: {
      message: (bytes) => add({ kind: 'message', text: bytes.toString('latin1'), bytes: bytes.length }),
      failed: (id, fault) => add({ kind: 'failed', id, fault }),
      noise: (preview, bytes) => add({ kind: 'noise', preview, bytes }),
      closed: (fault) => add({ kind: 'closed', fault }),
    },
    async next<K extends Recorded['kind']>(kind: K, count = 1) {
      for (;;) {
        const found = all.filter((event): event is Extract<Recorded, { kind: K }> => event.kind === kind)
        const wanted = found[count - 1]
        if (wanted !== undefined) return wanted
        await new Promise<void>((resolve) => wake.push(resolve))
      }
    },
  }
}
