import type { ServerStatus } from '../upstream/serverRuntime.ts'

/**
 * How a server is, for people: one that does not run is shown to clients as it was last read from it.
 *
 * @example describeState({ state: 'idle' }) // 'not started'
 */
export function describeState({
  state,
  surfaceReadAt,
}: Pick<ServerStatus, 'state' | 'surfaceReadAt'>): string {
  if (state !== 'idle') return state
  return surfaceReadAt === undefined ? 'not started' : `not started, lists as of ${surfaceReadAt}`
}
