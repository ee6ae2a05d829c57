import type { SqlDialect } from './policy.ts'

/** One way in which a server may cut a text into tokens. */
export interface SqlReading {
  readonly dialect: SqlDialect
  /** Whether a backslash escapes within single quotes. */
  readonly backslashInStrings: boolean
  /** Whether a backslash escapes within double quotes. */
  readonly backslashInDoubleQuotes: boolean
}

const STANDARD = { backslashInStrings: false, backslashInDoubleQuotes: false }
const ESCAPING = { backslashInStrings: true, backslashInDoubleQuotes: true }

/**
 * The readings of a dialect: as it comes, then as its settings can make it (NO_BACKSLASH_ESCAPES and ANSI_QUOTES of MySQL,
 * standard_conforming_strings of PostgreSQL). They differ only where there is a backslash.
 */
export function readingsOf(dialect: SqlDialect, text: string): readonly SqlReading[] {
  const all = ALL_READINGS[dialect]
  return text.includes('\\') ? all : all.slice(0, 1)
}

const ALL_READINGS: Readonly<Record<SqlDialect, readonly SqlReading[]>> = {
  postgresql: [
    { dialect: 'postgresql', ...STANDARD },
    { dialect: 'postgresql', backslashInStrings: true, backslashInDoubleQuotes: false },
  ],
  mysql: [
    { dialect: 'mysql', ...ESCAPING },
    { dialect: 'mysql', ...STANDARD },
    { dialect: 'mysql', backslashInStrings: true, backslashInDoubleQuotes: false },
  ],
  sqlite: [{ dialect: 'sqlite', ...STANDARD }],
}
