/** `sallyport servers`: what the configuration says, and how its servers are in the gateways that run now. */
import type { Config } from '../config/config.ts'
import type { GatewayStatus, ReviewedStatus } from '../gateway/gatewayStatus.ts'
import { mergeServers } from '../gateway/mergeStatuses.ts'
import { readStatuses } from '../state/controlSocket.ts'
import { statePaths } from '../state/paths.ts'
import type { ServerStatus } from '../upstream/serverRuntime.ts'
import { openSurfaces } from '../upstream/surface/openSurfaces.ts'
import { type GlobalOptions, openLog, place, requireConfig, sourceOf } from './context.ts'
import { EXIT } from './exit.ts'
import { describeState } from './serverState.ts'
import { table } from './table.ts'

export async function runServers(options: GlobalOptions): Promise<number> {
  const config = await requireConfig(options)
  const { servers } = config
  const states = await readStates(config, options)
  if (options.json) {
    const plain = servers.map((server) => ({
      id: server.id,
      kind: server.kind,
      trust: server.trust,
      era: server.era,
      enabled: server.enabled,
      target: server.kind === 'stdio' ? server.command : server.url,
      ...states.get(server.id),
    }))
    process.stdout.write(`${JSON.stringify({ servers: plain })}\n`)
    return EXIT.fine
  }
  if (servers.length === 0) {
    const explain = `No server is configured (${sourceOf(config)}): add one under "servers", or name another file with --config FILE.`
    process.stdout.write(`${explain}\n`)
    return EXIT.fine
  }
  const rows = servers.map((server) => [
    server.id,
    server.trust,
    server.era,
    server.enabled ? describeState(states.get(server.id) ?? { state: 'idle' }) : 'off',
    server.kind === 'stdio' ? server.command.join(' ') : server.url,
  ])
  process.stdout.write(`${table(['server', 'trust', 'era', 'state', 'runs'], rows)}\n`)
  return EXIT.fine
}

type State = Pick<ServerStatus, 'state' | 'surfaceReadAt'>

/** How each server is: in the gateways that serve this configuration now, else what is remembered of it. */
async function readStates(config: Config, options: GlobalOptions): Promise<Map<string, State>> {
  const paths = statePaths(place())
  const { source } = config
  const gateways = ((await readStatuses(paths.runtime)).answers as GatewayStatus[]).filter(
    (gateway) => source.kind === 'file' && gateway.config === source.path,
  )
  const states = new Map<string, ReviewedStatus>()
  for (const status of gateways.flatMap(({ servers }) => servers)) {
    const known = states.get(status.id)
    states.set(status.id, known === undefined ? status : mergeServers(known, status))
  }
  const log = openLog(config, { ...options, quiet: true })
  const store = await openSurfaces(paths, config, place().env, log)
  const found = config.servers.map(async (server): Promise<[string, State]> => {
    const state = states.get(server.id)
    if (state !== undefined) return [server.id, { state: state.state, ...readAtOf(state.surfaceReadAt) }]
    const surfaces = store.of(server, () => undefined)
    await surfaces.load()
    const { readAt } = surfaces
    const since = readAt === undefined ? undefined : new Date(readAt).toISOString()
    return [server.id, { state: server.enabled ? 'idle' : 'disabled', ...readAtOf(since) }]
  })
  return new Map(await Promise.all(found))
}

function readAtOf(surfaceReadAt: string | undefined): Pick<ServerStatus, 'surfaceReadAt'> {
  return surfaceReadAt === undefined ? {} : { surfaceReadAt }
}
