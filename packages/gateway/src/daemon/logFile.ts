/**
 * The daemon's log: a private file of limited size, with the one before it kept beside it.
 */
import { closeSync, constants, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs'
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
    closeSync(this.#file)
    renameSync(this.#path, `${this.#path}.1`)
    this.#file = openLogFile(this.#path)
    this.#size = 0
  }
}
