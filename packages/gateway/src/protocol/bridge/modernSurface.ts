/**
 * A server's surface for one modern request: remembered while the server does not run, looked at again when it is
 * started for a call.
 */
import { canonicalJson, isObject, type JsonObject, type JsonValue } from '@sallyport/controls/json'
import { viewerOf } from '../../pipeline/exchange.ts'
import type { Link } from '../../upstream/link.ts'
import type { SessionPort } from '../../upstream/session.ts'
import { isSurfaceList, type SurfaceView } from '../../upstream/surface/surfaceView.ts'
import { LATEST_LEGACY } from '../era.ts'
import { askServer } from './ask.ts'
import { type Dialect, MODERN_TO_MODERN } from './dialect.ts'
import { exchangeOf, type ModernRequest, type ModernWorld } from './modernRequest.ts'
import { paramsText } from './paramsText.ts'
import {
  type CalledList,
  currentLink,
  knowsItem,
  LOOK_MS,
  type Looking,
  listOf,
  readPages,
  recall,
  SHARED_SCOPE,
} from './remembered.ts'

/** One server as one request sees it. */
export interface ModernSurface {
  readonly session: SessionPort
  readonly view: SurfaceView
  readonly dialect: Dialect
}

/** The session and view of a server of either era. Throws `UpstreamUnavailable` when there is no room for it. */
export function surfaceOf(world: ModernWorld, request: ModernRequest, server: string): ModernSurface {
  if (world.eraOf(server) === 'legacy') return world.bridged(server, request)
  const session = world.session(server, request.principal, request.conversation)
  return { session, view: viewOf(session, request), dialect: MODERN_TO_MODERN }
}

/** The view of a request on a session. */
export function viewOf(session: SessionPort, request: ModernRequest): SurfaceView {
  const { envelope, principal } = request
  const { name } = envelope.clientInfo ?? {}
  return session.views.of({
    era: session.era,
    revision: session.era === 'legacy' ? LATEST_LEGACY : envelope.revision,
    principal,
    declared: canonicalJson(envelope.capabilities),
    client: typeof name === 'string' ? name : '',
    ...(session.shared && session.era === 'legacy' ? SHARED_SCOPE : {}),
  })
}

/**
 * A list's page or the server's greeting as it is remembered, raw, while the server does not run; nothing when it has
 * to be asked. Looks after a remote one behind.
 */
export async function recallModern(
  world: ModernWorld,
  request: ModernRequest,
  server: string,
  surface: ModernSurface,
  method: string,
  cursor?: JsonValue,
): Promise<JsonObject | undefined> {
  const { session, view } = surface
  if (session.live !== undefined || (cursor !== undefined && typeof cursor !== 'string')) return undefined
  const known = isSurfaceList(method)
    ? view.page(method, cursor)
    : method === 'server/discover'
      ? view.greeting()
      : undefined
  if (known === undefined) return undefined
  const params = cursor === undefined ? {} : { cursor }
  const exchange = { ...exchangeOf(world, request, server), method, params }
  const recalled = await recall(world.relay, exchange, known)
  if (recalled !== undefined) refreshModern(world, request, server, surface)
  return recalled
}

/** Notes what a server answered just now, if it is part of its surface. */
export function noteModern(
  surface: ModernSurface,
  method: string,
  params: JsonObject,
  result: JsonObject,
): void {
  const { session, view } = surface
  const { cursor } = params
  if (method === 'server/discover') view.greeted(result)
  else if (isSurfaceList(method) && (cursor === undefined || typeof cursor === 'string'))
    view.note(method, cursor, result, session.live)
}

/** Notes a page of a list that no client asked for. */
export function noteLookUp(
  { session, view }: ModernSurface,
  method: string,
  { cursor }: JsonObject,
  result: JsonObject,
): void {
  if (isSurfaceList(method) && (cursor === undefined || typeof cursor === 'string'))
    view.noteLookUp(method, cursor, result, session.live)
}

/** The connection for a call to a modern server (`currentLink`). */
export function modernLink(
  world: ModernWorld,
  request: ModernRequest,
  session: SessionPort,
  name: string | undefined,
): Link | Promise<Link> {
  const { method } = request.message
  const server = session.server.id
  const link = session.link()
  if (isSurfaceList(method)) return link
  // A request's scope costs more than all the rest here: it is made out only when there is something to look at.
  if (!(link instanceof Promise) && session.views.areCurrent(link) && isKnown(world, request, server, name))
    return link
  const view = viewOf(session, request)
  return currentLink(session, view, looking(world, request, server, MODERN_TO_MODERN), { method, name })
}

/** The connection for a call to a legacy server (`currentLink`). */
export function bridgedLink(
  world: ModernWorld,
  request: ModernRequest,
  { session, view, dialect }: ModernSurface,
  name: string | undefined,
): Link | Promise<Link> {
  const { method } = request.message
  const server = session.server.id
  const ready = session.link()
  if (isSurfaceList(method)) return ready
  // What it lists after a call may be this session's alone.
  const use = (link: Link) => {
    view.use(link)
    return link
  }
  if (!(ready instanceof Promise) && view.isCurrent(ready) && isKnown(world, request, server, name))
    return use(ready)
  const link = currentLink(session, view, looking(world, request, server, dialect), { method, name })
  return link instanceof Promise ? link.then(use) : use(link)
}

/** Was what is called shown to this principal? True also of what is no tool or prompt. */
function isKnown(
  world: ModernWorld,
  request: ModernRequest,
  server: string,
  name: string | undefined,
): boolean {
  const list: CalledList | undefined = listOf({ method: request.message.method, name })
  return (
    list === undefined || name === undefined || knowsItem(world.relay, server, viewerOf(request), list, name)
  )
}

/** Looks, behind the client's back, whether a remote server is still what it was shown as. */
function refreshModern(
  world: ModernWorld,
  request: ModernRequest,
  server: string,
  surface: ModernSurface,
): void {
  const { session, view, dialect } = surface
  if (session.server.kind !== 'http') return
  const none = { method: '', name: undefined }
  Promise.resolve()
    .then(() => currentLink(session, view, looking(world, request, server, dialect), none))
    .catch((error: unknown) =>
      world.relay.log.debug('surface.not-refreshed', { server, explain: String(error) }),
    )
}

function looking(world: ModernWorld, request: ModernRequest, server: string, dialect: Dialect): Looking {
  const envelope = envelopeOnly(request.message.params)
  return {
    read: (link) =>
      readPages(server, (method, page) => {
        const params = dialect.params(method, { ...envelope, ...page })
        const headers = dialect.headers(method, params, undefined, [])
        return askServer(
          world.relay,
          { ...exchangeOf(world, request, server), method, params },
          {
            link: () => link,
            params: paramsText(params).of,
            ...(headers === undefined ? {} : { headers }),
            deadlineMs: Math.min(LOOK_MS, world.deadlineMs(server)),
          },
        ).asked
      }),
    drifted: () => world.catalog(request.principal).forget(server),
    viewer: viewerOf(request),
    knows: (list, name) => knowsItem(world.relay, server, viewerOf(request), list, name),
  }
}

/** The request's envelope without what belongs to its own call. */
export function envelopeOnly(params: JsonObject): JsonObject {
  if (!isObject(params._meta)) return {}
  const { progressToken: _token, ...meta } = params._meta
  return { _meta: meta }
}
