/**
 * `sallyport stdio`: bytes between a host's pipe and the daemon, and nothing of the gateway in this process.
 *
 * It adds one promise: whatever happens to the daemon, the client gets an answer to everything it asked. When the daemon
 * is gone the relay answers what is outstanding with errors and ends, as a server that crashed would; hosts start it
 * again, and with it a new daemon. It does not go on with another daemon in silence: a legacy client's session, its
 * subscriptions and its server processes ended with the old one.
 */
import type { Socket } from 'node:net'
import { homedir } from 'node:os'
import { type FoundConfig, findConfig } from '../config/find.ts'
import { type DaemonPlaces, daemonAddress } from './address.ts'
import { errorLine, type RelayRule } from './errorLine.ts'
import { Outstanding } from './outstanding.ts'
import { type Reached, reachDaemon, Unreachable } from './reachDaemon.ts'
import type { RelayArguments } from './relayArguments.ts'

/** As the exit codes of the command line (DESIGN 6). */
const EXIT_FINE = 0
const EXIT_USAGE = 2
const EXIT_UNAVAILABLE = 3

/** Hosts wait about 30 s for a server's first answer; this must be over before, so that they show our reason. */
const REACH_MS = 25_000
/** What a client may send before the daemon is there. */
const EARLY_BYTES = 1024 * 1024
/** How long a failed relay waits for the request that it can tell the reason. */
const FIRST_REQUEST_MS = 3_000
/** How long the daemon may take to end what belonged to this client. */
const GOODBYE_MS = 5_000
const LAST_WORDS_MS = 2_000

/** Relays this process's standard streams until one side ends. Resolves with the exit code. */
export async function runRelay(args: RelayArguments): Promise<number> {
  return await new Relay(args).run()
}

class Relay {
  readonly #args: RelayArguments
  readonly #outstanding = new Outstanding()
  #early: Buffer[] = []
  #earlyBytes = 0
  #socket: Socket | undefined
  #clientGone = false
  #asked: (() => void) | undefined

  constructor(args: RelayArguments) {
    this.#args = args
  }

  async run(): Promise<number> {
    this.#readClient()
    let reached: Reached
    try {
      reached = await this.#reach()
    } catch (error) {
      return await this.#giveUp(error)
    }
    if (!this.#args.quiet) for (const notice of reached.notices) process.stderr.write(`${notice}\n`)
    return await this.#relay(reached.socket)
  }

  #readClient(): void {
    process.stdin.on('data', (chunk: Buffer) => {
      this.#outstanding.sent(chunk)
      this.#asked?.()
      if (this.#socket !== undefined) {
        if (!this.#socket.write(chunk)) process.stdin.pause()
        return
      }
      this.#early.push(chunk)
      this.#earlyBytes += chunk.length
      if (this.#earlyBytes > EARLY_BYTES) process.stdin.pause()
    })
    const gone = () => {
      this.#clientGone = true
      this.#asked?.()
      this.#socket?.end()
    }
    process.stdin.on('end', gone)
    process.stdin.on('error', gone)
    process.stdout.on('error', gone)
    let signalled = false
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (signalled || this.#socket === undefined) process.exit(130)
        signalled = true
        gone()
      })
    }
  }

  async #reach(): Promise<Reached> {
    const { config, server } = this.#args
    const here = { env: process.env, homeDir: homedir(), cwd: process.cwd() }
    const found = await findConfig({ ...here, ...(config === undefined ? {} : { path: config }) })
    const places: DaemonPlaces = { env: here.env, homeDir: here.homeDir, ...fileOf(found) }
    return await reachDaemon({
      places,
      address: daemonAddress(places),
      request: { host: process.ppid, ...(server === undefined ? {} : { server }) },
      deadlineMs: REACH_MS,
    })
  }

  /** Bytes both ways; whoever does not read slows the other side down. */
  async #relay(socket: Socket): Promise<number> {
    this.#socket = socket
    // Not `events.once`, which rejects when the connection breaks: that is one way for it to end.
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    socket.on('data', (chunk: Buffer) => {
      this.#outstanding.received(chunk)
      if (!process.stdout.write(chunk)) socket.pause()
    })
    process.stdout.on('drain', () => socket.resume())
    socket.on('drain', () => process.stdin.resume())
    socket.resume()
    for (const chunk of this.#early.splice(0)) socket.write(chunk)
    if (socket.writableNeedDrain) process.stdin.pause()
    else process.stdin.resume()
    if (this.#clientGone) socket.end()
    await Promise.race([closed, this.#goodbye(socket)])
    if (this.#clientGone) return EXIT_FINE
    process.stdin.pause()
    const explain = 'the gateway ended before it answered; start the server again'
    process.stderr.write(`sallyport: ${explain}\n`)
    await this.#answerAll(explain, 'daemon/lost')
    return EXIT_UNAVAILABLE
  }

  /** Resolves when the client left and the daemon took too long to notice. */
  async #goodbye(socket: Socket): Promise<void> {
    await new Promise<void>((resolve) => socket.once('finish', () => resolve()))
    await new Promise<void>((resolve) => setTimeout(resolve, GOODBYE_MS).unref())
  }

  async #giveUp(error: unknown): Promise<number> {
    const explain = error instanceof Error ? error.message : String(error)
    process.stderr.write(`sallyport: ${explain}\n`)
    // The host has hardly written its first request: without an answer to it people see a server that just vanished.
    process.stdin.resume()
    const until = performance.now() + FIRST_REQUEST_MS
    while (!this.#clientGone && this.#outstanding.ids().length === 0 && performance.now() < until) {
      await new Promise<void>((resolve) => {
        this.#asked = resolve
        setTimeout(resolve, until - performance.now())
      })
    }
    await this.#answerAll(`sallyport: ${explain}`, 'daemon/unavailable')
    return error instanceof Unreachable && error.why === 'usage' ? EXIT_USAGE : EXIT_UNAVAILABLE
  }

  async #answerAll(message: string, rule: RelayRule): Promise<void> {
    const lines = this.#outstanding.ids().map((id) => errorLine(id, message, rule))
    // What the daemon had begun to write is not an answer any more; ours must not become its end.
    if (this.#outstanding.clientMidLine) lines.unshift(Buffer.from('\n'))
    if (lines.length === 0) return
    await new Promise<void>((resolve) => {
      process.stdout.write(Buffer.concat(lines), () => resolve())
      setTimeout(resolve, LAST_WORDS_MS)
    })
  }
}

function fileOf(found: FoundConfig): { readonly config?: string } {
  if (found.kind === 'refused')
    throw new Unreachable('usage', `${found.path}: ${found.explain}; ${found.hint}`)
  return found.kind === 'file' ? { config: found.path } : {}
}
