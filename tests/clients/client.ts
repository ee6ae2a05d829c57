/**
 * What a test needs of an MCP client, whichever SDK or program is behind it.
 *
 * Real clients differ in ways that a gateway must survive: handshake or envelope, probes in sibling processes, sessions.
 * Each driver wraps one of them and hides nothing but its spelling.
 */
export type ClientEra = 'legacy' | 'modern'

/** Where a client connects to. */
export type Target =
  | {
      readonly kind: 'stdio'
      readonly command: string
      readonly args: readonly string[]
      readonly cwd?: string
      /** Added to the small environment that clients give a server. */
      readonly env?: Readonly<Record<string, string>>
    }
  | {
      /** Streamable HTTP, or HTTP+SSE of 2024-11-05. */
      readonly kind: 'http' | 'sse'
      readonly url: string
      readonly headers?: Readonly<Record<string, string>>
    }

export interface NamedItem {
  readonly name: string
  readonly description?: string | undefined
}

export interface CallResult {
  readonly content: readonly { readonly type: string; readonly text?: string }[]
  readonly isError: boolean
  readonly structuredContent?: unknown
}

export interface Progress {
  readonly progress: number
  readonly total?: number | undefined
  readonly message?: string | undefined
}

export interface CallOptions {
  readonly onProgress?: (progress: Progress) => void
  /** Aborting it cancels the call: the server is told, the promise rejects. */
  readonly signal?: AbortSignal
}

/** An answer to a server's form, as the person behind the client gives it. */
export interface FormAnswer {
  readonly action: 'accept' | 'decline' | 'cancel'
  readonly content?: Readonly<Record<string, string | number | boolean | string[]>>
}

export interface ConnectOptions {
  /** Answers forms; a driver that is given none declares no elicitation. */
  readonly elicit?: (message: string) => FormAnswer
}

export interface Connection {
  /** What was negotiated. */
  readonly era: ClientEra
  readonly instructions: string | undefined
  listTools(): Promise<readonly NamedItem[]>
  callTool(name: string, args: Record<string, unknown>, options?: CallOptions): Promise<CallResult>
  listPrompts(): Promise<readonly NamedItem[]>
  /** The texts of the messages, joined by newlines. */
  getPrompt(name: string, args: Record<string, string>): Promise<string>
  listResources(): Promise<readonly { readonly uri: string; readonly name: string }[]>
  /** The text of the contents, joined by newlines; base64 for bytes. */
  readResource(uri: string): Promise<string>
  close(): Promise<void>
}

export interface ClientDriver {
  readonly name: string
  /** The eras it can speak, oldest first. */
  readonly eras: readonly ClientEra[]
  /** True when it can show progress, cancel, and answer forms; a command-line program cannot. */
  readonly interactive: boolean
  /** True when it can be made to speak HTTP+SSE. */
  readonly sse: boolean
  connect(target: Target, options?: ConnectOptions): Promise<Connection>
}

/** The texts of prompt messages, for drivers. */
export function textOfMessages(messages: readonly { readonly content: unknown }[]): string {
  return messages.map(({ content }) => (isText(content) ? content.text : JSON.stringify(content))).join('\n')
}

/** The text or base64 of resource contents, for drivers. */
export function textOfContents(contents: readonly object[]): string {
  return contents
    .map((part) => ('text' in part ? String(part.text) : 'blob' in part ? String(part.blob) : ''))
    .join('\n')
}

function isText(content: unknown): content is { text: string } {
  return (
    typeof content === 'object' && content !== null && 'text' in content && typeof content.text === 'string'
  )
}
