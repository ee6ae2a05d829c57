/**
 * The MCP Inspector's command line (`mcp-inspector --cli`), a program of its own for each request.
 *
 * `--protocol-era` says what it negotiates; without it a run is legacy. It cannot show progress or answer forms.
 */
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import {
  type CallResult,
  type ClientDriver,
  type ClientEra,
  type NamedItem,
  type Target,
  textOfContents,
  textOfMessages,
} from './client.ts'

const PACKAGE = createRequire(import.meta.url).resolve('@modelcontextprotocol/inspector/package.json')
const PROGRAM = join(dirname(PACKAGE), 'clients/launcher/build/index.js')

export function inspector(era: ClientEra): ClientDriver {
  return {
    name: `Inspector CLI ${era}`,
    eras: [era],
    interactive: false,
    sse: true,
    async connect(target) {
      const folder = await mkdtemp(join(tmpdir(), 'sallyport-inspector-'))
      const config = join(folder, 'servers.json')
      await writeFile(config, JSON.stringify({ mcpServers: { target: entryOf(target) } }))

      const ask = async <T>(method: string, ...args: string[]): Promise<T> => {
        const common = ['--cli', '--config', config, '--server', 'target', '--format', 'json', '--quiet']
        const answer = await run([...common, '--protocol-era', era, '--method', method, ...args], folder)
        return answer as T
      }
      return {
        era,
        instructions: undefined,
        listTools: async () => (await ask<{ tools: NamedItem[] }>('tools/list')).tools,
        async callTool(name, args) {
          const json = JSON.stringify(args)
          const result = await ask<Omit<CallResult, 'isError'> & { isError?: boolean }>(
            'tools/call',
            ...['--tool-name', name, '--tool-args-json', json],
          )
          return { ...result, isError: result.isError === true }
        },
        listPrompts: async () => (await ask<{ prompts: NamedItem[] }>('prompts/list')).prompts,
        async getPrompt(name, args) {
          const pairs = Object.entries(args).map(([key, value]) => `${key}=${value}`)
          const named = ['--prompt-name', name, ...(pairs.length > 0 ? ['--prompt-args', ...pairs] : [])]
          const answer = await ask<{ messages: { content: unknown }[] }>('prompts/get', ...named)
          return textOfMessages(answer.messages)
        },
        listResources: async () =>
          (await ask<{ resources: { uri: string; name: string }[] }>('resources/list')).resources,
        readResource: async (uri) =>
          textOfContents((await ask<{ contents: object[] }>('resources/read', '--uri', uri)).contents),
        close: () => rm(folder, { recursive: true, force: true }),
      }
    },
  }
}

function entryOf(target: Target): object {
  if (target.kind === 'stdio') {
    const { command, args, cwd, env } = target
    return { type: 'stdio', command, args, cwd, env }
  }
  const type = target.kind === 'sse' ? 'sse' : 'streamable-http'
  return { type, url: target.url, headers: target.headers }
}

/** Runs the program once; its only output is `{"result": ...}`, or an error on standard error. */
function run(args: readonly string[], home: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      // A home of its own, so that it neither reads nor writes the settings of whoever runs the tests.
      env: { ...process.env, HOME: home },
    })
    let output = ''
    let errors = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text
    })
    child.once('error', reject)
    child.once('close', (code) => {
      const parsed = output.trim().startsWith('{') ? (JSON.parse(output) as { result?: unknown }) : {}
      // A tool's own error is a result, though the program ends with a code for it.
      if (parsed.result !== undefined) resolve(parsed.result)
      else
        reject(
          new Error(`the inspector ended with code ${code}: ${(errors || output).trim().slice(0, 1_000)}`),
        )
    })
  })
}
