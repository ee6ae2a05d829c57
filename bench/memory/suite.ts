/** Idle memory: a gateway that knows ten servers and has answered a list of all their tools, against a Node that waits. */
import { writeFile } from 'node:fs/promises'
import { freePort } from '../../tests/programs/freePort.ts'
import { writeConfig } from '../gateway.ts'
import { openConnection } from '../http/connection.ts'
import { postOf } from '../http/session.ts'
import { startUpstream } from '../http/suite.ts'
import { ENVELOPE, REVISION } from '../mcp/messages.ts'
import { startChild } from '../measure/child.ts'
import { Readings } from '../measure/readings.ts'
import { makePrivateWorld } from '../privateWorld.ts'
import { listOnce } from '../start/firstList.ts'
import { BARE_NODE } from '../start/suite.ts'
import { settledKb } from './residentKb.ts'

export const SERVE = 'serve'
export const DAEMON = 'daemon'
const SERVERS = 10

export interface MemorySuite {
  /** The bundled program. */
  readonly program: string
  readonly rounds: number
  progress(text: string): void
}

/** MiB of every round. `undefined` where the system does not tell (anything but Linux). */
export async function runMemorySuite(suite: MemorySuite): Promise<Readings | undefined> {
  if (process.platform !== 'linux') return undefined
  const { program, rounds, progress } = suite
  await using stack = new AsyncDisposableStack()
  const upstream = await startUpstream()
  stack.defer(upstream.stop)
  const readings = new Readings()
  for (let round = 1; round <= rounds; round++) {
    progress(`memory, round ${round} of ${rounds}`)
    const measured = await Promise.all([
      bareNode(),
      serve(program, upstream.url),
      daemon(program, upstream.url),
    ])
    for (const [at, name] of [BARE_NODE, SERVE, DAEMON].entries()) {
      const kb = measured[at]
      if (kb !== undefined) readings.add(name, kb / 1024)
    }
  }
  return readings
}

async function bareNode(): Promise<number> {
  await using stack = new AsyncDisposableStack()
  const child = startChild([process.execPath, '-e', 'setInterval(() => {}, 1e9)'])
  stack.defer(child.stop)
  return await settledKb(child.pid)
}

async function serve(program: string, url: string): Promise<number> {
  await using stack = new AsyncDisposableStack()
  const port = await freePort()
  const setup = await configured(url, port)
  stack.defer(setup.remove)
  const world = makePrivateWorld()
  stack.defer(() => world.remove(program))
  const child = startChild(
    [process.execPath, program, '--config', setup.configPath, '--quiet', 'serve'],
    world.env,
  )
  stack.defer(child.stop)
  await child.until(async () => (await tools(port).catch(() => 0)) >= SERVERS, 30_000)
  return await settledKb(child.pid)
}

/** The gateway behind `sallyport stdio`, after its host has gone. `undefined` in a version without one. */
async function daemon(program: string, url: string): Promise<number | undefined> {
  await using stack = new AsyncDisposableStack()
  const setup = await configured(url, await freePort())
  stack.defer(setup.remove)
  const world = makePrivateWorld()
  stack.defer(() => world.remove(program))
  const command = [process.execPath, program, '--config', setup.configPath, 'stdio'] as const
  const listed = await listOnce(command, world.env)
  await listed.end()
  if (listed.tools < SERVERS) throw new Error(`only ${listed.tools} tools of ${SERVERS} servers were listed`)
  const [gateway] = world.gateways(program)
  return gateway && (await settledKb(gateway.pid))
}

/** Ten servers, which are one: what the gateway knows of each it keeps for each. */
async function configured(url: string, port: number) {
  const setup = await writeConfig({ url }, port)
  const server = { url, era: 'modern', trust: 'trusted' }
  const servers = Object.fromEntries(Array.from({ length: SERVERS }, (_, at) => [`up${at}`, server]))
  const config = {
    version: 1,
    servers,
    listen: { http: `127.0.0.1:${port}` },
    audit: { dir: `${setup.dir}/audit` },
    log: { level: 'warn' },
  }
  await writeFile(setup.configPath, JSON.stringify(config))
  return setup
}

/** How many tools the gateway lists. */
async function tools(port: number): Promise<number> {
  const url = new URL(`http://127.0.0.1:${port}/mcp`)
  const connection = await openConnection(url.hostname, port)
  try {
    const request = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: ENVELOPE } }
    const headers = [`mcp-protocol-version: ${REVISION}`, 'mcp-method: tools/list']
    const { body } = await connection.exchange(postOf(url, JSON.stringify(request), headers))
    const answer: { readonly result?: { readonly tools?: readonly unknown[] } } = JSON.parse(body.toString())
    return answer.result?.tools?.length ?? 0
  } finally {
    connection.close()
  }
}
