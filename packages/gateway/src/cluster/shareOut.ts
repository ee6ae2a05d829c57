import type { Config } from '../config/config.ts'

/** Below this a worker's share for one client would refuse ordinary hosts. */
const LEAST_PER_CLIENT = 16

/**
 * The configuration of one of so many workers: each gets its share of what is bounded for the whole gateway, so that all
 * of them together stay within it. The bound for one client is shared out too: its requests come to several workers, and
 * none knows what the others have underway.
 *
 * @example shareOut(config, 4).listen.maxSessions // a quarter, rounded up
 */
export function shareOut(config: Config, workers: number): Config {
  const share = (most: number) => Math.ceil(most / workers)
  const { listen, limits } = config
  const perClient = Math.max(share(limits.maxInFlightPerClient), LEAST_PER_CLIENT)
  return {
    ...config,
    servers: config.servers.map((server) =>
      server.maxInFlight === undefined ? server : { ...server, maxInFlight: share(server.maxInFlight) },
    ),
    listen: {
      ...listen,
      maxSessions: share(listen.maxSessions),
      maxStreams: share(listen.maxStreams),
      // Connections are dealt out in turn, whoever they are of.
      ...(listen.maxConnectionsPerAddress === undefined
        ? {}
        : { maxConnectionsPerAddress: share(listen.maxConnectionsPerAddress) }),
    },
    limits: {
      ...limits,
      maxInFlight: share(limits.maxInFlight),
      maxInFlightPerClient: Math.min(limits.maxInFlightPerClient, perClient),
      concurrentStarts: share(limits.concurrentStarts),
    },
  }
}
