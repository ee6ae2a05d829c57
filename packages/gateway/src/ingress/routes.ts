/**
 * The paths of the HTTP door. Compared as they came: percent escapes, dot segments, double or trailing slashes and query
 * texts are other paths, and other paths do not exist. What is never rewritten cannot be read in two ways.
 */
export type Route = McpRoute | { readonly kind: 'healthz' } | { readonly kind: 'readyz' }

/** Routes that carry MCP, and so need a caller. */
export type McpRoute =
  | { readonly kind: 'mcp'; readonly server: string | undefined }
  /** HTTP+SSE (2024-11-05): the stream of a session, and where its client posts. */
  | { readonly kind: 'sse'; readonly server: string | undefined }
  | { readonly kind: 'messages'; readonly session: string }

const ALL: Route = { kind: 'mcp', server: undefined }
const ALL_SSE: Route = { kind: 'sse', server: undefined }
const HEALTHZ: Route = { kind: 'healthz' }
const READYZ: Route = { kind: 'readyz' }
const ONE = /^\/(mcp|sse)\/([a-z0-9_]{1,16})$/
const MESSAGES = /^\/messages\/([A-Za-z0-9_-]{32})$/

/**
 * The route of a request target, `undefined` when there is none.
 *
 * @example routeOf('/mcp/github') // { kind: 'mcp', server: 'github' }
 */
export function routeOf(target: string | undefined): Route | undefined {
  switch (target) {
    case '/mcp':
      return ALL
    case '/sse':
      return ALL_SSE
    case '/healthz':
      return HEALTHZ
    case '/readyz':
      return READYZ
    case undefined:
      return undefined
    default: {
      const [, kind, server] = ONE.exec(target) ?? []
      if (server !== undefined) return { kind: kind === 'sse' ? 'sse' : 'mcp', server }
      const session = MESSAGES.exec(target)?.[1]
      return session === undefined ? undefined : { kind: 'messages', session }
    }
  }
}

/** Where the client of an HTTP+SSE session posts: a path of this very origin. */
export function messagesPath(session: string): string {
  return `/messages/${session}`
}

/** The name of a route for records: never its path, which may hold a session's id or the sender's text. */
export function routeName(route: Route | undefined): string {
  if (route === undefined) return 'unknown'
  if (route.kind !== 'mcp' && route.kind !== 'sse') return route.kind
  return route.server === undefined ? route.kind : `${route.kind}/server`
}
