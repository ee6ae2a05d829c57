/**
 * One modern request: what was read of it, its exchange for controls and record, and the two ways the gateway answers
 * it without a server.
 */
import type { JsonObject } from '@sallyport/controls/json'
import { logUnrecorded } from '../../audit/unrecorded.ts'
import type { Caller, ModernCall, ModernReply, View } from '../../ingress/port.ts'
import type { ConsentReply } from '../../pipeline/consentReply.ts'
import type { Exchange } from '../../pipeline/exchange.ts'
import type { Refusal } from '../../pipeline/verdict.ts'
import type { SessionPort } from '../../upstream/session.ts'
import { UpstreamUnavailable } from '../../upstream/unavailable.ts'
import type { Catalog } from '../catalog.ts'
import type { Envelope } from '../envelope.ts'
import type { Era } from '../era.ts'
import { ERROR, errorBytes, modernStatus } from '../errors.ts'
import type { Inbound } from '../message.ts'
import { methodRow } from '../methods.ts'
import type { BridgedServer } from './bridgedServer.ts'
import { correlationOf } from './correlation.ts'
import { unavailableRefusal } from './failures.ts'
import type { Excluded } from './greeting.ts'
import { type Beholder, inSight } from './inSight.ts'
import type { Parking } from './parking.ts'
import { auditDownBytes, recordExchange } from './records.ts'
import type { Relay } from './relay.ts'

/** What the modern cell needs of the gateway. */
export interface ModernWorld {
  readonly relay: Relay
  /** Servers of a view whose era is known; asks those where it is not yet. */
  servers(view: View): readonly string[] | Promise<readonly string[]>
  /** Servers of a view that cannot be reached now, and why. */
  excluded(view: View): readonly Excluded[]
  eraOf(server: string): Era | undefined
  /** A modern server's connection for this principal and conversation. */
  session(server: string, principal: string, conversation: string | undefined): SessionPort
  /** A legacy server's session for this principal, conversation and what the request declares. */
  bridged(server: string, request: ModernRequest): BridgedServer
  readonly parking: Parking
  /** Milliseconds since the epoch. */
  wallClock(): number
  /** Notes in the principal's catalogue what an answer says about who owns what. */
  noteAnswer(request: ModernRequest, server: string, result: JsonObject, said: JsonObject): void
  catalog(principal: string): Catalog
  /** `tool`: the server's own name of the tool that is called. */
  deadlineMs(server: string, tool?: string): number
}

/** One request and what was read of it. */
export interface ModernRequest {
  readonly caller: Caller
  readonly principal: string
  readonly view: View
  readonly conversation: string | undefined
  readonly mirrored: Readonly<Record<string, string>>
  readonly message: Inbound
  readonly envelope: Envelope
  readonly reply: ModernReply
  /** It is the call again with the answer to a question of ours. */
  readonly consent?: ConsentReply
}

/** Which servers a request hears of. */
export function beholderOf({ view, caller }: ModernRequest): Beholder {
  return { view, authority: caller.authority }
}

/** Servers that cannot be reached now, as far as the caller may know that they are there. */
export function excludedFrom(world: ModernWorld, request: ModernRequest): readonly Excluded[] {
  const beholder = beholderOf(request)
  return world.excluded(request.view).filter(({ server }) => inSight(world.relay, beholder, server))
}

/** The exchange of a request, as its controls and its record see it. */
export function exchangeOf(
  world: ModernWorld,
  request: ModernRequest,
  server?: string,
  own?: string,
): Exchange {
  const { message, caller, envelope, conversation } = request
  const row = methodRow(message.method, { era: 'modern', sender: 'client', type: 'request' })
  const named = row?.name === undefined ? undefined : message.params[row.name.member]
  return {
    principal: request.principal,
    authority: caller.authority,
    conversation,
    host: caller.host,
    transport: caller.transport,
    direction: 'client-to-server',
    era: 'modern',
    method: message.method,
    row,
    server,
    name: own,
    exposedName: typeof named === 'string' ? named : undefined,
    params: message.params,
    arguments: message.params.arguments,
    requestId: message.id,
    client: envelope.clientName,
    consent: request.consent,
    correlation: correlationOf(message.params),
    bytes: message.bytes.length,
    startedAt: world.relay.now(),
    findings: [],
  }
}

/** Refuses before any server was chosen; recorded like every exchange. */
export function refuse(
  world: ModernWorld,
  request: ModernRequest,
  refusal: Refusal,
  data?: JsonObject,
): ModernCall {
  const exchange = exchangeOf(world, request)
  const code = refusal.code ?? ERROR.refused
  const body = data ?? {
    rule: refusal.rule,
    ...(refusal.remedy === undefined ? {} : { remedy: refusal.remedy }),
  }
  const bytes = errorBytes(request.message.id ?? null, code, refusal.explain, body)
  const status = refusal.rule === 'envelope/invalid' ? 400 : modernStatus(code)
  return answered(world, request, exchange, bytes, status, {
    outcome: 'refused',
    rule: refusal.rule,
    explain: refusal.explain,
    errorCode: code,
  })
}

/** Records an exchange the gateway answered itself, then answers it. */
export function answered(
  world: ModernWorld,
  request: ModernRequest,
  exchange: Exchange,
  bytes: Buffer,
  status: number,
  ending: Parameters<typeof recordExchange>[2],
): ModernCall {
  let gone = false
  recordExchange(world.relay, exchange, ending).then(
    () => {
      if (gone) return
      const { reply, envelope } = request
      if (status === 200) {
        const refused = ending.outcome === 'refused' ? ending : undefined
        world.relay.findingLog.tell(exchange, envelope.logLevel, refused, (notice) => reply.notify(notice))
      }
      reply.finish(bytes, status)
    },
    (error: unknown) => {
      logUnrecorded(world.relay.log, error)
      if (!gone) request.reply.finish(auditDownBytes(request.message.id ?? null), 200)
    },
  )
  return {
    cancel() {
      gone = true
    },
  }
}

/** Records that the client left before it was answered. */
export function recordCancelled(world: ModernWorld, exchange: Exchange, reason: string): void {
  recordExchange(world.relay, exchange, { outcome: 'cancelled', explain: reason }).catch((error: unknown) =>
    logUnrecorded(world.relay.log, error),
  )
}

/** Whatever throws in routing ends its request, not the gateway. */
export function failedCall(world: ModernWorld, request: ModernRequest, error: unknown): ModernCall {
  if (error instanceof UpstreamUnavailable) {
    return refuse(world, request, { ...unavailableRefusal(error.server, error), code: ERROR.unavailable })
  }
  world.relay.log.error('route.failed', { method: request.message.method, explain: String(error) })
  const explain = 'the gateway could not find the server for it'
  return refuse(world, request, { kind: 'refuse', rule: 'gateway/failed', explain, code: ERROR.failed })
}
