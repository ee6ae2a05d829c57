/**
 * Ends a connection that has not shaken hands in time, whatever it sends (CWE-400). Node's own `handshakeTimeout` counts
 * silence alone: a byte now and then would hold a place for hours. And it ends nothing where faults of clients are
 * answered, since an answer waits for the very handshake that does not come.
 */
import type { Socket } from 'node:net'
import type { Server } from 'node:tls'

/** @param server over TLS, before it listens */
export function limitHandshakes(server: Server, deadlineMs: number): void {
  const underway = new Map<string, NodeJS.Timeout>()
  server.on('connection', (socket: Socket) => {
    const name = nameOf(socket)
    const timer = setTimeout(() => socket.destroy(), deadlineMs)
    timer.unref()
    underway.set(name, timer)
    socket.once('close', () => {
      clearTimeout(timer)
      if (underway.get(name) === timer) underway.delete(name)
    })
  })
  server.on('secureConnection', (secured) => clearTimeout(underway.get(nameOf(secured))))
}

/** The same of a connection and of what decrypts it. */
function nameOf({ remoteAddress = '', remotePort = 0 }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}
