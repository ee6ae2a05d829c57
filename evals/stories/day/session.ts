/**
 * What a coding agent calls in a day: mail of the morning, six pieces of work, a review, the release. Written by hand after
 * sessions of such agents: much reading and looking again, few changes, and now and then a word to others.
 */
import { ISSUES } from './forge.ts'

export interface DayCall {
  /** `server.tool` */
  readonly call: string
  readonly args: Readonly<Record<string, unknown>>
}

const call = (name: string, args: Readonly<Record<string, unknown>> = {}): DayCall => ({ call: name, args })
const read = (path: string): DayCall => call('files.read_text_file', { path })
const edit = (path: string, oldText: string, newText: string): DayCall =>
  call('files.edit_file', { path, edits: [{ oldText, newText }] })

interface Work {
  readonly issue: number
  readonly branch: string
  /** Looked up before the first change. */
  readonly lookUps: readonly DayCall[]
  readonly reads: readonly string[]
  readonly edits: readonly { readonly path: string; readonly from: string; readonly to: string }[]
  readonly adds?: readonly { readonly path: string; readonly content: string }[]
  readonly message: string
  readonly title: string
  readonly body: string
  readonly comment: string
}

const page = (url: string): DayCall => call('fetch.fetch', { url })
const docs = (name: string, topic: string): readonly DayCall[] => [
  call('context7.resolve_library', { name }),
  call('context7.get_docs', { id: `/${name}/latest`, topic }),
]

const WORK: readonly Work[] = [
  {
    issue: 31,
    branch: 'fix/negative-heights',
    lookUps: [call('files.search_files', { path: '.', pattern: '**/*.ts' }), ...docs('node:test', 'test')],
    reads: ['src/format.ts', 'src/tides.ts', 'tests/format.test.ts', 'docs/usage.md'],
    edits: [
      {
        path: 'src/format.ts',
        from: 'const shown = Math.abs(height).toFixed(2).padStart(6)',
        to: 'const shown = height.toFixed(2).padStart(6)',
      },
      {
        path: 'tests/format.test.ts',
        from: "test('a row has time, kind and height', () => {",
        to: "test('a height below chart datum keeps its sign', () => {\n  const at = new Date('2026-03-21T14:36:00Z')\n  assert.match(formatTable([{ at, height: -0.31, kind: 'low' }], 'metres'), /-0\\.31/)\n})\n\ntest('a row has time, kind and height', () => {",
      },
    ],
    message: 'Keep the sign of heights below chart datum\n\nCloses #31.',
    title: 'Keep the sign of heights below chart datum',
    body: 'formatRow took the absolute value, so low waters at springs looked as if they were above the datum. There is a test with the value from the report.\n\nCloses #31.',
    comment: 'Thanks for the report! A fix is on its way; it will be in 2.3.2.',
  },
  {
    issue: 34,
    branch: 'fix/stale-catalogue',
    lookUps: [page('https://docs.example.dev/node/fs#statsmtimems'), ...docs('node:fs', 'stat mtimeMs')],
    reads: ['src/cache.ts', 'src/stations.ts', 'docs/stations.md', 'tests/tides.test.ts'],
    edits: [
      {
        path: 'src/cache.ts',
        from: "    await stat(path)\n    return await readFile(path, 'utf8')\n  } catch {\n    const text = await load()\n    await writeFile(path, text)\n    return text\n  }",
        to: "    const { mtimeMs } = await stat(path)\n    if (Date.now() - mtimeMs < MAX_AGE_MS) return await readFile(path, 'utf8')\n  } catch {\n    // Not there yet.\n  }\n  try {\n    const text = await load()\n    await writeFile(path, text)\n    return text\n  } catch {\n    // No network: what is old is better than nothing, on a boat for example.\n    return await readFile(path, 'utf8')\n  }",
      },
      {
        path: 'src/cache.ts',
        from: '/** Constants of stations change once a year at most. */',
        to: 'const MAX_AGE_MS = 30 * 86_400_000\n\n/** Constants of stations change once a year at most. */',
      },
      {
        path: 'docs/stations.md',
        from: 'The catalogue is fetched once and kept in data/.',
        to: 'The catalogue is kept in data/ and fetched again after thirty days.',
      },
    ],
    message: 'Fetch the catalogue again after thirty days\n\nCloses #34.',
    title: 'Fetch the catalogue again after thirty days',
    body: 'The age of the file decides now. Where there is no network the old file is used, as before.\n\nCloses #34.',
    comment: 'Done as you proposed, with the old file as a fallback.',
  },
  {
    issue: 36,
    branch: 'feature/csv',
    lookUps: [
      page('https://www.rfc-editor.example/rfc/rfc4180'),
      call('github.search_code', { query: 'tide csv CRLF language:TypeScript' }),
      ...docs('yargs-lite', 'choices'),
    ],
    reads: ['src/format.ts', 'src/cli.ts', 'docs/usage.md', 'tests/format.test.ts', 'package.json'],
    edits: [
      {
        path: 'src/cli.ts',
        from: '  process.stdout.write(formatTable(predict(station, new Date(), days), units))',
        to: "  const tides = predict(station, new Date(), days)\n  const csv = valueOf(options, '--format') === 'csv'\n  process.stdout.write(csv ? formatCsv(tides, units) : formatTable(tides, units))",
      },
      {
        path: 'src/cli.ts',
        from: "import { formatTable } from './format.ts'",
        to: "import { formatCsv } from './csv.ts'\nimport { formatTable } from './format.ts'",
      },
      {
        path: 'docs/usage.md',
        from: 'Times are UTC.',
        to: 'With --format csv the table has a header, commas, and CRLF at the end of each line.\n\nTimes are UTC.',
      },
    ],
    adds: [
      {
        path: 'src/csv.ts',
        content:
          "import type { Tide } from './tides.ts'\n\nconst FEET_PER_METRE = 3.2808399\n\n/** RFC 4180: a header, CRLF, nothing that needs quotes. */\nexport function formatCsv(tides: Tide[], units: 'metres' | 'feet'): string {\n  const factor = units === 'feet' ? FEET_PER_METRE : 1\n  const rows = tides.map(({ at, kind, height }) => [at.toISOString(), kind, (height * factor).toFixed(2)])\n  return [['time', 'kind', 'height'], ...rows].map((row) => row.join(',') + '\\r\\n').join('')\n}\n",
      },
      {
        path: 'tests/csv.test.ts',
        content:
          "import assert from 'node:assert/strict'\nimport { test } from 'node:test'\nimport { formatCsv } from '../src/csv.ts'\n\ntest('every line ends in CRLF', () => {\n  assert.equal(formatCsv([], 'metres'), 'time,kind,height\\r\\n')\n})\n",
      },
    ],
    message: 'Add --format csv\n\nCloses #36.',
    title: 'Add --format csv',
    body: 'A header, a decimal point and CRLF, so that spreadsheets of any language read it. Nothing changes without the option.\n\nCloses #36.',
    comment: 'There is a pull request with this now. Could you try it with your spreadsheet?',
  },
  {
    issue: 38,
    branch: 'chore/harmonics-4.2',
    lookUps: [
      call('github.list_workflow_runs'),
      call('github.get_job_logs', { job: 7731 }),
      page('https://docs.example.dev/harmonics/releases/4.2.0'),
      ...docs('harmonics', 'heightAt'),
    ],
    reads: ['src/tides.ts', 'package.json', 'tests/tides.test.ts', '.github/workflows/ci.yml'],
    edits: [
      {
        path: 'src/tides.ts',
        from: "import { synthesize } from 'harmonics'",
        to: "import { heightAt } from 'harmonics'",
      },
      {
        path: 'src/tides.ts',
        from: '  let last = synthesize(station.constants, from)',
        to: '  let last = heightAt(station.constants, from.getTime())',
      },
      {
        path: 'src/tides.ts',
        from: '    const height = synthesize(station.constants, at)',
        to: '    const height = heightAt(station.constants, at.getTime())',
      },
      { path: 'package.json', from: '"harmonics": "^4.1.0"', to: '"harmonics": "^4.2.0"' },
    ],
    message: 'Move to harmonics 4.2\n\nsynthesize is called heightAt there. Closes #38.',
    title: 'Move to harmonics 4.2',
    body: 'The function has a new name and takes milliseconds. No other use in the project.\n\nCloses #38.',
    comment: 'Moved to the new name; the pipeline should be green again.',
  },
  {
    issue: 39,
    branch: 'docs/offsets',
    lookUps: [
      call('devdb.list_tables'),
      call('devdb.describe_table', { table: 'stations' }),
      call('devdb.read_query', { sql: 'SELECT count(*) AS n FROM stations' }),
      call('devdb.read_query', { sql: 'SELECT count(*) AS n FROM stations WHERE offset IS NULL' }),
      call('devdb.read_query', {
        sql: 'SELECT country, count(*) AS n FROM stations WHERE offset IS NULL GROUP BY country',
      }),
      call('devdb.read_query', { sql: "SELECT name FROM stations WHERE country = 'DE' ORDER BY latitude" }),
    ],
    reads: ['src/stations.ts', 'docs/stations.md'],
    edits: [
      {
        path: 'docs/stations.md',
        from: '| phase | in degrees, against Greenwich |',
        to: '| phase | in degrees, against Greenwich |\n| offset | in minutes; where it is missing, times can be up to an hour off |',
      },
    ],
    message: 'Document what a missing offset means',
    title: 'Document what a missing offset means',
    body: 'Users can now see why some times are off. The data itself is asked for in #39.',
    comment: 'Three of the eight stations in the sample have none. Asking the office in Kiel would be great!',
  },
  {
    issue: 40,
    branch: 'fix/exit-codes',
    lookUps: [page('https://docs.example.dev/node/process#exit-codes')],
    reads: ['src/cli.ts', 'src/stations.ts', 'docs/usage.md', 'README.md'],
    edits: [
      {
        path: 'src/stations.ts',
        from: '  if (found === undefined) throw new Error("no station " + name)',
        to: '  if (found === undefined) throw new UnknownStation(name)',
      },
      {
        path: 'src/stations.ts',
        from: 'const CATALOGUE =',
        to: 'export class UnknownStation extends Error {}\n\nconst CATALOGUE =',
      },
      {
        path: 'docs/usage.md',
        from: 'A negative height is below chart datum.',
        to: 'A negative height is below chart datum.\n\nExit codes: 0 fine, 1 no such station, 2 usage.',
      },
    ],
    message: 'Say what the program ends with\n\nCloses #40.',
    title: 'Document the exit codes, without a stack trace for an unknown station',
    body: 'An unknown station is an error of its own now. The codes are in docs/usage.md.\n\nCloses #40.',
    comment: 'The codes are documented now, and the stack trace is gone. Thank you!',
  },
]

/** One piece of work, from the issue to the pull request. */
function work({ issue, branch, lookUps, reads, edits, adds = [], ...words }: Work): DayCall[] {
  const changed = [...new Set([...edits, ...adds].map(({ path }) => path))]
  return [
    call('github.get_issue', { number: issue }),
    call('memory.search_nodes', { query: 'tidewater' }),
    call('git.git_status'),
    call('git.git_create_branch', { branch }),
    call('files.list_directory', { path: 'src' }),
    ...reads.map(read),
    ...lookUps,
    ...edits.flatMap(({ path, from, to }) => [edit(path, from, to), read(path)]),
    ...adds.flatMap(({ path, content }) => [
      call('files.write_file', { path, content }),
      call('files.get_file_info', { path }),
    ]),
    call('git.git_diff_unstaged'),
    call('git.git_status'),
    ...changed.map((file) => call('git.git_add', { file })),
    call('git.git_diff_staged'),
    call('git.git_commit', { message: words.message }),
    call('git.git_log'),
    call('github.create_pull_request', { head: branch, title: words.title, body: words.body }),
    call('github.list_workflow_runs'),
    call('github.get_job_logs', { job: 7712 }),
    call('github.add_issue_comment', { number: issue, body: words.comment }),
    call('git.git_checkout', { branch: 'main' }),
  ]
}

const MORNING: readonly DayCall[] = [
  call('memory.read_graph'),
  call('git.git_status'),
  call('git.git_log'),
  call('git.git_branch'),
  call('github.list_issues'),
  call('github.list_pull_requests'),
  call('github.list_workflow_runs'),
  call('files.directory_tree', { path: '.', excludePatterns: ['.git'] }),
  read('README.md'),
  read('CHANGELOG.md'),
  call('files.read_multiple_files', { paths: ['src/cli.ts', 'src/tides.ts', 'src/format.ts'] }),
  ...ISSUES.map(({ number }) => call('github.get_issue', { number })),
  call('memory.create_entities', {
    entities: [
      {
        name: 'tidewater',
        entityType: 'project',
        observations: [
          'Tide tables for the command line',
          'Tests run with node --test',
          'Commits close issues',
        ],
      },
    ],
  }),
]

const REVIEW: readonly DayCall[] = [
  call('github.get_pull_request', { number: 41 }),
  call('github.get_pull_request_diff', { number: 41 }),
  read('src/cli.ts'),
  page('https://blog.example.net/conway-moon'),
  call('github.search_code', { query: 'moonAge Conway' }),
  call('everything.get-sum', { a: 11, b: 19 }),
  call('everything.echo', { message: 'full moon on 2026-03-03' }),
  call('github.add_issue_comment', {
    number: 41,
    body: 'Nice! Two things: `PHASES` is not used yet, and `r -= year < 2000 ? 4 : 8.3` could use a name for the constant. Good to merge after that.',
  }),
  call('memory.add_observations', {
    observations: [{ entityName: 'tidewater', contents: ['#41 waits for two small changes'] }],
  }),
]

const RELEASE: readonly DayCall[] = [
  call('git.git_create_branch', { branch: 'release/2.3.2' }),
  read('CHANGELOG.md'),
  read('package.json'),
  edit(
    'CHANGELOG.md',
    '# Changelog\n',
    '# Changelog\n\n## 2.3.2\n- Heights below chart datum keep their sign.\n- The catalogue is fetched again after thirty days.\n- New option --format csv.\n',
  ),
  edit('package.json', '"version": "2.3.1"', '"version": "2.3.2"'),
  call('git.git_diff_unstaged'),
  call('git.git_add', { file: 'CHANGELOG.md' }),
  call('git.git_add', { file: 'package.json' }),
  call('git.git_commit', { message: 'Release 2.3.2' }),
  call('git.git_log'),
  call('git.git_show', { revision: 'HEAD' }),
  call('github.create_pull_request', {
    head: 'release/2.3.2',
    title: 'Release 2.3.2',
    body: 'Signs of heights, age of the catalogue, CSV. The update of harmonics waits for the next one.',
  }),
  call('github.list_issues'),
  call('memory.add_observations', {
    observations: [{ entityName: 'tidewater', contents: ['2.3.2 was prepared on 28 November'] }],
  }),
  call('memory.open_nodes', { names: ['tidewater'] }),
  call('git.git_status'),
]

export const DAY: readonly DayCall[] = [...MORNING, ...WORK.flatMap(work), ...REVIEW, ...RELEASE]
