/**
 * What runs, in which order: the one list. Cheap and certain first, a person last. A control does not know which came
 * before it.
 */

import type { ToolSchemas } from '../arguments/toolSchemas.ts'
import type { Config } from '../config/config.ts'
import { enforcement } from '../config/trust.ts'
import type { Scopes } from '../identity/scopes.ts'
import type { CallLimiter } from '../limits/limitBook.ts'
import type { AccessBook } from './accessBook.ts'
import type { RequestControl, ResponseControl } from './control.ts'
import { accessAtDispatch, accessOnRequest, accessOnResponse } from './controls/access.ts'
import { answerPolicies } from './controls/answerPolicy.ts'
import { argumentChecks } from './controls/arguments.ts'
import { confirm } from './controls/confirm.ts'
import { type FlowParts, flowOnAnswer, flowOnRequest, labels } from './controls/flow.ts'
import { freeWords } from './controls/freeWords.ts'
import { hiddenText } from './controls/hiddenText.ts'
import { type InjectionParts, injection } from './controls/injection.ts'
import { limits } from './controls/limits.ts'
import { links } from './controls/links.ts'
import { methodPolicy } from './controls/methodPolicy.ts'
import { type PinGate, pinsAtDispatch, pinsOnRequest, pinsOnResponse } from './controls/pins.ts'
import { schemaOnRequest, schemaOnResponse } from './controls/schemas.ts'
import { scopesOnResponse } from './controls/scopes.ts'
import {
  type SecretSources,
  secretsOnAnswer,
  secretsOnRequest,
  secretsOnResponse,
} from './controls/secrets.ts'
import { serverRequests } from './controls/serverRequests.ts'
import { requestShape, responseShape } from './controls/shape.ts'
import { subscriptions } from './controls/subscriptions.ts'
import { countedMethods } from './counted.ts'
import type { Subscriptions } from './subscriptions.ts'

/** What controls ask, beside the configuration. */
export interface Gates {
  readonly flow: Pick<FlowParts, 'book' | 'flow'>
  readonly pins: PinGate
  readonly access: AccessBook
  readonly limiter: CallLimiter
  readonly held: Subscriptions
  /** Where texts go that a person should look at. */
  readonly review: Omit<InjectionParts, 'policyOf'>
  readonly secrets: SecretSources
  /** Takes secrets out of a text, the gateway's own and what looks like one. */
  readonly redact: (text: string) => string
  /** Schemas of tools, each compiled once. */
  readonly schemas: ToolSchemas
  /** What callers' scopes cover; absent where no scope limits servers or tools. */
  readonly scopes?: Scopes | undefined
}

/** What every request passes before anything of it reaches a server. */
export function requestControls(
  config: Config,
  { pins, access, limiter, held, secrets, schemas }: Gates,
): readonly RequestControl[] {
  return [
    methodPolicy({ allow: config.methods.allow }),
    requestShape(),
    // After the shape: it counts by the name of a tool, which could else be as long as a message.
    limits({
      limiter,
      counted: countedMethods(config),
      enforced: enforcement[config.profile] === 'enforce',
    }),
    subscriptions({
      held,
      most: config.limits.maxSubscriptions,
      enforced: enforcement[config.profile] === 'enforce',
    }),
    ...(access.isEmpty ? [] : [accessOnRequest(access, pins.definitions)]),
    pinsOnRequest(pins),
    schemaOnRequest(config, pins.definitions, schemas),
    argumentChecks(config, pins.definitions),
    secretsOnRequest(secrets),
  ]
}

/** What a client answers to a question of a server passes before the server gets it. */
export function answerControls(config: Config, gates: Gates): readonly RequestControl[] {
  return [secretsOnAnswer(gates.secrets), flowOnAnswer(partsOfFlow(config, gates))]
}

function partsOfFlow(config: Config, { flow, pins, redact, schemas }: Gates): FlowParts {
  return { ...flow, config, definitions: pins.definitions, redact, tasks: schemas.tasks }
}

/** What is asked once more when the server was started and looked at, just before the request is sent. */
export function dispatchControls(config: Config, gates: Gates): readonly RequestControl[] {
  const { pins, schemas } = gates
  const { definitions } = pins
  return [
    pinsAtDispatch(pins),
    schemaOnRequest(config, definitions, schemas),
    argumentChecks(config, definitions),
    secretsOnRequest(gates.secrets),
    ...lastControls(config, gates),
  ]
}

/** What is asked of every request just before it is sent: what needs to know exactly what is called, and a person last. */
export function lastControls(config: Config, gates: Gates): readonly RequestControl[] {
  const { access, flow } = gates
  const { definitions } = gates.pins
  return [
    ...(access.isEmpty ? [] : [accessAtDispatch(access, definitions)]),
    flowOnRequest(partsOfFlow(config, gates)),
    confirm(config, flow.flow, definitions),
  ]
}

/** What everything a server sends passes, whatever channel it uses, before anything of it reaches a client. */
export function responseControls(config: Config, gates: Gates): readonly ResponseControl[] {
  const { pins, access, limiter, review, secrets, schemas, redact, scopes } = gates
  const sizes = new Map(config.servers.map((server) => [server.id, server.maxResultBytes]))
  const maxResultBytes = (server: string) => sizes.get(server) ?? config.limits.maxMessageBytes
  const policyOf = answerPolicies(config)
  return [
    responseShape({ maxResultBytes }),
    schemaOnResponse(config, pins.definitions, schemas),
    freeWords(enforcement[config.profile] === 'enforce'),
    hiddenText(policyOf),
    serverRequests(policyOf, limiter),
    injection({ policyOf, ...review }),
    pinsOnResponse(pins),
    secretsOnResponse(secrets),
    // After the secrets: the mark in the place of one has brackets, and makes a link of what was none.
    links(policyOf, redact),
    ...(access.isEmpty ? [] : [accessOnResponse(access)]),
    ...(scopes === undefined ? [] : [scopesOnResponse(scopes)]),
    labels(partsOfFlow(config, gates)),
  ]
}
