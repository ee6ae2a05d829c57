/**
 * The daemon's life: it reads the configuration, serves relays, follows the configuration, and leaves when nobody has
 * needed it for a while, when it is told to, or when a newer program has come.
 */
import type { Config } from '../config/config.ts'
import type { GatewayStatus } from '../gateway/gatewayStatus.ts'
import { mergeStatuses } from '../gateway/mergeStatuses.ts'
import { type Log, makeLog } from '../log.ts'
import { type ControlSocket, openControlSocket } from '../state/controlSocket.ts'
import { localUser } from '../state/localUser.ts'
import { statePaths } from '../state/paths.ts'
import type { DaemonAddress, DaemonPlaces } from './address.ts'
import { LogFile } from './logFile.ts'
import { openWorld, type World } from './openWorld.ts'
import { LAST_BYTES_MS, RelayDoor } from './relayDoor.ts'
import { Rest } from './rest.ts'
import type { TakenAddress } from './takeAddress.ts'

export interface DaemonParts {
  readonly places: DaemonPlaces
  readonly address: DaemonAddress
  readonly taken: TakenAddress
  /** What this process runs. */
  readonly program: string
}

/** How long the daemon stays when it never had, or has no more, anything to keep. */
const GRACE_MS = 10_000
/** How long a daemon that cannot serve waits for somebody to tell why. */
const FAREWELL_MS = 5_000
/** How often it is looked whether relays still find us. */
const LOOK_MS = 2_000
const DRAIN_POLL_MS = 20

/** What `sallyport status` shows of a daemon. */
export type DaemonStatus = GatewayStatus & {
  readonly command: 'daemon'
  readonly relays: number
  readonly log: string
}

/** Serves until there is no reason to. Resolves with the exit code, everything of it ended. */
export async function runDaemon(parts: DaemonParts): Promise<number> {
  return await new Daemon(parts).run()
}

class Daemon {
  readonly #parts: DaemonParts
  readonly #file: LogFile
  readonly #door: RelayDoor
  readonly #over = Promise.withResolvers<void>()
  readonly #world: Promise<World>
  /** Whoever has it writes as the configuration wants it, once that is read. */
  readonly #log: Log = {
    debug: (...said) => this.#writer.debug(...said),
    info: (...said) => this.#writer.info(...said),
    warn: (...said) => this.#writer.warn(...said),
    error: (...said) => this.#writer.error(...said),
  }
  #writer: Log
  #opened: World | undefined
  #failed = false
  #leaving = false
  #draining = false
  #quiet: NodeJS.Timeout | undefined
  readonly #rest = new Rest(() => this.#door.relays === 0)
  readonly #startedAt = new Date().toISOString()

  constructor(parts: DaemonParts) {
    this.#parts = parts
    const { address, taken, program, places } = parts
    this.#file = new LogFile(address.log)
    this.#writer = this.#openLog({ level: 'info', format: 'human' })
    this.#world = openWorld(places, {
      openLog: (settings) => {
        this.#writer = this.#openLog(settings)
        return this.#log
      },
      changed: () => this.#consider(),
    })
    // Here and not later: it may fail at once, and before anybody else waits for it.
    this.#world.then(
      (world) => {
        this.#opened = world
        this.#consider()
      },
      (error: unknown) => this.#giveUp(error),
    )
    this.#door = new RelayDoor({
      key: address.key,
      token: taken.token,
      program,
      principal: { issuer: 'local', subject: localUser() },
      world: this.#world,
      log: this.#log,
      outdated: () => this.#leave('the program was updated'),
      left: () => (this.#failed ? this.#leave('it cannot serve') : this.#consider()),
    })
  }

  async run(): Promise<number> {
    const { taken, places } = this.#parts
    const looks = setInterval(() => {
      if (!this.#leaving && !taken.stillOurs()) this.#leave('our socket or token was removed')
    }, LOOK_MS)
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (signal === 'SIGHUP') this.#opened?.reload()
        else if (this.#draining) process.exit(130)
        else void this.#drain(signal)
      })
    }
    this.#log.info('daemon.started', { pid: process.pid })
    taken.receive((socket) => void this.#door.serve(socket))
    const control = await openControlSocket(statePaths(places).runtime, () => this.#status())
    await this.#over.promise
    clearInterval(looks)
    await this.#end(control)
    return this.#failed ? 1 : 0
  }

  #openLog(settings: Config['log']): Log {
    const write = (line: string) => {
      try {
        this.#file.write(line)
      } catch (error) {
        // No room, or the folder was removed: standard error is the file that our starter opened.
        process.stderr.write(`${line}(the log cannot be written: ${String(error)})\n`)
      }
    }
    return makeLog({ ...settings, write, now: () => new Date() })
  }

  /** Is there still a reason to be here? */
  #consider(): void {
    clearTimeout(this.#quiet)
    this.#quiet = undefined
    const kept = this.#opened?.gateways.size ?? 0
    if (this.#door.relays > 0) return
    if (this.#leaving) return this.#over.resolve()
    this.#rest.soon()
    if (kept > 0) return
    const graceMs = Math.min(GRACE_MS, this.#opened?.config().daemon.idleMs ?? GRACE_MS)
    this.#quiet = setTimeout(() => {
      if (this.#door.relays === 0 && (this.#opened?.gateways.size ?? 0) === 0) this.#leave('nobody needs it')
    }, graceMs)
  }

  /** Makes way for another daemon; relays that are connected are served until they leave. */
  #leave(why: string): void {
    if (this.#leaving) return
    this.#leaving = true
    this.#log.info('daemon.leaving', { why, relays: this.#door.relays })
    this.#parts.taken.give()
    this.#door.leave()
    this.#consider()
  }

  /** Told to stop: calls under way may end, then every relay is told by the end of its connection. */
  async #drain(why: string): Promise<void> {
    this.#draining = true
    this.#leave(why)
    const world = this.#opened
    const until = performance.now() + (world?.config().listen.drainMs ?? 0)
    for (const { gateway } of world?.gateways.running() ?? []) gateway.endStarts()
    const busy = () => world?.gateways.statuses().some(({ inFlight }) => inFlight > 0) === true
    while (busy() && performance.now() < until)
      await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL_MS))
    await this.#door.close('the gateway is stopping')
    // It is over when the last relay has read its last bytes; one that only shakes hands is not waited for.
    setTimeout(() => this.#over.resolve(), LAST_BYTES_MS + 1_000)
  }

  #giveUp(error: unknown): void {
    this.#failed = true
    this.#log.error('daemon.cannot-serve', {
      explain: error instanceof Error ? error.message : String(error),
    })
    setTimeout(() => this.#leave('it cannot serve'), FAREWELL_MS)
  }

  async #end(control: ControlSocket): Promise<void> {
    clearTimeout(this.#quiet)
    await this.#door.close('the gateway is stopping')
    await this.#opened?.close()
    await control.close()
    this.#log.info('daemon.ended', { pid: process.pid })
  }

  #status(): DaemonStatus {
    const { address, places } = this.#parts
    const statuses = this.#opened?.gateways.statuses() ?? []
    return {
      ...mergeStatuses(statuses, {
        pid: process.pid,
        startedAt: this.#startedAt,
        profile: this.#opened?.config().profile ?? 'balanced',
        config: places.config ?? 'built-in defaults',
      }),
      command: 'daemon',
      relays: this.#door.relays,
      log: address.log,
    }
  }
}
