/** The TypeScript SDK v2 as a client: legacy as by default, `auto` as hosts use it, and pinned to the modern revision. */
import { Client, SSEClientTransport, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import {
  type CallOptions,
  type ClientDriver,
  type ClientEra,
  type Connection,
  type ConnectOptions,
  type Target,
  textOfContents,
  textOfMessages,
} from './client.ts'
import { explained, tailOf } from './stderrTail.ts'

export type SdkV2Mode = 'legacy' | 'auto' | 'modern'

const MODES = {
  legacy: { negotiate: 'legacy', eras: ['legacy'] },
  auto: { negotiate: 'auto', eras: ['legacy', 'modern'] },
  modern: { negotiate: { pin: '2026-07-28' }, eras: ['modern'] },
} as const

export function sdkV2(mode: SdkV2Mode): ClientDriver {
  const { negotiate, eras } = MODES[mode]
  return {
    name: `SDK v2 ${mode}`,
    eras,
    interactive: true,
    sse: true,
    async connect(target, options = {}) {
      const client = new Client(
        { name: `test-sdk-v2-${mode}`, version: '1.0.0' },
        {
          capabilities: options.elicit ? { elicitation: {} } : {},
          versionNegotiation: { mode: negotiate },
        },
      )
      answerForms(client, options)
      const transport = transportTo(target)
      const tail = tailOf(transport instanceof StdioClientTransport ? transport.stderr : null)
      await explained(client.connect(transport), tail)
      return connectionOf(client)
    },
  }
}

function transportTo(
  target: Target,
): StdioClientTransport | StreamableHTTPClientTransport | SSEClientTransport {
  if (target.kind === 'sse') {
    return new SSEClientTransport(new URL(target.url), { requestInit: { headers: { ...target.headers } } })
  }
  if (target.kind !== 'stdio') {
    return new StreamableHTTPClientTransport(new URL(target.url), {
      requestInit: { headers: { ...target.headers } },
    })
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
  client.setRequestHandler('elicitation/create', ({ params }) => {
    const { action, content } = elicit(params.message)
    return content === undefined ? { action } : { action, content: { ...content } }
  })
}

function connectionOf(client: Client): Connection {
  const era: ClientEra = client.getProtocolEra() ?? 'legacy'
  return {
    era,
    instructions: client.getInstructions(),
    listTools: async () => (await client.listTools()).tools,
    async callTool(name, args, options = {}) {
      const result = await client.callTool({ name, arguments: args }, requestOptions(options))
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
}

function requestOptions({ onProgress, signal }: CallOptions) {
  return {
    ...(onProgress === undefined ? {} : { onprogress: onProgress }),
    ...(signal === undefined ? {} : { signal }),
  }
}
