/** Ways through the gateway: its four front doors for clients, each a program started as a person would start it. */
import { spawn } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exposeName } from '../../packages/gateway/src/protocol/names.ts'
import { endDaemonsIn } from '../gateway/daemons.ts'
import { SALLYPORT } from '../program.ts'
import { answering } from '../programs/answering.ts'
import { endProgram } from '../programs/endProgram.ts'
import { freePort } from '../programs/freePort.ts'
import type { OpenRoute, Route } from './routes.ts'
import { type ExampleServer, REPOSITORY } from './servers.ts'
import { explained, tailOf } from './stderrTail.ts'

/** `sallyport serve`, and the client at `/mcp`: all servers, under `server__tool`. */
export const gatewayHttp: Route = {
  name: 'HTTP, sallyport serve, /mcp',
  reaches: () => true,
  bridges: true,
  open: (servers, scratch) => openServe(servers, scratch, aggregated),
}

/** `sallyport serve`, and the client at `/mcp/SERVER`: one server under its own names. */
export const gatewayHttpOne: Route = {
  name: 'HTTP, sallyport serve, /mcp/SERVER',
  reaches: () => true,
  bridges: true,
  open: (servers, scratch) => openServe(servers, scratch, alone),
}

/** `sallyport serve`, and a client of 2024-11-05 at `/sse`. */
export const gatewaySse: Route = {
  name: 'HTTP+SSE, sallyport serve, /sse',
  reaches: () => true,
  bridges: true,
  only: 'sse',
  open: (servers, scratch) => openServe(servers, scratch, aggregated, 'sse'),
}

/** `sallyport serve`, and a client of 2024-11-05 at `/sse/SERVER`. */
export const gatewaySseOne: Route = {
  name: 'HTTP+SSE, sallyport serve, /sse/SERVER',
  reaches: () => true,
  bridges: true,
  only: 'sse',
  open: (servers, scratch) => openServe(servers, scratch, alone, 'sse'),
}

/** The client starts `sallyport stdio --standalone --config FILE`. */
export const gatewayStdio: Route = {
  name: 'stdio, sallyport stdio --standalone',
  reaches: () => true,
  bridges: true,
  open: async (_servers, scratch) => ({
    async to(server) {
      const { config, env } = await prepare([server], scratch)
      const args = [SALLYPORT, '--config', config, 'stdio', '--standalone']
      return {
        target: { kind: 'stdio', command: process.execPath, args, env },
        rename: aggregated(server).rename,
      }
    },
    close: async () => {},
  }),
}

/** The client starts `sallyport stdio --config FILE`, which relays to a daemon: one a server, for all clients. */
export const gatewayRelay: Route = {
  name: 'stdio, sallyport stdio',
  reaches: () => true,
  bridges: true,
  open: async (_servers, scratch) => ({
    async to(server) {
      const { config, env } = await prepare([server], scratch)
      return {
        target: {
          kind: 'stdio',
          command: process.execPath,
          args: [SALLYPORT, '--config', config, 'stdio'],
          env,
        },
        rename: aggregated(server).rename,
      }
    },
    close: () => endDaemonsIn(scratch),
  }),
}

/** The client starts `sallyport run -- CMD`, as it would have started CMD. */
export const gatewayRun: Route = {
  name: 'stdio, sallyport run -- CMD',
  reaches: () => true,
  bridges: true,
  open: async (_servers, scratch) => ({
    async to(server) {
      const { env } = await prepare([], scratch)
      const passed = Object.keys(server.env ?? {})
      const options = passed.length > 0 ? ['--env', ...passed] : []
      const args = [
        SALLYPORT,
        'run',
        '--trust',
        'trusted',
        '--confirm',
        'never',
        ...options,
        '--',
        process.execPath,
        ...server.args,
      ]
      return {
        target: {
          kind: 'stdio',
          command: process.execPath,
          args,
          cwd: REPOSITORY,
          env: { ...env, ...server.env },
        },
        rename: asItIs,
      }
    },
    close: async () => {},
  }),
}

type Place = { readonly path: string; rename(name: string): string }

const asItIs = (name: string): string => name
const alone = ({ id }: ExampleServer): Place => ({ path: `/${id}`, rename: asItIs })
const aggregated = ({ id }: ExampleServer): Place => ({ path: '', rename: (name) => exposeName(id, name) })

async function openServe(
  servers: readonly ExampleServer[],
  scratch: string,
  place: (server: ExampleServer) => Place,
  kind: 'http' | 'sse' = 'http',
): Promise<OpenRoute> {
  const port = await freePort()
  const { config, env } = await prepare(servers, scratch, port)
  const child = spawn(process.execPath, [SALLYPORT, '--config', config, 'serve'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
  })
  const tail = tailOf(child.stderr)
  const base = `http://127.0.0.1:${port}`
  try {
    await explained(
      answering(`${base}/readyz`, child, (response) => response.ok),
      tail,
    )
  } catch (error) {
    await endProgram(child)
    throw error
  }
  return {
    async to(server) {
      const { path, rename } = place(server)
      const door = kind === 'http' ? 'mcp' : 'sse'
      return { target: { kind, url: `${base}/${door}${path}` }, rename }
    },
    close: () => endProgram(child),
  }
}

/** A configuration with these servers, and folders that are nobody else's. */
async function prepare(
  servers: readonly ExampleServer[],
  scratch: string,
  port = 0,
): Promise<{ config: string; env: Record<string, string> }> {
  const folder = await mkdtemp(join(scratch, 'gateway-'))
  const config = join(folder, 'sallyport.yaml')
  const entries = servers.map(({ id, args, env }) => [
    id,
    {
      command: [process.execPath, ...args],
      cwd: REPOSITORY,
      trust: 'trusted',
      confirm: 'never',
      ...(env ? { env } : {}),
    },
  ])
  await writeFile(
    config,
    JSON.stringify({
      version: 1,
      servers: Object.fromEntries(entries),
      listen: { http: `127.0.0.1:${port}` },
      audit: { dir: join(folder, 'audit') },
    }),
  )
  const homes = ['XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_STATE_HOME', 'XDG_CACHE_HOME', 'XDG_RUNTIME_DIR']
  return { config, env: Object.fromEntries(homes.map((name) => [name, join(folder, name.toLowerCase())])) }
}
