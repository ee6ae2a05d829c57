/** Each suite by its name, with as much work as a whole run or a smoke test gives it. */
import { runAuditShareSuite } from './auditShare/suite.ts'
import { buildBundle } from './bundle.ts'
import { runControlShareSuite } from './controlShare/suite.ts'
import type { Measured } from './gates.ts'
import { findNginx, startNginx } from './http/nginx.ts'
import { startSallyport } from './http/sallyport.ts'
import { runHttpSuite, startBareProxy } from './http/suite.ts'
import { runMemorySuite } from './memory/suite.ts'
import type { SuiteName } from './options.ts'
import { runPeersSuite } from './peers/suite.ts'
import { runStartSuite } from './start/suite.ts'
import { runStdioSuite } from './stdio/suite.ts'
import {
  HTTP_WORKLOADS,
  PEER_WORKLOADS,
  STDIO_WORKLOADS,
  shortened,
  type Workload,
  warmUpCalls,
} from './workloads.ts'

export interface SuiteOptions {
  readonly quick: boolean
  readonly rounds: number
  progress(text: string): void
}

/** Runs one; what it measured. Rejects when it cannot be run, or with `WrongAnswers`. */
export async function runSuite(suite: SuiteName, options: SuiteOptions): Promise<Measured> {
  const { quick, rounds, progress } = options
  switch (suite) {
    case 'http': {
      const nginx = findNginx({ install: true })
      if (nginx === undefined)
        progress('nginx, the yardstick, is missing (Debian: apt-get install nginx-light)')
      const proxies = [startBareProxy, (upstream: URL) => startSallyport(upstream)]
      if (nginx !== undefined) proxies.push((upstream) => startNginx(nginx, upstream))
      return { http: await runHttpSuite({ ...plan(HTTP_WORKLOADS, options), proxies }) }
    }
    case 'stdio':
      return { stdio: await runStdioSuite(plan(STDIO_WORKLOADS, options)) }
    case 'start':
      return await bundled(async (program) => ({
        // A start is short, and the scheduler's luck is a large part of it.
        start: await runStartSuite({ program, rounds: quick ? 3 : rounds * 3, progress }),
      }))
    case 'memory':
      return await bundled(async (program) => {
        const memory = await runMemorySuite({ program, rounds: quick ? 1 : Math.min(rounds, 5), progress })
        return memory === undefined ? {} : { memory }
      })
    case 'audit': {
      const work = quick ? { calls: 4000, warmUp: 8000 } : { calls: 20_000, warmUp: 40_000 }
      const audit = await runAuditShareSuite({ ...work, rounds, progress })
      return audit === undefined ? {} : { audit }
    }
    case 'controls': {
      const work = quick ? { calls: 4000, warmUp: 8000 } : { calls: 20_000, warmUp: 40_000 }
      const controls = await runControlShareSuite({ ...work, rounds, progress })
      return controls === undefined ? {} : { controls }
    }
    case 'peers':
      return { peers: await runPeersSuite(plan(PEER_WORKLOADS, options)) }
  }
}

function plan(workloads: readonly Workload[], { quick, rounds, progress }: SuiteOptions) {
  return {
    workloads: quick ? shortened(workloads) : workloads,
    rounds,
    warmUp: (workload: Workload) => Math.ceil(warmUpCalls(workload, workloads) / (quick ? 4 : 1)),
    progress,
  }
}

async function bundled(measure: (program: string) => Promise<Measured>): Promise<Measured> {
  const bundle = await buildBundle()
  try {
    return await measure(bundle.program)
  } finally {
    await bundle.remove()
  }
}
