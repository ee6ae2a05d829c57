/**
 * What runs, in which order: the one list. Cheap and certain first, a person last. A control does not know which came
 * before it.
 */
import type { Config } from '../config/config.ts'
import type { RequestControl, ResponseControl } from './control.ts'
import { methodPolicy } from './controls/methodPolicy.ts'
import { type PinGate, pinsAtDispatch, pinsOnRequest, pinsOnResponse } from './controls/pins.ts'
import { requestShape, responseShape } from './controls/shape.ts'

/** What every request passes before anything of it reaches a server. */
export function requestControls(config: Config, pins: PinGate): readonly RequestControl[] {
  return [methodPolicy({ allow: config.methods.allow }), requestShape(), pinsOnRequest(pins)]
}

/** What is asked once more when the server was started and looked at, just before the request is sent. */
export function dispatchControls(pins: PinGate): readonly RequestControl[] {
  return [pinsAtDispatch(pins)]
}

/** What everything a server sends passes, whatever channel it uses, before anything of it reaches a client. */
export function responseControls(config: Config, pins: PinGate): readonly ResponseControl[] {
  const sizes = new Map(config.servers.map((server) => [server.id, server.maxResultBytes]))
  const maxResultBytes = (server: string) => sizes.get(server) ?? config.limits.maxMessageBytes
  return [responseShape({ maxResultBytes }), pinsOnResponse(pins)]
}
