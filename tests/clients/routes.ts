/** Ways from a client to an example server. Each opens a target and says what a tool is called on the way. */
import { type ChildProcess, spawn } from 'node:child_process'
import { answering } from '../programs/answering.ts'
import { endProgram } from '../programs/endProgram.ts'
import { freePort } from '../programs/freePort.ts'
import type { Target } from './client.ts'
import { type ExampleServer, REPOSITORY } from './servers.ts'

/** Where one server is reached on a route. */
export interface Reach {
  readonly target: Target
  /** What a tool or prompt of the server is called by a client on this route. */
  rename(name: string): string
}

export interface OpenRoute {
  to(server: ExampleServer): Promise<Reach>
  close(): Promise<void>
}

export interface Route {
  readonly name: string
  /** Whether this server can be reached this way at all. */
  reaches(server: ExampleServer): boolean
  /** Clients of either era reach servers of either, each in the newest era it speaks. */
  readonly bridges?: boolean
  /** Set where a route carries one era only: clients that can speak it do, the others are not tried. */
  readonly only?: 'sse'
  /** Starts what all clients share. `scratch` is a folder for files that the route needs. */
  open(servers: readonly ExampleServer[], scratch: string): Promise<OpenRoute>
}

const asItIs = (name: string): string => name

/** The client starts the server itself. */
export const directStdio: Route = {
  name: 'stdio, direct',
  reaches: () => true,
  open: async () => ({
    async to({ args, env }) {
      const target: Target = {
        ...{ kind: 'stdio', command: process.execPath, args, cwd: REPOSITORY },
        ...(env ? { env } : {}),
      }
      return { target, rename: asItIs }
    },
    close: async () => {},
  }),
}

/** The server listens on a free port of loopback. */
export const directHttp: Route = {
  name: 'HTTP, direct',
  reaches: ({ http }) => http !== undefined,
  async open() {
    const children: ChildProcess[] = []
    return {
      async to(server) {
        const { args, port: passed } = server.http ?? { args: server.args, port: 'env' }
        const port = await freePort()
        const child = spawn(process.execPath, passed === 'appended' ? [...args, String(port)] : args, {
          cwd: REPOSITORY,
          stdio: 'ignore',
          env: { ...process.env, ...server.env, PORT: String(port) },
        })
        children.push(child)
        const url = `http://127.0.0.1:${port}/mcp`
        await answering(url, child)
        return { target: { kind: 'http', url }, rename: asItIs }
      },
      close: async () => void (await Promise.all(children.map(endProgram))),
    }
  },
}
