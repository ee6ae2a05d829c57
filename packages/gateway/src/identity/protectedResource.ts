/**
 * The metadata of this gateway as a resource (RFC 9728): where its clients get tokens, for which address, with which scopes.
 *
 * Everything in it comes from the configuration: a Host or X-Forwarded-Host that somebody sends changes nothing. Whoever
 * has no token may read it, so it tells no names of servers: the document of a server that is not there looks like that of
 * one that is.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { View } from '../ingress/port.ts'
import { withoutSlash } from '../ingress/routes.ts'
import { isServerId } from '../protocol/names.ts'
import type { SideDoor } from './identity.ts'
import { resourceOf } from './resources.ts'
import { DPOP_ALGORITHMS } from './tokens/dpop.ts'

export interface ProtectedResource {
  readonly publicUrl: string
  readonly authorizationServers: readonly string[]
  readonly scopes: readonly string[]
}

const WELL_KNOWN = '/.well-known/'
const METADATA = `${WELL_KNOWN}oauth-protected-resource`

/**
 * The view that a metadata path is about; `undefined` where it is none.
 *
 * @example viewOfMetadata('/.well-known/oauth-protected-resource/mcp/pg') // { kind: 'one', server: 'pg' }
 */
function viewOfMetadata(path: string): View | undefined {
  if (path === METADATA) return { kind: 'all' }
  if (!path.startsWith(`${METADATA}/`)) return undefined
  // Of an address that was typed with a slash at its end it is the same document, with the same `resource`.
  const resource = withoutSlash(path.slice(METADATA.length))
  if (resource === '/mcp') return { kind: 'all' }
  const server = resource.startsWith('/mcp/') ? resource.slice('/mcp/'.length) : ''
  return isServerId(server) ? { kind: 'one', server } : undefined
}

/** The document of a view. */
function metadataOf({ publicUrl, authorizationServers, scopes }: ProtectedResource, view: View): object {
  return {
    resource: resourceOf(publicUrl, view),
    authorization_servers: authorizationServers,
    scopes_supported: scopes,
    bearer_methods_supported: ['header'],
    dpop_signing_alg_values_supported: DPOP_ALGORITHMS,
  }
}

/**
 * The metadata, and below `/.well-known/` a plain answer that there is nothing else: hosts probe there, and take a page for
 * a document. To be asked after whoever else serves something there.
 */
export function protectedResourceDoor(resource: ProtectedResource): SideDoor {
  return {
    takes: (path) => path.startsWith(WELL_KNOWN),
    receive(request, response) {
      const [path = ''] = (request.url ?? '').split('?', 1)
      const view = viewOfMetadata(path)
      if (view === undefined) answer(request, response, 404, { error: 'not_found' })
      else if (request.method === 'OPTIONS') answer(request, response, 204, undefined, PREFLIGHT)
      else if (request.method === 'GET' || request.method === 'HEAD')
        answer(request, response, 200, metadataOf(resource, view), ['Cache-Control', 'public, max-age=300'])
      else answer(request, response, 405, { error: 'method_not_allowed' }, ['Allow', METHODS])
    },
  }
}

const METHODS = 'GET, HEAD, OPTIONS'
const PREFLIGHT = [
  'Access-Control-Allow-Methods',
  METHODS,
  'Access-Control-Allow-Headers',
  'MCP-Protocol-Version',
  'Access-Control-Max-Age',
  '600',
]

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  document: object | undefined,
  extra: readonly string[] = [],
): void {
  const bytes = document === undefined ? undefined : Buffer.from(JSON.stringify(document))
  // Public, for any page, and without anybody's cookies.
  const headers = ['Access-Control-Allow-Origin', '*', 'X-Content-Type-Options', 'nosniff', ...extra]
  if (bytes !== undefined)
    headers.push('Content-Type', 'application/json', 'Content-Length', String(bytes.length))
  // A body that nobody reads here ends with the connection.
  if (request.method !== 'GET' && request.method !== 'HEAD' && request.method !== 'OPTIONS')
    headers.push('Connection', 'close')
  response.writeHead(status, headers)
  response.end(request.method === 'HEAD' ? undefined : bytes)
}
