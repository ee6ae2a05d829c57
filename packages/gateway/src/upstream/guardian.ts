/**
 * The guardian: one small process per gateway that outlives it just long enough to end everything it has started.
 *
 * `kill -9` of the gateway, an out-of-memory kill or a crash leave no chance to clean up, and a server that ignores a
 * closed stdin lives on with whatever it may read. The guardian holds a pipe from the gateway; when the pipe ends it
 * terminates, then kills, every registered process group and everything that carries the marker. It is detached and
 * ignores the usual signals, because Ctrl-C and a closing terminal reach the gateway's whole group.
 *
 * Cannot help: against SIGKILL of the gateway and of the guardian together (a container or a cgroup does that, and
 * kills the servers too).
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Log } from '../log.ts'
import { GUARDIAN_SCRIPT } from './guardianScript.ts'

export interface Guardian {
  /** What every process started by the gateway must carry in its environment. */
  readonly environment: Readonly<Record<string, string>>
  /** Its process id, once there is one. */
  readonly pid: number | undefined
  /** Starts it if it is not there (or is just being replaced); resolves when it watches. Rejects when none can be started. */
  ready(): Promise<void>
  /** A process group to end when the gateway dies. */
  guard(group: number): void
  /** Nothing of this group is left. */
  release(group: number): void
  /** Lets it go; it ends what is left, then itself. Resolves when it has ended. Idempotent. */
  close(): Promise<void>
}

export interface GuardianOptions {
  readonly log: Log
  /** `/bin/sh`, except in tests. */
  readonly shell?: string
}

/** Where its tools (`grep`, `sleep`, `ps`) may be. Not the gateway's PATH: a project must not plant one of them. */
const TOOL_PATH = '/usr/bin:/bin:/usr/sbin:/sbin:/usr/local/bin:/run/current-system/sw/bin'
const READY_WITHIN_MS = 5_000
const CLOSE_WITHIN_MS = 5_000
/** One that lived shorter than this is replaced after a growing pause. */
const GOOD_LIFE_MS = 10_000

/**
 * Makes the guardian of this gateway process. It starts with the first `ready()`.
 *
 * @example
 * const guardian = makeGuardian({ log })
 * await guardian.ready()
 * const child = spawn('server', [], { detached: true, env: { ...env, ...guardian.environment } })
 * guardian.guard(child.pid)
 */
export function makeGuardian(options: GuardianOptions): Guardian {
  return new PipeGuardian(options)
}

class PipeGuardian implements Guardian {
  readonly #log: Log
  readonly #shell: string
  readonly #marker = randomBytes(16).toString('hex')
  readonly #groups = new Set<number>()
  #child: ChildProcess | undefined
  #starting: Promise<void> | undefined
  #shellUnfit = false
  #closed = false
  #shortLives = 0
  readonly environment: Readonly<Record<string, string>>

  constructor(options: GuardianOptions) {
    this.#log = options.log
    this.#shell = options.shell ?? '/bin/sh'
    this.environment = { SALLYPORT_GUARD: this.#marker }
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  ready(): Promise<void> {
    if (this.#closed)
      return Promise.reject(new Error('the gateway is shutting down: no local server is started any more'))
    if (this.#child !== undefined) return Promise.resolve()
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined
    })
    return this.#starting
  }

  guard(group: number): void {
    this.#groups.add(group)
    this.#tell(`+ ${group}\n`)
  }

  release(group: number): void {
    if (this.#groups.delete(group)) this.#tell(`- ${group}\n`)
  }

  async close(): Promise<void> {
    this.#closed = true
    // One that is still starting would otherwise come up after we left; how it fared no longer matters.
    await this.#starting?.catch((error: unknown) =>
      this.#log.debug('guardian.start-failed', { error: String(error) }),
    )
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    child.ref()
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        this.#log.error('guardian.still-busy', { pid: child.pid })
        child.unref()
        resolve()
      }, CLOSE_WITHIN_MS)
      child.once('exit', () => {
        clearTimeout(timer)
        resolve()
      })
      child.stdin?.end('q\n')
    })
  }

  async #start(): Promise<void> {
    const child = await this.#launch()
    const startedAt = performance.now()
    this.#child = child
    child.once('exit', (code, signal) =>
      this.#died(child, { code, signal, livedMs: performance.now() - startedAt }),
    )
    for (const group of this.#groups) this.#tell(`+ ${group}\n`)
    this.#log.debug('guardian.started', { pid: child.pid, groups: this.#groups.size })
  }

  async #launch(): Promise<ChildProcess> {
    if (!this.#shellUnfit) {
      try {
        return await launch(this.#shell, ['-c', GUARDIAN_SCRIPT, 'sallyport-guardian', this.#marker])
      } catch (error) {
        this.#shellUnfit = true
        this.#log.info('guardian.shell-unfit', { shell: this.#shell, error: String(error) })
      }
    }
    const file = new URL(
      import.meta.url.endsWith('.ts') ? 'guardianProcess.ts' : 'guardianProcess.js',
      import.meta.url,
    )
    return launch(process.execPath, [fileURLToPath(file), this.#marker])
  }

  #died(child: ChildProcess, how: { code: number | null; signal: string | null; livedMs: number }): void {
    if (this.#child !== child) return
    this.#child = undefined
    if (this.#closed) return
    this.#shortLives = how.livedMs < GOOD_LIFE_MS ? this.#shortLives + 1 : 0
    const pauseMs = this.#shortLives < 2 ? 0 : Math.min(10_000, 100 * 2 ** Math.min(this.#shortLives - 2, 10))
    this.#log.warn('guardian.died', { pid: child.pid, code: how.code, signal: how.signal, pauseMs })
    setTimeout(() => this.#replace(), pauseMs).unref()
  }

  #replace(): void {
    if (this.#closed || this.#child !== undefined) return
    this.ready().catch((error: unknown) => {
      this.#log.error('guardian.not-replaced', { error: String(error), groups: this.#groups.size })
      setTimeout(() => this.#replace(), 10_000).unref()
    })
  }

  #tell(line: string): void {
    // A failed write means it has died; the replacement is told everything again.
    this.#child?.stdin?.write(line)
  }
}

/** Starts one and waits for its `ready`. */
function launch(command: string, args: readonly string[]): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      detached: true,
      cwd: '/',
      env: { PATH: TOOL_PATH },
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    const fail = (why: string) => {
      clearTimeout(timer)
      child.kill('SIGKILL')
      reject(new Error(`the guardian process (${command}) did not start: ${why}`))
    }
    const timer = setTimeout(() => fail('it said nothing'), READY_WITHIN_MS)
    const ended = (code: number | null) => fail(`it ended with status ${code}`)
    child.once('error', (error) => fail(error.message))
    child.once('exit', ended)
    // Its death shows as EPIPE here before `exit` is reported; `exit` is what we act on.
    child.stdin.on('error', () => {})
    child.stdout.once('data', () => {
      clearTimeout(timer)
      child.off('exit', ended)
      child.stdout.destroy()
      // It must never be what keeps the gateway's process running.
      child.unref()
      if (child.stdin instanceof Socket) child.stdin.unref()
      resolve(child)
    })
  })
}
