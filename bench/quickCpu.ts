/**
 * What a change does to the CPU per call: `node bench/quickCpu.ts [--against CHECKOUT] [--rounds N] [--only 1MB]`.
 *
 * Runs the gateway of this tree, and of another checkout (with its own `node_modules`) if one is named, in interleaved
 * rounds, and prints CPU and median latency per call with the ratio of the two. About twenty seconds; for deciding
 * whether a change pays. What is published comes from `npm run bench`.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startSallyport } from './http/sallyport.ts'
import { startUpstream } from './http/suite.ts'
import { TOOL } from './mcp/messages.ts'
import { startLoad } from './measure/load.ts'
import { runRounds, type Subject } from './measure/rounds.ts'
import { table } from './report.ts'
import { HTTP_WORKLOADS, REQUEST_BYTES, WARM_UP } from './workloads.ts'

const IDS = ['1 KB x 1', '1 KB x 16', '1 KB x 64', '100 KB x 16', '1 MB x 1']

const { values } = parseArgs({
  options: {
    against: { type: 'string' },
    rounds: { type: 'string', default: '7' },
    only: { type: 'string' },
  },
})

const workloads = HTTP_WORKLOADS.filter(({ id }) =>
  values.only === undefined ? IDS.includes(id) : id === values.only,
)
await using stack = new AsyncDisposableStack()
const upstream = await startUpstream()
stack.defer(upstream.stop)
const load = startLoad(new URL('http/load.ts', import.meta.url))
stack.defer(load.close)

const subjects = [await subject('now')]
if (values.against !== undefined) subjects.push(await subject('before', values.against))

const samples = await runRounds({
  subjects,
  workloads,
  rounds: Number(values.rounds),
  warmUp: ({ resultBytes }) => (resultBytes > 16_384 ? WARM_UP.large : WARM_UP.small),
  others: () => [load.pid, upstream.pid],
  random: Math.random,
  progress: () => {},
})

const rows = workloads.map(({ id }) => {
  const figures = subjects.map(({ name }) => ({
    cpu: samples.spread(id, name, ({ cpuUsPerCall }) => cpuUsPerCall),
    p50: samples.spread(id, name, ({ p50Us }) => p50Us),
  }))
  const [now, before] = figures
  return [
    id,
    ...figures.map(({ cpu }) => `${cpu?.median.toFixed(1)} (${cpu?.low.toFixed(1)})`),
    before === undefined ? '' : ((now?.cpu?.median ?? 0) / (before.cpu?.median ?? 0)).toFixed(3),
    ...figures.map(({ p50 }) => (p50?.median ?? 0).toFixed(0)),
  ]
})
const names = subjects.map(({ name }) => name)
const head = [
  'workload',
  ...names.map((name) => `CPU us ${name} (low)`),
  'ratio',
  ...names.map((name) => `p50 us ${name}`),
]
process.stdout.write(`${table([head, ...rows])}\n`)

async function subject(name: string, checkout?: string): Promise<Subject> {
  const program = checkout === undefined ? undefined : join(checkout, 'packages/gateway/src/cli/main.ts')
  const target = await startSallyport(new URL(upstream.url), [], program === undefined ? {} : { program })
  stack.defer(target.stop)
  const { url, pids } = target
  return {
    name,
    pids,
    call: ({ parallel, resultBytes }, calls, keep) =>
      load.calls({
        kind: 'http',
        url,
        connections: parallel,
        calls,
        keep,
        tool: TOOL,
        requestBytes: REQUEST_BYTES,
        resultBytes,
      }),
  }
}
