/**
 * The pages on which people sign in at servers, beside MCP: a link is good for the principal it was made for, who proves it
 * with the credential that its client uses here.
 */
import type { IncomingMessage } from 'node:http'
import type { AuditTrail } from '../../audit/entry.ts'
import { appendEvent } from '../../audit/unrecorded.ts'
import type { Identity } from '../../identity/identity.ts'
import { takeAddress } from '../../ingress/clientAddress.ts'
import { principalKey } from '../../ingress/port.ts'
import type { Log } from '../../log.ts'
import type { UpstreamCredentials } from '../upstreamCredentials.ts'
import { linkPages, linkTo } from './linkPages.ts'

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
    async whoIs(request, credential, server) {
      if (credential === undefined) return undefined
      const caller = await identity.identify(withCredential(request, credential.trim(), server))
      return 'refuse' in caller ? undefined : principalKey(caller.principal)
    },
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
