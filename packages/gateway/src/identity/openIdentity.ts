/**
 * Puts together who may come in: the ways of `auth` in the configuration, asked one after the other.
 */
import type { IncomingMessage } from 'node:http'
import type { AuditTrail } from '../audit/entry.ts'
import { appendEvent } from '../audit/unrecorded.ts'
import type { AuthConfig } from '../config/auth/authConfig.ts'
import type { Config } from '../config/config.ts'
import type { View } from '../ingress/port.ts'
import type { Refusal } from '../ingress/refusal.ts'
import type { Log } from '../log.ts'
import { ERROR } from '../protocol/errors.ts'
import { credentialOf } from './credentialOf.ts'
import type { Identity, SideDoor, Verified, Verifier } from './identity.ts'

/** What the ways in are made from. */
export interface IdentitySources {
  readonly config: Config
  readonly auth: AuthConfig
  /** The origin that clients know: `auth.publicUrl`, or the loopback address that is listened on. */
  readonly publicUrl: string
  /** Folder for what must survive: keys, clients, grants. Private to this user. */
  readonly stateDir: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly audit: AuditTrail
  readonly log: Log
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** The names of servers there are now. */
  readonly servers: () => readonly string[]
}

/** What one way in brings along. */
export interface Way {
  readonly verifiers: readonly Verifier[]
  readonly side?: SideDoor
  close?(): Promise<void>
}

/** Every way in, in the order they are asked. Each opens nothing that the configuration does not name. */
const WAYS: readonly ((sources: IdentitySources) => Promise<Way | undefined>)[] = []

/** Rejects when a way cannot be opened: then nobody may come in. */
export async function openIdentity(sources: IdentitySources): Promise<Identity> {
  const ways: Way[] = []
  for (const open of WAYS) {
    const way = await open(sources)
    if (way !== undefined) ways.push(way)
  }
  const verifiers = ways.flatMap((way) => way.verifiers)
  const sides = ways.flatMap(({ side }) => side ?? [])
  const { audit, log } = sources

  const verify = async (request: IncomingMessage): Promise<Verified | { readonly refuse: Refusal }> => {
    const read = credentialOf(request.rawHeaders, undefined)
    if (read.kind === 'none') return { refuse: unauthenticated('identity/none', 'sign in first') }
    if (read.kind === 'fault') {
      const { status, rule, explain } = read
      return {
        refuse:
          status === 400 ? { status, code: ERROR.badRequest, rule, explain } : unauthenticated(rule, explain),
      }
    }
    for (const verifier of verifiers) {
      const verified = await verifier.verify(read.credential, request)
      if (verified !== undefined) return verified
    }
    return { ok: false, fault: 'invalid', rule: 'identity/unknown', why: 'no way in takes this credential' }
  }

  return {
    async identify(request) {
      const verified = await verify(request)
      if ('refuse' in verified) return verified
      if (verified.ok)
        return { principal: verified.principal, authority: verified.authority, transport: 'http' }
      const { rule, why } = verified
      appendEvent(audit, log, { kind: 'event', event: 'identity.refused', rule, explain: why })
      return { refuse: unauthenticated(rule, 'the credential is not valid here') }
    },
    authorize: () => undefined,
    holds({ principal, authority }) {
      if (authority === undefined) return true
      for (const verifier of verifiers) {
        const holds = verifier.holds(principal, authority)
        if (holds !== undefined) return holds
      }
      return false
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

function unauthenticated(rule: string, explain: string): Refusal {
  return { status: 401, code: ERROR.unauthenticated, rule, explain, headers: ['WWW-Authenticate', 'Bearer'] }
}

/** The view of a request's path, for what is said about it before its caller is known. */
export function viewOfPath(path: string): View | undefined {
  const [, server] = /^\/(?:mcp|sse)(?:\/([a-z0-9_]{1,16}))?$/.exec(path) ?? []
  if (server !== undefined) return { kind: 'one', server }
  return path === '/mcp' || path === '/sse' ? { kind: 'all' } : undefined
}
