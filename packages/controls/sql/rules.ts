/** Every reason for which a query is refused. */
export const SQL_RULES = {
  'sql/size': 'The query is longer than its policy allows.',
  'sql/unreadable': 'The query, or a part of it, is not understood for certain; nothing is guessed.',
  'sql/comment':
    'A comment is executable, sets something, or ends at another place for another server: `/*! */`, nested, unfinished.',
  'sql/multiple': 'There is more than one statement.',
  'sql/empty': 'There is no statement.',
  'sql/write': 'The query changes data, locks rows, or writes a table or file, where that is not allowed.',
  'sql/ddl': 'The query changes tables, views or indexes, and that is not allowed.',
  'sql/statement':
    'This kind of statement is never allowed: it reaches the session, the server, its files, code or rights.',
  'sql/table': 'The query refers to a table that its policy does not allow.',
  'sql/system-table':
    'The query refers to a table of the database server that holds credentials, files or settings.',
  'sql/function': 'The query calls a function that has effects, or that is not known to have none.',
  'sql/variable': 'The query reads or sets a variable of the server or session.',
} as const satisfies Readonly<Record<`sql/${string}`, string>>

export type SqlRule = keyof typeof SQL_RULES
