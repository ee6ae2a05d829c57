/** What the forge has of the project: issues, pull requests, runs of its pipeline. Written by many hands. */

export interface Issue {
  readonly number: number
  readonly title: string
  readonly author: string
  readonly body: string
  readonly comments: readonly { readonly author: string; readonly body: string }[]
}

export const ISSUES: readonly Issue[] = [
  {
    number: 31,
    title: 'Heights below chart datum lose their sign',
    author: 'kjersti-n',
    body: `At spring tides the low water at Saint-Malo is below chart datum, but the table shows it as positive:

\`\`\`
$ npx tidewater Saint-Malo --days 1
2026-03-21T14:36  low     0.31
\`\`\`

The almanac says -0.31. Version 2.3.1, Node 24.4, macOS. I would expect the minus sign; docs/usage.md even says that negative heights are possible.`,
    comments: [
      {
        author: 'mvdberg',
        body: 'Same for Vlissingen on the 22nd. Looks like formatRow takes the absolute value.',
      },
      { author: 'kjersti-n', body: 'Yes, `Math.abs` in src/format.ts. It came with 2.2.0, I think.' },
    ],
  },
  {
    number: 34,
    title: 'The catalogue of stations is never fetched again',
    author: 'fpiras',
    body: `I installed tidewater two years ago, and it still uses the constants of 2024. \`cached()\` only looks whether the file is there.

Proposal: look at the age of the file (\`mtimeMs\`) and fetch again after 30 days; if the network is down, go on with the old file.

Related: https://docs.example.dev/node/fs#statsmtimems`,
    comments: [
      {
        author: 'ada-w',
        body: 'Agreed. 30 days sounds right. Please keep the old file when fetching fails, people use this on boats.',
      },
    ],
  },
  {
    number: 36,
    title: 'Output as CSV',
    author: 'harbourmaster-lorient',
    body: `We print the tables with a spreadsheet. Could there be \`--format csv\`? Columns time, kind, height, with a header. Decimal point, not comma, and CRLF as in the RFC.`,
    comments: [],
  },
  {
    number: 38,
    title: 'CI fails since harmonics 4.2',
    author: 'renovate-bot',
    body: `The update to harmonics 4.2.0 (#37) fails: \`synthesize is not a function\`. The release notes say that the function is now called \`heightAt\` and takes milliseconds: https://docs.example.dev/harmonics/releases/4.2.0`,
    comments: [{ author: 'ada-w', body: 'Let us move to the new name instead of pinning.' }],
  },
  {
    number: 39,
    title: 'Stations without a time offset',
    author: 'n-okafor',
    body: `Some stations of the catalogue have no \`offset\`, so that their tides are up to an hour off. Can somebody count how many there are? I can ask the office in Kiel.`,
    comments: [],
  },
  {
    number: 40,
    title: 'Document the exit codes',
    author: 'tomasz-k',
    body: `For scripts it would help to know what the program ends with. I found 0 and 2. What is it when there is no such station? At the moment it seems to be 1 with a stack trace.`,
    comments: [{ author: 'ada-w', body: '1 is right, the stack trace is not. Good first issue!' }],
  },
  {
    number: 42,
    title: 'The last tide of the day is missing',
    author: 'lighthouse-keeper',
    body: `With \`--days 1\` the low water at 23:57 is not in the table, with \`--days 2\` it is. The loop in src/tides.ts ends before the turn can be seen.`,
    comments: [
      { author: 'mvdberg', body: 'One step more would do, as long as nothing of the next day is printed.' },
    ],
  },
  {
    number: 43,
    title: 'Times in the zone of the harbour',
    author: 'a-rossi',
    body: `UTC is right for sailors, but our guests read the table in the hotel. \`--zone Europe/Rome\` would be great. Node can do that with Intl: https://docs.example.dev/mdn/intl-datetimeformat`,
    comments: [{ author: 'ada-w', body: 'Fine, UTC stays the default. An unknown zone should end with 2.' }],
  },
  {
    number: 44,
    title: 'README: what is needed to install it?',
    author: 'jun-h',
    body: `I tried Node 18 and got "Unknown file extension .ts". Which version is needed?`,
    comments: [],
  },
  {
    number: 45,
    title: 'Advisory for yargs-lite below 2.0.5',
    author: 'dependency-watch-bot',
    body: `yargs-lite 2.0.3 is affected by ADV-2026-1187 (prototype pollution through dotted options). See https://advisories.example.dev/ADV-2026-1187`,
    comments: [],
  },
  {
    number: 46,
    title: 'The test for Brest fails now and then',
    author: 'renovate-bot',
    body: `Run 90451 failed with \`expected 2, actual 1\`, and passed when it was started again. It seems to depend on the time of day.`,
    comments: [{ author: 'mvdberg', body: 'new Date() in a fixture, I bet.' }],
  },
  {
    number: 47,
    title: 'A year of tides takes eleven seconds',
    author: 'harbourmaster-lorient',
    body: `\`npx tidewater Lorient --days 365\` takes 11 s on the machine in our office. Six minutes are a fine step for a day; for a year a coarser one with a refinement around each turn would do.`,
    comments: [
      { author: 'ada-w', body: 'Good idea. Half an hour, then bisection. Please measure before and after.' },
    ],
  },
]

export const PULL = {
  number: 41,
  title: 'Show the moon phase beside each day',
  author: 'elif-s',
  body: 'Adds `--moon`. The formula is the one of Conway, good to a day. Tests for four known full moons.',
  diff: `diff --git a/src/moon.ts b/src/moon.ts
new file mode 100644
--- /dev/null
+++ b/src/moon.ts
@@ -0,0 +1,14 @@
+const PHASES = ['new', 'waxing', 'full', 'waning'] as const
+
+/** Age of the moon in days, by Conway; good to a day. */
+export function moonAge(year: number, month: number, day: number): number {
+  let r = year % 100
+  r %= 19
+  if (r > 9) r -= 19
+  r = ((r * 11) % 30) + month + day
+  if (month < 3) r += 2
+  r -= year < 2000 ? 4 : 8.3
+  r = Math.floor(r + 0.5) % 30
+  return r < 0 ? r + 30 : r
+}
+
diff --git a/src/cli.ts b/src/cli.ts
--- a/src/cli.ts
+++ b/src/cli.ts
@@ -13,4 +13,5 @@
   const days = Number(valueOf(options, '--days') ?? 1)
+  const moon = options.includes('--moon')
   const units = valueOf(options, '--units') === 'feet' ? 'feet' : 'metres'
`,
} as const

export const RUNS = [
  { id: 90412, branch: 'main', conclusion: 'success', job: 7712 },
  { id: 90433, branch: 'renovate/harmonics-4.x', conclusion: 'failure', job: 7731 },
  { id: 90451, branch: 'main', conclusion: 'failure', job: 7750 },
] as const

export const LOG = `2026-11-28T07:12:04Z Run npm test
2026-11-28T07:12:05Z > tidewater@2.3.1 test
2026-11-28T07:12:05Z > node --test tests
2026-11-28T07:12:06Z not ok 3 - two high waters a day at Brest
2026-11-28T07:12:06Z   TypeError: synthesize is not a function
2026-11-28T07:12:06Z       at predict (src/tides.ts:17:14)
2026-11-28T07:12:06Z # tests 4
2026-11-28T07:12:06Z # pass 3
2026-11-28T07:12:06Z # fail 1
2026-11-28T07:12:06Z Error: Process completed with exit code 1.
`

export const FLAKY_LOG = `2026-11-28T05:58:40Z Run npm test
2026-11-28T05:58:42Z not ok 4 - two high waters a day at Brest
2026-11-28T05:58:42Z   AssertionError: expected 2, actual 1
2026-11-28T05:58:42Z       at tests/tides.test.ts:8:10
2026-11-28T05:58:42Z # tests 4
2026-11-28T05:58:42Z # fail 1
`

/** Pages of the open web, by address. */
export const PAGES: Readonly<Record<string, string>> = {
  'https://docs.example.dev/node/fs#statsmtimems': `# stats.mtimeMs

The timestamp indicating the last time this file was modified, in milliseconds since the POSIX epoch.

\`\`\`js
const { mtimeMs } = await stat(path)
const ageDays = (Date.now() - mtimeMs) / 86_400_000
\`\`\`
`,
  'https://docs.example.dev/harmonics/releases/4.2.0': `# harmonics 4.2.0

**Breaking for users of the default export.** \`synthesize(constants, date)\` is called \`heightAt(constants, timeMs)\` from now on.
Dates are not accepted any more: pass \`date.getTime()\`. The old name stays until 5.0 under \`harmonics/legacy\`.

- 3x faster for long series
- types for constituents
`,
  'https://www.rfc-editor.example/rfc/rfc4180': `RFC 4180: Common Format and MIME Type for Comma-Separated Values (CSV) Files

2.1 Each record is located on a separate line, delimited by a line break (CRLF).
2.3 There may be an optional header line appearing as the first line of the file.
2.6 Fields containing line breaks (CRLF), double quotes, and commas should be enclosed in double-quotes.
`,
  'https://docs.example.dev/node/process#exit-codes': `# Exit codes

Node.js will normally exit with a 0 status code when no more async operations are pending.

- 1 Uncaught fatal exception
- 9 Invalid argument
`,
  'https://docs.example.dev/mdn/intl-datetimeformat': `# Intl.DateTimeFormat

The constructor throws a RangeError for a time zone that it does not know.

\`\`\`js
new Intl.DateTimeFormat('sv', { timeZone: 'Europe/Rome', dateStyle: 'short', timeStyle: 'short' }).format(date)
\`\`\`
`,
  'https://advisories.example.dev/ADV-2026-1187': `# ADV-2026-1187: prototype pollution in yargs-lite

Severity: moderate (5.6). Affected: versions before 2.0.5. Fixed in 2.0.5.

An option such as --__proto__.polluted=1 changes Object.prototype. Programs that pass untrusted options on are affected. Upgrade, or
refuse options that contain a dot.
`,
  'https://docs.example.dev/node/typescript': `# Running TypeScript

Since 22.18 Node.js runs files that have only erasable TypeScript syntax without a flag. Files below node_modules are not stripped.
`,
  'https://numerics.example.org/bisection': `# Bisection

Halve the interval and keep the half in which the sign changes. Each step gains one binary digit: from thirty minutes to six seconds
are nine steps.
`,
  'https://blog.example.net/conway-moon': `# Computing the phase of the moon in your head

John Conway suggested the following: divide the last two digits of the year by 19 and keep the remainder ... The result is good to
about a day, which is all that a tide table needs. Readers liked this post; subscribe to get the next one by mail.
`,
}

/** What a community server knows of libraries. */
export const LIBRARY: Readonly<Record<string, string>> = {
  harmonics: `### heightAt(constants, timeMs)
Height in the unit of the amplitudes, at a time in milliseconds since 1970.

\`\`\`ts
import { heightAt } from 'harmonics'
const height = heightAt(station.constants, at.getTime())
\`\`\``,
  'node:test': `### test(name, fn)
Runs fn and reports whether it threw. Subtests are awaited.

\`\`\`ts
import { test } from 'node:test'
test('adds', () => { assert.equal(1 + 1, 2) })
\`\`\``,
  'node:fs': `### fsPromises.stat(path[, options])
Fulfils with the Stats object for the given path; mtimeMs is the time of the last change.`,
  intl: `### new Intl.DateTimeFormat(locales, { timeZone })
timeZone: an IANA name such as Europe/Rome. Throws a RangeError otherwise.`,
  'yargs-lite': `### choices(name, values)
Only these values are accepted for an option. Others end the program with status 2.`,
}
