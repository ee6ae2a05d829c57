/**
 * What runs, in which order: the one list. Cheap and certain first, a person last. A control does not know which came
 * before it.
 */
import type { Config } from '../config/config.ts'
import type { RequestControl, ResponseControl } from './control.ts'
import { methodPolicy } from './controls/methodPolicy.ts'
import { requestShape, responseShape } from './controls/shape.ts'

/** What every request passes before anything of it reaches a server. */
export function requestControls(config: Config): readonly RequestControl[] {
  return [methodPolicy({ allow: config.methods.allow }), requestShape()]
}

/** What everything a server sends passes, whatever channel it uses, before anything of it reaches a client. */
export function responseControls(config: Config): readonly ResponseControl[] {
  const sizes = new Map(config.servers.map((server) => [server.id, server.maxResultBytes]))
  return [responseShape({ maxResultBytes: (server) => sizes.get(server) ?? config.limits.maxMessageBytes })]
}
