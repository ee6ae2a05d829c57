/** The servers whose reading of a text is known. */
export type SqlDialect = 'postgresql' | 'mysql' | 'sqlite'

/** What a query may do. Each mode includes the ones before it. */
export type SqlMode = 'read' | 'write' | 'ddl'

/** What a query may do, and to what. */
export interface SqlPolicy {
  /** The server that will run it. `any`: it must be allowed as each of the three would read it. */
  readonly dialect: SqlDialect | 'any'
  readonly mode: SqlMode
  /**
   * Names as the server stores them: `orders`, `sales.orders`, or `sales.*` for all of a schema. With `allow`, whatever
   * is not named is refused, catalogues too. `deny` wins; a name without schema denies it in every schema, in any case.
   */
  readonly tables?: { readonly allow?: readonly string[]; readonly deny?: readonly string[] }
  /** Functions beside those known to compute only. `deny` wins. */
  readonly functions?: { readonly allow?: readonly string[]; readonly deny?: readonly string[] }
  /** Longest query, in bytes of UTF-8. Default 65,536. */
  readonly maxBytes?: number
}

export const DEFAULT_MAX_BYTES = 65_536
