import { describe, expect, it } from 'vitest'
import { checkSql, SQL_RULES, type SqlPolicy } from './index.ts'

const READ = { dialect: 'any', mode: 'read' } as const
const rule = (text: string, policy: SqlPolicy = READ) => {
  const decision = checkSql(text, policy)
  return decision.ok ? 'ok' : decision.rule
}
const tables = (text: string, policy: SqlPolicy = READ) => {
  const decision = checkSql(text, policy)
  return decision.ok ? [...decision.tables].sort() : decision.explain
}

describe('one statement', () => {
  it.each([
    ['SELECT 1; DROP TABLE users', 'sql/multiple'],
    ['SELECT 1;;SELECT 2', 'sql/multiple'],
    ["SELECT 'a''b'; DELETE FROM users --", 'sql/multiple'],
    ['', 'sql/empty'],
    [' ; -- nothing\n;', 'sql/empty'],
  ])('refuses %s', (text, expected) => expect(rule(text)).toBe(expected))

  it.each([
    'SELECT 1;',
    'SELECT 1 ; -- that is all\n',
    "SELECT '; DROP TABLE users'",
    'SELECT 1 /* ; DROP TABLE users */ AS one',
  ])('lets through %s', (text) => expect(rule(text)).toBe('ok'))
})

describe('reading only', () => {
  it.each([
    ['DELETE FROM users', 'sql/write'],
    ['WITH x AS (DELETE FROM users RETURNING *) SELECT * FROM x', 'sql/write'],
    ['SELECT * FROM (WITH x AS (UPDATE t SET a = 1 RETURNING *) SELECT * FROM x) y', 'sql/write'],
    ['EXPLAIN ANALYZE DELETE FROM users', 'sql/write'],
    ['SELECT * INTO copy FROM users', 'sql/write'],
    ["SELECT 1 INTO OUTFILE '/tmp/x'", 'sql/write'],
    ['SELECT * FROM users FOR UPDATE', 'sql/write'],
    ['DROP TABLE users', 'sql/ddl'],
    ["COPY users TO PROGRAM 'id'", 'sql/statement'],
    ["ATTACH 'x.db' AS x", 'sql/statement'],
    ['PRAGMA user_version = 1', 'sql/statement'],
    ['COMMIT', 'sql/statement'],
    ['SELECT @@datadir', 'sql/variable'],
  ])('refuses %s', (text, expected) => {
    expect(rule(text)).toBe(expected)
  })

  it.each([
    'EXPLAIN ANALYZE SELECT * FROM users',
    "SELECT 'DELETE FROM users'",
    'SELECT "delete" FROM users',
    'SELECT u.update, u.delete FROM users u',
    'PRAGMA table_info(users)',
  ])('lets through %s', (text) => expect(rule(text)).toBe('ok'))
})

describe('modes', () => {
  const write = { dialect: 'postgresql', mode: 'write' } as const
  const ddl = { dialect: 'postgresql', mode: 'ddl' } as const

  it('write allows changes and tells how far they reach', () => {
    expect(checkSql("UPDATE users SET plan = 'pro'", write)).toMatchObject({
      ok: true,
      kind: 'update',
      tables: ['users'],
      everyRow: true,
    })
    expect(checkSql("UPDATE users SET plan = 'pro' WHERE id = 1", write)).toMatchObject({ everyRow: false })
    expect(rule("INSERT INTO users (name) VALUES ('a'), ('b') RETURNING id", write)).toBe('ok')
    expect(
      rule(
        'INSERT INTO t (a) SELECT a FROM s ON CONFLICT (a) DO UPDATE SET a = EXCLUDED.a WHERE t.a > 1',
        write,
      ),
    ).toBe('ok')
    expect(rule('DELETE FROM users USING orders WHERE users.id = orders.user_id', write)).toBe('ok')
    expect(
      rule(
        'MERGE INTO a USING b ON a.id = b.id WHEN MATCHED AND b.x > 1 THEN UPDATE SET x = b.x WHEN NOT MATCHED THEN INSERT (id) VALUES (b.id)',
        write,
      ),
    ).toBe('ok')
    expect(rule('SELECT * FROM users FOR UPDATE', write)).toBe('ok')
    expect(rule("SELECT nextval('users_id_seq')", write)).toBe('ok')
  })

  it('write allows no definitions, no files, nothing that its tables keep', () => {
    expect(rule('DROP TABLE users', write)).toBe('sql/ddl')
    expect(rule('SELECT * INTO copy FROM users', write)).toBe('sql/write')
    const kept = { ...write, tables: { deny: ['secrets'] } }
    expect(rule('INSERT INTO users SELECT * FROM secrets', kept)).toBe('sql/table')
    expect(rule('WITH secrets AS (SELECT 1) DELETE FROM secrets', kept)).toBe('sql/table')
  })

  it.each([
    "CREATE TABLE IF NOT EXISTS x (id serial PRIMARY KEY, name varchar(20) NOT NULL DEFAULT 'a', UNIQUE (name))",
    'CREATE TABLE x (id int REFERENCES y (id) ON DELETE CASCADE)',
    'CREATE OR REPLACE VIEW v AS SELECT id FROM users',
    'CREATE UNIQUE INDEX CONCURRENTLY i ON users (lower(email))',
    'ALTER TABLE users ADD COLUMN age int CHECK (age > 0)',
    'DROP TABLE IF EXISTS a, b CASCADE',
    'TRUNCATE TABLE users',
  ])('ddl allows %s', (text) => expect(rule(text, ddl)).toBe('ok'))

  it.each([
    ['CREATE EXTENSION dblink', 'sql/statement'],
    ["CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", 'sql/statement'],
    ['DROP DATABASE shop', 'sql/statement'],
    ['ALTER ROLE postgres SUPERUSER', 'sql/statement'],
    ['CREATE TABLE x (a int DEFAULT pg_sleep(9))', 'sql/function'],
    ["CREATE TABLE x (a int) DATA DIRECTORY '/tmp'", 'sql/unreadable'],
  ])('ddl refuses %s', (text, expected) => expect(rule(text, ddl)).toBe(expected))
})

describe('every table counts', () => {
  it.each([
    ['SELECT * FROM a, b JOIN c ON true LEFT JOIN (d CROSS JOIN e) ON 1 = 1', ['a', 'b', 'c', 'd', 'e']],
    [
      'SELECT (SELECT 1 FROM a), x IN (SELECT 1 FROM b) FROM c WHERE EXISTS (SELECT 1 FROM d)',
      ['a', 'b', 'c', 'd'],
    ],
    ['SELECT sum(x) OVER (ORDER BY (SELECT 1 FROM a)) FROM b GROUP BY (SELECT 1 FROM c)', ['a', 'b', 'c']],
    [
      'SELECT 1 FROM a UNION (SELECT 1 FROM b EXCEPT SELECT 1 FROM c) ORDER BY (SELECT 1 FROM d)',
      ['a', 'b', 'c', 'd'],
    ],
    ['WITH a AS (SELECT * FROM b), c AS (SELECT * FROM a) SELECT * FROM c, d', ['b', 'd']],
    ['WITH a AS (SELECT * FROM a) SELECT * FROM a', ['a']],
    ['WITH RECURSIVE a AS (SELECT 1 UNION SELECT * FROM a) SELECT * FROM a', []],
    ['SELECT * FROM (WITH a AS (SELECT 1) SELECT * FROM a) x, a', ['a']],
    ['SELECT 1 WHERE 1 IN a', ['a']],
    ['SELECT extract(year FROM b), substring(c FROM 1 FOR 2), trim(both FROM d) FROM a', ['a']],
    ['SELECT a IS DISTINCT FROM b FROM c', ['c']],
    ['TABLE a', ['a']],
    ['SELECT * FROM s.a', ['s.a']],
  ])('%s', (text, expected) => expect(tables(text)).toEqual(expected))

  it('words that only one server reserves are names of tables for the others', () => {
    expect(tables('SELECT * FROM ONLY a', { dialect: 'postgresql', mode: 'read' })).toEqual(['a'])
    for (const dialect of ['mysql', 'sqlite'] as const)
      expect(rule('SELECT * FROM ONLY a', { dialect, mode: 'read' })).toBe('sql/unreadable')
    expect(rule('SELECT * FROM LATERAL a', { dialect: 'sqlite', mode: 'read' })).toBe('sql/unreadable')
  })

  it('compares names as the server does', () => {
    expect(tables('SELECT * FROM Users, "Users"', { dialect: 'postgresql', mode: 'read' })).toEqual([
      'Users',
      'users',
    ])
    expect(tables('SELECT * FROM Users, `USERS`', { dialect: 'sqlite', mode: 'read' })).toEqual(['users'])
    expect(tables('SELECT * FROM Users, `USERS`', { dialect: 'mysql', mode: 'read' })).toEqual([
      'USERS',
      'Users',
    ])
  })

  it('a denied name is denied in any spelling and schema', () => {
    const policy = { dialect: 'any', mode: 'read', tables: { deny: ['secrets'] } } as const
    for (const name of [
      'secrets',
      'SECRETS',
      '"Secrets"',
      'public.secrets',
      'other . secrets',
      'main."secrets"',
    ])
      expect(rule(`SELECT * FROM ${name}`, policy), name).toBe('sql/table')
    expect(rule('SELECT secrets FROM notes AS secrets', policy)).toBe('ok')
  })

  it('with a list, only what is on it is allowed, in the default schema or the one that is named', () => {
    const policy = { dialect: 'postgresql', mode: 'read', tables: { allow: ['users', 'sales.*'] } } as const
    for (const name of ['users', 'USERS', 'public.users', 'sales.orders', '"users"'])
      expect(rule(`SELECT * FROM ${name}`, policy), name).toBe('ok')
    for (const name of [
      '"Users"',
      'other.users',
      'users_old',
      'sales',
      'pg_class',
      'information_schema.tables',
    ])
      expect(rule(`SELECT * FROM ${name}`, policy), name).toBe('sql/table')
  })

  it('deny wins over allow', () => {
    const policy = { ...READ, tables: { allow: ['users'], deny: ['users'] } }
    expect(rule('SELECT * FROM users', policy)).toBe('sql/table')
  })

  it('tables of the server that hold credentials need a name in the list', () => {
    expect(rule('SELECT * FROM pg_authid')).toBe('sql/system-table')
    expect(rule('SELECT * FROM mysql.user')).toBe('sql/system-table')
    expect(rule('SELECT * FROM information_schema.tables')).toBe('ok')
    expect(rule('SELECT * FROM pg_authid', { ...READ, tables: { allow: ['pg_authid'] } })).toBe('ok')
  })
})

describe('functions are known to compute only, or refused', () => {
  it.each([
    "SELECT pg_read_file('/etc/passwd')",
    'SELECT "pg_sleep"(9)',
    'SELECT pg_catalog . pg_sleep /* */ (9)',
    'SELECT sleep(9)',
    "SELECT load_extension('x')",
    "SELECT nextval('s')",
    'SELECT my_own(1)',
    'SELECT other.lower(name) FROM users',
    'SELECT "LOWER"(name) FROM users',
    "SELECT * FROM dblink('x', 'y') AS t(a int)",
    'SELECT count(*) FILTER (WHERE pg_sleep(1) IS NULL) FROM users',
  ])('refuses %s', (text) => expect(rule(text)).toBe('sql/function'))

  it('the policy can allow more and less', () => {
    expect(rule('SELECT my_own(1)', { ...READ, functions: { allow: ['my_own'] } })).toBe('ok')
    expect(rule('SELECT app.my_own(1)', { ...READ, functions: { allow: ['my_own'] } })).toBe('sql/function')
    expect(rule('SELECT app.my_own(1)', { ...READ, functions: { allow: ['app.my_own'] } })).toBe('ok')
    expect(rule('SELECT repeat(1, 2)', { ...READ, functions: { deny: ['repeat'] } })).toBe('sql/function')
  })
})

describe('each server reads in its own way', () => {
  const denied = { mode: 'read', tables: { deny: ['secrets'] } } as const

  it.each([
    // What is text to one server is a query to another: [text, postgresql, mysql, sqlite].
    ["SELECT '\\'', token FROM secrets -- '", 'sql/table', 'sql/table', 'ok'],
    ['SELECT 1 # \n, token FROM secrets', 'sql/unreadable', 'sql/table', 'sql/unreadable'],
    ['SELECT $$ FROM a $$ FROM b', 'ok', 'sql/unreadable', 'sql/unreadable'],
    ['SELECT 1 --1\n FROM secrets', 'sql/table', 'sql/table', 'sql/table'],
    ['SELECT `a` FROM b', 'sql/unreadable', 'ok', 'ok'],
    ['SELECT [a] FROM b', 'sql/unreadable', 'sql/unreadable', 'ok'],
    ['SELECT (ARRAY[1, 2])[1]', 'ok', 'sql/unreadable', 'ok'],
  ])('%s', (text, postgresql, mysql, sqlite) => {
    expect(rule(text, { ...denied, dialect: 'postgresql' })).toBe(postgresql)
    expect(rule(text, { ...denied, dialect: 'mysql' })).toBe(mysql)
    expect(rule(text, { ...denied, dialect: 'sqlite' })).toBe(sqlite)
  })

  it('`any` is refused when one server that could run it would do what is not allowed', () => {
    expect(rule("SELECT '\\'; DELETE FROM users; -- '", READ)).toBe('sql/multiple')
    expect(rule('SELECT 1 --1; DELETE FROM users', READ)).toBe('sql/multiple')
  })

  it('`any` allows what one server understands and the others refuse themselves', () => {
    expect(rule('SELECT `name` FROM `users`', READ)).toBe('ok')
    expect(rule("SELECT name FROM users WHERE name = 'it\\'s me'", READ)).toBe('ok')
  })

  it('settings of a server that change its reading are counted in', () => {
    // NO_BACKSLASH_ESCAPES of MySQL.
    expect(rule("SELECT '\\', (SELECT token FROM secrets), '\\'", { ...denied, dialect: 'mysql' })).not.toBe(
      'ok',
    )
    // standard_conforming_strings = off of PostgreSQL.
    expect(
      rule("SELECT '\\'', (SELECT token FROM secrets) -- '", { ...denied, dialect: 'postgresql' }),
    ).not.toBe('ok')
  })
})

describe('comments', () => {
  it.each([
    'SELECT 1 /*! UNION SELECT 2 */',
    'SELECT 1 /*!50000 UNION SELECT 2 */',
    'SELECT 1 /*M! UNION SELECT 2 */',
    'SELECT 1 /* a /* b */ */',
    'SELECT 1 /* a /*/ 2',
    'SELECT 1 /* open',
    'SELECT 1 -- a\r, 2',
  ])('refuses %j', (text) => expect(rule(text)).toBe('sql/comment'))

  it.each(['-- why\nSELECT 1', 'SELECT 1 -- why\r\n, 2', '/* why */ SELECT 1', 'SELECT/**/1'])(
    'lets through %j',
    (text) => expect(rule(text)).toBe('ok'),
  )
})

describe('what is not understood is refused', () => {
  it.each([
    'SELEC 1',
    'SELECT 1 FROM',
    'SELECT * FROM users users2 users3',
    'SELECT 1FROM users',
    'SELECT 1.e(1)',
    'SELECT\u{a0}1',
    'SELECT \u{2018}a\u{2019}',
    'SELECT 1 \u{0} FROM users',
    'SELECT \u{d800}',
    "SELECT * FROM 'users'",
    'SELECT * FROM users PROCEDURE ANALYSE()',
    'SELECT U&"\\0061" FROM users',
    `SELECT * FROM ${'a'.repeat(64)}`,
    `SELECT ${'('.repeat(300)}1${')'.repeat(300)}`,
  ])('%j', (text) => expect(rule(text, { dialect: 'postgresql', mode: 'read' })).toBe('sql/unreadable'))

  it('names in other alphabets are understood', () => {
    expect(tables('SELECT größe FROM таблица')).toEqual(['таблица'])
  })
})

describe('explanations', () => {
  it('name the place', () => {
    expect(checkSql('SELECT 1\nFROM users\nFOR UPDATE', { dialect: 'postgresql', mode: 'read' })).toEqual({
      ok: false,
      rule: 'sql/write',
      dialect: 'postgresql',
      offset: 20,
      line: 3,
      explain:
        'The query has a lock on the rows that are read (line 3, column 1, read as postgresql): read instead, or have the mode of this parameter changed to write.',
    })
  })

  it('show nothing that cannot be seen', () => {
    const decision = checkSql('SELECT * FROM "a\u{202e}b\u{1b}[31m"', {
      dialect: 'postgresql',
      mode: 'read',
      tables: { allow: [] },
    })
    expect(decision.ok ? '' : decision.explain).toMatch(/^[^\p{Cc}\p{Cf}]+$/u)
  })

  it('every rule says what it means', () => {
    for (const text of Object.values(SQL_RULES)) expect(text).toMatch(/\.$/)
  })
})

it('a query may be as long as its policy says', () => {
  const text = `SELECT '${'ä'.repeat(100)}'`
  expect(rule(text, { ...READ, maxBytes: 209 })).toBe('ok')
  expect(rule(text, { ...READ, maxBytes: 208 })).toBe('sql/size')
})
