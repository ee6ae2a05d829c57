/**
 * A legacy server on a pipe that does what it is told: runs SQL over SQLite, and fetches. Its witness has every statement
 * that it ran and every address that it was sent to.
 *
 *   node workingServer.ts --log FILE
 */
import { appendFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { parseArgs } from 'node:util'

interface Message {
  readonly id?: unknown
  readonly method?: string
  readonly params?: { readonly name?: string; readonly arguments?: Readonly<Record<string, string>> }
}

const { values } = parseArgs({ options: { log: { type: 'string', default: '' } } })
const database = new DatabaseSync(':memory:')
database.exec(
  "CREATE TABLE notes (id INTEGER, body TEXT); INSERT INTO notes VALUES (1, 'milk; eggs'), (2, 'bread')",
)

const text = (name: string) => ({
  type: 'object',
  properties: { [name]: { type: 'string' } },
  required: [name],
})
const TOOLS = [
  { name: 'read_query', description: 'Runs a query.', inputSchema: text('sql') },
  { name: 'count_notes', description: 'Counts notes.', inputSchema: text('sql') },
  { name: 'fetch', description: 'Fetches a page.', inputSchema: text('url') },
  { name: 'fetch_local', description: 'Fetches a page of this machine.', inputSchema: text('url') },
]

async function use(name: string, args: Readonly<Record<string, string>>): Promise<string> {
  appendFileSync(
    values.log,
    `${JSON.stringify({ at: process.pid, method: name, text: args.sql ?? args.url })}\n`,
  )
  if (args.sql !== undefined) {
    // As careless servers do: whatever stands in it is run.
    database.exec(args.sql)
    return JSON.stringify(database.prepare(args.sql).all())
  }
  return await (await fetch(args.url ?? '')).text()
}

async function receive({ id, method, params }: Message): Promise<void> {
  const send = (body: object) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...body })}\n`)
  if (id === undefined) return
  switch (method) {
    case 'initialize': {
      const serverInfo = { name: 'working', version: '1' }
      return void send({ result: { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo } })
    }
    case 'tools/list':
      return void send({ result: { tools: TOOLS } })
    case 'tools/call': {
      const said = await use(params?.name ?? '', params?.arguments ?? {}).catch(String)
      return void send({ result: { content: [{ type: 'text', text: said }] } })
    }
    default:
      return void send({ error: { code: -32601, message: 'no such method' } })
  }
}

let rest = ''
process.stdin.setEncoding('utf8').on('data', (chunk: string) => {
  const lines = (rest + chunk).split('\n')
  rest = lines.pop() ?? ''
  for (const line of lines) if (line !== '') void receive(JSON.parse(line) as Message)
})
process.stdin.on('end', () => process.exit(0))
