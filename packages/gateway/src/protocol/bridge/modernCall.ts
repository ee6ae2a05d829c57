/**
 * One call of a modern client to a modern server: headers derived from what is sent, and of what the server says on
 * the call's own stream only what belongs there.
 */

import { isObject, type JsonObject } from '@sallyport/controls/json'
import { visible } from '@sallyport/controls/text'
import type { ModernCall } from '../../ingress/port.ts'
import { TOOL_CALL } from '../../pipeline/counted.ts'
import type { Catalog } from '../catalog.ts'
import { META } from '../era.ts'
import { ERROR } from '../errors.ts'
import { withoutFaultyTools } from '../headerFault.ts'
import { isLogLevel, levelAllows } from '../logLevels.ts'
import { methodRow } from '../methods.ts'
import { disagreeingParam, mirrorHeaders } from '../mirror.ts'
import { decodeSentinel } from '../sentinel.ts'
import { exposeTaskId } from '../taskIds.ts'
import { replaceTaskIds } from '../taskRewrite.ts'
import { elicitsForms, elicitsUrls } from './elicits.ts'
import { notificationBytes } from './messageBytes.ts'
import { exchangeOf, type ModernRequest, type ModernWorld, refuse } from './modernRequest.ts'
import { modernLink } from './modernSurface.ts'
import { paramsText, progressTokenOf } from './paramsText.ts'
import { patientCall } from './patientCall.ts'
import { recordEvent } from './records.ts'
import type { CallOutput, CallTarget } from './relay.ts'
import type { Route } from './routes.ts'
import { StartNotice } from './startNotice.ts'

/** Sent by many servers unasked: left out without a word. */
const QUIET = new Set(['notifications/progress', 'notifications/message'])

/** Relays a request to the modern server it was routed to. */
export function callModernServer(
  world: ModernWorld,
  request: ModernRequest,
  route: Extract<Route, { kind: 'server' }>,
): ModernCall {
  const exchange = exchangeOf(world, request, route.server, route.own)
  const catalog = world.catalog(request.principal)
  const { server } = route
  const notice = StartNotice.for(server, progressTokenOf(request.message.params), (body) =>
    request.reply.notify(notificationBytes('notifications/progress', body)),
  )
  const target = targetOf(world, request, route, catalog, notice)
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
  return patientCall(world.relay, exchange, target, outputOf(request, notice))
}

/** The call as its server gets it, and what changes on the way back. */
function targetOf(
  world: ModernWorld,
  request: ModernRequest,
  route: Extract<Route, { kind: 'server' }>,
  catalog: Catalog,
  notice: StartNotice | undefined,
): CallTarget {
  const { message, principal } = request
  const { server } = route
  const text = paramsText(message.params, route.overrides, message)
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
    link: () => {
      const link = modernLink(world, request, session, route.own)
      return notice === undefined ? link : notice.during(link)
    },
    params: text.of,
    argumentsText: text.argumentsText,
    argumentsValue: text.argumentsValue,
    headers: mirrorHeaders(message.method, overridden, row?.name?.member, params),
    deadlineMs: world.deadlineMs(server, message.method === TOOL_CALL ? route.own : undefined),
    rewriteResult: (result, said) => {
      world.noteAnswer(request, server, result, said)
      const shown = message.method === 'tools/list' ? withoutFaultyTools(result) : result
      return replaceTaskIds(shown, seal) ?? (shown === result ? undefined : shown)
    },
    rewriteNotification: (method, body) => {
      if (world.relay.config.methods.allow.includes(method)) return replaceTaskIds(body, seal)
      if (method === 'notifications/progress' && notice?.passes(body.progress) === false) return null
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
function rewriteNotification(
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

function outputOf(request: ModernRequest, notice: StartNotice | undefined): CallOutput {
  const { reply } = request
  return {
    notify: (bytes) => reply.notify(bytes),
    logLevel: () => request.envelope.logLevel,
    opensUrls: () => (elicitsUrls(request.envelope.capabilities) ? 'again' : undefined),
    ask: () => ({ again: elicitsForms(request.envelope.capabilities) }),
    answer: (bytes, status) => {
      notice?.stop()
      reply.finish(bytes, status)
    },
    ...(notice === undefined ? {} : { cancelled: () => notice.stop() }),
    answerParts: reply.finishParts && ((parts, status) => reply.finishParts?.(parts, status)),
  }
}
