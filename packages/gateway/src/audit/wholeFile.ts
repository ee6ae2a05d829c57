import { closeSync, fsyncSync, linkSync, openSync, unlinkSync, writeSync } from 'node:fs'

/**
 * Creates a private file (0600) that appears with all its content or not at all, and only if it did not exist.
 *
 * The content is written under another name first, then linked: of several processes exactly one succeeds, and the
 * others never read a half-written file. Returns false when the file was there.
 */
export function createWholeFile(
  path: string,
  content: string,
  random: (bytes: number) => Uint8Array,
): boolean {
  const draft = `${path}.${Buffer.from(random(8)).toString('hex')}`
  const fd = openSync(draft, 'wx', 0o600)
  try {
    writeSync(fd, content)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  try {
    linkSync(draft, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    unlinkSync(draft)
  }
}
