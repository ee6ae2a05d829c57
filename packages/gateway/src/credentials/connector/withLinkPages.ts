/**
 * The pages on which people sign in at servers, beside MCP: a link is good for the principal it was made for, who proves it
 * with the credential that its client uses here, or signs in at the gateway where that signs its clients in.
 */
import type { IncomingMessage } from 'node:http'
import type { AuditTrail } from '../../audit/entry.ts'
import { appendEvent } from '../../audit/unrecorded.ts'
import type { Identity } from '../../identity/identity.ts'
import { takeAddress } from '../../ingress/clientAddress.ts'
import { principalKey, principalOf } from '../../ingress/port.ts'
import type { Log } from '../../log.ts'
import type { UpstreamCredentials } from '../upstreamCredentials.ts'
import { linkPages, linkTo, type Proofs } from './linkPages.ts'

export interface LinkDoorParts {
  readonly credentials: UpstreamCredentials
  readonly publicUrl: string
  readonly audit: Pick<AuditTrail, 'append'>
  readonly log: Log
}

/** The same identity, with these pages. Links lead here from now on. */
export function withLinkPages(identity: Identity, parts: LinkDoorParts): Identity {
  const { credentials, publicUrl, audit, log } = parts
  const pages = linkPages({
    origin: publicUrl,
    connector: () => credentials.connector(),
    serverOf: credentials.serverOf,
    proofs: proofsOf(identity),
    refused: (event) => appendEvent(audit, log, { kind: 'event', event: 'upstream.link-refused', ...event }),
  })
  credentials.usePublicDoor({ link: (ticket) => linkTo(publicUrl, ticket) })
  return {
    ...identity,
    side: {
      takes: (path) => pages.takes(path) || identity.side.takes(path),
      receive(request, response) {
        const [path = ''] = (request.url ?? '').split('?', 1)
        if (pages.takes(path)) pages.receive(request, response)
        else identity.side.receive(request, response)
      },
    },
  }
}

/** With the credential of the person's client, or as the gateway itself signs people in (`auth.server`). */
function proofsOf(identity: Identity): Proofs {
  const { people } = identity
  // Others cannot be signed in here: a session in the browser says nothing about them.
  const isOurs = (principal: string) =>
    people !== undefined && principalOf(principal).issuer === people.issuer
  return {
    async known(request, { principal, path }) {
      if (people === undefined || !isOurs(principal)) return undefined
      const found = await people.known(request, path)
      return found === undefined ? undefined : principalKey(found)
    },
    offered(principal) {
      const isOwner = principalOf(principal).subject === 'owner'
      const ours = isOurs(principal) ? people : undefined
      return {
        passphrase: ours?.hasOwner === true && isOwner,
        provider: isOwner ? undefined : ours?.provider,
        credential: true,
      }
    },
    async prove(request, form, { server, principal, path }) {
      const ours = isOurs(principal) ? people : undefined
      const how = form.get('do')
      if (ours !== undefined && how === 'passphrase') {
        const found = await ours.byPassphrase(request, form.get('passphrase') ?? '')
        return found.ok
          ? { kind: 'is', principal: principalKey(found.principal) }
          : { kind: 'wrong', explain: found.explain, status: found.status }
      }
      if (ours !== undefined && how === 'provider') {
        const found = await ours.toProvider(path)
        return found.ok
          ? { kind: 'onward', to: found.to, cookie: found.cookie }
          : { kind: 'wrong', explain: found.explain, status: found.status }
      }
      const credential = form.get('credential')?.trim() ?? ''
      const caller =
        credential === '' ? undefined : await identity.identify(withCredential(request, credential, server))
      return caller === undefined || 'refuse' in caller
        ? { kind: 'wrong', explain: 'That is not valid here.', status: 403 }
        : { kind: 'is', principal: principalKey(caller.principal) }
    },
  }
}

/**
 * The request as if its client had sent the credential that a person typed into the form, to that server: judged by the same
 * rules, its audience and its limits included.
 */
function withCredential(request: IncomingMessage, credential: string, server: string): IncomingMessage {
  const authorization = `Bearer ${credential}`
  const made = Object.create(request, {
    url: { value: `/mcp/${server}` },
    rawHeaders: { value: ['Host', request.headers.host ?? '', 'Authorization', authorization] },
    headers: { value: { host: request.headers.host, authorization } },
  }) as IncomingMessage
  takeAddress(made, request)
  return made
}
