/** The stdio runs: a server called over its pipe, through a byte pipe, and through `sallyport stdio --standalone`. */
import { fileURLToPath } from 'node:url'
import { GATEWAY, SERVER, writeConfig } from '../gateway.ts'
import { TOOL } from '../mcp/messages.ts'
import { descendantsOf } from '../measure/cpu.ts'
import { startLoad } from '../measure/load.ts'
import { runRounds, type Samples, type Subject } from '../measure/rounds.ts'
import { REQUEST_BYTES, type Workload } from '../workloads.ts'

export interface StdioSuite {
  readonly workloads: readonly Workload[]
  readonly rounds: number
  warmUp(workload: Workload): number
  progress(text: string): void
}

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** Starts everything, measures, stops everything. */
export async function runStdioSuite(suite: StdioSuite): Promise<Samples> {
  await using stack = new AsyncDisposableStack()
  const server = [process.execPath, path('server.ts')] as const
  const setup = await writeConfig({ command: server })
  stack.defer(setup.remove)
  const load = startLoad(new URL('load.ts', import.meta.url))
  stack.defer(load.close)

  const targets: readonly { name: string; tool: string; command: readonly [string, ...string[]] }[] = [
    { name: 'direct', tool: TOOL, command: server },
    {
      name: 'byte pipe',
      tool: TOOL,
      command: [process.execPath, path('byte-pipe.ts'), ...server],
    },
    {
      name: 'sallyport',
      tool: `${SERVER}__${TOOL}`,
      command: [process.execPath, GATEWAY, 'stdio', '--standalone', '--config', setup.configPath],
    },
  ]
  const others = [load.pid]
  const subjects: Subject[] = []
  for (const { name, tool, command } of targets) {
    const pid = await load.start({ kind: 'start', target: name, command })
    const relays = name !== 'direct'
    if (!relays) others.push(pid)
    subjects.push({
      name,
      pids: relays ? [pid] : [],
      call: ({ parallel, resultBytes }, calls) =>
        load.calls({
          kind: 'stdio',
          target: name,
          inFlight: parallel,
          calls,
          tool,
          requestBytes: REQUEST_BYTES,
          resultBytes,
        }),
    })
  }
  const pids = subjects.flatMap(({ pids }) => pids)
  return await runRounds({
    ...suite,
    subjects,
    // What a relay started is its upstream.
    others: () => [...others, ...pids.flatMap(descendantsOf)],
    random: Math.random,
  })
}
