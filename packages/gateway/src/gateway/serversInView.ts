import { setTimeout as sleep } from 'node:timers/promises'
import type { View } from '../ingress/port.ts'
import type { Excluded } from '../protocol/bridge/greeting.ts'
import type { ServerRuntime } from '../upstream/serverRuntime.ts'
import type { Servers } from '../upstream/servers.ts'

/** How long the first client waits for servers that do not say their era. */
const ERA_MS = 1_500
/** A local server may have to be installed first; who waits for its start anyway waits so long for its era. */
const LOCAL_ERA_MS = 11_000

/**
 * Ids of the servers of a view whose era is known. Waits for one that has not been asked before, never twice: a dead
 * server must not delay the calls to the others. `patient`: the client needs them all, or this one, before it can go on.
 *
 * @example await settleServers(servers, { kind: 'all' }, true) // ['files', 'notes']
 */
export function settleServers(
  servers: Servers,
  view: View,
  patient: boolean,
): readonly string[] | Promise<readonly string[]> {
  const there = inView(servers, view)
  // After a wait the configuration may be another one.
  const known = () =>
    inView(servers, view)
      .filter(({ knownEra }) => knownEra !== undefined)
      .map(({ id }) => id)
  // While no server is known nobody can answer, and a client that is told so may fall back to the older era for good.
  const needsOne = there.every(({ knownEra }) => knownEra === undefined)
  const waits: Promise<void>[] = []
  for (const server of there) {
    // Milliseconds, once: what it said of itself may be on disk.
    if (!server.surfaces.loaded) waits.push(server.surfaces.load())
    if (server.knownEra !== undefined) continue
    const firstMs = (patient || needsOne) && server.config.kind === 'stdio' ? LOCAL_ERA_MS : ERA_MS
    const era = server.learnEra({ firstMs, againMs: view.kind === 'one' ? ERA_MS : 0 })
    if (era !== undefined) waits.push(era)
  }
  if (waits.length === 0) return known()
  const all = Promise.all(waits)
  if (patient || !needsOne) return all.then(known)
  return Promise.race([all, oneOf(waits, () => known().length > 0)]).then(known)
}

/**
 * Resolves when `holds` does, after `ERA_MS` at the earliest, so that those who are quick are there; a dead server delays no call to
 * the others. Never, where it holds for none: whoever waits has the end of all waits beside it.
 */
async function oneOf(waits: readonly Promise<void>[], holds: () => boolean): Promise<void> {
  const first = new Promise<void>((resolve) => {
    // What goes wrong is said by whoever waits for all.
    for (const wait of waits)
      wait.then(
        () => holds() && resolve(),
        () => undefined,
      )
  })
  await Promise.all([first, sleep(ERA_MS, undefined, { ref: false })])
}

/** Servers of a view that no client sees now, and why. */
export function excludedServers(servers: Servers, view: View): readonly Excluded[] {
  return inView(servers, view)
    .filter((server) => server.knownEra === undefined)
    .map((server) => ({ server: server.id, why: server.whyUnseen }))
}

function inView(servers: Servers, view: View): readonly ServerRuntime[] {
  if (view.kind === 'all') return servers.enabled()
  const server = servers.get(view.server)
  return server?.config.enabled ? [server] : []
}
