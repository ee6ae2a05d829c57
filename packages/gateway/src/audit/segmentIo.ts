/**
 * The few operations by which records reach the disk. An argument of the trail, so that a test can play a failing disk.
 */
import { fdatasync, fstatSync, ftruncateSync, writeSync } from 'node:fs'

export interface SegmentIo {
  /** Writes at a position, perhaps only a part; returns the number of bytes written. */
  write(fd: number, buffer: Uint8Array, offset: number, length: number, position: number): number
  truncate(fd: number, bytes: number): void
  /** Size in bytes, and how many names the file still has. */
  stat(fd: number): { readonly size: number; readonly nlink: number }
  /** Resolves when what was written before the call survives a power loss. */
  sync(fd: number): Promise<void>
}

export const diskIo: SegmentIo = {
  write: writeSync,
  truncate: ftruncateSync,
  stat: fstatSync,
  sync: (fd) =>
    new Promise((resolve, reject) => fdatasync(fd, (error) => (error ? reject(error) : resolve()))),
}
