/** Processes that the benchmark starts: up when they say so, gone when we say so. */
import { type ChildProcess, spawn } from 'node:child_process'
import type { AddressInfo } from 'node:net'

/** Called by our own children when they listen: one line of JSON on stdout. */
export function announce(address: AddressInfo | string | null): void {
  if (address === null || typeof address === 'string') throw new Error('not listening on a TCP port')
  process.stdout.write(`${JSON.stringify({ port: address.port })}\n`)
}

export interface Child {
  readonly pid: number
  /** Resolves with the port once the child announced it. */
  readonly port: Promise<number>
  /** Asks `ready` every 50 ms until it is true. Rejects when the child ends first, or after `deadlineMs`. */
  until(ready: () => Promise<boolean>, deadlineMs: number): Promise<void>
  stop(): Promise<void>
}

/** Starts a program. A child that does not end within 5 s of SIGTERM is killed. */
export function startChild(
  command: readonly [string, ...string[]],
  env: NodeJS.ProcessEnv = process.env,
): Child {
  const [program, ...args] = command
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env })
  let errors = ''
  let output = ''
  let ended: Error | undefined
  const name = command.join(' ')
  const port = Promise.withResolvers<number>()
  port.promise.catch(() => undefined) // reported to whoever awaits it; children without a port have no such one
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    const line = /^\{"port":(\d+)\}$/m.exec(output)
    if (line) port.resolve(Number(line[1]))
    output = output.slice(-1000)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-4000)
  })
  const exited = new Promise<void>((resolve) => {
    const end = (error: Error) => {
      ended = error
      port.reject(error)
      resolve()
    }
    child.once('error', end)
    child.once('exit', (code, signal) =>
      end(new Error(`${name} ended (${code ?? signal}): ${errors.trim()}`)),
    )
  })
  return {
    pid: child.pid ?? 0,
    port: port.promise,
    async until(ready, deadlineMs) {
      const deadline = performance.now() + deadlineMs
      while (!(await ready())) {
        if (ended) throw ended
        if (performance.now() > deadline)
          throw new Error(`${name} was not ready within ${deadlineMs} ms: ${errors}`)
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    },
    async stop() {
      await stopChild(child, exited)
    },
  }
}

async function stopChild(child: ChildProcess, exited: Promise<void>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000)
  await exited
  clearTimeout(timer)
}
