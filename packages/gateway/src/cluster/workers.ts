/**
 * The workers of one gateway, seen from the primary: started, told about configurations, asked how they are, replaced when
 * they end, ended with it. The primary itself carries no call: connections are dealt out to the workers in turn.
 */
import cluster, { type Worker } from 'node:cluster'
import type { AddressInfo } from 'node:net'
import type { Config } from '../config/config.ts'
import type { GatewayStatus } from '../gateway/gatewayStatus.ts'
import { LocalTally } from '../identity/doorTally.ts'
import { LimitBook } from '../limits/limitBook.ts'
import type { Log } from '../log.ts'
import type { Dealer, Dealt } from './dealer.ts'
import type { ToPrimary, ToWorker } from './orders.ts'
import { replyTo } from './primaryTally.ts'
import { shareOut } from './shareOut.ts'

export interface WorkersOptions {
  readonly config: Config
  /** Listens already. */
  readonly dealer: Dealer
  readonly address: AddressInfo
  /** Where each takes what others hand over; as many as there are workers. */
  readonly sockets: readonly string[]
  readonly secret: string
  /** Has one of them say on standard output what is served. */
  readonly announce: boolean
  readonly log: Log
  readonly now: () => number
}

/** How one worker is. */
export interface WorkerStatus {
  readonly slot: number
  readonly pid: number | undefined
  readonly state: 'up' | 'starting'
  /** How often one of this slot ended unasked. */
  readonly replaced: number
  /** What it says of itself; absent while it does not answer. */
  readonly status?: GatewayStatus
}

/** A worker that could not begin. Its own words, and the exit code it would have had alone. */
export class WorkerFailed extends Error {
  readonly exitCode: number

  constructor(explain: string, exitCode: number) {
    super(explain)
    this.name = 'WorkerFailed'
    this.exitCode = exitCode
  }
}

interface Slot extends Dealt {
  readonly slot: number
  worker: Worker | undefined
  up: boolean
  startedMs: number
  replaced: number
  /** Ends in a row that came too soon: the next start waits. */
  early: number
  timer: NodeJS.Timeout | undefined
}

const EXIT_UNCHECKED = 3
/** A worker that ran for so long did not end for what it was started with. */
const STEADY_MS = 10_000
const FIRST_DELAY_MS = 250
const LONGEST_DELAY_MS = 30_000
const STATUS_MS = 1_500
/** Beyond what calls underway may take: servers have to end, too. */
const END_MS = 20_000

export class Workers {
  readonly #options: WorkersOptions
  /** Counts the calls of all workers; survives each of them. */
  readonly #limits: LimitBook
  /** Counts what comes to the doors of all workers. */
  readonly #tally: LocalTally
  readonly #slots: readonly Slot[]
  readonly #answers = new Map<number, (status: GatewayStatus) => void>()
  #config: Config
  #questions = 0
  #stopping = false

  constructor(options: WorkersOptions) {
    this.#options = options
    this.#config = options.config
    this.#limits = new LimitBook(options.config, options.now)
    this.#tally = new LocalTally(options.config.auth?.failures, Date.now)
    this.#slots = options.sockets.map((_, number) => {
      const slot: Slot = {
        slot: number,
        worker: undefined,
        up: false,
        startedMs: 0,
        replaced: 0,
        early: 0,
        timer: undefined,
        give: (connection, socket) => {
          const message: ToWorker = { kind: 'connection', connection }
          // Ours stays open until it says that it has it.
          if (slot.worker?.isConnected()) slot.worker.send(message, socket, { keepOpen: true })
          else options.dealer.took(connection)
        },
        hung: () => {
          options.log.error('worker.hung', { worker: number, pid: slot.worker?.process.pid ?? 0 })
          slot.worker?.process.kill('SIGKILL')
        },
      }
      return slot
    })
  }

  /**
   * Starts all of them: one first, which finds out what the servers are, then the others. Resolves when all are up; rejects
   * with `WorkerFailed` when one cannot begin.
   */
  async start(): Promise<void> {
    cluster.setupPrimary({ serialization: 'advanced' })
    const [first, ...others] = this.#slots
    if (first === undefined) throw new Error('a gateway without workers')
    await this.#firstStart(first)
    await Promise.all(others.map((slot) => this.#firstStart(slot)))
  }

  /** Hands a valid configuration to all of them, and to those that are started from now on. */
  reload(config: Config): void {
    // What only a restart of the gateway can change stays as it is for workers that are started later, too: one of them
    // on another address, or with another audit folder, would be another gateway.
    const { listen, limits, audit, log } = this.#options.config
    this.#config = { ...config, listen, limits, audit, log }
    this.#limits.follow(this.#config)
    for (const { worker, up } of this.#slots)
      if (up) this.#tell(worker, { kind: 'config', config: this.#share() })
  }

  /** Has it recorded that a configuration was refused. */
  refused(explain: string): void {
    const one = this.#slots.find(({ up }) => up)
    this.#tell(one?.worker, { kind: 'config-refused', explain })
  }

  /** How each is. One that does not answer soon is shown without its own words. */
  statuses(): Promise<WorkerStatus[]> {
    return Promise.all(
      this.#slots.map(async ({ slot, worker, up, replaced }) => {
        const status = up ? await this.#ask(worker) : undefined
        const known = { slot, pid: worker?.process.pid, state: up ? 'up' : 'starting', replaced } as const
        return status === undefined ? known : { ...known, status }
      }),
    )
  }

  /** Ends all of them in order. Resolves when none is left; who takes too long is killed. */
  async stop(why: string): Promise<void> {
    this.#stopping = true
    this.#options.dealer.close()
    const endings = this.#slots.map(async ({ worker, timer }) => {
      clearTimeout(timer)
      if (worker === undefined) return
      const { promise, resolve } = Promise.withResolvers<void>()
      worker.once('exit', () => resolve())
      if (worker.isDead()) return
      this.#tell(worker, { kind: 'stop', why })
      const late = setTimeout(() => worker.process.kill('SIGKILL'), this.#config.listen.drainMs + END_MS)
      await promise
      clearTimeout(late)
    })
    await Promise.all(endings)
  }

  #share(): Config {
    return shareOut(this.#config, this.#slots.length)
  }

  #firstStart(slot: Slot): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#fork(slot, undefined, { up: resolve, failed: reject })
    })
  }

  #fork(
    slot: Slot,
    replaces: { readonly pid: number; readonly ended: string } | undefined,
    beginning: { up(): void; failed(error: Error): void },
  ): void {
    const { sockets, secret, announce, log, now, dealer, address } = this.#options
    const worker = cluster.fork()
    slot.worker = worker
    slot.up = false
    slot.startedMs = now()
    let failure: WorkerFailed | undefined
    let given = this.#config
    worker.on('message', (message: ToPrimary) => {
      switch (message.kind) {
        case 'here':
          given = this.#config
          this.#tell(worker, {
            kind: 'start',
            config: this.#share(),
            slot: slot.slot,
            address,
            sockets,
            secret,
            announce: announce && slot.slot === 0 && replaces === undefined,
            ...(replaces === undefined ? {} : { replaces }),
          })
          break
        case 'up':
          slot.up = true
          // The file may have changed since it was told what to start with.
          if (given !== this.#config) this.#tell(worker, { kind: 'config', config: this.#share() })
          log.info('worker.up', { worker: slot.slot, pid: worker.process.pid ?? 0 })
          dealer.add(slot)
          beginning.up()
          break
        case 'took':
          dealer.took(message.connection)
          break
        case 'status':
          this.#answers.get(message.question)?.(message.status)
          break
        case 'limits': {
          const { turn, asks } = message
          const answers = asks.map((call) => this.#limits.take(call))
          this.#tell(worker, { kind: 'limits', turn, answers })
          break
        }
        case 'tally': {
          const { turn, asks } = message
          const answers = asks.map((ask) => replyTo(this.#tally, ask))
          this.#tell(worker, { kind: 'tally', turn, answers })
          break
        }
        case 'failed':
          failure = new WorkerFailed(message.explain, message.exitCode)
          break
      }
    })
    // A worker that is killed while it is written to: its end, below, says what there is to say.
    worker.on('error', (error) => log.debug('worker.channel', { worker: slot.slot, error: error.message }))
    worker.once('exit', (code, signal) => {
      const wasUp = slot.up
      dealer.remove(slot)
      slot.up = false
      slot.worker = undefined
      const ended = signal ?? String(code)
      if (this.#stopping) return
      if (!wasUp && replaces === undefined) {
        beginning.failed(
          failure ?? new WorkerFailed(`a worker ended (${ended}) before it was up`, EXIT_UNCHECKED),
        )
        return
      }
      this.#replace(slot, { pid: worker.process.pid ?? 0, ended }, failure)
    })
  }

  #replace(
    slot: Slot,
    ended: { readonly pid: number; readonly ended: string },
    failure?: WorkerFailed,
  ): void {
    const { log, now } = this.#options
    slot.replaced++
    slot.early = now() - slot.startedMs < STEADY_MS ? slot.early + 1 : 0
    const delayMs = slot.early === 0 ? 0 : Math.min(FIRST_DELAY_MS * 2 ** (slot.early - 1), LONGEST_DELAY_MS)
    const explain = failure === undefined ? {} : { explain: failure.message }
    log.error('worker.ended', { worker: slot.slot, ...ended, againInMs: delayMs, ...explain })
    slot.timer = setTimeout(() => {
      if (this.#stopping) return
      this.#fork(slot, ended, { up: () => undefined, failed: () => undefined })
    }, delayMs)
  }

  #ask(worker: Worker | undefined): Promise<GatewayStatus | undefined> {
    const question = ++this.#questions
    const { promise, resolve } = Promise.withResolvers<GatewayStatus | undefined>()
    const timer = setTimeout(() => resolve(undefined), STATUS_MS)
    this.#answers.set(question, resolve)
    this.#tell(worker, { kind: 'status', question })
    return promise.finally(() => {
      clearTimeout(timer)
      this.#answers.delete(question)
    })
  }

  #tell(worker: Worker | undefined, message: ToWorker): void {
    if (worker?.isConnected()) worker.send(message)
  }
}
