/**
 * Queries put together at random from pieces that attackers use, with balanced and unbalanced quotes, comments and parentheses:
 * for finding what the reader understands otherwise than the server. The same seed gives the same queries.
 */
export function* fuzzedQueries(seed: number, count: number): Generator<string> {
  let state = seed >>> 0 || 1
  const next = (below: number) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return state % below
  }
  const pick = (list: readonly string[]) => list[next(list.length)] ?? ''
  for (let made = 0; made < count; made++) {
    let text = pick(STARTS)
    const pieces = 1 + next(7)
    for (let piece = 0; piece < pieces; piece++) text += pick(GAPS) + pick(PIECES)
    yield text + pick(ENDS)
  }
}

const STARTS = [
  'SELECT 1',
  'SELECT id FROM users',
  'SELECT * FROM users u',
  'SELECT (SELECT 1)',
  'SELECT name FROM users WHERE 1',
  'WITH secrets AS (SELECT 1 AS id)',
  'WITH x AS (SELECT 1)',
  "SELECT 'a'",
  'SELECT "a"',
  'SELECT id, name',
  'SELECT',
  'VALUES (1)',
  '(SELECT 1)',
  'EXPLAIN SELECT 1',
]
const GAPS = [' ', ' ', ' ', '', '\n', '/**/', '--\n', '-- x\n', '\t', "/* ' */", '\r\n']
const PIECES = [
  ...'SELECT FROM WHERE UNION ALL token secrets users id , ( ) ; * = IN NOT AS JOIN ON x a 1 OR AND IS NULL'.split(
    ' ',
  ),
  'FROM secrets',
  'FROM users',
  ', secrets',
  ', users o',
  'JOIN secrets s ON 1 = 1',
  'JOIN users v ON v.id = 1',
  '(SELECT token FROM secrets)',
  '(SELECT name FROM users)',
  'UNION SELECT token FROM secrets',
  'UNION ALL SELECT 1',
  'IN secrets',
  'IN (SELECT id FROM secrets)',
  'NOT IN (1, 2)',
  "'",
  "''",
  '"',
  '`',
  '[',
  ']',
  '$$',
  '$a$',
  "E'\\''",
  "'\\'",
  "'a'",
  '"secrets"',
  '`secrets`',
  '[secrets]',
  'public.secrets',
  'main.secrets',
  'SECRETS',
  '--',
  '#',
  '/*',
  '*/',
  '/*!',
  '; DELETE FROM orders',
  '; SELECT 1',
  'INTO x',
  'FOR UPDATE',
  'LIMIT 1',
  'ORDER BY 1',
  'GROUP BY id',
  'TABLE secrets',
  'LATERAL',
  'ONLY',
  'AS secrets',
  'secrets',
  'WINDOW w AS (ORDER BY 1)',
  'OVER w',
  'CASE WHEN 1 = 1 THEN',
  'ELSE 2 END',
  'END',
  'EXISTS (SELECT 1 FROM secrets)',
  'DELETE FROM users',
  'RETURNING *',
  ', y AS (DELETE FROM orders RETURNING id)',
  ', y AS (SELECT * FROM secrets)',
  'count(*)',
  'sum(id) FILTER (WHERE',
  'extract(year FROM',
  'substring(name FROM',
  'trim(both FROM',
  'position(1 IN',
  'CAST(id AS text)',
  '::text',
  '+ 1',
  '- 1',
  '.5',
  '1e1',
  '?',
  ':x',
  '@x',
  '$1',
  "|| 'b'",
  'USING (id)',
  'NATURAL JOIN secrets',
  'CROSS JOIN users c',
  'VALUES (1)',
  'DISTINCT',
  'HAVING 1 = 1',
  'OFFSET 1',
  'COLLATE nocase',
  'LIKE',
  'ESCAPE',
  'BETWEEN 1 AND',
  'NOT INDEXED',
  'INDEXED BY i',
  'IS NOT DISTINCT FROM',
  'interval',
  'FETCH FIRST ROW ONLY',
]
const ENDS = ['', '', '', ';', ' --', ' ;--', "'", ')', '))', '*/']
