/**
 * The audit trail's share of a call's CPU: what of the main thread's profile is in `src/audit` or called from there, and
 * all of libuv's pool, which under this load does nothing but write and sync the trail. The program has no switch to
 * run without its audit, so it is attributed instead of left out.
 */
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startSallyport } from '../http/sallyport.ts'
import { startUpstream } from '../http/suite.ts'
import { TOOL } from '../mcp/messages.ts'
import { startLoad } from '../measure/load.ts'
import { keepApart } from '../measure/pin.ts'
import { Readings } from '../measure/readings.ts'
import { WrongAnswers } from '../measure/rounds.ts'
import { REQUEST_BYTES } from '../workloads.ts'
import { type CpuTree, inclusiveShare } from './inclusiveShare.ts'
import { threadTimes, timesSince } from './threads.ts'

export const AUDIT = 'audit'
/** Readings of this are 1: shares are ratios to the whole. */
export const CALL = 'call'

export interface AuditShareSuite {
  readonly rounds: number
  readonly calls: number
  readonly warmUp: number
  progress(text: string): void
}

const PRELOAD = fileURLToPath(new URL('profileOnSignal.ts', import.meta.url))
const AUDIT_FILES = /\/packages\/gateway\/src\/audit\//

/** A share (0..1) for every round; `undefined` where the system does not account for threads (anything but Linux). */
export async function runAuditShareSuite(suite: AuditShareSuite): Promise<Readings | undefined> {
  if (!existsSync('/proc/self/schedstat')) return undefined
  await using stack = new AsyncDisposableStack()
  const dir = await mkdtemp(join(tmpdir(), 'sallyport-bench-share-'))
  stack.defer(() => rm(dir, { recursive: true, force: true }))
  const file = join(dir, 'profile.json')
  const upstream = await startUpstream()
  stack.defer(upstream.stop)
  const env = { ...process.env, BENCH_PROFILE: file }
  const gateway = await startSallyport(new URL(upstream.url), ['--import', PRELOAD], { env })
  stack.defer(gateway.stop)
  const load = startLoad(new URL('../http/load.ts', import.meta.url))
  stack.defer(load.close)
  const call = async (calls: number) => {
    const report = await load.calls({
      kind: 'http',
      url: gateway.url,
      tool: TOOL,
      requestBytes: REQUEST_BYTES,
      resultBytes: 2048,
      connections: 16,
      calls,
      keep: true,
    })
    if (report.wrong > 0) throw new WrongAnswers('sallyport', "the audit's share", report)
  }
  const [pid = 0] = gateway.pids
  await call(suite.warmUp)
  keepApart(gateway.pids, [load.pid, upstream.pid])
  const readings = new Readings()
  for (let round = 1; round <= suite.rounds; round++) {
    suite.progress(`audit's share, round ${round} of ${suite.rounds}`)
    // Times without the profiler, which costs by itself; shares with it.
    const before = threadTimes(pid)
    await call(suite.calls)
    const { mainUs, poolUs, totalUs } = timesSince(before, threadTimes(pid))
    process.kill(pid, 'SIGUSR2')
    await call(suite.calls)
    process.kill(pid, 'SIGUSR2')
    const profile: CpuTree = JSON.parse(await written(file))
    const share = inclusiveShare(profile, (url) => AUDIT_FILES.test(url))
    readings.add(AUDIT, (share * mainUs + poolUs) / totalUs)
    readings.add(CALL, 1)
    await rm(file)
  }
  return readings
}

/** The file's text, once it is there and whole: it ends in a brace when it is. */
async function written(file: string): Promise<string> {
  const deadline = performance.now() + 20_000
  for (;;) {
    if (existsSync(file) && (await stat(file)).size > 0) {
      const text = await readFile(file, 'utf8')
      if (text.endsWith('}')) return text
    }
    if (performance.now() > deadline) throw new Error('the gateway wrote no profile within 20 s of SIGUSR2')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
