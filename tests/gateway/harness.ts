/**
 * A real gateway in a process of its own, with a home of its own, and the plainest possible clients for it.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SALLYPORT } from '../program.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
export const FAULT_SERVER = join(ROOT, 'tests/gateway/faultServer.ts')

export interface Home {
  readonly dir: string
  readonly env: NodeJS.ProcessEnv
  path(name: string): string
  /** Writes the configuration; gives its path. */
  configure(config: object): string
  /** Lines of a server's witness file. */
  witness(
    name: string,
  ): { readonly method: string; readonly name?: string; readonly text?: string; readonly at: number }[]
  remove(): void
}

/**
 * Nobody answers in most tests: a call that waits for a person need not wait long, and what flows is not asked about. Both
 * have tests of their own.
 */
const WAIT = { approvals: { wait: '1s' }, flow: 'note' }

export function makeHome(): Home {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-test-'))
  const path = (name: string) => join(dir, name)
  return {
    dir,
    path,
    env: { PATH: process.env.PATH, HOME: dir },
    configure(config) {
      const file = path('sallyport.json')
      // Trusted: what tests call is pinned at first sight; what pins do about less trusted ones has tests of its own.
      // Nobody sits there to confirm what writes; that has tests of its own too.
      const defaults = { defaults: { trust: 'trusted', confirm: 'never' } }
      writeFileSync(
        file,
        JSON.stringify({ version: 1, audit: { dir: path('audit') }, ...WAIT, ...defaults, ...config }),
      )
      return file
    },
    witness(name) {
      try {
        return readFileSync(path(name), 'utf8')
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
        throw error
      }
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  }
}

/** Config entry of a fault server on a pipe. */
export function faultOnPipe(
  home: Home,
  name: string,
  era: 'legacy' | 'modern',
  more: readonly string[] = [],
) {
  return {
    command: [
      process.execPath,
      FAULT_SERVER,
      '--era',
      era,
      '--name',
      name,
      '--log',
      home.path(`${name}.log`),
      ...more,
    ],
    era,
  }
}

export type Answer = {
  readonly id?: unknown
  readonly method?: string
  readonly params?: Record<string, unknown>
  readonly result?: Record<string, unknown> & {
    readonly content?: { readonly text: string }[]
    readonly isError?: boolean
  }
  readonly error?: {
    readonly code: number
    readonly message: string
    readonly data?: Record<string, unknown>
  }
}

/** What a person reads of an answer. */
export function textOf({ result, error }: Answer): string {
  return error?.message ?? result?.content?.map(({ text }) => text).join('\n') ?? ''
}

/** A client on the gateway's pipe that sends exactly the text it is given. */
export class PipeClient {
  readonly child: ChildProcess
  readonly lines: string[] = []
  stderr = ''
  readonly #waiting: {
    readonly fits: (answer: Answer, line: string) => boolean
    readonly resolve: (found: { answer: Answer; line: string }) => void
  }[] = []
  readonly exited: Promise<number | null>

  constructor(home: Home, args: readonly string[], program: string = SALLYPORT) {
    this.child = spawn(process.execPath, [program, ...args], { env: home.env, cwd: home.dir, stdio: 'pipe' })
    this.exited = new Promise((resolve) => this.child.on('close', resolve))
    let rest = ''
    this.child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) this.#line(line)
    })
    this.child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      this.stderr += chunk
    })
  }

  #line(line: string): void {
    this.lines.push(line)
    const answer = JSON.parse(line) as Answer
    const at = this.#waiting.findIndex((one) => one.fits(answer, line))
    if (at >= 0) this.#waiting.splice(at, 1)[0]?.resolve({ answer, line })
  }

  send(text: string): void {
    this.child.stdin?.write(`${text}\n`)
  }

  /** The first message from now on that fits. */
  next(fits: (answer: Answer, line: string) => boolean): Promise<{ answer: Answer; line: string }> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ fits, resolve })
      this.exited.then((code) => reject(new Error(`the gateway ended with code ${code}: ${this.stderr}`)))
    })
  }

  async request(id: string | number, method: string, params?: object): Promise<Answer> {
    const found = this.next((answer) => answer.id === id && answer.method === undefined)
    this.send(JSON.stringify({ jsonrpc: '2.0', id, method, ...(params === undefined ? {} : { params }) }))
    return (await found).answer
  }

  async initialize(capabilities: object = {}): Promise<Answer> {
    const answer = await this.request('init', 'initialize', {
      protocolVersion: '2025-11-25',
      capabilities,
      clientInfo: { name: 'test', version: '1' },
    })
    this.send('{"jsonrpc":"2.0","method":"notifications/initialized"}')
    return answer
  }

  call(id: string | number, name: string, args: object = {}, meta?: object): Promise<Answer> {
    return this.request(id, 'tools/call', {
      name,
      arguments: args,
      ...(meta === undefined ? {} : { _meta: meta }),
    })
  }

  async close(): Promise<number | null> {
    this.child.stdin?.end()
    return await this.exited
  }
}

export const ENVELOPE = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
}

/** A gateway that serves HTTP. */
export interface HttpGateway {
  readonly url: string
  readonly child: ChildProcess
  readonly stderr: () => string
  stop(signal?: NodeJS.Signals): Promise<void>
}

export async function startHttpGateway(
  home: Home,
  config: object,
  port = 0,
  program = SALLYPORT,
): Promise<HttpGateway> {
  const file = home.configure({
    ...config,
    listen: { http: `127.0.0.1:${port}`, ...('listen' in config ? (config.listen as object) : {}) },
  })
  const child = spawn(process.execPath, [program, 'serve', '--config', file], {
    env: home.env,
    cwd: home.dir,
    stdio: 'pipe',
  })
  let stderr = ''
  const exited = new Promise<void>((resolve) => child.on('close', () => resolve()))
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk
      const found = /url=(https?:\S+)/.exec(stderr)
      if (found?.[1] !== undefined) resolve(found[1])
    })
    exited.then(() => reject(new Error(`the gateway ended: ${stderr}`)))
  })
  return {
    url,
    child,
    stderr: () => stderr,
    async stop(signal = 'SIGTERM') {
      child.kill(signal)
      await exited
    },
  }
}

/** One modern request over HTTP; the messages of its answer, in order. */
export async function postModern(
  url: string,
  id: string | number,
  method: string,
  params: object,
  options: {
    readonly signal?: AbortSignal
    readonly headers?: Record<string, string>
    readonly meta?: object
  } = {},
): Promise<{ readonly status: number; readonly messages: Answer[]; readonly text: string }> {
  const name = (params as { name?: string; uri?: string }).name ?? (params as { uri?: string }).uri
  const response = await fetch(url, {
    method: 'POST',
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(name === undefined ? {} : { 'mcp-name': name }),
      ...options.headers,
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id,
      method,
      params: { ...params, _meta: { ...ENVELOPE, ...options.meta } },
    }),
  })
  const text = await response.text()
  const messages = response.headers.get('content-type')?.startsWith('text/event-stream')
    ? [...text.matchAll(/^data: (.+)$/gm)].map((match) => JSON.parse(match[1] ?? '') as Answer)
    : [JSON.parse(text) as Answer]
  return { status: response.status, messages, text }
}

/** Processes whose command line contains this text. */
export function processesWith(text: string): number[] {
  const found: number[] = []
  for (const pid of pids()) {
    try {
      if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text)) found.push(pid)
    } catch (error) {
      if (!['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    }
  }
  return found.filter((pid) => pid !== process.pid)
}

function pids(): number[] {
  return (process.getBuiltinModule('node:fs').readdirSync('/proc') as string[])
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
}

/** Waits until the condition holds; fails after `ms` with what was waited for. */
export async function eventually(what: string, holds: () => boolean, ms = 20_000): Promise<void> {
  const end = Date.now() + ms
  while (!holds()) {
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}
