/**
 * The paths of the HTTP door. Compared as they came: percent escapes, dot segments, double or trailing slashes and query
 * texts are other paths, and other paths do not exist. What is never rewritten cannot be read in two ways.
 */
export type Route =
  | { readonly kind: 'mcp'; readonly server: string | undefined }
  | { readonly kind: 'healthz' | 'readyz' }

const ALL: Route = { kind: 'mcp', server: undefined }
const HEALTHZ: Route = { kind: 'healthz' }
const READYZ: Route = { kind: 'readyz' }
const ONE = /^\/mcp\/([a-z0-9_]{1,16})$/

/**
 * The route of a request target, `undefined` when there is none.
 *
 * @example routeOf('/mcp/github') // { kind: 'mcp', server: 'github' }
 */
export function routeOf(target: string | undefined): Route | undefined {
  switch (target) {
    case '/mcp':
      return ALL
    case '/healthz':
      return HEALTHZ
    case '/readyz':
      return READYZ
    case undefined:
      return undefined
    default: {
      const server = ONE.exec(target)?.[1]
      return server === undefined ? undefined : { kind: 'mcp', server }
    }
  }
}
