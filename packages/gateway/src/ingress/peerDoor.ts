/** The door between the workers of one gateway: requests that others took from their clients and hand over. */
import { unlink } from 'node:fs/promises'
import { createServer } from 'node:http'
import { receive } from './admit.ts'
import type { Door } from './door.ts'
import { identifyHandedOver, type Peers } from './peers.ts'
import { answerParserFault } from './rawRefusal.ts'

const LAST_ANSWERS_MS = 1_000

export interface PeerDoor {
  /** Takes no more. Resolves when nothing is left; call it when everything underway has ended. */
  close(): Promise<void>
}

/** Opens it in front of the same sessions and the same gateway. Rejects when the socket cannot be bound. */
export async function openPeerDoor(door: Door, peers: Peers): Promise<PeerDoor> {
  const { peers: _peers, ...shared } = door
  const inner: Door = {
    ...shared,
    identify: (request) => identifyHandedOver(request, peers.secret),
    // It ends with the door that clients see. (Handed over once: nothing that comes here goes on to a third.)
    get draining() {
      return door.draining
    },
  }
  // Every header line was within its bounds at the first door; the two of ours come on top.
  const server = createServer({ maxHeaderSize: 64 * 1024, requireHostHeader: false, keepAliveTimeout: 0 })
  server.maxHeadersCount = 0
  server.on('request', (request, response) => receive(inner, request, response, undefined))
  server.on('clientError', (error, socket) => answerParserFault(inner, error, socket))
  server.on('error', (error) => door.log.error('http.listener', { error: error.message }))
  await unlink(peers.path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    // Of this process alone: `node:cluster` would share it out among the workers.
    server.listen({ path: peers.path, exclusive: true }, () => {
      server.off('error', reject)
      resolve()
    })
  })
  return {
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      // Answers written a moment ago still have to leave.
      server.closeIdleConnections()
      const timer = setTimeout(() => server.closeAllConnections(), LAST_ANSWERS_MS)
      await closed
      clearTimeout(timer)
    },
  }
}
