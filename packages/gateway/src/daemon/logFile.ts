/**
 * The daemon's log: a private file of limited size, with the one before it kept beside it.
 */
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  renameSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'

export const MAX_LOG_BYTES = 1024 * 1024

/** Opens a log to append to, readable by this user only. Follows no link. */
export function openLogFile(path: string): number {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0)
  return openSync(path, flags, 0o600)
}

/** Writes lines; a full file becomes `PATH.1` in place of the last one. */
export class LogFile {
  readonly #path: string
  readonly #maxBytes: number
  #file: number
  #size: number

  constructor(path: string, maxBytes: number = MAX_LOG_BYTES) {
    this.#path = path
    this.#maxBytes = maxBytes
    this.#file = openLogFile(path)
    this.#size = fstatSync(this.#file).size
  }

  write(line: string): void {
    if (this.#size > 0 && this.#size + line.length > this.#maxBytes) this.#turnOver()
    this.#size += writeSync(this.#file, line)
  }

  #turnOver(): void {
    const full = this.#file
    this.#size = 0
    try {
      renameSync(this.#path, `${this.#path}.1`)
    } catch (error) {
      // The folder was removed: a new file in a new one. Anything else (a folder in the way, a disk that is read only):
      // without the one before, rather than without end.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
        ftruncateSync(full)
        this.#size += writeSync(full, `the log could not be turned over and begins anew: ${String(error)}\n`)
        return
      }
    }
    // Opened before the other is closed: were it not to be had, lines would go on to a closed descriptor's number,
    // which is soon that of a client's connection or of the audit trail.
    this.#file = openLogFile(this.#path)
    closeSync(full)
  }
}
