import type { Link } from '../../upstream/link.ts'
import { type Dialect, MODERN_TO_MODERN } from './dialect.ts'
import type { ModernRequest, ModernWorld } from './modernRequest.ts'

/** How a server is reached and spoken to for one modern request. */
export interface ModernPort {
  readonly dialect: Dialect
  link(): Link | Promise<Link>
}

/** The port to a server of either era. */
export function portOf(world: ModernWorld, request: ModernRequest, server: string): ModernPort {
  if (world.eraOf(server) === 'legacy') {
    const { dialect, session } = world.bridged(server, request)
    return { dialect, link: () => session.link() }
  }
  const session = world.session(server, request.principal, request.conversation)
  return { dialect: MODERN_TO_MODERN, link: () => session.link() }
}
