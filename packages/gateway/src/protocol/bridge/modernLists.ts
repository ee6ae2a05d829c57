/**
 * What a modern client asks of many servers at once, answered as one: `server/discover` and the lists.
 */
import { isObject, type JsonObject } from '@sallyport/controls/json'
import type { ModernCall } from '../../ingress/port.ts'
import type { Refusal } from '../../pipeline/verdict.ts'
import { META } from '../era.ts'
import { refusalFor } from './admitted.ts'
import { askServer } from './ask.ts'
import { modernDiscovery } from './dialect.ts'
import { unavailableRefusal, waitsFor } from './failures.ts'
import { type Excluded, heldBack, mergeDiscovery, SERVER_INFO } from './greeting.ts'
import { isMergedList, type ListPart, mergeLists, noteNoList, readCursor } from './lists.ts'
import { resultBytes } from './messageBytes.ts'
import { type ModernPort, portOf } from './modernPort.ts'
import {
  answered,
  exchangeOf,
  excludedFrom,
  failedCall,
  type ModernRequest,
  type ModernWorld,
  recordCancelled,
  refuse,
} from './modernRequest.ts'
import { noteModern, recallModern, surfaceOf } from './modernSurface.ts'
import { paramsText } from './paramsText.ts'
import type { RelayedCall } from './relay.ts'

/** Why a server is missing, where a person can do something about it. */
type Missing = ReadonlyMap<string, string>

/** Asks every server the same and hands over what those answered that did. */
function askAll(
  world: ModernWorld,
  request: ModernRequest,
  servers: readonly string[],
  paramsOf: (server: string) => JsonObject,
  refused: Promise<Refusal | undefined>,
): { readonly parts: Promise<ListPart[]>; readonly missing: Missing; cancel(reason: string): void } {
  const calls: RelayedCall[] = []
  const missing = new Map<string, string>()
  const miss = (server: string, refusal: Partial<Refusal> = {}) => {
    const why = waitsFor(refusal)
    if (why !== undefined) missing.set(server, why)
  }
  const asked = servers.map(async (server): Promise<ListPart | undefined> => {
    const { message } = request
    if ((await refused) !== undefined) return undefined
    if (message.method === 'server/discover' && world.eraOf(server) === 'legacy') {
      return await discoverLegacy(world, request, server, (error) =>
        miss(server, unavailableRefusal(server, error)),
      )
    }
    const port = reachable(world, request, server)
    if (port === undefined) return undefined
    const plain = paramsOf(server)
    const surface = surfaceOf(world, request, server)
    const recalled = await recallModern(world, request, server, surface, message.method, plain.cursor)
    if (recalled !== undefined) return { server, result: recalled }
    const params = port.dialect.params(message.method, plain)
    const headers = port.dialect.headers(message.method, params, undefined, [])
    const { asked: answer, call } = askServer(world.relay, exchangeOf(world, request, server), {
      link: () => port.link(),
      params: paramsText(params).of,
      ...(headers === undefined ? {} : { headers }),
      deadlineMs: world.deadlineMs(server),
    })
    calls.push(call)
    const got = await answer
    if (got.ok) {
      noteModern(surface, message.method, plain, got.said)
      return { server, result: got.result }
    }
    miss(server, got.refusal)
    if (isMergedList(message.method))
      noteNoList(message.method, server, got.bytes, world.catalog(request.principal))
    return undefined
  })
  return {
    missing,
    parts: Promise.all(asked).then((parts) => parts.filter((part) => part !== undefined)),
    cancel: (reason) => {
      for (const call of calls) call.cancel(reason)
    },
  }
}

/** One server that cannot be had does not take the others' lists away. */
function reachable(world: ModernWorld, request: ModernRequest, server: string): ModernPort | undefined {
  try {
    return portOf(world, request, server)
  } catch (error) {
    world.relay.log.warn('list.left-out', { server, explain: String(error) })
    return undefined
  }
}

/** A legacy server is discovered by its answer to `initialize`. */
export async function discoverLegacy(
  world: ModernWorld,
  request: ModernRequest,
  server: string,
  failed: (error: unknown) => void = () => undefined,
): Promise<ListPart | undefined> {
  try {
    return { server, result: modernDiscovery(await world.bridged(server, request).greeting()) }
  } catch (error) {
    // Its runtime has recorded why; the client is told that it did not answer.
    world.relay.log.debug('discover.failed', { server, explain: String(error) })
    failed(error)
    return undefined
  }
}

/** `server/discover` of all servers as one. */
export function discover(world: ModernWorld, request: ModernRequest, servers: readonly string[]): ModernCall {
  const excluded = excludedFrom(world, request)
  return merged(
    world,
    request,
    servers,
    () => withoutToken(request.message.params),
    (parts, missing) =>
      mergeDiscovery(
        parts,
        excluded,
        silent(servers, parts, missing),
        world.relay.config.instructions.maxBytes,
        heldBack(servers, world.relay.pins),
      ),
  )
}

/** One list made of all servers'. */
export function listAll(world: ModernWorld, request: ModernRequest, servers: readonly string[]): ModernCall {
  const { method, params } = request.message
  if (!isMergedList(method)) throw new TypeError(`${method} is no list`)
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
  merge: (parts: ListPart[], missing: Missing) => JsonObject,
): ModernCall {
  const exchange = exchangeOf(world, request)
  const refused = refusalFor(world.relay, exchange)
  const all = askAll(world, request, servers, paramsOf, refused)
  let gone = false
  all.parts
    .then(async (parts) => {
      const refusal = await refused
      if (gone) return
      if (refusal !== undefined) return void refuse(world, request, refusal)
      const bytes = resultBytes(request.message.id ?? 'null', merge(parts, all.missing))
      answered(world, request, exchange, bytes, 200, { outcome: 'ok', resultBytes: bytes.length })
    })
    .catch((error: unknown) => gone || failedCall(world, request, error))
  return {
    cancel(reason) {
      gone = true
      all.cancel(reason)
      recordCancelled(world, exchange, reason)
    },
  }
}

/** Servers that were asked and did not answer usably: named to the client, so that a missing tool is no riddle. */
function silent(servers: readonly string[], parts: readonly ListPart[], missing: Missing): Excluded[] {
  const answered = new Set(parts.map((part) => part.server))
  return servers
    .filter((server) => !answered.has(server))
    .map((server) => ({ server, why: missing.get(server) ?? 'it did not answer' }))
}

/** A token is for one call; the parts of a merged one have none. */
function withoutToken(params: JsonObject): JsonObject {
  if (!isObject(params._meta) || !('progressToken' in params._meta)) return params
  const { progressToken: _token, ...meta } = params._meta
  return { ...params, _meta: meta }
}
