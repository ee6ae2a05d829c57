/** What a program said on standard error belongs in the message of the connection it broke. */
import type { Stream } from 'node:stream'

const MAX_CHARACTERS = 2_000

/** Reads `stderr` to its end; the returned function gives the last of it. */
export function tailOf(stderr: Stream | null): () => string {
  let tail = ''
  stderr?.on('data', (chunk: Buffer) => {
    tail = (tail + chunk.toString()).slice(-MAX_CHARACTERS)
  })
  return () => tail
}

/** Does `work`, and adds the tail to the error if it fails. */
export async function explained<T>(work: Promise<T>, tail: () => string): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (tail() === '') throw error
    throw new Error(`${String(error)}\nits standard error ended with:\n${tail()}`, { cause: error })
  }
}
