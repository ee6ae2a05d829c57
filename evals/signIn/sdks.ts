/** The clients of both SDKs, each in its own era, behind one face. */
import {
  Client as ClientV2,
  StreamableHTTPClientTransport as TransportV2,
} from '@modelcontextprotocol/client'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { HostMemory } from './host.ts'

/** A conversation that is open. */
export interface Conversation {
  tools(): Promise<readonly string[]>
  /** The text of the first part of the answer. */
  call(name: string, args: Record<string, unknown>): Promise<string>
  /** Hands over what the browser brought, after a call sent its person there. */
  finish(answer: URLSearchParams): Promise<void>
  close(): Promise<void>
}

export interface Sdk {
  readonly name: string
  /**
   * Asked for more scopes, it refreshes as long as it has a refresh token, which gives no more, and then gives up; only
   * without one it sends its person to the sign-in.
   */
  readonly refreshesForScopes: boolean
  /** Rejects where its person has to sign in first; then `finishFirst`, then again. */
  open(url: URL, memory: HostMemory): Promise<Conversation>
  finishFirst(url: URL, memory: HostMemory): Promise<void>
}

const textOf = (result: unknown): string => {
  const [first] = (result as { readonly content: readonly { readonly text?: string }[] }).content
  return first?.text ?? ''
}

export const SDK_V2: Sdk = {
  name: 'SDK v2 client, 2026-07-28',
  refreshesForScopes: false,
  async open(url, memory) {
    const transport = new TransportV2(url, { authProvider: memory as never })
    const client = new ClientV2({ name: 'journey', version: '1' })
    await client.connect(transport)
    return {
      tools: async () => (await client.listTools()).tools.map(({ name }) => name),
      call: async (name, args) => textOf(await client.callTool({ name, arguments: args })),
      finish: async (answer) => await transport.finishAuth(answer),
      close: async () => await client.close(),
    }
  },
  async finishFirst(url, memory) {
    await new TransportV2(url, { authProvider: memory as never }).finishAuth(memory.answer)
  },
}

export const SDK_V1: Sdk = {
  name: 'SDK v1 client, 2025-11-25',
  refreshesForScopes: true,
  async open(url, memory) {
    const transport = new TransportV1(url, { authProvider: memory as never })
    const client = new ClientV1({ name: 'journey', version: '1' })
    // The types of the SDK do not agree with `exactOptionalPropertyTypes`.
    await client.connect(transport as never)
    return {
      tools: async () => (await client.listTools()).tools.map(({ name }) => name),
      call: async (name, args) => textOf(await client.callTool({ name, arguments: args })),
      finish: async (answer) => await transport.finishAuth(answer.get('code') ?? ''),
      close: async () => await client.close(),
    }
  },
  async finishFirst(url, memory) {
    await new TransportV1(url, { authProvider: memory as never }).finishAuth(memory.answer.get('code') ?? '')
  },
}
