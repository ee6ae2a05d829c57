/**
 * Profiles of the gateway's main thread while it answers calls, a round each, with what the main thread and libuv's pool
 * used of the CPU meanwhile.
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
import { WrongAnswers } from '../measure/rounds.ts'
import { REQUEST_BYTES } from '../workloads.ts'
import type { CpuTree } from './inclusiveShare.ts'
import { type ThreadTimes, threadTimes, timesSince } from './threads.ts'

export interface ProfiledRounds {
  readonly rounds: number
  readonly calls: number
  readonly warmUp: number
  /** For people: what is measured. */
  readonly subject: string
  /** More of the configuration. */
  readonly more?: object
  progress(text: string): void
}

export interface ProfiledRound {
  readonly profile: CpuTree
  readonly times: ThreadTimes
}

const PRELOAD = fileURLToPath(new URL('profileOnSignal.ts', import.meta.url))

/** Runs the rounds; `undefined` where the system does not account for threads (anything but Linux). */
export async function profiledRounds(suite: ProfiledRounds): Promise<readonly ProfiledRound[] | undefined> {
  if (!existsSync('/proc/self/schedstat')) return undefined
  await using stack = new AsyncDisposableStack()
  const dir = await mkdtemp(join(tmpdir(), 'sallyport-bench-share-'))
  stack.defer(() => rm(dir, { recursive: true, force: true }))
  const file = join(dir, 'profile.json')
  const upstream = await startUpstream()
  stack.defer(upstream.stop)
  const env = { ...process.env, BENCH_PROFILE: file }
  const gateway = await startSallyport(new URL(upstream.url), ['--import', PRELOAD], {
    env,
    ...(suite.more === undefined ? {} : { more: suite.more }),
  })
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
    if (report.wrong > 0) throw new WrongAnswers('sallyport', suite.subject, report)
  }
  const [pid = 0] = gateway.pids
  await call(suite.warmUp)
  keepApart(gateway.pids, [load.pid, upstream.pid])
  const measured: ProfiledRound[] = []
  for (let round = 1; round <= suite.rounds; round++) {
    suite.progress(`${suite.subject}, round ${round} of ${suite.rounds}`)
    // Times without the profiler, which costs by itself; shares with it.
    const before = threadTimes(pid)
    await call(suite.calls)
    const times = timesSince(before, threadTimes(pid))
    process.kill(pid, 'SIGUSR2')
    await call(suite.calls)
    process.kill(pid, 'SIGUSR2')
    const profile: CpuTree = JSON.parse(await written(file))
    measured.push({ profile, times })
    await rm(file)
  }
  return measured
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
