import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import type { Peers } from '../ingress/peers.ts'
import { principalKey } from '../ingress/port.ts'
import { runsAnywhere, type ServersHere } from './placement.ts'
import { homeOf, newSessionId, slotOfSession } from './slots.ts'

/** Principals whose home is remembered: finding it out is a hash, and most requests are of a few principals. */
const MAX_REMEMBERED = 1_000

export interface Place {
  readonly slot: number
  readonly address: AddressInfo
  /** Of every worker, by slot. */
  readonly sockets: readonly string[]
  readonly secret: string
  readonly servers: ServersHere
}

/**
 * The other workers, as the door of the worker in `slot` sees them.
 *
 * @example openHttpIngress({ ..., peers: peersOf({ slot: 1, address, sockets, secret, servers: gateway }) })
 */
export function peersOf({ slot, address, sockets, secret, servers }: Place): Peers {
  const homes = new Map<string, number>()
  const home = (principal: string): number => {
    const known = homes.get(principal)
    if (known !== undefined) return known
    if (homes.size >= MAX_REMEMBERED) homes.clear()
    const found = homeOf(principal, sockets.length)
    homes.set(principal, found)
    return found
  }
  const elsewhere = (owner: number | undefined) =>
    owner === undefined || owner === slot ? undefined : sockets[owner]
  return {
    address,
    path: sockets[slot] ?? '',
    secret,
    newSessionId: () => newSessionId(slot, randomBytes),
    ofSession: (id) => elsewhere(slotOfSession(id, sockets.length)),
    ofCall: (caller, view, message) => {
      const socket = elsewhere(home(principalKey(caller.principal)))
      return socket === undefined || runsAnywhere(message, view, servers) ? undefined : socket
    },
  }
}
