import type { SqlDialect, SqlPolicy } from './policy.ts'

/**
 * Tables of the servers themselves that hold credentials, files, samples of data or what other people run. They need a name in
 * `allow`. Catalogues that only tell what tables there are (information_schema, sqlite_master) are not among them.
 */
const SYSTEM_TABLES: ReadonlySet<string> = new Set(
  `pg_authid pg_shadow pg_user_mapping pg_user_mappings pg_largeobject pg_hba_file_rules pg_ident_file_mappings
   pg_file_settings pg_settings pg_stat_activity pg_stat_ssl pg_stat_replication pg_stat_statements pg_subscription
   pg_foreign_server pg_statistic pg_stats pg_stats_ext pg_proc pg_shseclabel pg_db_role_setting pg_backend_memory_contexts
   pg_config sqlite_dbpage sqlite_dbdata sqlite_dbptr sqlite_stmt bytecode tables_used fsdir zipfile csv
   processlist user_attributes innodb_trx`.split(/\s+/),
)

/** Schemas of MySQL that are of the server. */
const SYSTEM_SCHEMAS: ReadonlySet<string> = new Set(['mysql', 'performance_schema', 'sys', 'pg_toast'])

/** The schema that a name without one means, unless somebody set another. */
const DEFAULT_SCHEMA: Readonly<Record<SqlDialect, string>> = {
  postgresql: 'public',
  mysql: '',
  sqlite: 'main',
}

/** The rule that keeps the query from this table, or undefined. */
export function judgeTable(
  parts: readonly string[],
  tables: SqlPolicy['tables'],
  dialect: SqlDialect,
): 'sql/table' | 'sql/system-table' | undefined {
  if (dialect === 'mysql' && parts.length === 1 && fold(parts[0] ?? '') === 'dual') return undefined
  if (tables?.deny?.some((entry) => denies(entry, parts))) return 'sql/table'
  if (tables?.allow !== undefined) {
    return tables.allow.some((entry) => allows(entry, parts, dialect)) ? undefined : 'sql/table'
  }
  const folded = parts.map(fold)
  const schema = folded.at(-2)
  if (schema !== undefined && SYSTEM_SCHEMAS.has(schema)) return 'sql/system-table'
  return SYSTEM_TABLES.has(folded.at(-1) ?? '') ? 'sql/system-table' : undefined
}

/** Every spelling that some server, collation or file system takes for the same. */
function fold(name: string): string {
  return name.normalize('NFKC').toUpperCase().toLowerCase().trim()
}

/** As wide as can be: the entry's parts are the last ones of the name, in any case. */
function denies(entry: string, parts: readonly string[]): boolean {
  const wanted = entry.split('.')
  const name = parts.map(fold)
  if (wanted.at(-1) === '*') return wanted.length === 1 || fold(wanted.at(-2) ?? '') === name.at(-2)
  if (fold(wanted.at(-1) ?? '') !== name.at(-1)) return false
  // A name without its schema may be that of any.
  return wanted.length === 1 || name.length === 1 || fold(wanted.at(-2) ?? '') === name.at(-2)
}

/** As narrow as can be: the entry is the name, with the schema that the server would add. */
function allows(entry: string, parts: readonly string[], dialect: SqlDialect): boolean {
  const wanted = complete(dialect === 'sqlite' ? entry.toLowerCase().split('.') : entry.split('.'), dialect)
  const name = complete(parts, dialect)
  if (wanted.length !== name.length) return false
  return wanted.every((part, index) => part === name[index] || (part === '*' && index === wanted.length - 1))
}

function complete(parts: readonly string[], dialect: SqlDialect): readonly string[] {
  const schema = DEFAULT_SCHEMA[dialect]
  return parts.length === 1 && schema !== '' ? [schema, ...parts] : parts
}
