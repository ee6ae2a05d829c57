/** `mcp-remote` as a host starts it: a process with a pipe, a folder of its own, and no browser but the one that is told. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { SignInWorld } from '../auth/signIn/world.ts'

export type RemoteEra = 'legacy' | 'modern'

/** What it keeps of its tokens, in plain JSON. */
interface Kept {
  readonly access_token: string
  readonly refresh_token: string
  readonly scope?: string
  readonly expires_at?: number
}

const PROGRAM = fileURLToPath(new URL('../../node_modules/mcp-remote/dist/proxy.js', import.meta.url))
const PATIENCE_MS = 60_000

export class McpRemote {
  /** How often it sent its person to the sign-in. */
  visits = 0
  readonly #child: ChildProcessWithoutNullStreams
  readonly #folder: string
  #said = ''
  #answers = ''
  #lastId = 0

  private constructor(child: ChildProcessWithoutNullStreams, folder: string) {
    this.#child = child
    this.#folder = folder
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#said += text
    })
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#answers += text
    })
  }

  /** @param port where it waits for its person's browser */
  static async start(world: SignInWorld, era: RemoteEra, port: number): Promise<McpRemote> {
    const folder = world.home.path(`mcp-remote-${era}`)
    // It would open a browser itself: here it finds none, and says where to go.
    const env = { ...world.home.env, MCP_REMOTE_CONFIG_DIR: folder, BROWSER: 'false' }
    const args = [PROGRAM, world.gateway.url, String(port), '--allow-http', '--transport', 'http-only']
    args.push('--host', '127.0.0.1', '--protocol', era === 'legacy' ? 'legacy' : 'auto')
    const child = spawn(process.execPath, args, { env, cwd: world.home.dir, stdio: 'pipe' })
    return new McpRemote(child, folder)
  }

  /** The next address that it sends its person to. */
  async addressToOpen(): Promise<string> {
    const address = await this.#until('an address to open', () => this.#nextAddress())
    this.visits++
    return address
  }

  async established(): Promise<void> {
    await this.#until('a connection', () => this.#established())
  }

  /** Just started: does its person have to sign in, or is it connected? */
  async wantsSignIn(): Promise<boolean> {
    await this.#until('what it wants', () => this.#nextAddress() ?? this.#established())
    return this.#established() === undefined
  }

  #nextAddress(): string | undefined {
    const found = [...this.#said.matchAll(/^\s*(http\S+\/oauth\/authorize\S+)\n/gm)].map(([, url]) => url)
    return found[this.visits]
  }

  #established(): string | undefined {
    return /established/i.exec(this.#said)?.[0]
  }

  /** The answer to a request, as its line. */
  async ask(method: string, params: object): Promise<string> {
    const id = ++this.#lastId
    this.#say({ id, method, params })
    return await this.#until(`the answer to ${method}`, () =>
      this.#answers
        .split('\n')
        .slice(0, -1)
        .find((line) => (JSON.parse(line) as { readonly id?: unknown }).id === id),
    )
  }

  tell(method: string): void {
    this.#say({ method })
  }

  kept(): Kept {
    return JSON.parse(readFileSync(this.#file('tokens.json'), 'utf8'))
  }

  /** Makes it believe that its access token is good until then. */
  believe(expiresAtMs: number): void {
    writeFileSync(this.#file('tokens.json'), JSON.stringify({ ...this.kept(), expires_at: expiresAtMs }))
  }

  clientId(): string {
    return String(JSON.parse(readFileSync(this.#file('client_info.json'), 'utf8')).client_id)
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'exit')
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGKILL')
      await ended
    }
  }

  #say(message: object): void {
    this.#child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  }

  #file(end: string): string {
    const name = readdirSync(this.#folder, { recursive: true, encoding: 'utf8' }).find((path) =>
      path.endsWith(end),
    )
    if (name === undefined) throw new Error(`it keeps no ${end}`)
    return join(this.#folder, name)
  }

  async #until(what: string, found: () => string | undefined): Promise<string> {
    const end = Date.now() + PATIENCE_MS
    for (;;) {
      const value = found()
      if (value !== undefined) return value
      if (Date.now() > end)
        throw new Error(`not within ${PATIENCE_MS} ms: ${what}; it said ${this.#said.slice(-600)}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}
