/**
 * Becoming the daemon: exactly one process at a time holds the lock, a fresh token and the socket.
 */
import { randomBytes } from 'node:crypto'
import { chmodSync, lstatSync, renameSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { lockExclusively } from '../state/exclusiveLock.ts'
import { requirePrivateFolder } from '../state/privateFolder.ts'
import type { DaemonAddress } from './address.ts'
import { writeToken } from './tokenFile.ts'

const TOKEN_BYTES = 32

export interface TakenAddress {
  readonly token: Buffer
  /** From now on every connection, those that came before included, goes to `take`. Paused, without a reader. */
  receive(take: (socket: Socket) => void): void
  /** False once somebody removed or replaced what relays find us by: no relay comes any more. */
  stillOurs(): boolean
  /** Takes no more connections and lets another process be the daemon. Those that are open stay open. Idempotent. */
  give(): void
}

/** `undefined` while another process is the daemon. @throws NotPrivate when the folder is not this user's alone */
export async function takeAddress(address: DaemonAddress): Promise<TakenAddress | undefined> {
  requirePrivateFolder(address.folder)
  const lock = lockExclusively(address.lock)
  if (lock === undefined) return undefined
  const token = randomBytes(TOKEN_BYTES)
  writeToken(address.token, token, `${address.token}-${randomBytes(8).toString('hex')}`)
  const early: Socket[] = []
  let take = (socket: Socket): void => void early.push(socket)
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    // Until somebody reads it: an error without a listener would end the process.
    socket.on('error', () => socket.destroy())
    take(socket)
  })
  // Bound under another name and then moved: a dead daemon's socket is replaced in one step, and closing ours later
  // removes that other name, never the socket of a daemon that came after us.
  const before = address.socket.replace(/\.daemon$/, '.new')
  rmSync(before, { force: true })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(before, resolve)
  })
  // Out of descriptors, say: who tries again is let in when there are some.
  server.on('error', (error) => process.stderr.write(`sallyport daemon: cannot accept: ${error.message}\n`))
  chmodSync(before, 0o600)
  renameSync(before, address.socket)
  const ours = [address.socket, address.token].map((path) => ({ path, inode: inodeOf(path) }))
  rmSync(address.start, { force: true })
  const isOurs = (one: (typeof ours)[number]) => one.inode !== undefined && inodeOf(one.path) === one.inode
  let given = false
  return {
    token,
    receive(next) {
      take = next
      for (const socket of early.splice(0)) next(socket)
    },
    stillOurs: () => !given && ours.every(isOurs),
    give() {
      if (given) return
      given = true
      for (const one of ours.filter(isOurs)) rmSync(one.path, { force: true })
      server.close()
      lock.release()
    },
  }
}

function inodeOf(path: string): bigint | undefined {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false })?.ino
}
