import { join } from 'node:path'
import type { Config } from '../../config/config.ts'
import type { Log } from '../../log.ts'
import { privateKey } from '../../state/keys.ts'
import type { StatePaths } from '../../state/paths.ts'
import { SurfaceStore } from './surfaceStore.ts'

/**
 * The store of this user's surfaces for the servers of one configuration; its key is made on first use.
 *
 * @example const surfaces = await openSurfaces(statePaths({ env, homeDir }), config, env, log)
 */
export async function openSurfaces(
  paths: Pick<StatePaths, 'cache' | 'data'>,
  config: Config,
  env: Readonly<Record<string, string | undefined>>,
  log: Log,
): Promise<SurfaceStore> {
  return new SurfaceStore({
    folder: join(paths.cache, 'surfaces'),
    key: await privateKey(join(paths.data, 'surfaces.key')),
    env,
    owner: config.source.kind === 'file' ? config.source.path : '',
    now: () => Date.now(),
    log,
  })
}
