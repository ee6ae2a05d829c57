/**
 * Node's compile cache in a folder of our own: the program starts faster when its code was compiled before.
 *
 * Never in the shared temporary folder that Node would choose: whoever can write there could have their code run as us.
 */
import { enableCompileCache, flushCompileCache, constants as moduleConstants } from 'node:module'
import { join } from 'node:path'
import { type PathSources, statePaths } from './paths.ts'
import { NotPrivate, requirePrivateFolder } from './privateFolder.ts'

export interface CompileCache {
  /** Writes what was compiled until now, for a process that may be killed before it ends. */
  flush(): void
}

/** Opens the cache for everything that is imported from now on; `undefined` where there is none to be had. */
export function openCompileCache(sources: PathSources): CompileCache | undefined {
  const folder = join(statePaths(sources).cache, 'compiled')
  try {
    requirePrivateFolder(folder)
  } catch (error) {
    // A cache is a convenience: without one everything works, only later.
    if (error instanceof NotPrivate || (error as NodeJS.ErrnoException).code !== undefined) return undefined
    throw error
  }
  const { status } = enableCompileCache(folder)
  const { ENABLED, ALREADY_ENABLED } = moduleConstants.compileCacheStatus
  return status === ENABLED || status === ALREADY_ENABLED ? { flush: flushCompileCache } : undefined
}
