/**
 * One process of a local server and everything it brings about: started without a shell in a session of its own,
 * watched by the guardian, its standard error logged, ended together with all its descendants.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import type { Log } from '../log.ts'
import { type FloodBrake, makeFloodBrake } from './floodBrake.ts'
import type { Guardian } from './guardian.ts'
import { endProcesses, makeProcessSearch, type ProcessSearch, type ProcessTarget } from './processTree.ts'
import { codeOf, spawnFault } from './spawnFault.ts'
import { StderrLog } from './stderrLog.ts'
import { TransportError } from './transport.ts'
import { within } from './within.ts'

export interface LocalProcessOptions {
  readonly serverId: string
  /** Program and arguments; never passed to a shell. */
  readonly command: readonly [string, ...string[]]
  readonly cwd?: string
  /** The whole environment, from `serverEnvironment`. The guardian's marker and `SALLYPORT_RUN` are added. */
  readonly env: Readonly<Record<string, string>>
  readonly log: Log
  readonly guardian: Guardian
  /** How long the process may take to end after its stdin was closed, and again after SIGTERM. At most 1100. */
  readonly closeGraceMs: number
  readonly redact: (text: string) => string
  /** So many worthless bytes a second on its output slow it down. */
  readonly wasteBytesPerSecond: number
  /** Monotonic, in milliseconds. */
  readonly now: () => number
}

/** How a process ended. */
export interface ProcessEnd {
  readonly code: number | null
  readonly signal: string | null
  readonly ranMs: number
  /** The line of its standard error that most likely says why, safe to show. */
  readonly lastWords: string | undefined
}

export interface LocalProcessEvents {
  output(chunk: Buffer): void
  /** It closed a pipe and lives on: no conversation is possible any more. */
  halfClosed(what: string): void
  /** It has ended, and what it wrote last was read. Called once, after a successful `start`. */
  ended(end: ProcessEnd): void
}

/** In the environment of everything one start of a server has brought about; the guardian's marker names the gateway. */
const RUN_VARIABLE = 'SALLYPORT_RUN'
const MAX_GRACE_MS = 1_100
const KILL_WITHIN_MS = 1_500
/** What a process wrote last is read for so long after its end (a grandchild may hold its output open). */
const DRAIN_MS = 200
/** A process that closes a pipe of its own usually ends at once. */
const HALF_CLOSED_MS = 500
/** More than this on standard error slows the server down. */
const STDERR_FLOOD_BYTES = 8 * 1024 * 1024
/** What handling a line costs beside its bytes, in bytes: a flood of empty lines is a flood too. */
const LINE_COST = 64

type Child = ChildProcessByStdio<Writable, Readable, Readable>

/**
 * @example
 * const server = new LocalProcess(options, { output: (chunk) => frames.push(chunk), halfClosed() {}, ended() {} })
 * await server.start()
 * server.input?.write('{"jsonrpc":"2.0","id":1,"method":"ping"}\n')
 * await server.close()
 */
export class LocalProcess {
  readonly #options: LocalProcessOptions
  readonly #events: LocalProcessEvents
  readonly #run = randomBytes(16).toString('hex')
  readonly #stderr: StderrLog
  readonly #graceMs: number
  #outputBrake: FloodBrake | undefined
  #search: ProcessSearch | undefined
  #child: Child | undefined
  #startedAt = 0
  #starting: Promise<void> | undefined
  /** Resolves when the process itself has ended. */
  #exit: Promise<true> | undefined
  /** Resolves when nothing that it started is left either. */
  #gone: Promise<true> | undefined
  #sweeping: Promise<void> | undefined
  #closing: Promise<void> | undefined
  #over = false

  constructor(options: LocalProcessOptions, events: LocalProcessEvents) {
    this.#options = options
    this.#events = events
    this.#graceMs = Math.min(options.closeGraceMs, MAX_GRACE_MS)
    this.#stderr = new StderrLog(options)
  }

  /** Its standard input; `undefined` before it is started, when we are closing it, and when it cannot be written to. */
  get input(): Writable | undefined {
    const input = this.#child?.stdin
    return this.#closing === undefined && input?.writable ? input : undefined
  }

  /** Rejects with a `TransportError`. To be called once. */
  start(): Promise<void> {
    this.#starting ??= this.#start()
    return this.#starting
  }

  /** A line of its output was worth nothing: a flood of those slows it down. */
  wasted(bytes: number): void {
    this.#outputBrake?.spend(bytes + LINE_COST)
  }

  /**
   * Closes stdin, waits, SIGTERM to everything, waits, SIGKILL until nothing is left: 4 s at most. Idempotent.
   * What cannot even be killed (another user's, or stuck in the kernel) is named in the log.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #start(): Promise<void> {
    const { serverId, command, cwd, env, guardian, log } = this.#options
    const [program, ...args] = command
    // Nothing is started that nobody would end if the gateway were killed the next moment.
    await guardian.ready().catch((error: unknown) => {
      throw spawnFailed(
        `server "${serverId}" did not start: ${error instanceof Error ? error.message : String(error)}`,
      )
    })
    if (this.#closing !== undefined) {
      throw spawnFailed(`server "${serverId}" was stopped before it was started`)
    }
    try {
      const child = spawn(program, args, {
        ...(cwd === undefined ? {} : { cwd }),
        env: { ...env, ...guardian.environment, [RUN_VARIABLE]: this.#run },
        stdio: ['pipe', 'pipe', 'pipe'],
        detached: true,
        shell: false,
      })
      if (child.pid !== undefined) this.#watch(child, child.pid)
      await once(child, 'spawn')
    } catch (error) {
      throw new TransportError(
        await spawnFault({ serverId, program, ...(cwd === undefined ? {} : { cwd }) }, error),
      )
    }
    log.info('upstream.started', { server: serverId, program, pid: this.#child?.pid })
  }

  #watch(child: Child, group: number): void {
    const { guardian, now, wasteBytesPerSecond } = this.#options
    guardian.guard(group)
    this.#child = child
    this.#startedAt = now()
    const outputBrake = makeFloodBrake(child.stdout, wasteBytesPerSecond, now)
    const stderrBrake = makeFloodBrake(child.stderr, STDERR_FLOOD_BYTES, now)
    this.#outputBrake = outputBrake
    child.stdout.on('data', (chunk: Buffer) => {
      if (!this.#over) this.#events.output(chunk)
    })
    child.stderr.on('data', (chunk: Buffer) => {
      if (this.#over) return
      const lines = this.#stderr.push(chunk)
      stderrBrake.spend(chunk.length + lines * LINE_COST)
    })
    child.stdout.once('end', () => this.#closedOnePipe('closed its output'))
    // EPIPE is no reason to crash: a server may end at any moment, also while we write.
    child.stdin.on('error', (error) => this.#closedOnePipe(`does not take input any more (${codeOf(error)})`))
    child.stdout.on('error', (error) => this.#trouble('upstream.pipe', error))
    child.stderr.on('error', (error) => this.#trouble('upstream.pipe', error))
    child.on('error', (error) => this.#trouble('upstream.process', error))
    const read = Promise.all([closed(child.stdout), closed(child.stderr)])
    const exit = new Promise<true>((resolve) => child.once('exit', () => resolve(true)))
    this.#exit = exit
    this.#gone = exit.then(async () => {
      outputBrake.release()
      stderrBrake.release()
      await within(DRAIN_MS, read)
      try {
        this.#finish(child)
      } finally {
        await this.#sweep(group)
      }
      return true as const
    })
    // Whoever calls `close` gets it too; without a caller it must not take the gateway down.
    this.#gone.catch((error: unknown) => this.#trouble('upstream.sweep', error))
  }

  async #close(): Promise<void> {
    // A failed start was told to whoever started it. Here it only matters that it is over.
    await this.#starting?.catch(() => undefined)
    const child = this.#child
    if (child?.pid === undefined || this.#exit === undefined || this.#gone === undefined) return
    // A look before anything ends: a child without our marker is known by its parent, and only while that lives.
    this.#search = makeProcessSearch(this.#target(child.pid))
    await within(this.#graceMs, this.#search())
    child.stdin.end()
    if (!(await within(this.#graceMs, this.#exit))) await this.#sweep(child.pid)
    if (await within(DRAIN_MS + this.#graceMs + KILL_WITHIN_MS, this.#gone)) return
    // Not even SIGKILL ends a process that hangs inside the kernel: `#sweep` has said so; let go of it.
    this.#finish(child)
    child.unref()
  }

  /** Ends whatever is left, the process itself included. */
  #sweep(group: number): Promise<void> {
    this.#sweeping ??= this.#endAll(group)
    return this.#sweeping
  }

  async #endAll(group: number): Promise<void> {
    const { serverId, log, guardian } = this.#options
    const limits = { termGraceMs: this.#graceMs, deadlineMs: this.#graceMs + KILL_WITHIN_MS }
    const left = await endProcesses(this.#target(group), limits, this.#search)
    // Survivors stay registered: the guardian tries again when the gateway ends.
    if (left.length === 0) guardian.release(group)
    else log.error('upstream.survivors', { server: serverId, pids: left.join(' ') })
  }

  #target(group: number): ProcessTarget {
    return { groups: new Set([group]), entry: `${RUN_VARIABLE}=${this.#run}` }
  }

  #finish(child: Child): void {
    if (this.#over) return
    this.#over = true
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy()
    this.#stderr.end()
    const { serverId, log, now } = this.#options
    const { exitCode: code, signalCode: signal } = child
    const ranMs = Math.round(now() - this.#startedAt)
    log.info('upstream.ended', { server: serverId, pid: child.pid, code, signal, ranMs })
    this.#events.ended({ code, signal, ranMs, lastWords: this.#stderr.lastWords })
  }

  #closedOnePipe(what: string): void {
    const timer = setTimeout(() => {
      if (!this.#over && this.#closing === undefined) this.#events.halfClosed(what)
    }, HALF_CLOSED_MS)
    timer.unref()
  }

  #trouble(event: string, error: unknown): void {
    this.#options.log.error(event, { server: this.#options.serverId, error: String(error) })
  }
}

function closed(stream: Readable): Promise<void> {
  return new Promise((resolve) => stream.once('close', () => resolve()))
}

function spawnFailed(explain: string): TransportError {
  return new TransportError({ code: 'spawn-failed', explain })
}
