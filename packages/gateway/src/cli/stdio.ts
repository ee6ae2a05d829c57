/**
 * `sallyport stdio --standalone` and `sallyport run -- CMD`: the gateway inside this process, one client on its pipe.
 */
import { randomUUID } from 'node:crypto'
import { startGateway } from '../assemble.ts'
import type { Config } from '../config/config.ts'
import { parseConfig } from '../config/load.ts'
import type { View } from '../ingress/port.ts'
import { serveStdio } from '../ingress/stdio.ts'
import { openControlSocket } from '../state/controlSocket.ts'
import { hostName } from '../state/hostName.ts'
import { localUser } from '../state/localUser.ts'
import { statePaths } from '../state/paths.ts'
import { type GlobalOptions, openLog, place, requireConfig, unknownServer } from './context.ts'
import { CommandError, EXIT } from './exit.ts'
import { serverIdOf } from './serverIdOf.ts'
import { untilStopped } from './signals.ts'

export interface StdioOptions extends GlobalOptions {
  /** Serves this server alone, under its own names. */
  readonly server?: string
  readonly standalone?: boolean
}

export async function runStdio(options: StdioOptions): Promise<number> {
  // Unix sockets in a private folder are what the daemon's privacy rests on: elsewhere each host has its own gateway.
  if (!options.standalone && process.platform !== 'win32')
    return await (await import('../daemon/relay.ts')).runRelay(options)
  const config = await requireConfig(options)
  if (options.server !== undefined && !config.servers.some((server) => server.id === options.server))
    throw unknownServer(config, options.server)
  return await serve(
    config,
    options.server === undefined ? { kind: 'all' } : { kind: 'one', server: options.server },
    options,
    'stdio',
  )
}

export interface RunOptions extends GlobalOptions {
  readonly id?: string
  /** Variables of our environment that the server may see. */
  readonly env?: readonly string[]
  readonly trust?: string
  readonly confirm?: string
}

/** Wraps one command: the host's entry `CMD` becomes `sallyport run -- CMD`. */
export async function runWrapped(command: readonly string[], options: RunOptions): Promise<number> {
  const config = await requireConfig(options)
  const id = options.id ?? serverIdOf(command, process.cwd())
  const entry = {
    command,
    cwd: process.cwd(),
    ...(options.trust === undefined ? {} : { trust: options.trust }),
    ...(options.confirm === undefined ? {} : { confirm: options.confirm }),
    ...(options.env === undefined
      ? {}
      : { env: Object.fromEntries(options.env.map((name) => [name, `\${env:${name}}`])) }),
  }
  const text = JSON.stringify({ version: 1, profile: config.profile, servers: { [id]: entry } })
  const { env, homeDir } = place()
  // Named after the server too: what is remembered of one is not another one's to forget.
  const parsed = parseConfig(Buffer.from(text), `${process.cwd()}/(run ${id}).json`, { env, homeDir })
  if (!parsed.ok) throw new CommandError(EXIT.usage, parsed.error.message)
  const { source } = parsed.config
  return await serve(
    {
      ...config,
      servers: parsed.config.servers,
      source: source.kind === 'file' ? { ...source, within: config.source } : source,
    },
    { kind: 'one', server: id },
    options,
    'run',
  )
}

async function serve(config: Config, view: View, options: GlobalOptions, command: string): Promise<number> {
  const log = openLog(config, options)
  const { env, homeDir } = place()
  const stop = untilStopped(['SIGINT', 'SIGTERM', 'SIGHUP'])
  const running = await startGateway(config, { env, homeDir, log })
  // Nobody waits for it: a server's era is asked when the client's first message needs it, if not known by then.
  void running.gateway.learnEras()
  const control = await openControlSocket(statePaths({ env, homeDir }).runtime, () => ({
    command,
    ...running.gateway.status(),
  }))
  const connection = serveStdio({
    input: process.stdin,
    output: process.stdout,
    front: running.gateway,
    caller: {
      principal: { issuer: 'local', subject: localUser() },
      transport: 'stdio',
      host: await hostName(process.ppid),
    },
    view,
    conversation: randomUUID(),
    budget: {
      maxBytes: config.limits.maxMessageBytes,
      maxDepth: config.limits.maxDepth,
      maxKeys: config.limits.maxKeys,
    },
    log,
  })
  await Promise.race([connection.ended, stop])
  await connection.close('the gateway is stopping')
  await control.close()
  await running.close()
  // Stopped by a signal while its client's end is open: a pipe that is read keeps the process alive.
  process.stdin.destroy()
  return EXIT.fine
}
