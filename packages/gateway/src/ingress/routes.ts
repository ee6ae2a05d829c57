/**
 * The paths of the HTTP door. Compared as they came: percent escapes, dot segments, double slashes and query texts are other
 * paths, and other paths do not exist. What is never rewritten cannot be read in two ways. One thing is: `/mcp/` and
 * `/mcp/SERVER/` are the addresses without that slash, since people type it and hosts keep it.
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
  const path = target === undefined ? undefined : withoutSlash(target)
  switch (path) {
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
      const [, kind, server] = ONE.exec(path) ?? []
      if (server !== undefined) return { kind: kind === 'sse' ? 'sse' : 'mcp', server }
      const session = MESSAGES.exec(path)?.[1]
      return session === undefined ? undefined : { kind: 'messages', session }
    }
  }
}

/**
 * The path of an MCP address that ends in a slash, without it; every other path as it is.
 *
 * @example withoutSlash('/mcp/github/') // '/mcp/github'
 */
export function withoutSlash(path: string): string {
  return path.startsWith('/mcp/') && path.endsWith('/') ? path.slice(0, -1) : path
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
