/**
 * A real client of either era, with a model that does what the script says and a person who does, too. Everything that
 * reaches it is kept as it came: that is what its model and its screen know.
 */
import {
  Client as ModernClient,
  StreamableHTTPClientTransport as ModernHttp,
} from '@modelcontextprotocol/client'
import { StdioClientTransport as ModernStdio } from '@modelcontextprotocol/client/stdio'
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport as LegacyStdio } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport as LegacyHttp } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import {
  CallToolResultSchema,
  CreateMessageRequestSchema,
  ElicitRequestSchema,
} from '@modelcontextprotocol/sdk/types.js'
import type { Era } from './cells.ts'

export type Target =
  | {
      readonly kind: 'stdio'
      readonly args: readonly string[]
      readonly env: Readonly<Record<string, string>>
    }
  | { readonly kind: 'http'; readonly url: string }

export interface Form {
  readonly message: string
  readonly schema: unknown
}
export interface FormAnswer {
  readonly action: 'accept' | 'decline' | 'cancel'
  readonly content?: Record<string, string>
}

export interface Company {
  /** Fills in forms; without it the client declares no elicitation. */
  readonly person?: (form: Form) => FormAnswer
  /** Answers of the client's model when a server asks it; without it the client declares no sampling. */
  readonly samples?: string
}

/** What became of a call. */
export interface Called {
  readonly isError: boolean
  readonly text: string
  /** Rule of the gateway's refusal, if it was one. */
  readonly refusedBy?: string
}

export interface StoryClient {
  listTools(): Promise<readonly string[]>
  call(name: string, args: Record<string, unknown>, options?: { readonly asTask?: boolean }): Promise<Called>
  close(): Promise<void>
}

/** Adds all that it hears to `heard`: every message, and its greeting. */
export function connect(
  era: Era,
  target: Target,
  company: Company,
  heard: unknown[] = [],
): Promise<StoryClient> {
  return era === 'legacy' ? connectLegacy(target, company, heard) : connectModern(target, company, heard)
}

const INFO = { name: 'story', version: '1.0.0' }

function capabilitiesOf({ person, samples }: Company) {
  return {
    ...(person === undefined ? {} : { elicitation: {} }),
    ...(samples === undefined ? {} : { sampling: {} }),
  }
}

const sampled = (text: string) => ({
  model: 'story',
  role: 'assistant' as const,
  content: { type: 'text' as const, text },
})

async function connectLegacy(target: Target, company: Company, heard: unknown[]): Promise<StoryClient> {
  const client = new LegacyClient(INFO, { capabilities: capabilitiesOf(company) })
  const { person, samples } = company
  if (person !== undefined)
    client.setRequestHandler(ElicitRequestSchema, ({ params }) => ({ ...person(formOf(params)) }))
  if (samples !== undefined) client.setRequestHandler(CreateMessageRequestSchema, () => sampled(samples))
  const transport =
    target.kind === 'http'
      ? // The transport's own type predates exactOptionalPropertyTypes.
        (new LegacyHttp(new URL(target.url)) as Transport)
      : new LegacyStdio({
          command: process.execPath,
          args: [...target.args],
          env: { ...target.env },
          stderr: 'pipe',
        })
  listenTo(transport, heard)
  await client.connect(transport)
  heard.push({ instructions: client.getInstructions() })
  return {
    listTools: async () => (await client.listTools()).tools.map(({ name }) => name),
    async call(name, args, { asTask = false } = {}) {
      const call = { name, arguments: args }
      if (!asTask) return await calledBy(client.callTool(call, CallToolResultSchema))
      const stream = client.experimental.tasks.callToolStream(call, CallToolResultSchema, {
        task: { ttl: 60_000 },
      })
      return await calledBy(lastOf(stream))
    },
    close: () => client.close(),
  }
}

async function lastOf(
  stream: AsyncGenerator<{ readonly type: string; readonly result?: unknown; readonly error?: Error }>,
): Promise<unknown> {
  for await (const { type, result, error } of stream) {
    if (type === 'result') return result
    if (type === 'error') throw error ?? new Error('the task failed')
  }
  throw new Error('the task ended without a result')
}

async function connectModern(target: Target, company: Company, heard: unknown[]): Promise<StoryClient> {
  const client = new ModernClient(INFO, {
    capabilities: capabilitiesOf(company),
    versionNegotiation: { mode: { pin: '2026-07-28' } },
  })
  const { person, samples } = company
  if (person !== undefined)
    client.setRequestHandler('elicitation/create', ({ params }) => ({ ...person(formOf(params)) }))
  if (samples !== undefined) client.setRequestHandler('sampling/createMessage', () => sampled(samples))
  const transport =
    target.kind === 'http'
      ? new ModernHttp(new URL(target.url))
      : new ModernStdio({
          command: process.execPath,
          args: [...target.args],
          env: { ...target.env },
          stderr: 'pipe',
        })
  listenTo(transport, heard)
  await client.connect(transport)
  heard.push({ instructions: client.getInstructions() })
  return {
    listTools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: (name, args) => calledBy(client.callTool({ name, arguments: args })),
    close: () => client.close(),
  }
}

/** Keeps every message before the SDK looks at it. */
function listenTo(transport: { onmessage?: unknown }, heard: unknown[]): void {
  transport.onmessage = (message: unknown) => void heard.push(message)
}

function formOf(params: object): Form {
  const { message, requestedSchema } = params as {
    readonly message: string
    readonly requestedSchema?: unknown
  }
  return { message, schema: requestedSchema }
}

async function calledBy(call: Promise<unknown>): Promise<Called> {
  try {
    const result = (await call) as {
      readonly isError?: boolean
      readonly content?: readonly { readonly text?: string }[]
      readonly _meta?: { readonly 'sallyport/refusal'?: { readonly rule?: string } }
    }
    const text = (result.content ?? []).map((part) => part.text ?? '').join('\n')
    const rule = result._meta?.['sallyport/refusal']?.rule
    return { isError: result.isError === true, text, ...(rule === undefined ? {} : { refusedBy: rule }) }
  } catch (error) {
    const { message, data } = error as Error & { readonly data?: { readonly rule?: string } }
    return {
      isError: true,
      text: message,
      ...(data?.rule === undefined ? {} : { refusedBy: data.rule }),
    }
  }
}
