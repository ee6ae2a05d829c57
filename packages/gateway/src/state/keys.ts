import { randomBytes } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { putIfMissing } from './putIfMissing.ts'

const KEY_BYTES = 32

/**
 * A private key of the gateway's own, made on first use. Two processes that start at once end up with the same one.
 *
 * @throws Error when the file is there but is no key of ours
 * @example const key = await privateKey('/home/ada/.local/share/sallyport/tasks.key') // 32 bytes
 */
export async function privateKey(path: string): Promise<Buffer> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await putIfMissing(path, randomBytes(KEY_BYTES))
  const key = await readFile(path)
  if (key.length !== KEY_BYTES)
    throw new Error(`${path} is not a key of ${KEY_BYTES} bytes; move it away to get a new one`)
  return key
}
