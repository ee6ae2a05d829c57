import { join } from 'node:path'
import { shortHash } from './sha256.ts'

/** `sun_path` with its final NUL: 108 bytes on Linux, 104 on BSD and macOS. */
const MAX_SOCKET_BYTES = process.platform === 'linux' ? 107 : 103
/** The longest name we give a socket. */
const LONGEST_NAME = 'x'.repeat(24)

/**
 * Where sockets go: the runtime folder, or a short one of this user in `/tmp` when a socket's path would be longer than
 * an address can be. A home with a long name must not be a home without a gateway. `/tmp` is shared: whoever uses the
 * short one checks that it is private (`requirePrivateFolder`).
 *
 * @example socketFolder('/run/user/1000/sallyport') // itself
 */
export function socketFolder(runtime: string): string {
  if (process.platform === 'win32') return runtime
  if (Buffer.byteLength(join(runtime, LONGEST_NAME)) <= MAX_SOCKET_BYTES) return runtime
  return `/tmp/sallyport-${process.getuid?.() ?? 0}-${shortHash(runtime)}`
}
