/** What the harness and a load generator say to each other, over the channel between them. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { RequestPlan } from '../mcp/messages.ts'
import { quantile } from './figures.ts'

/** So many calls over HTTP. `keep`: leave the connections open for the next command to the same address. */
export interface HttpCalls extends RequestPlan {
  readonly kind: 'http'
  readonly url: string
  readonly connections: number
  readonly calls: number
  readonly keep: boolean
  /** Sent with every call, in `Authorization`. */
  readonly credential?: string
  /** How a legacy client (`era`) is connected: in a session of Streamable HTTP, or by HTTP+SSE (2024-11-05). */
  readonly session?: 'streamable' | 'sse'
}

/** One call whose answer is a stream of `calls` timed events. */
export interface HttpEvents {
  readonly kind: 'events'
  readonly url: string
  readonly tool: string
  readonly calls: number
  readonly gapMs: number
}

/** So many calls over the pipes of a program that `StdioStart` started. */
export interface StdioCalls extends RequestPlan {
  readonly kind: 'stdio'
  readonly target: string
  readonly inFlight: number
  readonly calls: number
}

export interface StdioStart {
  readonly kind: 'start'
  readonly target: string
  readonly command: readonly [string, ...string[]]
  /** Open a legacy conversation with it. */
  readonly era?: 'legacy'
}

export type LoadCommand = HttpCalls | HttpEvents | StdioCalls | StdioStart

export interface LoadReport {
  readonly calls: number
  readonly seconds: number
  readonly p50Us: number
  readonly p99Us: number
  /** Answers that were not what the call must be answered with, and the first few of them in words. */
  readonly wrong: number
  readonly faults: readonly string[]
}

/** Counts what a generator sees: the time each call took, and whether its answer was right. */
export class Tally {
  readonly #latenciesUs: number[] = []
  readonly #faults: string[] = []
  #wrong = 0

  add(latencyUs: number, fault: string | undefined): void {
    this.#latenciesUs.push(latencyUs)
    if (fault === undefined) return
    this.#wrong++
    if (this.#faults.length < 5) this.#faults.push(fault)
  }

  report(seconds: number): LoadReport {
    return {
      calls: this.#latenciesUs.length,
      seconds,
      p50Us: quantile(this.#latenciesUs, 0.5),
      p99Us: quantile(this.#latenciesUs, 0.99),
      wrong: this.#wrong,
      faults: this.#faults,
    }
  }
}

type Reply = { readonly value: unknown } | { readonly error: string }

/** The generator's side: answers one command after another; ends with the harness, after `end`. */
export function serveLoad<Command>(run: (command: Command) => Promise<unknown>, end = async () => {}): void {
  const reply = (message: Reply) => process.send?.(message)
  process.on('message', (command: Command) => {
    run(command).then(
      (value) => reply({ value }),
      (error: unknown) => reply({ error: error instanceof Error ? error.message : String(error) }),
    )
  })
  process.on('disconnect', () => end().finally(() => process.exit()))
}

export interface Load {
  readonly pid: number
  /** Makes calls and waits for their answers. Rejects when they could not be made at all. */
  calls(command: HttpCalls | HttpEvents | StdioCalls): Promise<LoadReport>
  /** Starts a program to be called over its pipes; resolves with its process id. */
  start(command: StdioStart): Promise<number>
  close(): Promise<void>
}

/** Starts a generator: `http/load.ts` or `stdio/load.ts`. One command at a time. */
export function startLoad(module: URL): Load {
  const child = spawn(process.execPath, [fileURLToPath(module)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const ask = <Answer>(command: LoadCommand) => {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    const onExit = () => reject(new Error('the load generator ended'))
    child.once('exit', onExit)
    child.once('message', (reply: Reply) => {
      child.removeListener('exit', onExit)
      if ('error' in reply) reject(new Error(reply.error))
      else resolve(reply.value as Answer)
    })
    child.send(command)
    return promise
  }
  return {
    pid: child.pid ?? 0,
    calls: (command) => ask<LoadReport>(command),
    start: (command) => ask<number>(command),
    async close() {
      if (child.connected) child.disconnect()
      await exited
    },
  }
}
