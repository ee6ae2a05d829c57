/** The HTTP runs: one load generator, one upstream, and between them nothing, or a proxy. */
import { fileURLToPath } from 'node:url'
import { EVENTS_TOOL, TOOL } from '../mcp/messages.ts'
import { startChild } from '../measure/child.ts'
import { startLoad } from '../measure/load.ts'
import { runRounds, type Samples, type Subject } from '../measure/rounds.ts'
import { REQUEST_BYTES, type Workload } from '../workloads.ts'
import type { HttpTarget } from './target.ts'

export interface HttpSuite {
  readonly workloads: readonly Workload[]
  readonly rounds: number
  /** What is put in front of the upstream, each in its turn. */
  readonly proxies: readonly ((upstream: URL) => Promise<HttpTarget>)[]
  warmUp(workload: Workload): number
  progress(text: string): void
}

/** A reverse proxy of Node that reads nothing. */
export const BARE_PROXY = 'bare proxy'
const LOAD = new URL('load.ts', import.meta.url)

/** Starts everything, measures, stops everything. */
export async function runHttpSuite(suite: HttpSuite): Promise<Samples> {
  await using stack = new AsyncDisposableStack()
  const upstream = await startUpstream()
  stack.defer(upstream.stop)
  const targets: HttpTarget[] = [upstream]
  for (const startProxy of suite.proxies) {
    const proxy = await startProxy(new URL(upstream.url))
    stack.defer(proxy.stop)
    targets.push(proxy)
  }
  const load = startLoad(LOAD)
  stack.defer(load.close)

  const subjects = targets.map(
    ({ name, url, pids }): Subject => ({
      name,
      pids,
      call: ({ parallel, resultBytes, gapMs }, calls, keep) => {
        if (gapMs !== undefined) return load.calls({ kind: 'events', url, tool: EVENTS_TOOL, calls, gapMs })
        return load.calls({
          kind: 'http',
          url,
          connections: parallel,
          calls,
          keep,
          tool: TOOL,
          requestBytes: REQUEST_BYTES,
          resultBytes,
        })
      },
    }),
  )
  return await runRounds({ ...suite, subjects, others: () => [load.pid, upstream.pid], random: Math.random })
}

/** The upstream, called without anything in between. */
export async function startUpstream(): Promise<HttpTarget & { readonly pid: number }> {
  const child = startChild([process.execPath, fileURLToPath(new URL('upstream.ts', import.meta.url))])
  return {
    name: 'direct',
    pid: child.pid,
    url: `http://127.0.0.1:${await child.port}/mcp`,
    pids: [],
    stop: child.stop,
  }
}

/** The bare Node reverse proxy in front of `upstream`. */
export async function startBareProxy(upstream: URL): Promise<HttpTarget> {
  const program = fileURLToPath(new URL('bare-proxy.ts', import.meta.url))
  const child = startChild([process.execPath, program, upstream.href])
  const url = `http://127.0.0.1:${await child.port}${upstream.pathname}`
  return { name: BARE_PROXY, url, pids: [child.pid], stop: child.stop }
}
