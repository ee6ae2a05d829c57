import type { ReviewedStatus } from '../gateway/gatewayStatus.ts'
import type { ServerStatus } from '../upstream/serverRuntime.ts'

/**
 * How a server is, for people: one that does not run is shown to clients as it was last read from it.
 *
 * @example describeState({ state: 'idle' }) // 'not started'
 */
export function describeState({
  state,
  surfaceReadAt,
  circuit,
}: Pick<ServerStatus, 'state' | 'surfaceReadAt'> & Pick<ReviewedStatus, 'circuit'>): string {
  if (circuit !== undefined) {
    const whose = circuit.open === 1 ? '' : ` for ${circuit.open}`
    return `${state}, circuit open${whose}, tries in ${Math.ceil(circuit.retryAfterMs / 1000)} s`
  }
  if (state !== 'idle') return state
  return surfaceReadAt === undefined ? 'not started' : `not started, lists as of ${surfaceReadAt}`
}
