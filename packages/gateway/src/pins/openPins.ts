import { realpath } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Config } from '../config/config.ts'
import type { Log } from '../log.ts'
import type { StatePaths } from '../state/paths.ts'
import { knownRules } from './knownRules.ts'
import { pinFolder } from './pinFiles.ts'
import { PinStore, type PinStoreOptions } from './pinStore.ts'

/**
 * `sallyport.lock` beside the configuration file; without a file, in the folder it would be in. Of a wrapped command
 * (`run`) that of the configuration around it: a project that it is started in could bring along a lock of its own.
 *
 * @example lockPathOf(config, paths) // '/home/ada/.config/sallyport/sallyport.lock'
 */
export function lockPathOf({ source }: Pick<Config, 'source'>, paths: Pick<StatePaths, 'config'>): string {
  if (source.kind === 'built-in') return join(paths.config, 'sallyport.lock')
  if (source.within !== undefined) return lockPathOf({ source: source.within }, paths)
  return join(dirname(source.path), 'sallyport.lock')
}

/** What opens the pins of a configuration, whatever way leads to its folder: two ways must not have two sets of holds. */
export async function pinOptions(
  paths: Pick<StatePaths, 'config' | 'data'>,
  config: Pick<Config, 'source'>,
  log: Log,
): Promise<PinStoreOptions> {
  const named = lockPathOf(config, paths)
  const lockPath = join(await realFolder(dirname(named)), basename(named))
  return { lockPath, folder: pinFolder(paths.data, lockPath), rules: knownRules(), log }
}

async function realFolder(folder: string): Promise<string> {
  try {
    return await realpath(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return folder
    throw error
  }
}

/**
 * The pins of a configuration, followed as others change them.
 *
 * @throws ConfigError when the lock file cannot be believed
 * @throws PinsUnavailable when it is gone, or its private folder cannot be used
 */
export async function openPins(
  paths: Pick<StatePaths, 'config' | 'data'>,
  config: Pick<Config, 'source'>,
  log: Log,
): Promise<PinStore> {
  const store = await PinStore.open(await pinOptions(paths, config, log))
  await store.watch()
  return store
}
