/**
 * Modern client, servers of either era: stateless. Each request is authorised, routed and answered on its own; nothing
 * is inferred from the connection it came on.
 */
import { isObject, type JsonObject } from '@sallyport/controls/json'
import type { Caller, ModernCall, ModernContext, ModernReply, View } from '../../ingress/port.ts'
import { principalKey } from '../../ingress/port.ts'
import type { Refusal } from '../../pipeline/verdict.ts'
import { type EnvelopeResult, readEnvelope } from '../envelope.ts'
import { LEGACY_REVISIONS } from '../era.ts'
import { ERROR } from '../errors.ts'
import { withoutFaultyTools } from '../headerFault.ts'
import type { Inbound } from '../message.ts'
import { METHODS, SKILLS_EXTENSION, TASKS_EXTENSION } from '../methods.ts'
import { withServersKeys } from '../ownInputs.ts'
import { readRetry } from './approvalState.ts'
import { callBridged } from './bridgedCall.ts'
import { modernDiscovery } from './dialect.ts'
import { unavailableRefusal } from './failures.ts'
import { inSight, serversInSight } from './inSight.ts'
import { listen } from './listen.ts'
import { isMergedList, noteResult } from './lists.ts'
import { resultBytes } from './messageBytes.ts'
import { callModernServer } from './modernCall.ts'
import { discover, discoverLegacy, listAll } from './modernLists.ts'
import {
  answered,
  beholderOf,
  exchangeOf,
  excludedFrom,
  failedCall,
  type ModernRequest,
  type ModernWorld,
  recordCancelled,
  refuse,
} from './modernRequest.ts'
import { type ModernSurface, recallModern, surfaceOf } from './modernSurface.ts'
import { type Route, routeModern } from './routes.ts'
import { readSignInRetry } from './signInState.ts'

type EnvelopeFault = Extract<EnvelopeResult, { readonly ok: false }>

/** Takes one modern request; answers through `reply`, whatever happens. */
export function callModern(
  world: ModernWorld,
  caller: Caller,
  view: View,
  message: Inbound,
  reply: ModernReply,
  context: ModernContext,
): ModernCall {
  const request = readRequest(caller, view, message, reply, context)
  const place = world.relay.flights.take(context.conversation ?? request.principal, world.relay.config.limits)
  if (typeof place === 'string') {
    const remedy = 'Wait for an answer, or raise "limits.maxInFlightPerClient" or "limits.maxInFlight".'
    return refuse(world, request, { kind: 'refuse', rule: 'limits/in-flight', explain: place, remedy })
  }
  const deaf = followNews(world, request)
  const leave =
    deaf === undefined
      ? place
      : () => {
          deaf()
          place()
        }
  const placed: ModernRequest = { ...request, reply: new PlacedReply(reply, leave) }
  const call = start(world, placed)
  return {
    cancel(reason) {
      leave()
      call.cancel(reason)
    },
  }
}

/** A list or a greeting is also told what is found of its servers meanwhile. A subscription sees to that itself. */
function followNews(world: ModernWorld, request: ModernRequest): (() => void) | undefined {
  const { principal, conversation, message, envelope, view, reply } = request
  const { method, id } = message
  const beholder = beholderOf(request)
  if (envelope.logLevel === undefined || !(isMergedList(method) || method === 'server/discover'))
    return undefined
  return world.relay.news.follow({
    principal,
    conversation,
    requestId: id,
    level: () => envelope.logLevel,
    // What is found of a server names it: not to a caller that may not know that it is there (CWE-203).
    uses: (server) =>
      (view.kind === 'all' || view.server === server) && inSight(world.relay, beholder, server),
    send: (bytes) => reply.notify(bytes),
  })
}

/** The way back, which gives the call's place back with its answer. */
class PlacedReply implements ModernReply {
  readonly #reply: ModernReply
  readonly #leave: () => void

  constructor(reply: ModernReply, leave: () => void) {
    this.#reply = reply
    this.#leave = leave
  }

  notify(bytes: Buffer): void {
    this.#reply.notify(bytes)
  }

  finish(bytes: Buffer, status: number): void {
    this.#leave()
    this.#reply.finish(bytes, status)
  }

  finishParts(parts: readonly Buffer[], status: number): void {
    this.#leave()
    if (this.#reply.finishParts === undefined) this.#reply.finish(Buffer.concat(parts), status)
    else this.#reply.finishParts(parts, status)
  }
}

function readRequest(
  caller: Caller,
  view: View,
  message: Inbound,
  reply: ModernReply,
  context: ModernContext,
): ModernRequest & { readonly fault?: EnvelopeFault } {
  const read =
    context.envelope === undefined
      ? readEnvelope(message.params)
      : { ok: true as const, envelope: context.envelope }
  const known = {
    caller,
    principal: principalKey(caller.principal),
    view,
    conversation: context.conversation,
    mirrored: context.mirrored ?? {},
    message,
    reply,
  }
  return read.ok
    ? { ...known, envelope: read.envelope }
    : { ...known, envelope: { revision: '', capabilities: {} }, fault: read }
}

function start(world: ModernWorld, request: ModernRequest & { readonly fault?: EnvelopeFault }): ModernCall {
  const { fault } = request
  if (fault !== undefined) {
    const { explain, code, data } = fault
    return refuse(world, request, { kind: 'refuse', rule: 'envelope/invalid', explain, code }, data)
  }
  const { message, principal } = request
  const known = { key: world.relay.taskKey, principal, now: world.wallClock() }
  const signedIn = readSignInRetry(message, known)
  if (signedIn !== undefined && signedIn !== 'unknown') return found(world, { ...request, message: signedIn })
  const retry = signedIn ?? readRetry(message, known)
  if (retry === 'unknown') {
    return refuse(world, request, {
      kind: 'refuse',
      rule: 'approvals/unknown',
      explain:
        'this "requestState" belongs to no question about this call that is open: call again without it',
      code: ERROR.invalidParams,
    })
  }
  return retry === undefined
    ? found(world, { ...request, message: withServersKeys(message) })
    : found(world, { ...request, message: retry.message, consent: retry.reply })
}

function found(world: ModernWorld, request: ModernRequest): ModernCall {
  const servers = world.servers(request.view)
  return servers instanceof Promise
    ? later(world, request, servers, (known) => serve(world, request, known))
    : guarded(world, request, () => serve(world, request, servers))
}

/** Whatever throws in routing ends this request, not the gateway. */
function guarded(world: ModernWorld, request: ModernRequest, work: () => ModernCall): ModernCall {
  try {
    return work()
  } catch (error) {
    return failedCall(world, request, error)
  }
}

function serve(world: ModernWorld, request: ModernRequest, servers: readonly string[]): ModernCall {
  if (servers.length === 0) return refuseEra(world, request)
  const { message, view } = request
  const { method } = message
  if (method === 'subscriptions/listen') return listen(world, request, seen(world, request, servers))
  if (view.kind === 'all') {
    if (method === 'server/discover') return discover(world, request, seen(world, request, servers))
    if (isMergedList(method) && METHODS.get(method)?.eras.includes('modern'))
      return listAll(world, request, seen(world, request, servers, method))
  }
  const undeclared = undeclaredExtension(request)
  if (undeclared !== undefined) {
    const explain = `${message.method} needs the extension "${undeclared}", which the request does not declare`
    const refusal: Refusal = {
      kind: 'refuse',
      rule: 'envelope/extension',
      explain,
      code: ERROR.missingCapability,
    }
    return refuse(world, request, refusal, { requiredCapabilities: { extensions: { [undeclared]: {} } } })
  }
  const found = routeModern(world, request, servers)
  return found instanceof Promise
    ? later(world, request, found, (route) => go(world, request, route))
    : go(world, request, found)
}

/** What names no server is answered for those that its caller may know of. What names one, the door has let through. */
function seen(
  world: ModernWorld,
  request: ModernRequest,
  servers: readonly string[],
  list?: string,
): readonly string[] {
  return serversInSight(world.relay, beholderOf(request), servers, list)
}

/** Goes on when the gateway knows more; a client that leaves meanwhile is recorded like any other. */
function later<T>(
  world: ModernWorld,
  request: ModernRequest,
  known: Promise<T>,
  then: (value: T) => ModernCall,
): ModernCall {
  let call: ModernCall | undefined
  let gone = false
  known
    .then((value) => {
      if (!gone) call = then(value)
    })
    .catch((error: unknown) => {
      if (!gone) call = failedCall(world, request, error)
    })
  return {
    cancel(reason) {
      if (call !== undefined) return call.cancel(reason)
      gone = true
      recordCancelled(world, exchangeOf(world, request), reason)
    },
  }
}

/** The extension a method belongs to, when the client did not declare it (2026-07-28, "Extensions"). */
function undeclaredExtension(request: ModernRequest): string | undefined {
  const { method } = request.message
  const extension = method.startsWith('tasks/') ? TASKS_EXTENSION : METHODS.get(method)?.extension
  // Skills are the server's to declare: clients have nothing to (SEP-2640), and those of the SDK do not.
  if (extension === undefined || extension === SKILLS_EXTENSION) return undefined
  const declared = request.envelope.capabilities.extensions
  return isObject(declared) && isObject(declared[extension]) ? undefined : extension
}

function go(world: ModernWorld, request: ModernRequest, route: Route): ModernCall {
  if (route.kind === 'nowhere') return refuse(world, request, route.refusal, route.data)
  const { method, params } = request.message
  if (isMergedList(method) || method === 'server/discover') {
    const surface = surfaceOf(world, request, route.server)
    if (surface.session.live === undefined) {
      const known = recallModern(world, request, route.server, surface, method, params.cursor)
      return later(world, request, known, (result) =>
        result === undefined
          ? ask(world, request, route)
          : answerRecalled(world, request, route.server, surface, result),
      )
    }
  }
  return ask(world, request, route)
}

/** Answers with what is remembered of a server that does not run. */
function answerRecalled(
  world: ModernWorld,
  request: ModernRequest,
  server: string,
  { dialect, session }: ModernSurface,
  result: JsonObject,
): ModernCall {
  const { method, id } = request.message
  if (isMergedList(method)) noteResult(method, server, result, world.catalog(request.principal))
  const isLegacyGreeting = session.era === 'legacy' && method === 'server/discover'
  const usable = session.era === 'modern' && method === 'tools/list' ? withoutFaultyTools(result) : result
  const shown = isLegacyGreeting ? modernDiscovery(result) : (dialect.result(method, usable) ?? usable)
  const bytes = resultBytes(id ?? 'null', shown)
  const exchange = exchangeOf(world, request, server)
  return answered(world, request, exchange, bytes, 200, { outcome: 'ok', resultBytes: bytes.length })
}

function ask(
  world: ModernWorld,
  request: ModernRequest,
  route: Extract<Route, { kind: 'server' }>,
): ModernCall {
  return world.eraOf(route.server) === 'legacy'
    ? goLegacy(world, request, route)
    : callModernServer(world, request, route)
}

/** To a legacy server: what the modern era asks otherwise is answered from its greeting, the rest is a bridged call. */
function goLegacy(
  world: ModernWorld,
  request: ModernRequest,
  route: Extract<Route, { kind: 'server' }>,
): ModernCall {
  const { message } = request
  const { server, own, overrides } = route
  if (message.method === 'server/discover') {
    return later(world, request, discoverLegacy(world, request, server), (part) => {
      const exchange = exchangeOf(world, request, server)
      if (part === undefined) {
        const refusal = unavailableRefusal(server, undefined)
        return refuse(world, request, { ...refusal, code: ERROR.upstreamLost })
      }
      const bytes = resultBytes(message.id ?? 'null', part.result)
      return answered(world, request, exchange, bytes, 200, { outcome: 'ok', resultBytes: bytes.length })
    })
  }
  if (message.method.startsWith('tasks/')) {
    const explain = `"${server}" is of the legacy era: its tasks are not those of the extension`
    return refuse(world, request, {
      kind: 'refuse',
      rule: 'bridge/tasks',
      explain,
      code: ERROR.methodNotFound,
    })
  }
  const params = { ...message.params, ...overrides }
  return callBridged(world, request, world.bridged(server, request), { server, own, params })
}

/** No server here: say so in the way that lets a client fall back to the other era. */
function refuseEra(world: ModernWorld, request: ModernRequest): ModernCall {
  const why = excludedFrom(world, request)
  const requested = request.envelope.revision
  const explain =
    why.length === 0
      ? 'no server is configured here'
      : `no server here can be reached with protocol ${requested}: ${why.map((one) => `${one.server} (${one.why})`).join(', ')}`
  const refusal: Refusal = { kind: 'refuse', rule: 'era/unsupported', explain, code: -32022 }
  return refuse(world, request, refusal, { supported: [...LEGACY_REVISIONS], requested })
}
