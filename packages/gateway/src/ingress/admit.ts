/**
 * What a request must pass before anybody reads its body: framing, Host, Origin, route, method, caller, server.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { isLoopbackHost } from '@sallyport/controls/urls'
import type { SideDoor } from '../identity/identity.ts'
import { ERROR } from '../protocol/errors.ts'
import { localUser } from '../state/localUser.ts'
import { plainAddress, readForwarded } from './clientAddress.ts'
import { preflightHeaders } from './cors.ts'
import type { Door, Identified } from './door.ts'
import type { DoorRequest, DoorResponse, RequestHead } from './exchangeTypes.ts'
import { checkFraming, readHead } from './head.ts'
import { checkHostOrigin } from './hostOrigin.ts'
import type { PlainRequest } from './plain/plainRequest.ts'
import type { Caller, View } from './port.ts'
import { receivePost } from './post.ts'
import { refusalEntry, SHUTTING_DOWN } from './refusal.ts'
import { type McpRoute, routeName, routeOf } from './routes.ts'
import { endSession, openSessionStream } from './sessionRoutes.ts'
import { openSse, receiveSseMessage } from './sseRoutes.ts'
import { STRICT_TRANSPORT, Visit } from './visit.ts'

/** Takes a request from Node's server. `expect`: what its `Expect` header asks for, as Node sorts it. */
export function receive(
  door: Door,
  request: IncomingMessage,
  response: ServerResponse,
  expect: 'continue' | 'unknown' | undefined,
) {
  const visit = visitOf(door, request, response)
  if (visit === undefined) return
  visit.expectsContinue = expect !== undefined
  guard(visit, () => {
    const path = pathOf(request.url)
    if (path !== undefined && door.identity?.side.takes(path) === true) {
      admitAside(visit, request, response, door.identity.side, expect === 'unknown')
    } else {
      admit(visit, expect === 'unknown')
    }
  })
}

/** Takes a plain request. Who gives it has seen to it that no page of the identity's is asked for. */
export function receivePlain(door: Door, request: PlainRequest, response: DoorResponse): void {
  const visit = visitOf(door, request, response)
  if (visit !== undefined) guard(visit, () => admit(visit, false))
}

function visitOf(door: Door, request: DoorRequest, response: DoorResponse): Visit | undefined {
  const { destroyed } = request.socket
  if (!door.connections.begin(request, response)) {
    // The rest of a packet whose connection ended in the middle of it.
    if (!destroyed) recordPipelined(door, request.method ?? '')
    return undefined
  }
  if (door.hasProxies) readForwarded(request, door.proxies)
  return new Visit(door, request, response, readHead(request.rawHeaders))
}

/** A request behind another one that is not through is never answered: its connection ends. */
export function recordPipelined(door: Door, httpMethod: string): void {
  const explain = 'a request came before the one ahead of it was answered: the connection ends'
  const refusal = { status: 400, code: ERROR.badRequest, rule: 'http/pipelined', explain }
  const entry = refusalEntry(refusal, { httpMethod, route: 'unknown', durationMs: 0 })
  door.front.record(entry).catch((error: unknown) => {
    door.log.error('http.refusal-unrecorded', { rule: refusal.rule, error: String(error) })
  })
}

/** Runs what handles a request; a fault of ours becomes an answer without its stack. */
function guard(visit: Visit, work: () => void): void {
  try {
    work()
  } catch (error) {
    visit.door.log.error('http.failed', {
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    })
    const explain = 'the gateway failed to handle this request: see its log'
    visit.refuse({ status: 500, code: ERROR.failed, rule: 'gateway/failed', explain, close: true })
  }
}

/** Pages and documents of the identity's, which answer by themselves. */
function admitAside(
  visit: Visit,
  request: IncomingMessage,
  response: ServerResponse,
  side: SideDoor,
  unknownExpectation: boolean,
): void {
  const { door, head } = visit
  visit.route = 'identity'
  // Its pages are for browsers, which send an Origin even to where they come from: the pages judge it.
  const fault = checkFraming(request, head) ?? checkHostOrigin(door.hostOrigin, head.host, undefined)
  if (fault !== undefined) {
    visit.refuse(fault)
    return
  }
  if (door.strictTransport) response.setHeader(...STRICT_TRANSPORT)
  // Its bodies are short, and whoever answers reads them.
  if (visit.expectsContinue && !unknownExpectation) response.writeContinue()
  side.receive(request, response)
}

/** Framing, Host, Origin, route, and what needs no caller. */
function admit(visit: Visit, unknownExpectation: boolean): void {
  const { door, request, head } = visit
  const route = routeOf(request.url)
  visit.route = routeName(route)
  const refusal = checkFraming(request, head) ?? checkHostOrigin(door.hostOrigin, head.host, head.origin)
  if (refusal !== undefined) {
    visit.refuse(refusal)
    return
  }
  if (head.origin !== undefined && door.hostOrigin.origins.has(head.origin)) visit.crossOrigin = head.origin
  if (unknownExpectation) {
    const explain = 'the only expectation met is "100-continue"'
    visit.refuse({ status: 417, code: ERROR.expectation, rule: 'http/expect', explain, close: true })
  } else if (route === undefined) {
    const misplaced = door.identity?.misplaced(request.url ?? '')
    visit.refuse(
      misplaced ?? {
        status: 404,
        code: ERROR.notFound,
        rule: 'http/route',
        explain: 'no such path: use /mcp or /mcp/SERVER (/sse or /sse/SERVER for clients of 2024-11-05)',
      },
    )
  } else if (route.kind !== 'healthz' && route.kind !== 'readyz') {
    admitMcp(visit, route)
  } else if (request.method === 'GET' || request.method === 'HEAD') {
    const well = route.kind === 'healthz' || (!door.draining && door.ready())
    visit.answer(well ? 200 : 503, well ? WELL : NOT_READY, ['Cache-Control', 'no-store'])
  } else {
    visit.refuse(wrongMethod('GET, HEAD'))
  }
}

/** The target without its query; `undefined` where it is no path. */
function pathOf(target: string | undefined): string | undefined {
  if (target === undefined || !target.startsWith('/')) return undefined
  const end = target.indexOf('?')
  return end < 0 ? target : target.slice(0, end)
}

const WELL = Buffer.from('{"status":"ok"}')
const NOT_READY = Buffer.from('{"status":"not ready"}')

/** What may be done at each route, as `Allow` says it. */
const ALLOWED = { mcp: 'POST, GET, DELETE', sse: 'GET', messages: 'POST' } as const

function admitMcp(visit: Visit, route: McpRoute): void {
  const { door, request, head } = visit
  if (door.draining) {
    visit.refuse(SHUTTING_DOWN)
    return
  }
  const allowed = ALLOWED[route.kind]
  if (request.method === 'OPTIONS' && visit.crossOrigin !== undefined) {
    visit.answerEmpty(204, preflightHeaders(head.requestedHeaders))
    return
  }
  if (!allowed.split(', ').includes(request.method ?? '')) {
    visit.refuse(wrongMethod(allowed))
    return
  }
  const identified = door.identify(request)
  if (!(identified instanceof Promise)) {
    dispatch(visit, route, identified)
    return
  }
  identified.then(
    (result) => guard(visit, () => dispatch(visit, route, result)),
    (error: unknown) =>
      guard(visit, () => {
        throw error
      }),
  )
}

function dispatch(visit: Visit, route: McpRoute, identified: Identified): void {
  if ('refuse' in identified) {
    visit.refuse(identified.refuse)
    return
  }
  visit.caller = identified
  const work = (run: () => void) => guard(visit, run)
  if (route.kind === 'messages') {
    receiveSseMessage(visit, identified, route.session, work)
    return
  }
  // Asked after the caller is known: who may not come in learns no server's name.
  const view = visit.door.front.view(route.server) ?? viewOutOfReach(visit, identified, route.server)
  if (view === undefined) {
    visit.refuse({
      status: 404,
      code: ERROR.notFound,
      rule: 'http/server',
      explain: 'no server of that name',
    })
    return
  }
  if (visit.request.method === 'POST') {
    receivePost(visit, identified, view, work)
    return
  }
  const beyond = visit.door.identity?.authorize(identified, view, undefined)
  if (beyond !== undefined) {
    visit.refuse(beyond)
  } else if (route.kind === 'sse') {
    openSse(visit, identified, view)
  } else if (visit.request.method === 'GET') {
    openSessionStream(visit, identified, view)
  } else {
    endSession(visit, identified, view)
  }
}

/**
 * The view of a server that is not there, for a caller whom no scope would bring to it: it is refused like the view of one
 * that is, with the same words and the same scopes to ask for, or 404 and 403 would tell the names of hidden servers
 * (CWE-204). `undefined`: this caller may know what is there and what is not.
 */
function viewOutOfReach({ door }: Visit, caller: Caller, server: string | undefined): View | undefined {
  if (server === undefined) return undefined
  const view = { kind: 'one', server } as const
  // What does not even cover opening a conversation covers no message of it.
  return door.identity?.authorize(caller, view, undefined) === undefined ? undefined : view
}

function wrongMethod(allow: string) {
  const explain = `use ${allow}`
  return {
    status: 405,
    code: ERROR.methodNotAllowed,
    rule: 'http/method',
    explain,
    headers: ['Allow', allow],
  } as const
}

/** The user who runs the gateway, for connections that come from this machine. */
export function identifyLocalUser(request: RequestHead): Identified {
  if (isLoopbackHost(plainAddress(request.socket.remoteAddress))) return LOCAL_USER
  const explain = 'only programs of this machine may connect without authentication'
  return { refuse: { status: 403, code: ERROR.refused, rule: 'http/not-local', explain, close: true } }
}

const LOCAL_USER = {
  principal: { issuer: 'local', subject: localUser() },
  transport: 'http',
} as const
