/**
 * Puts together who may come in: the ways of `auth` in the configuration, asked one after the other.
 */
import type { AuditTrail } from '../audit/entry.ts'
import type { AuthConfig } from '../config/auth/authConfig.ts'
import type { Config } from '../config/config.ts'
import type { AskStored } from '../config/secrets.ts'
import { clientAddress } from '../ingress/clientAddress.ts'
import type { RequestHead } from '../ingress/exchangeTypes.ts'
import type { Caller, View } from '../ingress/port.ts'
import type { Refusal } from '../ingress/refusal.ts'
import { withoutSlash } from '../ingress/routes.ts'
import type { Log } from '../log.ts'
import type { Authority } from './authority.ts'
import { authorizationServers } from './authorizationServers.ts'
import { credentialInQuery, credentialOf } from './credentialOf.ts'
import { type DoorTally, LocalTally, type Wait } from './doorTally.ts'
import { ExposedKeys } from './exposedKeys.ts'
import type { Credential, Identity, PersonDoor, SideDoor, Verified, Verifier } from './identity.ts'
import { openKeys } from './keys/openKeys.ts'
import { protectedResourceDoor } from './protectedResource.ts'
import * as refusals from './refusals.ts'
import { Scopes } from './scopes.ts'
import { openServer } from './server/openServer.ts'
import { openTokens } from './tokens/openTokens.ts'

/** What the ways in are made from. */
export interface IdentitySources {
  readonly config: Config
  readonly auth: AuthConfig
  /** The origin that clients know: `auth.publicUrl`, or the loopback address that is listened on. */
  readonly publicUrl: string
  /** Folder for what must survive: keys, clients, grants. Private to this user. */
  readonly stateDir: string
  /** Folder for keys that a backup of the state must not take along. Private to this user. */
  readonly dataDir: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where references other than variables and files are asked. */
  readonly stored?: AskStored | undefined
  readonly audit: AuditTrail
  readonly log: Log
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Who counts proofs and failures, where that is not this process. */
  readonly tally?: DoorTally | undefined
  /** The names of servers there are now. */
  readonly servers: () => readonly string[]
}

type Identified = Caller | { readonly refuse: Refusal }

/** What one way in brings along. */
export interface Way {
  readonly verifiers: readonly Verifier[]
  readonly side?: SideDoor
  readonly people?: PersonDoor
  close?(): Promise<void>
}

/** Every way in, in the order they are asked. Each opens nothing that the configuration does not name. */
const WAYS: readonly ((sources: IdentitySources) => Promise<Way | undefined>)[] = [
  openKeys,
  openTokens,
  openServer,
]

/** Rejects when a way cannot be opened: then nobody may come in. */
export async function openIdentity(sources: IdentitySources): Promise<Identity> {
  const ways: Way[] = []
  const tally = sources.tally ?? new LocalTally(sources.auth.failures, sources.now)
  for (const open of WAYS) {
    const way = await open({ ...sources, tally })
    if (way !== undefined) ways.push(way)
  }
  return composeIdentity(ways, { ...sources, tally })
}

/**
 * Who may come in, by these ways. What a verifier answers at once is answered at once here: a call with a token that is
 * known costs no turn of the event loop.
 */
export function composeIdentity(
  ways: readonly Way[],
  sources: Pick<IdentitySources, 'auth' | 'publicUrl' | 'now' | 'log' | 'tally'>,
): Identity {
  const { auth, publicUrl, now, log } = sources
  const verifiers = ways.flatMap((way) => way.verifiers)
  const scopes = new Scopes(auth.scopes)
  const servers = authorizationServers(auth, publicUrl)
  const challenge = { publicUrl, oauth: servers.length > 0, scopes: scopes.initial }
  const keyHeader = auth.keys?.header?.toLowerCase()
  const exposed = new ExposedKeys(log)
  const tally = sources.tally ?? new LocalTally(auth.failures, now)
  const sides = ways.flatMap(({ side }) => side ?? [])
  // Behind all others: it answers for whatever nobody else serves below `/.well-known/`.
  if (challenge.oauth)
    sides.push(protectedResourceDoor({ publicUrl, authorizationServers: servers, scopes: scopes.names }))

  const conclude = (
    request: RequestHead,
    scheme: Credential['scheme'],
    verified: Verified,
  ): Identified | Promise<Identified> => {
    if (verified.ok) {
      const { principal, authority } = verified
      if (authority.servers === undefined || reaches(authority.servers, viewOf(request)))
        return { principal, authority, transport: 'http' }
      const why = 'it was issued for another server of this gateway'
      return refuseInvalid(request, scheme, { ok: false, fault: 'invalid', rule: 'identity/audience', why })
    }
    if (verified.fault === 'limited') return { refuse: refusals.tooOften(verified) }
    if (verified.fault === 'busy') return { refuse: refusals.undecided(verified) }
    return refuseInvalid(request, scheme, verified)
  }
  const refuseInvalid = (
    request: RequestHead,
    scheme: Credential['scheme'],
    rejected: Extract<Verified, { ok: false }>,
  ): Identified | Promise<Identified> => {
    const from = clientAddress(request)
    const told = (waitMs: Wait): Identified => {
      const refusal =
        waitMs === undefined
          ? refusals.invalid(challenge, viewOf(request) ?? ALL, scheme, rejected)
          : refusals.tooManyFailures(waitMs)
      return { refuse: { ...refusal, from } }
    }
    const waits = tally.failure(from)
    return waits instanceof Promise ? waits.then(told) : told(waits)
  }

  return {
    identify(request) {
      const read = credentialOf(request.rawHeaders, keyHeader)
      if (read.kind === 'none') return { refuse: refusals.noCredential(challenge, viewOf(request) ?? ALL) }
      if (read.kind === 'fault')
        return { refuse: refusals.unreadable(challenge, viewOf(request) ?? ALL, read) }
      const { credential } = read
      for (const verifier of verifiers) {
        const verified = verifier.verify(credential, request)
        if (verified === undefined) continue
        if (!(verified instanceof Promise)) return conclude(request, credential.scheme, verified)
        return verified.then((result) => conclude(request, credential.scheme, result))
      }
      return conclude(request, credential.scheme, UNKNOWN)
    },
    keyHeader,
    people: ways.find(({ people }) => people !== undefined)?.people,
    misplaced(target) {
      const keyId = exposed.in(target)
      return keyId !== undefined || credentialInQuery(target) ? refusals.inQuery(challenge, keyId) : undefined
    },
    authorize({ authority }, view, message) {
      if (authority === undefined) return undefined
      if (authority.servers !== undefined && !reaches(authority.servers, view))
        return refusals.invalid(challenge, view, 'bearer', {
          ok: false,
          fault: 'invalid',
          rule: 'identity/audience',
          why: 'it was issued for another server of this gateway',
        })
      const missing = scopes.missing(authority.scopes, view, message)
      return missing === undefined
        ? undefined
        : refusals.insufficientScope(challenge, view, authority, missing)
    },
    standing({ principal, authority }) {
      if (authority === undefined) return 'holds'
      for (const verifier of verifiers) {
        const holds = verifier.holds(principal, authority)
        if (holds === undefined) continue
        if (!holds) return 'revoked'
        return hasEnded(authority, now()) ? 'expired' : 'holds'
      }
      return 'revoked'
    },
    side: {
      takes: (path) => sides.some((side) => side.takes(path)),
      receive(request, response) {
        const [path = ''] = (request.url ?? '').split('?', 1)
        sides.find((side) => side.takes(path))?.receive(request, response)
      },
    },
    async close() {
      for (const way of ways) await way.close?.()
    },
  }
}

const ALL: View = { kind: 'all' }

const UNKNOWN: Verified = {
  ok: false,
  fault: 'invalid',
  rule: 'identity/unknown',
  why: 'no way in takes this credential',
}

function hasEnded({ expiresAtMs }: Authority, nowMs: number): boolean {
  return expiresAtMs !== undefined && nowMs >= expiresAtMs
}

/** A path without a view is one of a session, which has its own: it is asked for again with the message. */
function reaches(servers: readonly string[], view: View | undefined): boolean {
  return view === undefined || (view.kind === 'one' && servers.includes(view.server))
}

function viewOf(request: RequestHead): View | undefined {
  return viewOfPath((request.url ?? '').split('?', 1)[0] ?? '')
}

/** The view of a request's path, for what is said about it before its caller is known. */
function viewOfPath(path: string): View | undefined {
  const own = withoutSlash(path)
  const [, server] = /^\/(?:mcp|sse)(?:\/([a-z0-9_]{1,16}))?$/.exec(own) ?? []
  if (server !== undefined) return { kind: 'one', server }
  return own === '/mcp' || own === '/sse' ? ALL : undefined
}
