import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { CHECKPOINTS_FILE } from './layout.ts'

/**
 * Appends one signed line to the checkpoints that all processes share.
 *
 * `durable` waits until it survives a power loss: for a checkpoint that lets something be removed.
 */
export async function appendCheckpoint(dir: string, line: string, durable: boolean): Promise<void> {
  const file = await open(join(dir, CHECKPOINTS_FILE), 'a+', 0o600)
  try {
    const { size } = await file.stat()
    const end = Buffer.alloc(1)
    if (size > 0) await file.read(end, 0, 1, size - 1)
    // A line that a full disk cut off must not swallow this one.
    const text = size > 0 && end[0] !== 0x0a ? `\n${line}` : line
    const bytes = Buffer.from(text, 'latin1')
    const { bytesWritten } = await file.write(bytes)
    if (bytesWritten !== bytes.length)
      throw new Error(`only ${bytesWritten} bytes of a checkpoint were written`)
    if (durable) await file.datasync()
  } finally {
    await file.close()
  }
}
