/** How long it takes from starting a program until it answered the first `tools/list`, as a host does it. */
import { spawn } from 'node:child_process'
import { HANDSHAKE } from '../mcp/messages.ts'
import { eachLine } from '../stdio/lines.ts'

const LIST = JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'tools/list' })
const PATIENCE_MS = 30_000

export type Command = readonly [string, ...string[]]

/** A started program that has answered. It runs until `end`. */
export interface Listed {
  readonly ms: number
  readonly pid: number
  readonly tools: number
  /** Hangs up, as a host does, and waits until it has ended. */
  end(): Promise<void>
}

/** Starts it, shakes hands as a legacy client, lists. Rejects when it ends or says nothing. */
export async function listOnce(command: Command, env: NodeJS.ProcessEnv): Promise<Listed> {
  const [program, ...args] = command
  const began = performance.now()
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-2000)
  })
  const { promise, resolve, reject } = Promise.withResolvers<Omit<Listed, 'end' | 'pid'>>()
  const exited = new Promise<void>((done) => child.once('exit', () => done()))
  child.once('error', reject)
  child.once('exit', (code, signal) =>
    reject(new Error(`${command.join(' ')} ended (${code ?? signal}): ${errors}`)),
  )
  child.stdin.on('error', () => undefined) // its exit, above, says why
  const timer = setTimeout(
    () => reject(new Error(`${command.join(' ')} listed nothing within ${PATIENCE_MS} ms: ${errors}`)),
    PATIENCE_MS,
  )
  child.stdout.on(
    'data',
    eachLine((line) => {
      const message: { id?: unknown; method?: unknown; error?: unknown; result?: { tools?: unknown[] } } =
        JSON.parse(line)
      if (message.method !== undefined) return
      if (message.error !== undefined) reject(new Error(`an error instead of an answer: ${line}`))
      else if (message.id === 1) child.stdin.write(`${HANDSHAKE[1]}\n${LIST}\n`)
      else resolve({ ms: performance.now() - began, tools: message.result?.tools?.length ?? 0 })
    }),
  )
  child.stdin.write(`${HANDSHAKE[0]}\n`)
  const end = async () => {
    child.stdin.end()
    const late = setTimeout(() => child.kill('SIGKILL'), 5000)
    await exited
    clearTimeout(late)
  }
  try {
    return { ...(await promise), pid: child.pid ?? 0, end }
  } catch (error) {
    await end()
    throw error
  } finally {
    clearTimeout(timer)
  }
}

/** How long a program runs that ends by itself, in milliseconds. */
export async function runOnce(command: Command, env: NodeJS.ProcessEnv): Promise<number> {
  const [program, ...args] = command
  const began = performance.now()
  const child = spawn(program, args, { stdio: 'ignore', env })
  await new Promise<void>((resolve, reject) => child.once('exit', () => resolve()).once('error', reject))
  return performance.now() - began
}
