/**
 * A host on a pipe that calls without end: it starts `sallyport stdio`, keeps some calls open, and starts it again whenever it
 * has ended. Its relay can be killed, and so can the host itself: then both pipes end in the middle of whatever they carried.
 */
import { type Answer, ENVELOPE, type Home, PipeClient } from '../gateway/harness.ts'
import type { Dice } from './dice.ts'
import type { Ledger, OpenCall } from './ledger.ts'

export interface ChaosClient {
  readonly name: string
  /** What may be killed of it; absent: nothing now. */
  readonly pid: number | undefined
  /** It dies as a killed process does. */
  die(): void
  /** Calls no more; resolves when nothing of it is open. */
  stop(): Promise<void>
}

const OPEN_CALLS = 4

export class ChaosPipeClient implements ChaosClient {
  readonly name: string
  readonly #era: 'legacy' | 'modern'
  readonly #home: Home
  readonly #file: string
  readonly #tools: readonly [string, ...string[]]
  readonly #ledger: Ledger
  readonly #dice: Dice
  readonly #over: Promise<void>
  #pipe: PipeClient | undefined
  /** It or its relay was killed by us: what was open is cut. */
  #killed = false
  #stopping = false

  constructor(options: {
    readonly name: string
    readonly era: 'legacy' | 'modern'
    readonly home: Home
    readonly file: string
    readonly tools: readonly [string, ...string[]]
    readonly ledger: Ledger
    readonly dice: Dice
  }) {
    this.name = options.name
    this.#era = options.era
    this.#home = options.home
    this.#file = options.file
    this.#tools = options.tools
    this.#ledger = options.ledger
    this.#dice = options.dice
    this.#over = this.#live()
  }

  get pid(): number | undefined {
    return this.#pipe?.child.pid
  }

  /** Its relay is killed. */
  killRelay(): void {
    this.#killed = true
    this.#pipe?.child.kill('SIGKILL')
  }

  die(): void {
    this.#killed = true
    this.#pipe?.child.stdin?.destroy()
    this.#pipe?.child.stdout?.destroy()
  }

  async stop(): Promise<void> {
    this.#stopping = true
    await this.#over
  }

  async #live(): Promise<void> {
    while (!this.#stopping) {
      this.#killed = false
      const pipe = new PipeClient(this.#home, ['stdio', '--config', this.#file])
      pipe.child.stdin?.on('error', () => undefined)
      pipe.exited.catch(() => undefined)
      this.#pipe = pipe
      await this.#serve(pipe)
      // What is to be told of it was told: whoever still hangs is seen as an orphan.
      pipe.child.stdin?.end()
      await pipe.exited
      this.#pipe = undefined
    }
  }

  /** Calls until the pipe ends or the client is told to stop. */
  async #serve(pipe: PipeClient): Promise<void> {
    if (this.#era === 'legacy') {
      const ready = await pipe.initialize().catch(() => undefined)
      if (ready === undefined) return
    }
    await Promise.all(Array.from({ length: OPEN_CALLS }, () => this.#callOn(pipe)))
  }

  async #callOn(pipe: PipeClient): Promise<void> {
    while (!this.#stopping && pipe.child.exitCode === null && pipe.child.signalCode === null) {
      const tool = this.#dice.pick(this.#tools)
      const call = this.#ledger.open(this.name, tool)
      if (!(await this.#call(pipe, tool, call))) return
    }
  }

  /** False: the pipe has ended. */
  async #call(pipe: PipeClient, tool: string, call: OpenCall): Promise<boolean> {
    const params = {
      name: tool,
      arguments: { tag: call.value, ms: this.#dice.roll(40), steps: 1 },
      ...(this.#era === 'modern' && { _meta: ENVELOPE }),
    }
    let answer: Answer
    try {
      answer = await pipe.request(call.value, 'tools/call', params)
    } catch (error) {
      if (this.#killed) call.cut()
      else call.silence(String(error).slice(0, 500))
      return false
    }
    call.answer(answer)
    return true
  }
}
