/**
 * Slows down a stream whose producer floods us: once it has cost more than its bytes for this second, it is not read
 * for the rest of the second. The producer then blocks on a full pipe, as any program does whose reader is slow, and
 * the gateway's processor time goes to the other servers.
 */
export interface Pausable {
  pause(): unknown
  resume(): unknown
}

export interface FloodBrake {
  /** So many bytes were worth nothing. */
  spend(bytes: number): void
  /** Lets it flow and forgets the timer. */
  release(): void
}

/**
 * @example
 * const brake = makeFloodBrake(child.stderr, 8 * 1024 * 1024, () => performance.now())
 * child.stderr.on('data', (chunk) => brake.spend(chunk.length))
 */
export function makeFloodBrake(stream: Pausable, bytesPerSecond: number, now: () => number): FloodBrake {
  let windowStart = now()
  let spent = 0
  let timer: NodeJS.Timeout | undefined
  const release = () => {
    if (timer === undefined) return
    clearTimeout(timer)
    timer = undefined
    stream.resume()
  }
  return {
    spend(bytes) {
      const time = now()
      if (time - windowStart >= 1000) {
        windowStart = time
        spent = 0
      }
      spent += bytes
      if (spent <= bytesPerSecond || timer !== undefined) return
      stream.pause()
      timer = setTimeout(release, Math.max(1, windowStart + 1000 - time))
      timer.unref()
    },
    release,
  }
}
