import { compileGlob } from '@sallyport/controls/patterns'
import type { Config } from '../config.ts'
import type { Path } from '../document.ts'

/** A name in `auth.scopes` that means none of the servers. */
export interface ScopeWithoutServer {
  readonly path: Path
  readonly explain: string
}

/**
 * Names of servers in `auth.scopes` that no server has. No fault: a server may be taken out for a day. But whoever has such a
 * scope is let in and sees nothing, and a scope that was meant to be narrow may have been mistyped.
 *
 * @example scopesWithoutServer(config) // [{ path: ['auth', 'scopes', 'pg', 'servers', 0], explain: 'no server is called "nope"' }]
 */
export function scopesWithoutServer({ auth, servers }: Config): readonly ScopeWithoutServer[] {
  return (auth?.scopes ?? []).flatMap(({ name, servers: globs = [] }) =>
    globs.flatMap((glob, at) => {
      const means = compileGlob(glob)
      if (servers.some(({ id }) => means(id))) return []
      const explain = `no server is called ${JSON.stringify(glob)}`
      return [{ path: ['auth', 'scopes', name, 'servers', at], explain }]
    }),
  )
}
