import type { AuditTrail } from '../audit/entry.ts'
import { appendEvent } from '../audit/unrecorded.ts'
import type { Config } from '../config/config.ts'
import type { Log } from '../log.ts'
import { Catalog } from '../protocol/catalog.ts'
import { RANKS_PER_LEVEL } from '../protocol/resourceOwners.ts'

export interface CatalogsParts {
  /** The configuration in force. */
  readonly config: () => Config
  readonly audit: AuditTrail
  readonly log: Log
}

/** Principals whose catalogue is kept; beyond that the one that was made first is forgotten and filled again. */
const MAX_CATALOGS = 1_000
/** Different collisions that one catalogue reports: servers could invent them without end. */
const MAX_REPORTS = 1_000
const TRUST_RANK = { trusted: 0, partial: 1, untrusted: 2 } as const

/**
 * The catalogues of modern clients, one a principal: which server owns which name and resource. Never one for two, as
 * what one principal is offered is nobody else's business (invariant 2).
 */
export class Catalogs {
  readonly #parts: CatalogsParts
  readonly #known = new Map<string, Catalog>()

  constructor(parts: CatalogsParts) {
    this.#parts = parts
  }

  /** The catalogue of a principal. */
  of(principal: string): Catalog {
    const known = this.#known.get(principal)
    if (known !== undefined) return known
    if (this.#known.size >= MAX_CATALOGS) {
      const [oldest] = this.#known.keys()
      if (oldest !== undefined) this.#known.delete(oldest)
    }
    const catalog = this.make()
    this.#known.set(principal, catalog)
    return catalog
  }

  /** One of its own, for a legacy conversation. Servers that are trusted more win, then those named first. */
  make(): Catalog {
    const { config, audit, log } = this.#parts
    const ranks = new Map(
      config().servers.map((server, at) => [server.id, TRUST_RANK[server.trust] * RANKS_PER_LEVEL + at]),
    )
    const reported = new Set<string>()
    return new Catalog(
      (server) => ranks.get(server) ?? Number.MAX_SAFE_INTEGER,
      (rule, server, explain) => {
        if (reported.has(explain) || reported.size > MAX_REPORTS) return
        reported.add(explain)
        log.warn('collision', { server, rule, explain })
        appendEvent(audit, log, { kind: 'event', event: 'collision', server, rule, explain })
      },
    )
  }

  /** The server was lost: what it offered this principal is not known any more. */
  forget(principal: string, server: string): void {
    this.#known.get(principal)?.forget(server)
  }

  /** The configuration changed: other servers, other ranks. */
  clear(): void {
    this.#known.clear()
  }
}
