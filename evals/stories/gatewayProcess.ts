/** A gateway as a person starts it, for a client on a pipe or over HTTP. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Wire } from './cells.ts'
import type { StoryHome } from './home.ts'
import type { Target } from './storyClient.ts'

export interface GatewayProcess {
  readonly target: Target
  stop(): Promise<void>
}

/** `main.ts` of a source tree. */
export const mainOf = (root: string): string => join(root, 'packages/gateway/src/cli/main.ts')

export async function startGateway(main: string, home: StoryHome, wire: Wire): Promise<GatewayProcess> {
  if (wire === 'stdio') {
    const args = [main, 'stdio', '--standalone', '--config', home.config]
    return { target: { kind: 'stdio', args, env: home.env }, stop: async () => undefined }
  }
  const child = spawn(process.execPath, [main, 'serve', '--config', home.config], {
    env: home.env,
    cwd: home.dir,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const url = await saidBy(child, child.stderr, /url=(http:\S+)/)
  return { target: { kind: 'http', url }, stop: () => end(child) }
}

/** Resolves with what a program says of itself; rejects when it ends before. */
export function saidBy(child: ChildProcess, stream: NodeJS.ReadableStream, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => {
      said += text
      const found = pattern.exec(said)?.[1]
      if (found !== undefined) resolve(found)
    })
    child.once('close', (code) => reject(new Error(`the program ended with code ${code}: ${said}`)))
  })
}

export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000)
  child.kill('SIGTERM')
  await ended
  clearTimeout(timer)
}
