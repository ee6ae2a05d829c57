/** The two programs under test, started as a person would start them: the fixture, and the gateway in front of it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { answering } from '../tests/programs/answering.ts'
import { endProgram } from '../tests/programs/endProgram.ts'
import { freePort } from '../tests/programs/freePort.ts'
import type { FixtureEra } from './fixture/server.ts'

const FIXTURE = fileURLToPath(new URL('./fixture/main.ts', import.meta.url))
const GATEWAY = fileURLToPath(new URL('../packages/gateway/src/cli/main.ts', import.meta.url))

/** Long enough for a cold start on a busy machine. */
const START_MS = 20_000

export interface Running {
  readonly url: string
  stop(): Promise<void>
}

/** How the gateway reaches the fixture. */
export type FixtureSource =
  | { readonly url: string; readonly oauth?: object }
  | { readonly command: readonly string[] }

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
  return { url, stop: () => endProgram(child) }
}

/** The command of the fixture over stdio. */
export function fixtureCommand(era: FixtureEra): readonly string[] {
  return [process.execPath, FIXTURE, '--stdio', '--era', era]
}

/** Starts `sallyport serve` with the fixture as its only server; `folder` receives config, audit and log. */
export async function startGateway(source: FixtureSource, era: FixtureEra, folder: string): Promise<Running> {
  const port = await freePort()
  const config = join(folder, 'sallyport.yaml')
  const server = { ...source, era, trust: 'trusted', confirm: 'never' }
  await writeFile(
    config,
    // JSON is YAML: the file needs no writer of its own.
    JSON.stringify(
      {
        version: 1,
        servers: { fixture: server },
        flow: 'note',
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
      await endProgram(child)
      await writeFile(join(folder, 'gateway.log'), said)
    },
  }
  try {
    await answering(`http://127.0.0.1:${port}/readyz`, child, (response) => response.ok)
  } catch (error) {
    await running.stop()
    throw new Error(`the gateway did not get ready: ${String(error)}\n${said.slice(-3000)}`)
  }
  return running
}

/** Keys, caches and state of a run of its own. */
export function homesIn(folder: string): Record<string, string> {
  const kinds = ['CONFIG', 'DATA', 'STATE', 'CACHE', 'RUNTIME']
  return Object.fromEntries(
    kinds.map((kind) => [kind === 'RUNTIME' ? 'XDG_RUNTIME_DIR' : `XDG_${kind}_HOME`, join(folder, kind)]),
  )
}
