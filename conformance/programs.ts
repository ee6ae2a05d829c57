/** The two programs under test, started as a person would start them: the fixture, and the gateway in front of it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { FixtureEra } from './fixture/server.ts'

const FIXTURE = fileURLToPath(new URL('./fixture/main.ts', import.meta.url))
const GATEWAY = fileURLToPath(new URL('../packages/gateway/src/cli/main.ts', import.meta.url))

/** Long enough for a cold start on a busy machine. */
const START_MS = 20_000
/** After this a program that was asked to stop is killed. */
const STOP_MS = 10_000

export interface Running {
  readonly url: string
  stop(): Promise<void>
}

/** How the gateway reaches the fixture. */
export type FixtureSource = { readonly url: string } | { readonly command: readonly string[] }

/** Starts the fixture over HTTP on a free port. */
export async function startFixture(era: FixtureEra): Promise<Running> {
  const child = spawn(process.execPath, [FIXTURE, '--http', '0', '--era', era], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await Promise.race([
    once(child.stdout, 'data', { signal: AbortSignal.timeout(START_MS) }),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`the fixture ended with code ${code}`))),
  ])
  const url = /^listening (\S+)/.exec(String(line))?.[1]
  if (url === undefined)
    throw new Error(`the fixture said ${JSON.stringify(String(line))}, not where it listens`)
  return { url, stop: () => stop(child) }
}

/** The command of the fixture over stdio. */
export function fixtureCommand(era: FixtureEra): readonly string[] {
  return [process.execPath, FIXTURE, '--stdio', '--era', era]
}

/** Starts `sallyport serve` with the fixture as its only server; `folder` receives config, audit and log. */
export async function startGateway(source: FixtureSource, era: FixtureEra, folder: string): Promise<Running> {
  const port = await freePort()
  const config = join(folder, 'sallyport.yaml')
  const server = { ...source, era, trust: 'trusted' }
  await writeFile(
    config,
    // JSON is YAML: the file needs no writer of its own.
    JSON.stringify(
      {
        version: 1,
        servers: { fixture: server },
        listen: { http: `127.0.0.1:${port}` },
        audit: { dir: join(folder, 'audit') },
      },
      null,
      2,
    ),
  )
  const child = spawn(process.execPath, [GATEWAY, 'serve', '--config', config], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Keys, caches and state of its own: a run neither uses nor leaves anything of the person's gateway.
    env: { ...process.env, NO_COLOR: '1', ...homesIn(folder) },
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  }
  const running: Running = {
    url: `http://127.0.0.1:${port}/mcp/fixture`,
    async stop() {
      await stop(child)
      await writeFile(join(folder, 'gateway.log'), said)
    },
  }
  try {
    await ready(`http://127.0.0.1:${port}/readyz`, child)
  } catch (error) {
    await running.stop()
    throw new Error(`the gateway did not get ready: ${String(error)}\n${said.slice(-3000)}`)
  }
  return running
}

function homesIn(folder: string): Record<string, string> {
  const kinds = ['CONFIG', 'DATA', 'STATE', 'CACHE', 'RUNTIME']
  return Object.fromEntries(
    kinds.map((kind) => [kind === 'RUNTIME' ? 'XDG_RUNTIME_DIR' : `XDG_${kind}_HOME`, join(folder, kind)]),
  )
}

async function ready(url: string, child: ChildProcess): Promise<void> {
  const until = Date.now() + START_MS
  let last = 'nothing was tried'
  while (Date.now() < until) {
    if (child.exitCode !== null) throw new Error(`it ended with code ${child.exitCode}`)
    try {
      const response = await fetch(url)
      await response.arrayBuffer()
      if (response.ok) return
      last = `${url} answered ${response.status}`
    } catch (error) {
      last = error instanceof Error ? String(error.cause ?? error) : String(error)
    }
    await pause(100)
  }
  throw new Error(last)
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  child.kill('SIGTERM')
  await ended
  clearTimeout(timer)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port was assigned')
  return address.port
}
