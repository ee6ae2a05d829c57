/**
 * What a browser page of an allowed origin needs, and no more (Fetch standard, "CORS protocol"). Without
 * `listen.allowedOrigins` no such header is ever sent.
 */
const ASKABLE = new Set([
  'accept',
  'authorization',
  'content-type',
  'dpop',
  'last-event-id',
  'mcp-method',
  'mcp-name',
  'mcp-protocol-version',
  'mcp-session-id',
])
const PARAM = /^mcp-param-[a-z0-9!#$&'*+.^_`|~-]{1,64}$/

/**
 * Headers of the answer to a preflight request, flat. Of the headers a page wants to send those are allowed that MCP has.
 *
 * @example preflightHeaders('content-type, x-other') // [..., 'Access-Control-Allow-Headers', 'content-type', ...]
 */
export function preflightHeaders(requested: string | undefined): string[] {
  const allowed = (requested ?? '')
    .split(',', 64)
    .map((name) => name.trim().toLowerCase())
    .filter((name) => ASKABLE.has(name) || PARAM.test(name))
  const headers = ['Access-Control-Allow-Methods', 'POST, GET, DELETE', 'Access-Control-Max-Age', '600']
  if (allowed.length > 0) headers.push('Access-Control-Allow-Headers', allowed.join(', '))
  return headers
}
