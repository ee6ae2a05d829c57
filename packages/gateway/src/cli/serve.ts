/**
 * `sallyport serve`: the gateway behind an HTTP door, in this process or in several that share the address.
 */
import cluster from 'node:cluster'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isLoopbackHost } from '@sallyport/controls/urls'
import { appendEvent } from '../audit/unrecorded.ts'
import { MAX_WORKERS } from '../cluster/slots.ts'
import type { Config } from '../config/config.ts'
import { openControlSocket } from '../state/controlSocket.ts'
import { statePaths } from '../state/paths.ts'
import { type GlobalOptions, openLog, place, requireConfig } from './context.ts'
import { CommandError, EXIT } from './exit.ts'
import { followConfig } from './followConfig.ts'
import { openServing } from './serving.ts'
import { untilStopped } from './signals.ts'

/** The example configuration of a source checkout: what `serve` shows where nothing is configured yet. */
const EXAMPLE = fileURLToPath(new URL('../../../../examples/sallyport.yaml', import.meta.url))

export interface ServeOptions extends GlobalOptions {
  /** Overrides `listen.workers`. */
  readonly workers?: string
  /** `local`: as `listen.localTls`. */
  readonly tls?: string
}

/** Runs until it is told to stop. Resolves with the exit code. */
export async function runServe(options: ServeOptions): Promise<number> {
  if (cluster.isWorker) return (await import('./serveWorker.ts')).runServeWorker(options)
  const config = withTls(await configOrExample(options), options.tls)
  const workers = options.workers === undefined ? config.listen.workers : readWorkers(options.workers)
  if (workers > 1) return (await import('./servePrimary.ts')).runServePrimary(config, workers, options)
  return await serveAlone(config, options)
}

async function serveAlone(config: Config, options: GlobalOptions): Promise<number> {
  const log = openLog(config, options)
  const { env, homeDir } = place()
  // Before anything is started: whoever stops us while we start still gets an orderly end.
  const stop = untilStopped(['SIGINT', 'SIGTERM'])
  const serving = await openServing(config, { log, given: options, announce: options.quiet !== true })
  const { gateway, audit } = serving.running
  const control = await openControlSocket(statePaths({ env, homeDir }).runtime, () => ({
    command: 'serve',
    ...gateway.status(),
  }))
  const reloadFailed = (error: unknown) => log.error('config.reload-failed', { explain: String(error) })
  const watch = await followConfig(config, log, {
    reload: (next) => void gateway.reload(next).catch(reloadFailed),
    refused: (explain) => appendEvent(audit, log, { kind: 'event', event: 'config.refused', explain }),
  })
  process.on('SIGHUP', () => void watch?.reload())
  const why = await stop
  log.info('stopping', { why })
  watch?.close()
  await serving.close(() => control.close())
  return EXIT.fine
}

function withTls(config: Config, tls: string | undefined): Config {
  if (tls === undefined) return config
  if (tls !== 'local')
    throw new CommandError(EXIT.usage, '--tls takes "local"; for a certificate of your own set listen.tls')
  if (!isLoopbackHost(config.listen.host))
    throw new CommandError(
      EXIT.usage,
      '--tls local vouches for this machine alone: listen.http must be 127.0.0.1',
    )
  return { ...config, listen: { ...config.listen, tls: { kind: 'local' } } }
}

function readWorkers(text: string): number {
  const workers = Number(text)
  if (Number.isInteger(workers) && workers >= 1 && workers <= MAX_WORKERS) return workers
  throw new CommandError(EXIT.usage, `--workers takes a whole number from 1 to ${MAX_WORKERS}, not ${text}`)
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
