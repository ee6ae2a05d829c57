/**
 * Which functions V8 compiles, throws away and compiles again: `node bench/deopts.ts [--rounds N] [--least N]`.
 *
 * A function that does this for ever costs its compilation each time and runs slowly in between, and no profile shows it. Runs the
 * gateway on all ways of the benchmark in turn (HTTP of a modern client; HTTP and a pipe of a legacy one), with large answers
 * between the small ones, and counts from V8's own log what was thrown away after the first half. Wall clocks and loads do not
 * matter to what it finds.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { GATEWAY, SERVER, writeConfig } from './gateway.ts'
import { startSallyport } from './http/sallyport.ts'
import { startUpstream } from './http/suite.ts'
import { TOOL } from './mcp/messages.ts'
import { startLoad } from './measure/load.ts'
import { table } from './report.ts'
import { HTTP_WORKLOADS, REQUEST_BYTES, STDIO_WORKLOADS, type Workload } from './workloads.ts'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '8' }, least: { type: 'string', default: '3' } },
})
const rounds = Number(values.rounds)
const localServer = [process.execPath, fileURLToPath(new URL('stdio/server.ts', import.meta.url))] as const

await using stack = new AsyncDisposableStack()
const dir = await mkdtemp(join(tmpdir(), 'sallyport-deopts-'))
stack.defer(() => rm(dir, { recursive: true, force: true }))
const upstream = await startUpstream()
stack.defer(upstream.stop)
// Before the loads: what is on a pipe ends with them, and has its folder until then.
const setup = await writeConfig({ url: upstream.url, era: 'legacy' })
stack.defer(setup.remove)
const http = startLoad(new URL('http/load.ts', import.meta.url))
stack.defer(http.close)
const pipes = startLoad(new URL('stdio/load.ts', import.meta.url))
stack.defer(pipes.close)

interface Way {
  readonly name: string
  readonly workloads: readonly Workload[]
  readonly call: (workload: Workload) => Promise<unknown>
}

const large = HTTP_WORKLOADS.filter(({ gapMs }) => gapMs === undefined)
const modern = await startSallyport(new URL(upstream.url), flags('modern'))
stack.defer(modern.stop)
const legacy = await startSallyport(undefined, flags('legacy'), {
  server: { command: localServer, era: 'legacy' },
})
stack.defer(legacy.stop)
const command = [
  process.execPath,
  ...flags('pipe'),
  GATEWAY,
  'stdio',
  '--standalone',
  '--config',
  setup.configPath,
] as const
await pipes.start({ kind: 'start', target: 'pipe', command, era: 'legacy' })

const common = { tool: TOOL, requestBytes: REQUEST_BYTES }
const ways: readonly Way[] = [
  {
    name: 'modern',
    workloads: large,
    call: ({ parallel, resultBytes, calls }) =>
      http.calls({
        ...common,
        kind: 'http',
        url: modern.url,
        connections: parallel,
        calls,
        resultBytes,
        keep: false,
      }),
  },
  {
    name: 'legacy',
    workloads: large,
    call: ({ parallel, resultBytes, calls }) =>
      http.calls({
        ...common,
        kind: 'http',
        url: legacy.url,
        connections: parallel,
        calls,
        resultBytes,
        keep: false,
        era: 'legacy',
        session: 'streamable',
      }),
  },
  {
    name: 'pipe',
    workloads: STDIO_WORKLOADS,
    call: ({ parallel, resultBytes, calls }) =>
      pipes.calls({
        ...common,
        kind: 'stdio',
        target: 'pipe',
        tool: `${SERVER}__${TOOL}`,
        inFlight: parallel,
        calls,
        resultBytes,
        era: 'legacy',
      }),
  },
]

const rows = [['way', 'times', 'function', 'why']]
for (const { name, workloads, call } of ways) {
  const round = async () => {
    for (const workload of workloads) await call(workload)
  }
  for (let one = 0; one < rounds / 2; one++) await round()
  const before = (await thrownAway(name)).length
  for (let one = 0; one < rounds / 2; one++) await round()
  const counts = new Map<string, number>()
  for (const one of (await thrownAway(name)).slice(before)) counts.set(one, (counts.get(one) ?? 0) + 1)
  for (const [what, times] of [...counts].sort(([, one], [, other]) => other - one)) {
    const [where = '', why = ''] = what.split('\t')
    if (times >= Number(values.least)) rows.push([name, String(times), where, why])
  }
}
process.stdout.write(
  rows.length === 1
    ? `nothing was thrown away ${values.least} times or more in the second half\n`
    : `${table(rows)}\n`,
)

function flags(way: string): string[] {
  return ['--log-deopt', '--no-logfile-per-isolate', `--logfile=${join(dir, `${way}.log`)}`]
}

/** `function<TAB>why`, in the order of time. */
async function thrownAway(way: string): Promise<string[]> {
  const root = new URL('..', import.meta.url).href
  const log = await readFile(join(dir, `${way}.log`), 'utf8')
  return log.split('\n').flatMap((line) => {
    // code-deopt,TIME,SIZE,CODE,INLINING,SCRIPT_OFFSET,KIND,<PLACE>[ inlined at <PLACE>],REASON
    const match = /^code-deopt,(?:[^,]*,){4}[^,]*,[^,]*,<([^>]*)>.*,([^,]*)$/.exec(line)
    return match === null ? [] : [`${(match[1] ?? '').replace(root, '')}\t${match[2] ?? ''}`]
  })
}
