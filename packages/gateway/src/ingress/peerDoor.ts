/** The door between the workers of one gateway: requests that others took from their clients and hand over. */
import { unlink } from 'node:fs/promises'
import type { Server } from 'node:http'
import type { SideDoor } from '../identity/identity.ts'
import type { Door } from './door.ts'
import { identifyHandedOver, type Peers } from './peers.ts'

/** Whoever takes a request from its client serves these. */
const NO_SIDE: SideDoor = { takes: () => false, receive: () => undefined }

/** The same sessions and the same gateway, for requests whose caller another worker found out. They go no further. */
export function peerDoor(door: Door, peers: Peers): Door {
  const { peers: _peers, identity, ...shared } = door
  return {
    ...shared,
    ...(identity === undefined ? {} : { identity: { ...identity, side: NO_SIDE } }),
    identify: (request) => identifyHandedOver(request, peers.secret),
    // It ends with the door that clients see.
    get draining() {
      return door.draining
    },
  }
}

/** Rejects when the socket cannot be bound. */
export async function listenForPeers(server: Server, { path }: Peers): Promise<void> {
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    // Of this process alone: `node:cluster` would share it out among the workers.
    server.listen({ path, exclusive: true }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
