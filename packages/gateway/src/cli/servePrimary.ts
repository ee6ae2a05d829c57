/** `sallyport serve --workers N`: the process that starts the workers, follows the configuration and answers `status`. */
import { randomBytes } from 'node:crypto'
import { monotonic } from '../assemble.ts'
import { Dealer } from '../cluster/dealer.ts'
import { removeSocket, removeStaleSockets, workerSockets } from '../cluster/sockets.ts'
import { WorkerFailed, Workers } from '../cluster/workers.ts'
import type { Config } from '../config/config.ts'
import type { ConfigWatch } from '../config/watch.ts'
import { mergeStatuses } from '../gateway/mergeStatuses.ts'
import { localCertificate } from '../ingress/tls/localAuthority.ts'
import { openControlSocket } from '../state/controlSocket.ts'
import { statePaths } from '../state/paths.ts'
import { requirePrivateFolder } from '../state/privateFolder.ts'
import { socketFolder } from '../state/socketFolder.ts'
import { type GlobalOptions, openLog, place, sourceOf } from './context.ts'
import { CommandError, EXIT } from './exit.ts'
import { followConfig } from './followConfig.ts'
import { listenError, localAuthorityFolder } from './serving.ts'
import { untilStopped } from './signals.ts'
import { workerLine } from './workerLine.ts'

/** Runs until it is told to stop. Resolves with the exit code. */
export async function runServePrimary(
  config: Config,
  count: number,
  options: GlobalOptions,
): Promise<number> {
  if (process.platform === 'win32')
    throw new CommandError(
      EXIT.usage,
      'workers need sockets in a private folder, which Windows has not: start one process, without --workers and listen.workers',
    )
  const log = openLog(config, options)
  const { runtime } = statePaths(place())
  const stop = untilStopped(['SIGINT', 'SIGTERM'])
  const startedAt = new Date().toISOString()
  const folder = socketFolder(runtime)
  requirePrivateFolder(folder)
  await removeStaleSockets(folder, process.pid)
  // Before the workers, which would each make one of their own.
  if (config.listen.tls?.kind === 'local') await localCertificate(localAuthorityFolder(place()), new Date())
  const sockets = workerSockets(folder, process.pid, count)
  const dealer = new Dealer()
  const { host, port } = config.listen
  const address = await dealer.listen(host, port).catch((error: unknown) => {
    throw listenError(error, config.listen)
  })
  const workers = new Workers({
    config,
    dealer,
    address,
    sockets,
    secret: randomBytes(32).toString('base64url'),
    announce: options.quiet !== true,
    log,
    now: monotonic,
  })
  const end = async (why: string) => {
    await workers.stop(why)
    await Promise.all(sockets.map(removeSocket))
  }
  // Whoever stops us while they start does not wait until they are up.
  const started = workers.start()
  const begun = await Promise.race([started.then(() => undefined, asFailure), stop])
  if (begun !== undefined) {
    await end(begun instanceof Error ? 'a worker could not begin' : begun)
    if (begun instanceof Error) throw begun
    return EXIT.fine
  }
  let watch: ConfigWatch | undefined
  const control = await openControlSocket(runtime, async () => {
    const statuses = await workers.statuses()
    const { profile } = watch?.current ?? config
    const own = { pid: process.pid, startedAt, profile, config: sourceOf(config) }
    const said = statuses.flatMap(({ status }) => status ?? [])
    return { command: 'serve', ...mergeStatuses(said, own), workers: statuses.map(workerLine) }
  })
  watch = await followConfig(config, log, {
    reload: (next) => workers.reload(next),
    refused: (explain) => workers.refused(explain),
  })
  process.on('SIGHUP', () => void watch?.reload())
  const why = await stop
  log.info('stopping', { why })
  watch?.close()
  await control.close()
  await end(why)
  return EXIT.fine
}

/** In the worker's own words and with its exit code. */
function asFailure(error: unknown): Error {
  if (error instanceof WorkerFailed) return new CommandError(error.exitCode, error.message)
  return error instanceof Error ? error : new Error(String(error))
}
