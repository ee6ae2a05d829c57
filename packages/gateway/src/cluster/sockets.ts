/** Where workers hand over to each other: sockets in the private folder, named after the primary and the slot. */
import { readdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'

const NAME = /^(\d+)\.(\d+)\.worker$/

/** @example workerSockets('/run/user/1000/sallyport', 4711, 2) // ['/run/user/1000/sallyport/4711.0.worker', '...1.worker'] */
export function workerSockets(folder: string, pid: number, workers: number): string[] {
  return Array.from({ length: workers }, (_, slot) => join(folder, `${pid}.${slot}.worker`))
}

/** Removes those of primaries that are gone, killed before they could do so, and all of `pid`: they are of one before it. */
export async function removeStaleSockets(folder: string, pid: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const owner = Number(NAME.exec(name)?.[1])
    if (Number.isNaN(owner) || (owner !== pid && isRunning(owner))) continue
    await removeSocket(join(folder, name))
  }
}

/** Removes a socket, if it is there. */
export async function removeSocket(path: string): Promise<void> {
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
