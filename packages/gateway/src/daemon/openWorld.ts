/**
 * The configuration and the gateways of a daemon, kept up to date with the file.
 */

import { monotonic, startGateway } from '../assemble.ts'
import { appendEvent } from '../audit/unrecorded.ts'
import type { Config } from '../config/config.ts'
import { describeFault } from '../config/fault.ts'
import { builtInConfig, loadFile } from '../config/load.ts'
import { type ConfigWatch, watchConfig } from '../config/watch.ts'
import { LimitBook } from '../limits/limitBook.ts'
import type { Log } from '../log.ts'
import type { DaemonPlaces } from './address.ts'
import { Gateways } from './gateways.ts'
import { CannotServe, type DoorWorld } from './relayDoor.ts'

export interface World extends DoorWorld {
  /** Looks at the configuration now. */
  reload(): void
  close(): Promise<void>
}

export interface WorldEvents {
  /** Opens the log as the configuration wants it. */
  readonly openLog: (settings: Config['log']) => Log
  /** Something was let go. */
  readonly changed: () => void
}

/**
 * Reads the configuration. Rejects with `CannotServe`, whose text has every fault with its place.
 *
 * @example const world = await openWorld({ env, homeDir, config: '/home/ada/.config/sallyport/sallyport.yaml' }, events)
 */
export async function openWorld(places: DaemonPlaces, events: WorldEvents): Promise<World> {
  const { env, homeDir, config: path } = places
  // The relay has looked for the file; the daemon is told which one, or that there is none.
  const loaded = path === undefined ? builtInConfig(places) : await loadFile(path, places)
  if (!loaded.ok) throw new CannotServe('usage', loaded.error.message)
  let { config } = loaded
  let refused = false
  const log = events.openLog(config.log)
  for (const warning of loaded.warnings) log.warn('config.warning', { explain: describeFault(warning) })
  // One for all environments of this user: another PATH is no other person.
  const limiter = new LimitBook(config, monotonic)
  const gateways = new Gateways({
    config,
    log,
    // The folders are the daemon's; everything else comes from the host whose conversation it is.
    start: async (current, environment) => {
      const running = await startGateway(current, {
        env: { ...foldersOf(env), ...environment },
        homeDir,
        log,
        limiter,
      })
      void running.gateway.learnEras()
      return running
    },
    changed: events.changed,
  })
  let watch: ConfigWatch | undefined
  if (path !== undefined) {
    watch = await watchConfig(path, {
      current: config,
      env,
      homeDir,
      onChange: (next, diff) => {
        config = next
        refused = false
        for (const { key, restart } of diff.settings) if (restart) log.warn('config.needs-restart', { key })
        gateways.reload(next)
      },
      onError: (error) => {
        refused = true
        log.error('config.refused', { explain: `the old configuration stays in force: ${error.message}` })
        for (const { audit } of gateways.running())
          appendEvent(audit, log, { kind: 'event', event: 'config.refused', explain: error.message })
      },
    })
  }
  return {
    gateways,
    config: () => config,
    notices: async () => {
      // Read again only after a fault: it may have been put right without any difference to what is in force.
      const now = path === undefined || !refused ? loaded : await loadFile(path, places)
      return now.ok
        ? now.warnings.map((warning) => `warning: ${describeFault(warning)}`)
        : [`the configuration is not valid any more, the last valid one stays in force: ${now.error.message}`]
    },
    reload: () => void watch?.reload(),
    async close() {
      watch?.close()
      await gateways.close()
    },
  }
}

function foldersOf(env: DaemonPlaces['env']): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith('XDG_')))
}
