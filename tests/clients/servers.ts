/** The example servers as targets: the three official ones, legacy, and our modern one. */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ClientEra, FormAnswer } from './client.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface ExampleServer {
  /** Its id in a configuration. */
  readonly id: string
  readonly era: ClientEra
  /** Arguments of `node`, from the repository's root. */
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Arguments that make it serve HTTP, where it can; a port is appended or given as PORT. */
  readonly http?: { readonly args: readonly string[]; readonly port: 'appended' | 'env' }
  readonly tools: readonly string[]
  /** One call and a text that its answer contains. */
  readonly call: { readonly tool: string; readonly args: Record<string, unknown>; readonly answer: string }
  /** A call that reports progress, where it has one. */
  readonly slow?: { readonly tool: string; readonly args: Record<string, unknown>; readonly steps: number }
  /** A call that fails, and a text that says why. */
  readonly wrong: { readonly tool: string; readonly args: Record<string, unknown>; readonly reason: string }
  /** A call that reports progress and takes so long that it has to be cancelled. */
  readonly long?: { readonly tool: string; readonly args: Record<string, unknown> }
  /** A call that asks the person, what it asks, the answer, and a text that the result has then. */
  readonly form?: {
    readonly tool: string
    /** A tool and its arguments whose answer has the id that the call needs, if it needs one. */
    readonly idFrom?: { readonly tool: string; readonly args: Record<string, unknown> }
    readonly question: string
    readonly answer: FormAnswer
    readonly outcome: string
  }
  readonly prompt?: {
    readonly name: string
    readonly args: Record<string, string>
    readonly answer: string
  }
  readonly resource?: { readonly uri: string; readonly answer: string }
}

export const REPOSITORY = ROOT

const EVERYTHING = 'node_modules/@modelcontextprotocol/server-everything/dist/index.js'

/** What servers write goes to a folder of the system's own, one for each run. */
const MEMORY = join(tmpdir(), `sallyport-memory-${process.pid}.jsonl`)

export function exampleServers(): readonly ExampleServer[] {
  return [
    {
      id: 'everything',
      era: 'legacy',
      args: [EVERYTHING, 'stdio'],
      http: { args: [EVERYTHING, 'streamableHttp'], port: 'env' },
      tools: ['echo', 'get-sum', 'trigger-long-running-operation'],
      call: { tool: 'echo', args: { message: 'hello' }, answer: 'hello' },
      slow: { tool: 'trigger-long-running-operation', args: { duration: 0.2, steps: 4 }, steps: 4 },
      wrong: { tool: 'get-sum', args: { a: 'one', b: 2 }, reason: 'get-sum' },
      long: { tool: 'trigger-long-running-operation', args: { duration: 50, steps: 500 } },
      form: {
        tool: 'trigger-elicitation-request',
        question: 'Please provide inputs',
        answer: { action: 'accept', content: { name: 'Ada Lovelace', check: true } },
        outcome: 'Ada Lovelace',
      },
      prompt: { name: 'simple-prompt', args: {}, answer: 'simple prompt' },
      resource: { uri: 'demo://resource/static/document/architecture.md', answer: '#' },
    },
    {
      id: 'memory',
      era: 'legacy',
      args: ['node_modules/@modelcontextprotocol/server-memory/dist/index.js'],
      env: { MEMORY_FILE_PATH: MEMORY },
      tools: ['create_entities', 'read_graph', 'search_nodes'],
      call: { tool: 'read_graph', args: {}, answer: 'entities' },
      wrong: {
        tool: 'add_observations',
        args: { observations: [{ entityName: 'nobody', contents: ['x'] }] },
        reason: 'nobody',
      },
    },
    {
      id: 'files',
      era: 'legacy',
      args: ['node_modules/@modelcontextprotocol/server-filesystem/dist/index.js', 'examples/sample'],
      tools: ['read_text_file', 'list_directory', 'write_file'],
      call: { tool: 'list_directory', args: { path: '.' }, answer: 'README.md' },
      wrong: { tool: 'read_text_file', args: { path: '/etc/passwd' }, reason: 'denied' },
    },
    {
      id: 'notes',
      era: 'modern',
      args: ['examples/modern-server/main.ts'],
      http: { args: ['examples/modern-server/main.ts', '--http'], port: 'appended' },
      tools: ['add_note', 'search_notes', 'import_notes', 'set_reminder', 'delete_note'],
      call: { tool: 'search_notes', args: { words: 'release' }, answer: 'Release plan' },
      slow: {
        tool: 'import_notes',
        args: { notes: ['a', 'b', 'c'].map((title) => ({ title, body: '' })) },
        steps: 3,
      },
      wrong: { tool: 'delete_note', args: { id: '000000000000' }, reason: 'There is no note' },
      long: {
        tool: 'import_notes',
        args: { notes: Array.from({ length: 100 }, (_, at) => ({ title: `long ${at}`, body: '' })) },
      },
      form: {
        tool: 'set_reminder',
        idFrom: { tool: 'search_notes', args: { words: 'Groceries' } },
        question: 'Groceries',
        answer: { action: 'accept', content: { on: '2026-12-24', urgency: 'high' } },
        outcome: '2026-12-24',
      },
      prompt: { name: 'review_notes', args: { tag: 'home' }, answer: 'Groceries' },
      resource: { uri: 'notes://index', answer: 'Groceries' },
    },
  ]
}
