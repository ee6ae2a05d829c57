import { setTimeout as sleep } from 'node:timers/promises'

/**
 * What `work` gives, or `undefined` when it takes longer than `ms`. The work itself goes on; its late failure is ignored.
 *
 * @example if ((await within(500, exited.then(() => true))) === undefined) kill()
 */
export async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  const stop = new AbortController()
  try {
    return await Promise.race([work, sleep(ms, undefined, { signal: stop.signal })])
  } finally {
    stop.abort()
  }
}
