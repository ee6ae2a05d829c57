/**
 * Reads the body of a request under a budget. Time is kept by the server (`requestTimeout`), which answers 408 and ends
 * the connection; a request that is cut off never completes.
 */
import type { IncomingMessage } from 'node:http'
import { ERROR } from '../protocol/errors.ts'
import { Gather } from '../protocol/gather.ts'
import type { Refusal } from './refusal.ts'

/**
 * Hands over the whole body, or the refusal of one that is too large. A body that came in one piece is not copied.
 */
export function readBody(
  request: IncomingMessage,
  maxBytes: number,
  done: (body: Buffer | undefined, refusal: Refusal | undefined) => void,
): void {
  const gather = new Gather()
  const onData = (piece: Buffer): void => {
    if (gather.length + piece.length <= maxBytes) {
      gather.append(piece)
      return
    }
    request.off('data', onData)
    request.off('end', onEnd)
    request.pause()
    done(undefined, bodyTooLarge(maxBytes))
  }
  const onEnd = (): void => done(gather.take(), undefined)
  request.on('data', onData)
  request.on('end', onEnd)
}

/** 413, rule `http/body-size`. */
export function bodyTooLarge(maxBytes: number): Refusal {
  return {
    status: 413,
    code: ERROR.tooLarge,
    rule: 'http/body-size',
    explain: `the body is larger than limits.maxMessage (${maxBytes} bytes)`,
    close: true,
  }
}

const DRAIN_MS = 1_000
const DRAIN_BYTES = 64 * 1024 * 1024

/** Reads and forgets what is left of a body, within bounds, so that the answer can be read before the connection ends. */
export function drainBody(request: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    let bytes = 0
    const stop = (): void => {
      clearTimeout(timer)
      request.off('data', onData).off('end', stop).off('close', stop)
      request.pause()
      resolve()
    }
    const onData = (piece: Buffer): void => {
      bytes += piece.length
      if (bytes > DRAIN_BYTES) stop()
    }
    const timer = setTimeout(stop, DRAIN_MS)
    request.on('data', onData).on('end', stop).on('close', stop)
    request.resume()
  })
}
