/**
 * Modern client, servers of either era: stateless. Each request is authorised, routed and answered on its own; nothing
 * is inferred from the connection it came on.
 */
import { isObject, type JsonObject } from '@sallyport/controls/json'
import { visible } from '@sallyport/controls/text'
import type { Caller, ModernCall, ModernReply, View } from '../../ingress/port.ts'
import { principalKey } from '../../ingress/port.ts'
import type { Refusal } from '../../pipeline/verdict.ts'
import type { Catalog } from '../catalog.ts'
import { type EnvelopeResult, readEnvelope } from '../envelope.ts'
import { LEGACY_REVISIONS, META } from '../era.ts'
import { ERROR } from '../errors.ts'
import { isLogLevel, levelAllows } from '../logLevels.ts'
import type { Inbound } from '../message.ts'
import { METHODS, methodRow, TASKS_EXTENSION } from '../methods.ts'
import { disagreeingParam, mirrorHeaders } from '../mirror.ts'
import { decodeSentinel } from '../sentinel.ts'
import { exposeTaskId } from '../taskIds.ts'
import { replaceTaskIds } from '../taskRewrite.ts'
import { askServer } from './ask.ts'
import { callBridged } from './bridgedCall.ts'
import { modernDiscovery } from './dialect.ts'
import { unavailableRefusal } from './failures.ts'
import { type Excluded, mergeDiscovery, SERVER_INFO } from './greeting.ts'
import { listen } from './listen.ts'
import { isListMethod, type ListPart, mergeLists, noteNoList, readCursor } from './lists.ts'
import { portOf } from './modernPort.ts'
import {
  answered,
  exchangeOf,
  type ModernRequest,
  type ModernWorld,
  recordCancelled,
  refuse,
} from './modernRequest.ts'
import { paramsText, progressTokenOf } from './paramsText.ts'
import {
  type CallOutput,
  type CallTarget,
  type RelayedCall,
  recordEvent,
  recordExchange,
  relayCall,
  resultBytes,
} from './relay.ts'
import { type Route, routeModern } from './routes.ts'

type EnvelopeFault = Extract<EnvelopeResult, { readonly ok: false }>

/** Sent by many servers unasked: left out without a word. */
const QUIET = new Set(['notifications/progress', 'notifications/message'])

/** Takes one modern request; answers through `reply`, whatever happens. */
export function callModern(
  world: ModernWorld,
  caller: Caller,
  view: View,
  message: Inbound,
  reply: ModernReply,
  context: { readonly conversation?: string; readonly mirrored?: Readonly<Record<string, string>> },
): ModernCall {
  const request = readRequest(caller, view, message, reply, context)
  const place = world.relay.flights.take(context.conversation ?? request.principal, world.relay.config.limits)
  if (typeof place === 'string') {
    const remedy = 'Wait for an answer, or raise "limits.maxInFlightPerClient" or "limits.maxInFlight".'
    return refuse(world, request, { kind: 'refuse', rule: 'limits/in-flight', explain: place, remedy })
  }
  const placed: ModernRequest = {
    ...request,
    reply: {
      notify: (bytes) => reply.notify(bytes),
      finish: (bytes, status) => {
        place()
        reply.finish(bytes, status)
      },
    },
  }
  const call = start(world, placed)
  return {
    cancel(reason) {
      place()
      call.cancel(reason)
    },
  }
}

function readRequest(
  caller: Caller,
  view: View,
  message: Inbound,
  reply: ModernReply,
  context: { readonly conversation?: string; readonly mirrored?: Readonly<Record<string, string>> },
): ModernRequest & { readonly fault?: EnvelopeFault } {
  const read = readEnvelope(message.params)
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

function failedCall(world: ModernWorld, request: ModernRequest, error: unknown): ModernCall {
  world.relay.log.error('route.failed', { method: request.message.method, explain: String(error) })
  const explain = 'the gateway could not find the server for it'
  return refuse(world, request, { kind: 'refuse', rule: 'gateway/failed', explain, code: ERROR.failed })
}

function serve(world: ModernWorld, request: ModernRequest, servers: readonly string[]): ModernCall {
  if (servers.length === 0) return refuseEra(world, request)
  const { message, view } = request
  if (message.method === 'subscriptions/listen') return listen(world, request, servers)
  if (view.kind === 'all') {
    if (message.method === 'server/discover') return discover(world, request, servers)
    if (isListMethod(message.method)) return listAll(world, request, servers)
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
  if (extension === undefined) return undefined
  const declared = request.envelope.capabilities.extensions
  return isObject(declared) && isObject(declared[extension]) ? undefined : extension
}

function go(world: ModernWorld, request: ModernRequest, route: Route): ModernCall {
  if (route.kind === 'nowhere') return refuse(world, request, route.refusal, route.data)
  if (world.eraOf(route.server) === 'legacy') return goLegacy(world, request, route)
  const exchange = exchangeOf(world, request, route.server, route.own)
  const catalog = world.catalog(request.principal)
  const target = targetOf(world, request, route, catalog)
  const mirrored =
    exchange.method === 'tools/call' && route.own !== undefined
      ? catalog.mirrored(route.server, route.own)
      : undefined
  const bad = mirrored && disagreeingParam(request.mirrored, request.message.params, mirrored, decodeSentinel)
  if (bad !== undefined && request.caller.transport === 'http') {
    const explain = `header ${bad} does not say the same as the argument it mirrors`
    return refuse(world, request, {
      kind: 'refuse',
      rule: 'headers/mismatch',
      explain,
      code: ERROR.headerMismatch,
    })
  }
  return relayCall(world.relay, exchange, target, outputOf(request))
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

/** The call as its server gets it, and what changes on the way back. */
export function targetOf(
  world: ModernWorld,
  request: ModernRequest,
  route: Extract<Route, { kind: 'server' }>,
  catalog: Catalog,
): CallTarget {
  const { message, principal } = request
  const { server } = route
  const text = paramsText(message.params, route.overrides)
  const session = world.session(server, principal, request.conversation)
  const row = methodRow(message.method, { era: 'modern', sender: 'client', type: 'request' })
  const seal = (taskId: string) => exposeTaskId(world.relay.taskKey, principal, { server, taskId })
  const overridden =
    Object.keys(route.overrides).length === 0 ? message.params : { ...message.params, ...route.overrides }
  const params =
    message.method === 'tools/call' && route.own !== undefined
      ? (catalog.mirrored(server, route.own) ?? [])
      : []
  return {
    link: () => session.link(),
    params: text.of,
    ...(text.argumentsText === undefined ? {} : { argumentsText: text.argumentsText }),
    headers: { ...mirrorHeaders(message.method, overridden, row?.name?.member, params) },
    deadlineMs: world.deadlineMs(server),
    rewriteResult: (result) => {
      world.noteAnswer(request, server, result)
      return replaceTaskIds(result, seal)
    },
    rewriteNotification: (method, body) => {
      if (world.relay.config.methods.allow.includes(method)) return replaceTaskIds(body, seal)
      const mine = rewriteNotification(method, body, request, seal)
      if (mine === null && !QUIET.has(method)) dropNotification(world, request, server, method)
      return mine
    },
  }
}

/**
 * What of a server's notifications on a call's own stream is for its client: progress under the client's own token,
 * and the log it asked for. Everything else belongs on a subscription or nowhere (`null`).
 */
export function rewriteNotification(
  method: string,
  body: JsonObject,
  request: ModernRequest,
  seal: (taskId: string) => string,
): JsonObject | undefined | null {
  const bare = withoutSubscription(body)
  if (method === 'notifications/progress') {
    const token = progressTokenOf(request.message.params)
    return token === undefined
      ? null
      : { ...(replaceTaskIds(bare ?? body, seal) ?? bare ?? body), progressToken: token }
  }
  if (method !== 'notifications/message') return null
  const { logLevel } = request.envelope
  if (!isLogLevel(logLevel) || !levelAllows(logLevel, body.level)) return null
  return replaceTaskIds(bare ?? body, seal) ?? bare
}

function dropNotification(world: ModernWorld, request: ModernRequest, server: string, method: string): void {
  const explain = `notification "${visible(method)}" does not belong on the stream of a call`
  recordEvent(world.relay, exchangeOf(world, request, server), 'message.dropped', 'method/unknown', explain)
}

/** A subscription id on a call's stream would be the gateway's own upstream id. */
function withoutSubscription(body: JsonObject): JsonObject | undefined {
  if (!isObject(body._meta) || !(META.subscriptionId in body._meta)) return undefined
  const { [META.subscriptionId]: _id, ...meta } = body._meta
  return { ...body, _meta: meta }
}

export function outputOf(request: ModernRequest): CallOutput {
  const { reply } = request
  return { notify: (bytes) => reply.notify(bytes), answer: (bytes, status) => reply.finish(bytes, status) }
}

/** No server of this era here: say so in the way that lets a client fall back to the other era. */
function refuseEra(world: ModernWorld, request: ModernRequest): ModernCall {
  const why = world.excluded(request.view)
  const requested = request.envelope.revision
  const explain =
    why.length === 0
      ? 'no server is configured here'
      : `no server here can be reached with protocol ${requested}: ${why.map((one) => `${one.server} (${one.why})`).join(', ')}`
  const refusal: Refusal = { kind: 'refuse', rule: 'era/unsupported', explain, code: -32022 }
  return refuse(world, request, refusal, { supported: [...LEGACY_REVISIONS], requested })
}

/** Asks every server the same and hands over what those answered that did. */
function askAll(
  world: ModernWorld,
  request: ModernRequest,
  servers: readonly string[],
  paramsOf: (server: string) => JsonObject,
): { readonly parts: Promise<ListPart[]>; cancel(reason: string): void } {
  const calls: RelayedCall[] = []
  const asked = servers.map(async (server): Promise<ListPart | undefined> => {
    const { message } = request
    const port = portOf(world, request, server)
    if (message.method === 'server/discover' && world.eraOf(server) === 'legacy') {
      return await discoverLegacy(world, request, server)
    }
    const params = port.dialect.params(message.method, paramsOf(server))
    const headers = port.dialect.headers(message.method, params, undefined, [])
    const { asked: answer, call } = askServer(world.relay, exchangeOf(world, request, server), {
      link: () => port.link(),
      params: paramsText(params).of,
      ...(headers === undefined ? {} : { headers }),
      deadlineMs: world.deadlineMs(server),
    })
    calls.push(call)
    const got = await answer
    if (got.ok) return { server, result: got.result }
    if (isListMethod(message.method))
      noteNoList(message.method, server, got.bytes, world.catalog(request.principal))
    return undefined
  })
  return {
    parts: Promise.all(asked).then((parts) => parts.filter((part) => part !== undefined)),
    cancel: (reason) => {
      for (const call of calls) call.cancel(reason)
    },
  }
}

/** A legacy server is discovered by its answer to `initialize`. */
async function discoverLegacy(
  world: ModernWorld,
  request: ModernRequest,
  server: string,
): Promise<ListPart | undefined> {
  try {
    return { server, result: modernDiscovery(await world.bridged(server, request).greeting()) }
  } catch (error) {
    // Its runtime has recorded why; the client is told that it did not answer.
    world.relay.log.debug('discover.failed', { server, explain: String(error) })
    return undefined
  }
}

function discover(world: ModernWorld, request: ModernRequest, servers: readonly string[]): ModernCall {
  return merged(
    world,
    request,
    servers,
    () => withoutToken(request.message.params),
    (parts) =>
      mergeDiscovery(
        parts,
        world.excluded(request.view),
        silent(servers, parts),
        world.relay.config.instructions.maxBytes,
      ),
  )
}

function listAll(world: ModernWorld, request: ModernRequest, servers: readonly string[]): ModernCall {
  const { method, params } = request.message
  if (!isListMethod(method)) throw new TypeError(`${method} is no list`)
  const pages =
    params.cursor === undefined ? new Map(servers.map((one) => [one, undefined])) : readCursor(params.cursor)
  if (pages === undefined) {
    return refuse(world, request, {
      kind: 'refuse',
      rule: 'lists/cursor',
      explain: '"params.cursor" is not one of ours',
      code: -32602,
    })
  }
  const asked = servers.filter((server) => pages.has(server))
  return merged(
    world,
    request,
    asked,
    (server) => {
      const { cursor: _cursor, ...rest } = withoutToken(params)
      const page = pages.get(server)
      return page === undefined ? rest : { ...rest, cursor: page }
    },
    (parts) => ({
      ...mergeLists(method, parts, world.catalog(request.principal), true, pages),
      _meta: { [META.serverInfo]: SERVER_INFO },
    }),
  )
}

/** One answer made of many servers'. */
function merged(
  world: ModernWorld,
  request: ModernRequest,
  servers: readonly string[],
  paramsOf: (server: string) => JsonObject,
  merge: (parts: ListPart[]) => JsonObject,
): ModernCall {
  const exchange = exchangeOf(world, request)
  const all = askAll(world, request, servers, paramsOf)
  let gone = false
  all.parts
    .then((parts) => {
      if (gone) return
      const bytes = resultBytes(request.message.id ?? 'null', merge(parts))
      answered(world, request, exchange, bytes, 200, { outcome: 'ok', resultBytes: bytes.length })
    })
    .catch((error: unknown) => gone || failedCall(world, request, error))
  return {
    cancel(reason) {
      gone = true
      all.cancel(reason)
      recordExchange(world.relay, exchange, { outcome: 'cancelled', explain: reason }).catch(
        (error: unknown) => world.relay.log.error('audit.unavailable', { explain: String(error) }),
      )
    },
  }
}

/** Servers that were asked and did not answer usably: named to the client, so that a missing tool is no riddle. */
function silent(servers: readonly string[], parts: readonly ListPart[]): Excluded[] {
  const answered = new Set(parts.map((part) => part.server))
  return servers
    .filter((server) => !answered.has(server))
    .map((server) => ({ server, why: 'it did not answer' }))
}

/** A token is for one call; the parts of a merged one have none. */
function withoutToken(params: JsonObject): JsonObject {
  if (!isObject(params._meta) || !('progressToken' in params._meta)) return params
  const { progressToken: _token, ...meta } = params._meta
  return { ...params, _meta: meta }
}
