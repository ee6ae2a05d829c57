/**
 * A gateway and its HTTP door, open: what `serve` runs in one process, and in each worker of several.
 */
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { monotonic, type RunningGateway, startGateway } from '../assemble.ts'
import type { Config, ListenConfig } from '../config/config.ts'
import { withPlace } from '../config/withPlace.ts'
import { withLinkPages } from '../credentials/connector/withLinkPages.ts'
import type { DoorTally } from '../identity/doorTally.ts'
import type { Identity } from '../identity/identity.ts'
import { openIdentity } from '../identity/openIdentity.ts'
import { type HttpIngress, openHttpIngress } from '../ingress/http.ts'
import type { Peers } from '../ingress/peers.ts'
import type { Caller } from '../ingress/port.ts'
import { openServerTls, type ServerTls, TlsFault } from '../ingress/tls/serverTls.ts'
import type { CallLimiter } from '../limits/limitBook.ts'
import type { Log } from '../log.ts'
import { localUser } from '../state/localUser.ts'
import { statePaths } from '../state/paths.ts'
import { callFor } from './callFor.ts'
import { commandsToPaste } from './commandsToPaste.ts'
import { type GlobalOptions, place } from './context.ts'
import { describeReview } from './describeReview.ts'
import { CommandError, EXIT } from './exit.ts'
import { inventory } from './inventory.ts'
import { table } from './table.ts'

export interface ServingOptions {
  readonly log: Log
  /** As the command was given: what a person is told to run is for the same configuration. */
  readonly given: Pick<GlobalOptions, 'config'>
  /** Say on standard output what is served. */
  readonly announce: boolean
  /** In a worker: the primary counts. */
  readonly limiter?: CallLimiter
  /** In a worker: the primary counts what comes to the doors, too. */
  readonly tally?: DoorTally
  /** In a worker: the others. */
  readonly peers?: (running: RunningGateway) => Peers
}

export interface Serving {
  readonly running: RunningGateway
  readonly url: string
  /** In a worker: takes a connection that the primary accepted. */
  take(socket: Socket): void
  /** Ends the door and its calls, then what `between` ends, then the gateway. */
  close(between: () => Promise<void>): Promise<void>
}

/** Rejects when the audit trail cannot be opened or the address is not to be had; nothing is left behind. */
export async function openServing(config: Config, options: ServingOptions): Promise<Serving> {
  const { log, given, announce, peers, limiter } = options
  const { env, homeDir } = place()
  const running = await startGateway(config, {
    env,
    homeDir,
    log,
    ...(limiter === undefined ? {} : { limiter }),
  })
  const { gateway } = running
  let ingress: HttpIngress
  let identity: Identity | undefined
  let tls: ServerTls | undefined
  const publicUrl = publicUrlOf(config)
  let url: string
  try {
    const ready = gateway.learnEras()
    let eras = false
    ready.then(() => {
      eras = true
    })
    tls = await tlsOf(config, { env, homeDir, log })
    identity = await identityOf(config, publicUrl, running, { env, homeDir, log, tally: options.tally })
    ingress = await openHttpIngress({
      ...(identity === undefined ? {} : { identity, publicUrl }),
      ...(tls === undefined ? {} : { tls }),
      config: config.listen,
      limits: config.limits,
      front: gateway,
      log,
      now: monotonic,
      ready: () => eras && running.audit.healthy,
      ...(peers === undefined ? {} : { peers: peers(running) }),
    })
    const { address } = ingress
    url = `${tls === undefined ? 'http' : 'https'}://${address.address.includes(':') ? `[${address.address}]` : address.address}:${address.port}/mcp`
    log.info('listening', { url })
    await ready
    const { auth } = config
    if (announce)
      announceServing(running, auth === undefined ? url : `${publicUrl}/mcp`, { given, log, auth })
    if (announce && tls?.authorityPath !== undefined)
      process.stdout.write(`TLS:    clients have to trust ${tls.authorityPath} (Node: NODE_EXTRA_CA_CERTS)\n`)
  } catch (error) {
    tls?.close()
    await identity?.close()
    await running.close()
    throw startError(error, config)
  }
  return {
    running,
    url,
    take: (socket) => ingress.take(socket),
    async close(between) {
      gateway.endStarts()
      await ingress.close()
      tls?.close()
      await identity?.close()
      await between()
      await running.close()
    },
  }
}

interface World {
  readonly env: NodeJS.ProcessEnv
  readonly homeDir: string
  readonly log: Log
}

/** Who may come in; `undefined` where that is the local user alone. */
async function identityOf(
  config: Config,
  publicUrl: string,
  running: RunningGateway,
  world: World & { readonly tally: DoorTally | undefined },
): Promise<Identity | undefined> {
  const { auth } = config
  if (auth === undefined) return undefined
  const { env, log } = world
  const identity = await openIdentity({
    config,
    auth,
    publicUrl,
    stateDir: statePaths(world).state,
    dataDir: statePaths(world).data,
    env,
    stored: running.stored,
    audit: running.audit,
    log,
    now: () => Date.now(),
    tally: world.tally,
    servers: () => running.gateway.status().servers.map(({ id }) => id),
  })
  return withLinkPages(identity, { credentials: running.credentials, publicUrl, audit: running.audit, log })
}

/** The origin that clients know. Without `auth.publicUrl` that is the loopback address (`config/refuseOpenListener.ts`). */
function publicUrlOf({ auth, listen }: Config): string {
  if (auth?.publicUrl !== undefined) return auth.publicUrl
  const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host
  return `${listen.tls === undefined ? 'http' : 'https'}://${host}:${listen.port}`
}

async function tlsOf({ listen }: Config, world: World): Promise<ServerTls | undefined> {
  if (listen.tls === undefined) return undefined
  const folder = localAuthorityFolder(world)
  return await openServerTls(listen.tls, { folder, log: world.log, now: () => new Date() })
}

/** Where the authority of `listen.localTls` is kept. */
export const localAuthorityFolder = (world: Pick<World, 'env' | 'homeDir'>): string =>
  join(statePaths(world).data, 'tls')

/** Servers, tools and a command to paste, once the servers have said what they have. */
function announceServing(
  running: RunningGateway,
  url: string,
  { given, log, auth }: Pick<ServingOptions, 'given' | 'log'> & { readonly auth: Config['auth'] | undefined },
): void {
  const { gateway } = running
  const caller: Caller = { principal: { issuer: 'local', subject: localUser() }, transport: 'http' }
  const statuses = gateway.status().servers.filter((server) => server.state !== 'disabled')
  Promise.all(statuses.map((server) => inventory(gateway, caller, server))).then(
    (found) => {
      // Again: what waits is known once the lists were read.
      const reviews = new Map(gateway.status().servers.map(({ id, review }) => [id, describeReview(review)]))
      const rows = statuses.map((server, at) => {
        const one = found[at]
        const tools =
          one?.problem === undefined
            ? `${one?.tools.length ?? 0}: ${one?.tools.join(' ') ?? ''}`
            : `! ${one.problem}`
        return [server.id, server.era, server.trust, reviews.get(server.id) ?? '', cut(tools, 96)]
      })
      process.stdout.write(`\n${table(['server', 'era', 'trust', 'review', 'tools'], rows)}\n\n`)
      if ([...reviews.values()].some((review) => review !== ''))
        process.stdout.write(`What waits or is blocked no client sees: ${callFor(given)('review')}\n`)
      process.stdout.write(`Serving ${url}  (one server: ${url}/SERVER)\n`)
      const commands = commandsToPaste(url, auth, callFor(given)('keys create NAME'))
      process.stdout.write(`${commands.join('\n')}\n`)
    },
    (error: unknown) => log.error('inventory.failed', { explain: String(error) }),
  )
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`
}

/** What the configuration names and cannot be had, with the place where it is named; any other error in words where there are some. */
function startError(error: unknown, { listen, source }: Config): unknown {
  if (!(error instanceof Error)) return error
  const said = withPlace(error.message, source)
  if (said === error.message) return listenError(error, listen)
  return new CommandError(error instanceof TlsFault ? EXIT.usage : EXIT.unchecked, said)
}

/** Why the address cannot be taken, in words and with an exit code; any other error as it was. */
export function listenError(error: unknown, { host, port }: Pick<ListenConfig, 'host' | 'port'>): unknown {
  if (error instanceof TlsFault) return new CommandError(EXIT.usage, error.message)
  const { code } = error as NodeJS.ErrnoException
  const at = `${host}:${port}`
  if (code === 'EADDRINUSE') {
    return new CommandError(
      EXIT.unchecked,
      `${at} is in use: stop what listens there (\`sallyport status\` shows gateways), or set listen.http`,
    )
  }
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL')
    return new CommandError(EXIT.unchecked, `cannot listen on ${at}: ${code}`)
  return error
}
