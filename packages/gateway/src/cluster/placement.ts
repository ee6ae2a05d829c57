/**
 * Which modern requests any worker may carry out. A modern server over HTTP keeps nothing with us between two requests; a
 * local process and a legacy session do, and so do the calls that wait for their client, the lists that name what is
 * whose, and the streams of changes. Those are all at their principal's home, where it is as if there were one worker.
 */
import type { JsonObject } from '@sallyport/controls/json'
import type { View } from '../ingress/port.ts'
import { splitExposedName } from '../protocol/names.ts'

export interface ServersHere {
  /** Enabled ones. */
  readonly ids: readonly string[]
  /** Does this server keep nothing with us between two requests? */
  readonly stateless: (server: string) => boolean
}

/**
 * True when it makes no difference which worker carries this request out. What cannot be told is not: home is always right.
 *
 * @example runsAnywhere({ method: 'tools/call', params: { name: 'search__find' } }, { kind: 'all' }, servers)
 */
export function runsAnywhere(
  message: { readonly method: string; readonly params: JsonObject },
  view: View,
  servers: ServersHere,
): boolean {
  const { stateless } = servers
  if (view.kind === 'one') return stateless(view.server)
  const { method, params } = message
  if ((method === 'tools/call' || method === 'prompts/get') && typeof params.name === 'string') {
    // The first `__` ends the server's id, also in a name that was cut.
    const named = splitExposedName(params.name)
    if (named !== undefined && servers.ids.includes(named.server)) return stateless(named.server)
  }
  return servers.ids.every(stateless)
}
