/** Servers from npm behind a gateway, each with a witness that says what reached it: they keep no log themselves. */
import { fileURLToPath } from 'node:url'
import type { Answer, Home } from './harness.ts'
import { PlainClient } from './plainClient.ts'

const WATCHED = fileURLToPath(new URL('../../examples/stories/watched.ts', import.meta.url))

const MODULES = {
  everything: '@modelcontextprotocol/server-everything/dist/index.js',
  fetch: '@tokenizin/mcp-npx-fetch/dist/index.js',
  files: '@modelcontextprotocol/server-filesystem/dist/index.js',
  memory: '@modelcontextprotocol/server-memory/dist/index.js',
  postgres: '@modelcontextprotocol/server-postgres/dist/index.js',
} as const

export type NpmServer = keyof typeof MODULES

/** The command of a server whose witness is the file `NAME.log` of this home. */
export function watched(home: Home, name: string, server: NpmServer, ...args: readonly string[]): string[] {
  const module = fileURLToPath(new URL(`../../node_modules/${MODULES[server]}`, import.meta.url))
  return [process.execPath, WATCHED, home.path(`${name}.log`), process.execPath, module, ...args]
}

const ASKED = new Set(['tools/call', 'resources/read', 'prompts/get'])

/** How many calls, readings and prompts reached the server so far. */
export function reached(home: Home, name: string): number {
  return home.witness(`${name}.log`).filter(({ method }) => ASKED.has(method)).length
}

/** A server's tools, called through a gateway by a client of this era. */
export class Calls {
  readonly #client: PlainClient

  private constructor(client: PlainClient) {
    this.#client = client
  }

  static async at(url: string, name: string, era: 'legacy' | 'modern'): Promise<Calls> {
    const { client } = await PlainClient.connect(`${url}/${name}`, era)
    await client.request('tools/list')
    return new Calls(client)
  }

  request(method: string, params: object = {}): Promise<Answer> {
    return this.#client.request(method, params)
  }

  call(name: string, args: object): Promise<Answer> {
    return this.request('tools/call', { name, arguments: args })
  }

  close(): Promise<void> {
    return this.#client.close()
  }
}
