/** `sallyport serve`, and a remote server behind it: both are killed again and again, and come back on their ports. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { FAULT_SERVER, type Home } from '../gateway/harness.ts'
import { SALLYPORT } from '../program.ts'

const START_MS = 60_000
/** While it was down its port may have been lent to an outgoing connection. */
const RETRY_MS = 200

/** A program that is started again whenever it has been killed. */
export class GatewayUnderFire {
  readonly url: string
  readonly #start: () => ChildProcess
  readonly #ready: RegExp
  #child: ChildProcess | undefined
  #killedAt = Number.NEGATIVE_INFINITY
  #last = ''

  private constructor(url: string, ready: RegExp, start: () => ChildProcess) {
    this.url = url
    this.#ready = ready
    this.#start = start
  }

  /** The gateway on `port`, with the configuration that is there. */
  static async serve(home: Home, file: string, port: number): Promise<GatewayUnderFire> {
    const args = [SALLYPORT, 'serve', '--config', file]
    const start = () => spawn(process.execPath, args, { env: home.env, cwd: home.dir, stdio: 'pipe' })
    return await new GatewayUnderFire(`http://127.0.0.1:${port}/mcp`, /url=http:\S+/, start).begun()
  }

  /** A modern server on `port`. */
  static async remote(home: Home, name: string, port: number): Promise<GatewayUnderFire> {
    const log = home.path(`${name}.log`)
    const args = [FAULT_SERVER, '--era', 'modern', '--name', name, '--log', log, '--http', String(port)]
    const start = () => spawn(process.execPath, args, { env: home.env, cwd: home.dir, stdio: 'pipe' })
    return await new GatewayUnderFire(`http://127.0.0.1:${port}/mcp`, /listening http:\S+/, start).begun()
  }

  /** Kills it and starts it again; resolves when it serves. */
  async kill(): Promise<void> {
    this.#killedAt = performance.now()
    await this.end('SIGKILL')
    await this.begun()
    this.#killedAt = performance.now()
  }

  /** Milliseconds since it was last down. */
  sinceKilledMs(): number {
    return performance.now() - this.#killedAt
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }

  private async begun(): Promise<this> {
    const until = performance.now() + START_MS
    while (performance.now() < until) {
      const child = this.#start()
      if (await this.#serves(child)) {
        this.#child = child
        return this
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
    }
    throw new Error(`did not start within ${START_MS} ms: ${this.#last}`)
  }

  #serves(child: ChildProcess): Promise<boolean> {
    return new Promise((resolve) => {
      let said = ''
      for (const stream of [child.stdout, child.stderr]) {
        stream?.setEncoding('utf8').on('data', (text: string) => {
          // Only the beginning is of interest; the rest is read so that it never waits for us.
          if (said.length < 20_000) said += text
          if (this.#ready.test(said)) resolve(true)
        })
      }
      child.once('exit', () => {
        this.#last = said.slice(-1_000)
        resolve(false)
      })
    })
  }
}
