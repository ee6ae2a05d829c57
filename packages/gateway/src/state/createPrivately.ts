import { closeSync, openSync } from 'node:fs'

/**
 * Creates an empty file that its owner alone may read and write. False when there is one already, whoever's it is.
 *
 * @example if (!createPrivately(path)) requirePrivateFile(path)
 */
export function createPrivately(path: string): boolean {
  try {
    closeSync(openSync(path, 'wx', 0o600))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return false
  }
}
