/**
 * `sallyport serve`: the gateway behind an HTTP door.
 */
import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { monotonic, type RunningGateway, startGateway } from '../assemble.ts'
import type { Config } from '../config/config.ts'
import { type ConfigWatch, watchConfig } from '../config/watch.ts'
import { type HttpIngress, openHttpIngress } from '../ingress/http.ts'
import type { Caller } from '../ingress/port.ts'
import type { Log } from '../log.ts'
import { openControlSocket } from '../state/controlSocket.ts'
import { statePaths } from '../state/paths.ts'
import { type GlobalOptions, openLog, place, requireConfig } from './context.ts'
import { CommandError, EXIT } from './exit.ts'
import { inventory } from './inventory.ts'
import { untilStopped } from './signals.ts'
import { table } from './table.ts'

/** The example configuration of a source checkout: what `serve` shows where nothing is configured yet. */
const EXAMPLE = fileURLToPath(new URL('../../../../examples/sallyport.yaml', import.meta.url))

/** Runs until it is told to stop. Resolves with the exit code. */
export async function runServe(options: GlobalOptions): Promise<number> {
  const config = await configOrExample(options)
  const log = openLog(config, options)
  const { env, homeDir } = place()
  // Before anything is started: whoever stops us while we start still gets an orderly end.
  const stop = untilStopped(['SIGINT', 'SIGTERM'])
  const running = await startGateway(config, { env, homeDir, log })
  const { gateway } = running
  let ingress: HttpIngress
  try {
    const ready = gateway.learnEras()
    let eras = false
    ready.then(() => {
      eras = true
    })
    ingress = await openHttpIngress({
      config: config.listen,
      limits: config.limits,
      front: gateway,
      log,
      now: monotonic,
      ready: () => eras && running.audit.healthy,
    })
    const { address } = ingress
    const url = `http://${address.address.includes(':') ? `[${address.address}]` : address.address}:${address.port}/mcp`
    log.info('listening', { url })
    await ready
    if (!options.quiet) announce(running, url, log)
  } catch (error) {
    await running.close()
    throw listenError(error, config)
  }
  const control = await openControlSocket(statePaths({ env, homeDir }).runtime, () => ({
    command: 'serve',
    ...gateway.status(),
  }))
  const watch = await followConfig(config, running, log)
  process.on('SIGHUP', () => void watch?.reload())
  const why = await stop
  log.info('stopping', { why })
  watch?.close()
  gateway.endStarts()
  await ingress.close()
  await control.close()
  await running.close()
  return EXIT.fine
}

async function configOrExample(options: GlobalOptions): Promise<Config> {
  const config = await requireConfig(options)
  if (config.source.kind === 'file') return config
  if (!existsSync(EXAMPLE)) {
    process.stderr.write(
      `No configuration found: starting with the built-in defaults and no servers. Write ${join(statePaths(place()).config, 'sallyport.yaml')} to add some.\n`,
    )
    return config
  }
  process.stderr.write(`No configuration found: starting with the example servers of ${EXAMPLE}\n`)
  return await requireConfig({ ...options, config: EXAMPLE })
}

/** Servers, tools and a command to paste, once the servers have said what they have. */
function announce(running: RunningGateway, url: string, log: Log): void {
  const { gateway } = running
  const caller: Caller = { principal: { issuer: 'local', subject: userInfo().username }, transport: 'http' }
  const statuses = gateway.status().servers.filter((server) => server.state !== 'disabled')
  Promise.all(statuses.map((server) => inventory(gateway, caller, server))).then(
    (found) => {
      const rows = statuses.map((server, at) => {
        const one = found[at]
        const tools =
          one?.problem === undefined
            ? `${one?.tools.length ?? 0}: ${one?.tools.join(' ') ?? ''}`
            : `! ${one.problem}`
        return [server.id, server.era, server.trust, cut(tools, 96)]
      })
      process.stdout.write(`\n${table(['server', 'era', 'trust', 'tools'], rows)}\n\n`)
      process.stdout.write(`Serving ${url}  (one server: ${url}/SERVER)\n`)
      process.stdout.write(`Paste:  claude mcp add --transport http gate ${url}\n`)
      process.stdout.write(`Try:    npx mcp-inspector --cli ${url} --transport http --method tools/list\n`)
    },
    (error: unknown) => log.error('inventory.failed', { explain: String(error) }),
  )
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`
}

/** Hot reload; a configuration that is not valid changes nothing. */
async function followConfig(
  config: Config,
  running: RunningGateway,
  log: Log,
): Promise<ConfigWatch | undefined> {
  if (config.source.kind !== 'file') return undefined
  const { env, homeDir } = place()
  return await watchConfig(config.source.path, {
    current: config,
    env,
    homeDir,
    onChange: (next, diff) => {
      for (const { key, restart } of diff.settings) if (restart) log.warn('config.needs-restart', { key })
      running.gateway
        .reload(next)
        .catch((error: unknown) => log.error('config.reload-failed', { explain: String(error) }))
    },
    onError: (error) => {
      log.error('config.refused', { explain: `the old configuration stays in force: ${error.message}` })
      running.audit
        .append({ kind: 'event', event: 'config.refused', explain: error.message })
        .catch((failure: unknown) => log.error('audit.unavailable', { explain: String(failure) }))
    },
  })
}

function listenError(error: unknown, config: Config): unknown {
  const { code } = error as NodeJS.ErrnoException
  const at = `${config.listen.host}:${config.listen.port}`
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
