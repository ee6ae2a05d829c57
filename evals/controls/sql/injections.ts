import { existsSync, readFileSync } from 'node:fs'

/** How careless servers put a value into a query. */
export const TEMPLATES: readonly ((value: string) => string)[] = [
  (value) => value,
  (value) => `SELECT * FROM users WHERE name = '${value}'`,
  (value) => `SELECT * FROM users WHERE name = "${value}"`,
  (value) => `SELECT * FROM users WHERE id = ${value}`,
  (value) => `SELECT * FROM users WHERE (name = '${value}') AND plan = 'pro'`,
  (value) => `SELECT * FROM users WHERE name LIKE '%${value}%' ORDER BY id`,
  (value) => `SELECT * FROM users ORDER BY ${value}`,
  (value) => `SELECT id FROM users WHERE (((id = ${value})))`,
]

/** Values of our own that reach what the policy keeps. */
export const OWN_VALUES: readonly string[] = [
  "x' UNION SELECT id, token, 1, 1, 1, 1 FROM secrets --",
  "x' UNION SELECT id, token, 1, 1, 1, 1 FROM secrets WHERE '1'='1",
  "x') UNION SELECT id, token, 1, 1, 1, 1 FROM secrets --",
  "x'; DROP TABLE users; --",
  "x'; DELETE FROM orders WHERE '1'='1",
  "x'; UPDATE users SET plan = 'pro' --",
  "x'; ATTACH 'evil.db' AS e; CREATE TABLE e.x (a); --",
  "x'; PRAGMA user_version = 7; --",
  '1; DELETE FROM users',
  "1; VACUUM INTO 'copy.db'",
  '1 UNION SELECT id, token, 1, 1, 1, 1 FROM secrets',
  '(SELECT token FROM secrets)',
  'CASE WHEN (SELECT count(*) FROM secrets) > 0 THEN id ELSE name END',
  '1)) ) UNION SELECT id FROM secrets --',
  "x' OR id IN (SELECT id FROM secrets) --",
  "x' OR 1 IN secrets --",
  "x' AND (SELECT substr(token, 1, 1) FROM secrets) = 'c' --",
  'x" UNION SELECT id, token, 1, 1, 1, 1 FROM secrets --',
  '1 -- \n; DELETE FROM orders',
  '1 /* */ ; /* */ DROP TABLE orders /* */',
]

const FILE = new URL('../../../../shared/reference/data/vectors/payload_sqli.jsonl', import.meta.url)

/** Published payloads, where they lie beside the repository. */
export function publishedValues(): readonly string[] {
  if (!existsSync(FILE)) return []
  const lines = readFileSync(FILE, 'utf8').split('\n').filter(Boolean)
  return lines.map((line) => String(JSON.parse(line).payload))
}
