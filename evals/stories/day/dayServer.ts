/**
 * The servers of the day that no package here has: git over the real program, a forge, pages of the web, what a community
 * server knows of libraries, and the database of development. Made with the SDK; they speak either era.
 *
 *   node dayServer.ts git FOLDER | forge | web | library | database
 */
import { execFileSync } from 'node:child_process'
import { DatabaseSync } from 'node:sqlite'
import { McpServer } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { z } from 'zod'
import { FLAKY_LOG, ISSUES, LIBRARY, LOG, PAGES, PULL, RUNS } from './forge.ts'

const [which = '', folder = '.'] = process.argv.slice(2)

const text = (said: string) => ({ content: [{ type: 'text' as const, text: said }] })
const json = (value: unknown) => text(JSON.stringify(value, null, 2))
const wrong = (said: string) => ({ ...text(said), isError: true })

const READS = { readOnlyHint: true, openWorldHint: false }
const SHOWS = { readOnlyHint: true, openWorldHint: true }
const ADDS = { readOnlyHint: false, destructiveHint: false, openWorldHint: false }

/** As the reference server has them, over the program itself. */
function git(server: McpServer): void {
  const run = (...args: string[]) => {
    try {
      return text(execFileSync('git', args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' }) || 'done')
    } catch (error) {
      return wrong((error as { readonly stderr?: string }).stderr ?? String(error))
    }
  }
  const name = z.string().regex(/^[\w][\w./-]{0,80}$/)
  const tool = (id: string, description: string, shape: z.ZodRawShape, hints: object, args: Reads) =>
    server.registerTool(
      id,
      { description, inputSchema: z.strictObject(shape), annotations: hints },
      (given) => run(...args(given as Record<string, string>)),
    )
  tool('git_status', 'Shows the working tree status.', {}, READS, () => ['status', '--short', '--branch'])
  tool('git_diff_unstaged', 'Shows changes that are not staged yet.', {}, READS, () => ['diff'])
  tool('git_diff_staged', 'Shows changes that are staged.', {}, READS, () => ['diff', '--cached'])
  tool('git_log', 'Shows the latest commits.', {}, READS, () => ['log', '--oneline', '-10'])
  tool('git_show', 'Shows one commit.', { revision: name }, READS, ({ revision = '' }) => ['show', revision])
  tool('git_branch', 'Lists the branches.', {}, READS, () => ['branch', '--all'])
  tool('git_create_branch', 'Makes a branch and goes there.', { branch: name }, ADDS, ({ branch = '' }) => [
    'switch',
    '--create',
    branch,
  ])
  tool('git_checkout', 'Goes to a branch.', { branch: name }, ADDS, ({ branch = '' }) => ['switch', branch])
  tool('git_add', 'Stages a file.', { file: z.string() }, ADDS, ({ file = '' }) => ['add', '--', file])
  tool('git_commit', 'Records the staged changes.', { message: z.string() }, ADDS, ({ message = '' }) => [
    'commit',
    '--quiet',
    '--message',
    message,
  ])
}
type Reads = (given: Readonly<Record<string, string>>) => string[]

const LOGS = new Map([
  [7731, LOG],
  [7750, FLAKY_LOG],
])

function forge(server: McpServer): void {
  const number = z.int().positive()
  const brief = ({ number, title, author }: (typeof ISSUES)[number]) => ({ number, title, author })
  const register = server.registerTool.bind(server)
  register(
    'list_issues',
    {
      description: 'Lists the open issues of the project.',
      inputSchema: z.strictObject({}),
      annotations: SHOWS,
    },
    () => json(ISSUES.map(brief)),
  )
  register(
    'get_issue',
    {
      description: 'Gets one issue with its comments.',
      inputSchema: z.strictObject({ number }),
      annotations: SHOWS,
    },
    ({ number: wanted }) => {
      const issue = ISSUES.find((one) => one.number === wanted)
      return issue === undefined ? wrong('Not Found') : json(issue)
    },
  )
  register(
    'list_pull_requests',
    {
      description: 'Lists the open pull requests.',
      inputSchema: z.strictObject({}),
      annotations: SHOWS,
    },
    () => json([{ number: PULL.number, title: PULL.title, author: PULL.author }]),
  )
  register(
    'get_pull_request',
    {
      description: 'Gets one pull request.',
      inputSchema: z.strictObject({ number }),
      annotations: SHOWS,
    },
    () => json({ ...PULL, diff: undefined }),
  )
  register(
    'get_pull_request_diff',
    {
      description: 'Gets the changes of a pull request.',
      inputSchema: z.strictObject({ number }),
      annotations: SHOWS,
    },
    () => text(PULL.diff),
  )
  register(
    'list_workflow_runs',
    {
      description: 'Lists the latest runs of the pipeline.',
      inputSchema: z.strictObject({}),
      annotations: SHOWS,
    },
    () => json(RUNS),
  )
  register(
    'get_job_logs',
    {
      description: 'Gets the log of one job of a run.',
      inputSchema: z.strictObject({ job: number }),
      annotations: SHOWS,
    },
    ({ job }) => text(LOGS.get(job) ?? '# pass 4\n# fail 0\n'),
  )
  register(
    'search_code',
    {
      description: 'Searches the code of all projects on the forge.',
      inputSchema: z.strictObject({ query: z.string() }),
      annotations: SHOWS,
    },
    ({ query }) => json({ total: 1, items: [{ repository: 'sailnav/almanac', path: 'src/tide.ts', query }] }),
  )
  let last = 50
  register(
    'create_pull_request',
    {
      description: 'Opens a pull request.',
      inputSchema: z.strictObject({ head: z.string(), title: z.string(), body: z.string() }),
      annotations: { readOnlyHint: false },
    },
    ({ title }) =>
      json({ number: ++last, title, state: 'open', url: `https://forge.example/tidewater/${last}` }),
  )
  register(
    'add_issue_comment',
    {
      description: 'Adds a comment to an issue or a pull request.',
      inputSchema: z.strictObject({ number, body: z.string() }),
      annotations: { readOnlyHint: false },
    },
    ({ number: at }) => json({ id: 4400 + at, url: `https://forge.example/tidewater/${at}#comment` }),
  )
}

function web(server: McpServer): void {
  server.registerTool(
    'fetch',
    {
      description: 'Fetches a page and gives it as Markdown.',
      inputSchema: z.strictObject({ url: z.string() }),
      annotations: SHOWS,
    },
    ({ url }) => text(PAGES[url] ?? 'Not Found'),
  )
}

function library(server: McpServer): void {
  server.registerTool(
    'resolve_library',
    {
      description: 'Finds the id of a library by its name.',
      inputSchema: z.strictObject({ name: z.string() }),
      annotations: SHOWS,
    },
    ({ name }) => text(`/${name}/latest`),
  )
  server.registerTool(
    'get_docs',
    {
      description: 'Gets documentation of a library about a topic.',
      inputSchema: z.strictObject({ id: z.string(), topic: z.string() }),
      annotations: SHOWS,
    },
    ({ id }) => text(LIBRARY[id.split('/')[1] ?? ''] ?? 'Nothing found.'),
  )
}

function database(server: McpServer): void {
  const db = new DatabaseSync(':memory:')
  db.exec('CREATE TABLE stations (id TEXT, name TEXT, country TEXT, latitude REAL, offset INTEGER)')
  const insert = db.prepare('INSERT INTO stations VALUES (?, ?, ?, ?, ?)')
  const ports = ['Brest', 'Saint-Malo', 'Vlissingen', 'Cuxhaven', 'Husum', 'Esbjerg', 'Bergen', 'Lorient']
  for (const [at, port] of ports.entries()) {
    insert.run(`S${100 + at}`, port, port.length > 6 ? 'DE' : 'FR', 48 + at, at % 3 === 0 ? null : at * 5)
  }
  server.registerTool(
    'list_tables',
    { description: 'Lists the tables.', inputSchema: z.strictObject({}), annotations: READS },
    () => json(db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all()),
  )
  server.registerTool(
    'describe_table',
    {
      description: 'Describes the columns of a table.',
      inputSchema: z.strictObject({ table: z.enum(['stations']) }),
      annotations: READS,
    },
    () => json(db.prepare('PRAGMA table_info(stations)').all()),
  )
  server.registerTool(
    'read_query',
    {
      description: 'Runs one SELECT over the database of development.',
      inputSchema: z.strictObject({ sql: z.string() }),
      annotations: READS,
    },
    ({ sql }) => json(db.prepare(sql).all()),
  )
}

const BUILDERS: Readonly<Record<string, (server: McpServer) => void>> = { git, forge, web, library, database }
const build = BUILDERS[which]
if (build === undefined) {
  process.stderr.write(`there is no server "${which}"\n`)
  process.exit(2)
}
serveStdio(() => {
  const server = new McpServer({ name: which, version: '1.0.0' })
  build(server)
  return server
})
