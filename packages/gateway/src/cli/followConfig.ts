import type { Config } from '../config/config.ts'
import { type ConfigWatch, watchConfig } from '../config/watch.ts'
import type { Log } from '../log.ts'
import { place } from './context.ts'

/** Hot reload; a configuration that is not valid changes nothing. `undefined` where there is no file to follow. */
export async function followConfig(
  config: Config,
  log: Log,
  to: {
    /** A valid one that does something else. */
    reload(next: Config): void
    /** The file became invalid; said in words that may be recorded. */
    refused(explain: string): void
  },
): Promise<ConfigWatch | undefined> {
  if (config.source.kind !== 'file') return undefined
  const { env, homeDir } = place()
  return await watchConfig(config.source.path, {
    current: config,
    env,
    homeDir,
    onChange: (next, diff) => {
      for (const { key, restart } of diff.settings) if (restart) log.warn('config.needs-restart', { key })
      to.reload(next)
    },
    onError: (error) => {
      log.error('config.refused', { explain: `the old configuration stays in force: ${error.message}` })
      to.refused(error.message)
    },
  })
}
