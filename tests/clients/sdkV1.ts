/** The TypeScript SDK v1 as a client: what most hosts still embed. Legacy only. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { CallToolResultSchema, ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import {
  type ClientDriver,
  type ConnectOptions,
  type Target,
  textOfContents,
  textOfMessages,
} from './client.ts'
import { explained, tailOf } from './stderrTail.ts'

export const sdkV1: ClientDriver = {
  name: 'SDK v1',
  eras: ['legacy'],
  interactive: true,
  sse: true,
  async connect(target, options = {}) {
    const client = new Client(
      { name: 'test-sdk-v1', version: '1.0.0' },
      { capabilities: options.elicit ? { elicitation: {} } : {} },
    )
    answerForms(client, options)
    const transport = transportTo(target)
    const tail = tailOf(transport instanceof StdioClientTransport ? transport.stderr : null)
    await explained(client.connect(transport), tail)
    return {
      era: 'legacy',
      instructions: client.getInstructions(),
      listTools: async () => (await client.listTools()).tools,
      async callTool(name, args, { onProgress, signal } = {}) {
        const called = await client.callTool({ name, arguments: args }, CallToolResultSchema, {
          ...(onProgress === undefined ? {} : { onprogress: onProgress }),
          ...(signal === undefined ? {} : { signal }),
        })
        const result = CallToolResultSchema.parse(called)
        return {
          content: result.content,
          isError: result.isError === true,
          structuredContent: result.structuredContent,
        }
      },
      listPrompts: async () => (await client.listPrompts()).prompts,
      getPrompt: async (name, args) =>
        textOfMessages((await client.getPrompt({ name, arguments: args })).messages),
      listResources: async () => (await client.listResources()).resources,
      readResource: async (uri) => textOfContents((await client.readResource({ uri })).contents),
      close: () => client.close(),
    }
  },
}

function transportTo(target: Target): Transport {
  if (target.kind === 'sse') {
    return new SSEClientTransport(new URL(target.url), { requestInit: { headers: { ...target.headers } } })
  }
  if (target.kind !== 'stdio') {
    // The transport's own type predates exactOptionalPropertyTypes.
    return new StreamableHTTPClientTransport(new URL(target.url), {
      requestInit: { headers: { ...target.headers } },
    }) as Transport
  }
  const { command, args, cwd, env } = target
  return new StdioClientTransport({
    command,
    args: [...args],
    stderr: 'pipe',
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env: { ...env } }),
  })
}

function answerForms(client: Client, { elicit }: ConnectOptions): void {
  if (elicit === undefined) return
  client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
    const { action, content } = elicit(params.message)
    return content === undefined ? { action } : { action, content: { ...content } }
  })
}
