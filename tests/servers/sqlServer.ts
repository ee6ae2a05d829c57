/**
 * A small SQL server over SQLite, as careless as many are: it runs everything that is in a text, one statement after the other,
 * and puts a value into a query as it came. Its own log is the witness: every request it received, every statement it ran.
 *
 *   node sqlServer.ts --log FILE [--database FILE]
 *
 * Legacy era, on a pipe. Tools: `query` and `execute` (`sql`), `find_user` (`name`), `list_tables`. Log lines are
 * `{"call":NAME}` before a call and `{"call":NAME,"statements":N,"changes":N}` after it, with `"error"` where it failed.
 */
import { appendFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { parseArgs } from 'node:util'

interface Message {
  readonly id?: number | string
  readonly method?: string
  readonly params?: {
    readonly name?: string
    readonly arguments?: Readonly<Record<string, unknown>>
    readonly protocolVersion?: string
  }
}

const { values } = parseArgs({
  options: { log: { type: 'string' }, database: { type: 'string', default: ':memory:' } },
})
const database = new DatabaseSync(values.database)
database.exec(`
  CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT, plan TEXT);
  CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, user_id INTEGER, total REAL);
  CREATE TABLE IF NOT EXISTS secrets (id INTEGER PRIMARY KEY, token TEXT);
  INSERT OR IGNORE INTO users VALUES (1, 'Ann', 'pro'), (2, 'Bob', 'free');
  INSERT OR IGNORE INTO orders VALUES (1, 1, 120), (2, 1, 5), (3, 2, 50);
  INSERT OR IGNORE INTO secrets VALUES (1, 'canary-token');
`)

const text = (description: string) => ({ type: 'string', description })
const object = (properties: Readonly<Record<string, object>>) => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
})

const TOOLS = [
  {
    name: 'query',
    description: 'Runs a query and gives its rows.',
    inputSchema: object({ sql: text('One SQL query') }),
    annotations: { readOnlyHint: true },
  },
  {
    name: 'execute',
    description: 'Runs a statement that changes data.',
    inputSchema: object({ sql: text('One SQL statement') }),
    annotations: { readOnlyHint: false, destructiveHint: true },
  },
  {
    name: 'find_user',
    description: 'Finds users by name.',
    inputSchema: object({ name: text('Name of the user') }),
    annotations: { readOnlyHint: true },
  },
  {
    name: 'list_tables',
    description: 'Lists the tables.',
    inputSchema: object({}),
    annotations: { readOnlyHint: true },
  },
]

function note(entry: object): void {
  if (values.log !== undefined) appendFileSync(values.log, `${JSON.stringify(entry)}\n`)
}

function send(message: object): void {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
}

/** What makes this server careless: whatever SQLite leaves of the text is run as the next statement. */
function runAll(sql: string): { rows: unknown[]; statements: number } {
  let rest = sql
  let rows: unknown[] = []
  let statements = 0
  while (rest.trim().length > 0) {
    const statement = database.prepare(rest)
    rows = statement.all()
    statements++
    const { length } = statement.sourceSQL
    if (length === 0 || length >= rest.length) break
    rest = rest.slice(length)
  }
  return { rows, statements }
}

function sqlOf(name: string, given: Readonly<Record<string, unknown>>): string | undefined {
  switch (name) {
    case 'query':
    case 'execute':
      return String(given.sql)
    case 'find_user':
      return `SELECT id, name, plan FROM users WHERE name = '${String(given.name)}'`
    case 'list_tables':
      return "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
    default:
      return undefined
  }
}

function call(name: string, given: Readonly<Record<string, unknown>>): object {
  note({ call: name })
  const sql = sqlOf(name, given)
  if (sql === undefined) return { content: [{ type: 'text', text: `no tool ${name}` }], isError: true }
  const changesBefore = changes()
  try {
    const { rows, statements } = runAll(sql)
    note({ call: name, statements, changes: changes() - changesBefore })
    return { content: [{ type: 'text', text: JSON.stringify(rows) }] }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    note({ call: name, changes: changes() - changesBefore, error: message })
    return { content: [{ type: 'text', text: message }], isError: true }
  }
}

function changes(): number {
  return Number(database.prepare('SELECT total_changes() AS n').get()?.n ?? 0)
}

function answer({ method, params }: Message): object | undefined {
  switch (method) {
    case 'initialize':
      return {
        protocolVersion: params?.protocolVersion ?? '2025-11-25',
        capabilities: { tools: {} },
        serverInfo: { name: 'sql-server', version: '1.0.0' },
      }
    case 'ping':
      return {}
    case 'tools/list':
      return { tools: TOOLS }
    case 'tools/call':
      return call(params?.name ?? '', params?.arguments ?? {})
    default:
      return undefined
  }
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const message: Message = JSON.parse(line)
  if (message.id === undefined || message.method === undefined) return
  const result = answer(message)
  if (result !== undefined) send({ id: message.id, result })
  else send({ id: message.id, error: { code: -32601, message: 'Method not found' } })
})
