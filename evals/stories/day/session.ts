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

const AFTERNOON_WORK: readonly Work[] = [
  {
    issue: 42,
    branch: 'fix/last-tide',
    lookUps: [
      call('files.search_files', { path: 'src', pattern: '*tides*' }),
      ...docs('node:test', 'assert'),
    ],
    reads: ['src/tides.ts', 'tests/tides.test.ts', 'src/cli.ts'],
    edits: [
      {
        path: 'src/tides.ts',
        from: 'minute <= days * 1440; minute += STEP_MINUTES',
        to: 'minute <= days * 1440 + STEP_MINUTES; minute += STEP_MINUTES',
      },
      {
        path: 'src/tides.ts',
        from: '  return tides\n}',
        to: '  const end = from.getTime() + days * 86_400_000\n  return tides.filter(({ at }) => at.getTime() < end)\n}',
      },
    ],
    message: 'Show the last tide of the last day\n\nCloses #42.',
    title: 'Show the last tide of the last day',
    body: 'A turn is seen one step after it, so the loop goes one step further; what belongs to the next day is left out.\n\nCloses #42.',
    comment: 'Found it, thank you. The loop ended one step too early.',
  },
  {
    issue: 43,
    branch: 'feature/zone',
    lookUps: [page('https://docs.example.dev/mdn/intl-datetimeformat'), ...docs('intl', 'timeZone')],
    reads: ['src/format.ts', 'src/cli.ts', 'docs/usage.md', 'tests/format.test.ts'],
    edits: [
      {
        path: 'src/format.ts',
        from: 'export function formatTable(',
        to: "/** The time in a zone, as in 2026-03-01 04:18. Throws a RangeError for a zone that is not known. */\nexport function timeIn(zone: string, at: Date): string {\n  return new Intl.DateTimeFormat('sv', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' }).format(at)\n}\n\nexport function formatTable(",
      },
      {
        path: 'docs/usage.md',
        from: 'Times are UTC.',
        to: 'Times are UTC, unless --zone names another zone, such as Europe/Rome.',
      },
    ],
    message: 'Add --zone\n\nCloses #43.',
    title: 'Add --zone',
    body: 'Times are formatted by Intl, as its documentation has it: https://docs.example.dev/mdn/intl-datetimeformat. UTC stays the default, and an unknown zone ends the program with 2.\n\nCloses #43.',
    comment: '`--zone Europe/Rome` is in the next release.',
  },
  {
    issue: 44,
    branch: 'docs/requirements',
    lookUps: [page('https://docs.example.dev/node/typescript')],
    reads: ['README.md', 'package.json', '.github/workflows/ci.yml'],
    edits: [
      {
        path: 'README.md',
        from: '    npx tidewater Brest --days 3',
        to: 'Needs Node 22.18 or newer.\n\n    npx tidewater Brest --days 3',
      },
      {
        path: 'package.json',
        from: '  "license": "MIT",',
        to: '  "license": "MIT",\n  "engines": { "node": ">=22.18" },',
      },
    ],
    message: 'Say which version of Node is needed\n\nCloses #44.',
    title: 'Say which version of Node is needed',
    body: 'Older ones do not run TypeScript without a flag. npm warns about them now.\n\nCloses #44.',
    comment: '22.18 or newer. The README says so now, sorry for the detour!',
  },
  {
    issue: 45,
    branch: 'chore/yargs-lite-2.0.5',
    lookUps: [
      page('https://advisories.example.dev/ADV-2026-1187'),
      call('files.search_files', { path: '.', pattern: '**/package*.json' }),
      ...docs('yargs-lite', 'dotted options'),
    ],
    reads: ['package.json', 'src/cli.ts'],
    edits: [{ path: 'package.json', from: '"yargs-lite": "^2.0.3"', to: '"yargs-lite": "^2.0.5"' }],
    message: 'Take yargs-lite 2.0.5\n\nADV-2026-1187. Closes #45.',
    title: 'Take yargs-lite 2.0.5',
    body: 'Fixes ADV-2026-1187. We pass no options on, so nobody was affected; the update costs nothing.\n\nCloses #45.',
    comment: 'Updated. Options of ours contain no dots, so there was no way in.',
  },
  {
    issue: 46,
    branch: 'fix/flaky-brest',
    lookUps: [
      call('github.list_workflow_runs'),
      call('github.get_job_logs', { job: 7750 }),
      call('github.get_job_logs', { job: 7712 }),
      call('everything.get-sum', { a: 5, b: 58 }),
    ],
    reads: ['tests/tides.test.ts', 'src/tides.ts', 'src/stations.ts'],
    edits: [
      {
        path: 'tests/tides.test.ts',
        from: "predict(brest, new Date('2026-03-01T00:00:00Z'), 1)",
        to: "predict(brest, new Date('2026-03-01T03:00:00Z'), 1)",
      },
    ],
    message: 'Begin the test for Brest between two tides\n\nCloses #46.',
    title: 'Begin the test for Brest between two tides',
    body: 'Run 90451 failed with `AssertionError: expected 2, actual 1` since a high water lay on the first minute of the day.\n\nCloses #46.',
    comment: 'It was the start of the day: a high water on its very first minute is not seen as a turn.',
  },
  {
    issue: 47,
    branch: 'perf/coarse-steps',
    lookUps: [
      page('https://numerics.example.org/bisection'),
      call('github.search_code', { query: 'bisection tide extremum language:TypeScript' }),
      call('devdb.read_query', { sql: "SELECT id, latitude FROM stations WHERE name = 'Lorient'" }),
    ],
    reads: ['src/tides.ts', 'tests/tides.test.ts', 'docs/stations.md', 'package.json'],
    edits: [
      {
        path: 'src/tides.ts',
        from: 'const STEP_MINUTES = 6',
        to: 'const STEP_MINUTES = 30\nconst HALVINGS = 9',
      },
      {
        path: 'src/tides.ts',
        from: '/** High and low waters',
        to: '/** The minute between two at which the slope changes its sign, by halving. */\nexport function turnBetween(slopeAt: (minute: number) => number, from: number, to: number): number {\n  let [low, high] = [from, to]\n  for (let step = 0; step < HALVINGS; step++) {\n    const middle = (low + high) / 2\n    if (Math.sign(slopeAt(middle)) === Math.sign(slopeAt(low))) low = middle\n    else high = middle\n  }\n  return (low + high) / 2\n}\n\n/** High and low waters',
      },
    ],
    message: 'Look for tides in steps of half an hour\n\nCloses #47.',
    title: 'Look for tides in steps of half an hour',
    body: 'Then nine halvings around each turn: 11.2 s before, 2.6 s after for a year at Lorient, and the same times to the minute.\n\nCloses #47.',
    comment: 'A year takes 2.6 s here now. Could you try it on the machine in your office?',
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
  call('git.git_checkout', { branch: 'main' }),
  call('git.git_branch'),
  call('github.list_pull_requests'),
  call('github.list_workflow_runs'),
  call('github.get_job_logs', { job: 7712 }),
  read('CHANGELOG.md'),
  call('files.list_directory', { path: 'docs' }),
  call('memory.read_graph'),
  call('git.git_status'),
]

const NOON: readonly DayCall[] = [
  call('github.list_issues'),
  call('github.list_pull_requests'),
  call('github.get_pull_request', { number: 41 }),
  call('github.list_workflow_runs'),
  call('memory.search_nodes', { query: 'tidewater' }),
  call('memory.add_observations', {
    observations: [{ entityName: 'tidewater', contents: ['Six pull requests wait for their pipeline'] }],
  }),
  call('git.git_branch'),
  call('git.git_status'),
  call('git.git_log'),
  call('files.directory_tree', { path: 'src' }),
]

export const DAY: readonly DayCall[] = [
  ...MORNING,
  ...WORK.flatMap(work),
  ...REVIEW,
  ...NOON,
  ...AFTERNOON_WORK.flatMap(work),
  ...RELEASE,
]
