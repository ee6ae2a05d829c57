import { setTimeout as pause } from 'node:timers/promises'
import { isBusy } from '../state/privateDatabase.ts'

/** Pauses between two tries, in milliseconds: the first is about what another process needs for a write. */
const FIRST_MS = 4
const LONGEST_MS = 100

/**
 * Does what needs the file of the approvals; while another process holds it, again and again until `isOver`, and others get
 * their turn between. What fails otherwise fails at once.
 *
 * @example whenFree(() => store.atOnce(() => store.take(keys, reasons, now)), () => now() >= until)
 */
export function whenFree<Value>(work: () => Value, isOver: () => boolean): Value | Promise<Value> {
  try {
    return work()
  } catch (error) {
    if (!isBusy(error) || isOver()) throw error
    return again(work, isOver)
  }
}

async function again<Value>(work: () => Value, isOver: () => boolean): Promise<Value> {
  for (let pauseMs = FIRST_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_MS)) {
    await pause(pauseMs)
    try {
      return work()
    } catch (error) {
      if (!isBusy(error) || isOver()) throw error
    }
  }
}
