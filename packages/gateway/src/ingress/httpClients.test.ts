import {
  Client as ModernClient,
  StreamableHTTPClientTransport as ModernTransport,
} from '@modelcontextprotocol/client'
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import {
  CreateMessageRequestSchema,
  LoggingMessageNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { afterEach, describe, expect, it } from 'vitest'
import type { Inbound } from '../protocol/message.ts'
import { openDoor, type TestDoor } from './testing/httpDoor.ts'
import { noteBytes, resultBytes, type Script } from './testing/scriptedFront.ts'

let door: TestDoor | undefined
afterEach(async () => {
  await door?.ingress.close()
  door = undefined
})

const tools = [{ name: 'greet', description: 'greets', inputSchema: { type: 'object' } }]
const text = (words: string) => ({ content: [{ type: 'text', text: words }] })

/** A gateway of one tool that says something on the way and, in the legacy era, asks the client for a sample. */
function greeter(): Script {
  const waiting = new Map<string, (sample: Inbound) => void>()
  return {
    modern(message, reply) {
      const finish = (result: object) =>
        reply.finish(resultBytes(message.id, { resultType: 'complete', ...result }), 200)
      if (message.method === 'server/discover') {
        finish({
          supportedVersions: ['2026-07-28'],
          capabilities: { tools: {} },
          ttlMs: 0,
          cacheScope: 'private',
        })
      } else if (message.method === 'tools/list') {
        finish({ tools, ttlMs: 0, cacheScope: 'private' })
      } else {
        const meta = message.params._meta as { progressToken?: unknown }
        reply.notify(noteBytes('notifications/progress', { progressToken: meta.progressToken, progress: 1 }))
        finish(text('hello'))
      }
    },
    legacy(message, port) {
      if (message.kind === 'result') waiting.get(String(message.id))?.(message)
      if (message.kind !== 'request' || message.id === undefined) return
      const { id } = message
      const finish = (result: object) => port.send(resultBytes(id, result), { relatedTo: id, final: true })
      if (message.method === 'initialize') {
        const { protocolVersion } = message.params
        finish({
          protocolVersion,
          capabilities: { tools: {}, logging: {} },
          serverInfo: { name: 'gate', version: '0' },
        })
      } else if (message.method === 'tools/list') {
        finish({ tools })
      } else if (message.method === 'tools/call') {
        port.send(noteBytes('notifications/message', { level: 'info', data: 'apart' }), { final: false })
        waiting.set('77', (sample) => finish(text(JSON.stringify(sample.value.result))))
        const params = { messages: [], maxTokens: 5 }
        const ask = { jsonrpc: '2.0', id: 77, method: 'sampling/createMessage', params }
        port.send(Buffer.from(JSON.stringify(ask)), { relatedTo: id, final: false })
      } else {
        finish({})
      }
    },
  }
}

describe('real clients are served', () => {
  it('SDK v1: session, GET stream, sampling on the way of a call, end of session', async () => {
    door = await openDoor({ script: greeter() })
    const client = new LegacyClient({ name: 'v1', version: '0' }, { capabilities: { sampling: {} } })
    client.setRequestHandler(CreateMessageRequestSchema, () => ({
      model: 'm',
      role: 'assistant',
      content: { type: 'text', text: 'sampled' },
    }))
    const logged = new Promise((resolve) =>
      client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => resolve(params.data)),
    )
    const transport = new LegacyTransport(new URL(door.url))
    await client.connect(transport as unknown as Transport)
    expect((await client.listTools()).tools.map((tool) => tool.name)).toEqual(['greet'])
    const result = await client.callTool({ name: 'greet' })
    expect(JSON.stringify(result.content)).toContain('sampled')
    expect(await logged).toBe('apart')
    await transport.terminateSession()
    await client.close()
    expect(door.front.closed).toEqual(['c1: the client ended it'])
  })

  it('SDK v2 in its legacy mode', async () => {
    door = await openDoor({ script: greeter() })
    const client = new ModernClient({ name: 'v2', version: '0' }, { versionNegotiation: { mode: 'legacy' } })
    await client.connect(new ModernTransport(new URL(door.url)))
    expect((await client.listTools()).tools).toHaveLength(1)
    await client.close()
    expect(door.front.calls.every((call) => call.era === 'legacy')).toBe(true)
  })

  it('SDK v2 finds the modern era by itself, and sees progress on the way of a call', async () => {
    door = await openDoor({ script: greeter() })
    const client = new ModernClient({ name: 'v2', version: '0' }, { versionNegotiation: { mode: 'auto' } })
    await client.connect(new ModernTransport(new URL(door.url)))
    const progress: number[] = []
    const result = await client.callTool(
      { name: 'greet' },
      { onprogress: (step) => progress.push(step.progress) },
    )
    expect([result.content, progress]).toEqual([text('hello').content, [1]])
    await client.close()
    expect(door.front.calls.every((call) => call.era === 'modern')).toBe(true)
    expect(door.front.entries).toEqual([])
  })
})
