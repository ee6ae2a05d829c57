/**
 * Which of many servers a caller gets to know of: those that a scope of its credential reaches. Where nothing limits it, and
 * where one server was asked for by its own address (there the door decides), it is all of them.
 */

import type { Authority } from '../../identity/authority.ts'
import type { View } from '../../ingress/port.ts'
import type { Relay } from './relay.ts'

export interface Beholder {
  readonly view: View
  /** Absent: the local user, whom no scopes limit. */
  readonly authority: Authority | undefined
}

/** @example serversInSight(relay, { view: { kind: 'all' }, authority }, ['pg', 'mail']) // ['pg'] for one with a scope for pg */
export function serversInSight(
  relay: Pick<Relay, 'scopes'>,
  beholder: Beholder,
  servers: readonly string[],
  list?: string,
): readonly string[] {
  if (relay.scopes === undefined) return servers
  return servers.filter((server) => inSight(relay, beholder, server, list))
}

/**
 * Whether it may hear of this one.
 *
 * @param list absent: that it is there; else what it says to this method. A server whose list is not for the caller is not
 * asked: that it has nothing would be believed of it by whoever comes with more.
 */
export function inSight(
  { scopes }: Pick<Relay, 'scopes'>,
  { view, authority }: Beholder,
  server: string,
  list?: string,
): boolean {
  if (scopes === undefined || authority === undefined || view.kind === 'one') return true
  const granted = authority.scopes
  return list === undefined ? scopes.reach(granted, server) : scopes.show(granted, server, list)
}
