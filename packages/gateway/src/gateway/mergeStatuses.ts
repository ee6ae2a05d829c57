import type { GatewayStatus, ReviewedStatus } from './gatewayStatus.ts'

/** What a status says of the process itself. */
export type ProcessStatus = Pick<GatewayStatus, 'pid' | 'startedAt' | 'profile' | 'config'>

/** The most telling first: one that runs says more than one that is idle, one that fails more than that. */
const STATES = ['failing', 'running', 'idle', 'disabled'] as const

/**
 * One status for the gateways of one process, which have the same servers under different environments.
 *
 * @example mergeStatuses([a.status(), b.status()], { pid, startedAt, profile, config }).inFlight // a's and b's
 */
export function mergeStatuses(statuses: readonly GatewayStatus[], process: ProcessStatus): GatewayStatus {
  const servers = new Map<string, ReviewedStatus>()
  for (const server of statuses.flatMap((status) => status.servers)) {
    const known = servers.get(server.id)
    servers.set(server.id, known === undefined ? server : mergeServers(known, server))
  }
  const sum = (count: (status: GatewayStatus) => number) =>
    statuses.reduce((total, status) => total + count(status), 0)
  const excluded = new Map(statuses.flatMap((status) => status.excluded.map((one) => [one.server, one])))
  return {
    ...process,
    auditHealthy: statuses.every(({ auditHealthy }) => auditHealthy),
    inFlight: sum(({ inFlight }) => inFlight),
    conversations: sum(({ conversations }) => conversations),
    servers: [...servers.values()],
    excluded: [...excluded.values()],
  }
}

/** One server as two gateways have it. */
export function mergeServers(one: ReviewedStatus, other: ReviewedStatus): ReviewedStatus {
  const lastError = other.lastError ?? one.lastError
  const [surfaceReadAt] = [one.surfaceReadAt, other.surfaceReadAt]
    .filter((at) => at !== undefined)
    .sort()
    .reverse()
  const circuits = [one.circuit, other.circuit].filter((circuit) => circuit !== undefined)
  return {
    ...one,
    era: one.era === 'unknown' ? other.era : one.era,
    state: STATES.find((state) => state === one.state || state === other.state) ?? one.state,
    connections: one.connections + other.connections,
    crashes: one.crashes + other.crashes,
    noiseLines: one.noiseLines + other.noiseLines,
    dropped: one.dropped + other.dropped,
    ...(circuits.length === 0
      ? {}
      : {
          circuit: {
            open: circuits.reduce((total, { open }) => total + open, 0),
            retryAfterMs: Math.min(...circuits.map(({ retryAfterMs }) => retryAfterMs)),
          },
        }),
    ...(lastError === undefined ? {} : { lastError }),
    ...(surfaceReadAt === undefined ? {} : { surfaceReadAt }),
  }
}
