/**
 * Where the gateway's CPU goes: `node bench/profile.ts [--calls N] [--connections N] [--result BYTES] [--keep FILE]`.
 *
 * Runs `sallyport serve` under V8's sampling profiler with the benchmark's workload and prints self time by file and
 * function. The profiler samples the clock on the wall: on a busy machine whatever is interrupted looks long. Sampling itself
 * costs some per cent: compare shares, and take times from `npm run bench`.
 */
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startSallyport } from './http/sallyport.ts'
import { startUpstream } from './http/suite.ts'
import { TOOL } from './mcp/messages.ts'
import { type LoadReport, startLoad } from './measure/load.ts'
import { keepApart } from './measure/pin.ts'
import { type CpuProfile, selfTimes } from './measure/selfTimes.ts'
import { table } from './report.ts'
import { REQUEST_BYTES } from './workloads.ts'

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '20000' },
    connections: { type: 'string', default: '16' },
    result: { type: 'string', default: '2048' },
    keep: { type: 'string' },
  },
})

const report = await runProfiled(Number(values.calls), Number(values.connections), Number(values.result))
const root = fileURLToPath(new URL('..', import.meta.url))
const { totalUs, idleUs, files } = selfTimes(report.profile, root)
const busyUs = totalUs - idleUs
const share = (us: number) => `${((100 * us) / busyUs).toFixed(1)} %`
const perCall = (us: number) => (us / report.calls).toFixed(2)

const areas = new Map<string, number>()
for (const { file, selfUs } of files) areas.set(areaOf(file), (areas.get(areaOf(file)) ?? 0) + selfUs)
const summary = [...areas].sort((a, b) => b[1] - a[1]).filter(([, us]) => us > busyUs / 200)

const rows = [['file and function', 'share', 'us/call']]
for (const { file, selfUs, functions } of files.filter(({ selfUs }) => selfUs > busyUs / 200)) {
  rows.push([file, share(selfUs), perCall(selfUs)])
  for (const { name, selfUs } of functions.slice(0, 8)) {
    if (selfUs > busyUs / 500) rows.push([`    ${name}`, share(selfUs), perCall(selfUs)])
  }
}
process.stdout.write(
  `${report.calls} calls, p50 ${report.p50Us.toFixed(0)} us, main thread busy ${perCall(busyUs)} us/call\n\n` +
    `${table([['area', 'share', 'us/call'], ...summary.map(([area, us]) => [area, share(us), perCall(us)])])}\n\n` +
    `${table(rows)}\n`,
)

/** The part of the program a file belongs to: `controls/json`, `gateway/audit`, `undici`, `node:http`, ... */
function areaOf(file: string): string {
  const own = /^packages\/(\w+)\/(?:src\/)?([\w-]+)/.exec(file)
  const dependency = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1]
  if (dependency !== undefined) return dependency
  if (own) return `${own[1]}/${own[2]}`
  return file.startsWith('node:')
    ? (/^node:(?:internal\/)?_?(\w+)/.exec(file)?.[1] ?? file).replace(/^/, 'node:')
    : file
}

/** Calls a profiled gateway: a tenth of the calls to warm up, which are in the profile too. */
async function runProfiled(calls: number, connections: number, resultBytes: number) {
  const dir = await mkdtemp(join(tmpdir(), 'sallyport-profile-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rm(dir, { recursive: true, force: true }))
  const upstream = await startUpstream()
  stack.defer(upstream.stop)
  const gateway = await startSallyport(new URL(upstream.url), ['--cpu-prof', '--cpu-prof-dir', dir])
  stack.defer(gateway.stop)
  const load = startLoad(new URL('http/load.ts', import.meta.url))
  stack.defer(load.close)
  const work = { kind: 'http', tool: TOOL, requestBytes: REQUEST_BYTES, resultBytes, connections } as const
  const run = (count: number): Promise<LoadReport> =>
    load.calls({ ...work, url: gateway.url, calls: count, keep: false })
  const warmUp = await run(Math.ceil(calls / 10))
  keepApart(gateway.pids, [load.pid, upstream.pid])
  const measured = await run(calls)
  if (measured.wrong > 0) throw new Error(measured.faults.join('\n'))
  await gateway.stop() // the profile is written at its exit
  const [name] = (await readdir(dir)).filter((file) => file.endsWith('.cpuprofile'))
  if (name === undefined) throw new Error('the gateway left no profile: did it end by itself on SIGTERM?')
  if (values.keep !== undefined) await cp(join(dir, name), values.keep)
  const profile: CpuProfile = JSON.parse(await readFile(join(dir, name), 'utf8'))
  return { profile, calls: warmUp.calls + measured.calls, p50Us: measured.p50Us }
}
