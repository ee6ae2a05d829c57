/** One of the workers of `sallyport serve --workers N`. */
import { appendEvent } from '../audit/unrecorded.ts'
import { peersOf } from '../cluster/peersOf.ts'
import { PrimaryLimits } from '../cluster/primaryLimits.ts'
import { PrimaryLink } from '../cluster/primaryLink.ts'
import { PrimaryTally } from '../cluster/primaryTally.ts'
import { LocalTally } from '../identity/doorTally.ts'
import { type GlobalOptions, openLog } from './context.ts'
import { CommandError, EXIT } from './exit.ts'
import { openServing, type Serving } from './serving.ts'
import { untilStopped } from './signals.ts'

/** Runs until the primary, or a SIGTERM of its own, tells it to stop. Resolves with the exit code. */
export async function runServeWorker(options: GlobalOptions): Promise<number> {
  // A terminal's Ctrl-C reaches the whole group: the primary tells us in its own time.
  process.on('SIGINT', () => undefined)
  process.on('SIGHUP', () => undefined)
  const terminated = untilStopped(['SIGTERM'])
  const primary = new PrimaryLink()
  const { config, slot, address, sockets, secret, announce, replaces } = await primary.start
  const log = openLog(config, options)
  const ordered = Promise.withResolvers<string>()
  const limiter = new PrimaryLimits((question) => primary.say(question))
  const own = new LocalTally(config.auth?.failures, Date.now)
  const tally = new PrimaryTally({ ask: (question) => primary.say(question), own, log })
  let serving: Serving
  try {
    serving = await openServing(config, {
      log,
      given: options,
      announce,
      limiter,
      tally,
      peers: ({ gateway }) => peersOf({ slot, address, sockets, secret, servers: gateway }),
    })
  } catch (error) {
    const exitCode = error instanceof CommandError ? error.exitCode : EXIT.unchecked
    primary.say({
      kind: 'failed',
      explain: error instanceof Error ? error.message : String(error),
      exitCode,
    })
    await primary.leave()
    return exitCode
  }
  const { gateway, audit } = serving.running
  const details = { worker: slot, of: sockets.length, ...replaces }
  appendEvent(audit, log, { kind: 'event', event: 'worker.started', details })
  primary.follow((order) => {
    switch (order.kind) {
      case 'config':
        gateway
          .reload(order.config)
          .catch((error: unknown) => log.error('config.reload-failed', { explain: String(error) }))
        break
      case 'config-refused':
        appendEvent(audit, log, { kind: 'event', event: 'config.refused', explain: order.explain })
        break
      case 'status':
        primary.say({ kind: 'status', question: order.question, status: gateway.status() })
        break
      case 'limits':
        limiter.answered(order)
        break
      case 'tally':
        tally.answered(order)
        break
      case 'stop':
        ordered.resolve(order.why)
        break
    }
  })
  primary.serve((socket) => serving.take(socket))
  primary.say({ kind: 'up' })
  await Promise.race([ordered.promise, terminated])
  await serving.close(() => Promise.resolve())
  await primary.leave()
  return EXIT.fine
}
