/**
 * Where a request goes: the one server that owns what it names, and what changes in its params on the way.
 */
import { isObject, type JsonObject, type JsonValue } from '@sallyport/controls/json'
import { visible } from '@sallyport/controls/text'
import type { View } from '../../ingress/port.ts'
import type { PinGate } from '../../pipeline/controls/pins.ts'
import type { Refusal } from '../../pipeline/verdict.ts'
import type { Catalog, Owned } from '../catalog.ts'
import { META } from '../era.ts'
import { methodRow } from '../methods.ts'
import { listsNaming } from '../resourceOwners.ts'
import { openTaskId } from '../taskIds.ts'
import type { MergedList } from './lists.ts'
import type { ModernRequest, ModernWorld } from './modernRequest.ts'
import { fillCatalog } from './refresh.ts'

export type Route =
  | {
      readonly kind: 'server'
      readonly server: string
      /** Own name or URI there. */
      readonly own?: string
      /** Members of `params` that are other there. */
      readonly overrides: Readonly<Record<string, JsonValue>>
    }
  | { readonly kind: 'nowhere'; readonly refusal: Refusal; readonly data?: JsonObject }

export interface RouteQuestion {
  readonly era: 'legacy' | 'modern'
  readonly method: string
  readonly params: JsonObject
  readonly view: View
  readonly servers: readonly string[]
  readonly catalog: Catalog
  readonly principal: string
  readonly taskKey: Buffer
  /** Servers that say they have resources (all, where that is not known). */
  readonly withResources: readonly string[]
  /** What is held back: a call to it is refused by the control that says why. */
  readonly pins: PinGate
  /** Reads a server's lists into the catalogue. */
  readonly refresh: (servers: readonly string[], methods: readonly MergedList[]) => Promise<void>
}

/** Routes a modern request. */
export function routeModern(
  world: ModernWorld,
  request: ModernRequest,
  servers: readonly string[],
): Route | Promise<Route> {
  return findRoute({
    era: 'modern',
    method: request.message.method,
    params: request.message.params,
    view: request.view,
    servers,
    catalog: world.catalog(request.principal),
    principal: request.principal,
    taskKey: world.relay.taskKey,
    withResources: servers,
    pins: world.relay.pins,
    refresh: (which, methods) => fillCatalog(world, request, which, methods),
  })
}

/** Finds the server for a request; asks servers for their lists only when the name cannot be told otherwise. */
export function findRoute(question: RouteQuestion): Route | Promise<Route> {
  const { method, params, view, servers } = question
  const row = methodRow(method, { era: question.era, sender: 'client', type: 'request' })
  if (row?.name?.kind === 'task') return taskRoute(question)
  const meta = sealedMeta(question)
  if (meta === null) return unknownTask()
  const overrides: Record<string, JsonValue> = meta === undefined ? {} : { _meta: meta }
  if (view.kind === 'one') {
    const [server] = servers
    if (server === undefined) return nowhere('route/no-server', 'no server answers here')
    const own = row?.name === undefined ? undefined : params[row.name.member]
    return { kind: 'server', server, overrides, ...(typeof own === 'string' ? { own } : {}) }
  }
  if (method === 'tools/call')
    return namedRoute(question, 'tools', params.name, (own) => ({ ...overrides, name: own }))
  if (method === 'prompts/get')
    return namedRoute(question, 'prompts', params.name, (own) => ({ ...overrides, name: own }))
  if (method === 'completion/complete') return completionRoute(question, overrides)
  if (row?.name?.kind === 'resource') return resourceRoute(question, params.uri, overrides)
  if (servers.length === 1 && servers[0] !== undefined)
    return { kind: 'server', server: servers[0], overrides }
  const unknown = row === undefined
  return {
    kind: 'nowhere',
    refusal: {
      kind: 'refuse',
      rule: unknown ? 'method/unknown' : 'route/ambiguous',
      explain: unknown
        ? `${visible(method)} is no method of MCP here, and names none of the servers`
        : `${visible(method)} names no server; several are here`,
      remedy: unknown
        ? 'If a server knows it, name it in "methods.allow" and send it to /mcp/SERVER.'
        : 'Send it to /mcp/SERVER.',
      code: -32601,
    },
  }
}

function namedRoute(
  question: RouteQuestion,
  kind: 'tools' | 'prompts',
  name: JsonValue | undefined,
  overrides: (own: string) => Record<string, JsonValue>,
): Route | Promise<Route> {
  if (typeof name !== 'string') return nowhere('shape/params', '"params.name" must be a text')
  const { catalog, servers } = question
  const to = (found: Owned | 'unlisted' | undefined): Route | undefined =>
    found === undefined || found === 'unlisted' || !servers.includes(found.server)
      ? undefined
      : { kind: 'server', server: found.server, own: found.own, overrides: overrides(found.own) }
  const missing = () => {
    const held = question.pins.heldBehind(kind === 'tools' ? 'tool' : 'prompt', name)
    return to(held) ?? unknownName(kind, name)
  }
  const found = catalog.named(kind, name)
  if (found !== 'unlisted') return to(found) ?? missing()
  const server = servers.find((one) => name.startsWith(`${one}__`))
  if (server === undefined) return missing()
  return question
    .refresh([server], [kind === 'tools' ? 'tools/list' : 'prompts/list'])
    .then(() => to(catalog.named(kind, name)) ?? missing())
}

function completionRoute(
  question: RouteQuestion,
  overrides: Record<string, JsonValue>,
): Route | Promise<Route> {
  const ref = question.params.ref
  if (!isObject(ref)) return nowhere('shape/params', '"params.ref" must be an object')
  if (ref.type === 'ref/prompt') {
    return namedRoute(question, 'prompts', ref.name, (own) => ({ ...overrides, ref: { ...ref, name: own } }))
  }
  const { uri } = ref
  if (typeof uri !== 'string')
    return nowhere('shape/params', '"params.ref" names neither a prompt nor a resource')
  const { catalog, withResources } = question
  const find = () => catalog.templateOwner(uri, withResources) ?? catalog.resourceOwner(uri, withResources)
  const to = (server: string | undefined): Route =>
    server === undefined ? unknownResource(question, uri) : { kind: 'server', server, overrides, own: uri }
  const unsure =
    catalog.templateOwner(uri, withResources) === undefined
      ? catalog.unsureResource(uri, withResources)
      : catalog.unsureTemplate(uri, withResources)
  const known = only(withResources) ?? (unsure.length === 0 ? find() : undefined)
  if (known !== undefined) return to(known)
  return question.refresh(unsure, ['resources/templates/list', 'resources/list']).then(() => to(find()))
}

function resourceRoute(
  question: RouteQuestion,
  uri: JsonValue | undefined,
  overrides: Record<string, JsonValue>,
): Route | Promise<Route> {
  if (typeof uri !== 'string' || uri === '') return nowhere('shape/params', '"params.uri" must be a text')
  const { catalog, withResources } = question
  const to = (server: string | undefined): Route =>
    server === undefined ? unknownResource(question, uri) : { kind: 'server', server, own: uri, overrides }
  const one = only(withResources)
  if (one !== undefined) return to(one)
  // A template for everything must not answer for what a server lists that was not asked yet.
  const unsure = catalog.unsureResource(uri, withResources)
  if (unsure.length === 0) return to(catalog.resourceOwner(uri, withResources))
  // A URI is never tried on one server after another: it may tell a stranger what another server holds.
  return question.refresh(unsure, listsNaming(uri)).then(() => to(catalog.resourceOwner(uri, withResources)))
}

function taskRoute(question: RouteQuestion): Route {
  const { taskId } = question.params
  const own =
    typeof taskId === 'string' ? openTaskId(question.taskKey, question.principal, taskId) : undefined
  if (own === undefined || !question.servers.includes(own.server)) return unknownTask()
  const meta = sealedMeta(question)
  if (meta === null) return unknownTask()
  return {
    kind: 'server',
    server: own.server,
    own: own.taskId,
    overrides: { taskId: own.taskId, ...(meta === undefined ? {} : { _meta: meta }) },
  }
}

/** `_meta` with a related task's id opened; `undefined` when there is none, `null` when it is not this principal's. */
function sealedMeta(question: RouteQuestion): JsonObject | undefined | null {
  const meta = question.params._meta
  const related = isObject(meta) ? meta[META.relatedTask] : undefined
  if (!isObject(meta) || !isObject(related)) return undefined
  const own =
    typeof related.taskId === 'string'
      ? openTaskId(question.taskKey, question.principal, related.taskId)
      : undefined
  return own === undefined ? null : { ...meta, [META.relatedTask]: { ...related, taskId: own.taskId } }
}

function only(servers: readonly string[]): string | undefined {
  return servers.length === 1 ? servers[0] : undefined
}

function nowhere(rule: string, explain: string): Route {
  return { kind: 'nowhere', refusal: { kind: 'refuse', rule, explain, code: -32602 } }
}

function unknownTask(): Route {
  return nowhere('tasks/unknown', 'no such task')
}

function unknownName(kind: 'tools' | 'prompts', name: string): Route {
  const what = kind === 'tools' ? 'tool' : 'prompt'
  return nowhere(`route/unknown-${what}`, `unknown ${what} ${JSON.stringify(visible(name.slice(0, 128)))}`)
}

/** `-32002` in the legacy era, `-32602` with the URI since 2026-07-28. */
function unknownResource(question: RouteQuestion, uri: string): Route {
  const code = question.era === 'modern' ? -32602 : -32002
  const explain = 'no server here has this resource'
  return {
    kind: 'nowhere',
    refusal: { kind: 'refuse', rule: 'route/unknown-resource', explain, code },
    data: { uri },
  }
}
