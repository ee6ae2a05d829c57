/**
 * Door 1 for relays: connections on the daemon's socket become clients on a pipe, each with a conversation of its own.
 */
import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import type { Config } from '../config/config.ts'
import type { Principal, View } from '../ingress/port.ts'
import { type StdioIngress, serveStdio } from '../ingress/stdio.ts'
import type { Log } from '../log.ts'
import { hostName } from '../state/hostName.ts'
import { Compilers } from './compilers.ts'
import { environmentNames } from './environmentNames.ts'
import { type Claim, type Environment, type Gateways, MAX_GATEWAYS } from './gateways.ts'
import { greetRelay, type ProvenRelay } from './handshake.ts'
import { HandshakeError } from './lineChannel.ts'
import { freshNonce } from './proof.ts'

/** What relays are served with, once the configuration is read. */
export interface DoorWorld {
  readonly gateways: Gateways
  /** In force now. */
  readonly config: () => Config
  /** What a person should know who connects now, such as a configuration file that is not valid any more. */
  readonly notices: () => Promise<readonly string[]>
}

/** Why the daemon serves nobody. `usage`: a person has to change the configuration. */
export class CannotServe extends Error {
  readonly why: 'usage' | 'failed'
  constructor(why: 'usage' | 'failed', message: string) {
    super(message)
    this.name = 'CannotServe'
    this.why = why
  }
}

export interface RelayDoorOptions {
  readonly key: string
  readonly token: Buffer
  /** What this daemon runs, as `programIdentity` said when it started. */
  readonly program: string
  /** The local user: whoever reads the token file is that user (`proof.ts`). */
  readonly principal: Principal
  /** Rejects with `CannotServe`. */
  readonly world: Promise<DoorWorld>
  readonly log: Log
  /** A relay of another build came: the program was updated. */
  readonly outdated: () => void
  /** A relay has left. */
  readonly left: () => void
}

/** Who has proven nothing yet; all of them are processes of this user, so this only bounds a mistake. */
const MAX_UNPROVEN = 128
const MAX_RELAYS = 512
/** How long a relay may take to read its last bytes. */
export const LAST_BYTES_MS = 5_000

export class RelayDoor {
  readonly #options: RelayDoorOptions
  readonly #connections = new Set<StdioIngress>()
  readonly #compilers = new Compilers(process.execArgv.includes('--no-opt'))
  #unproven = 0
  #relays = 0
  #leaving = false

  constructor(options: RelayDoorOptions) {
    this.#options = options
  }

  /** Relays that have proven themselves and are not gone. */
  get relays(): number {
    return this.#relays
  }

  /** Serves one connection until it is over. Never rejects. */
  async serve(socket: Socket): Promise<void> {
    const relay = await this.#greet(socket)
    if (relay === undefined) return
    this.#relays += 1
    try {
      await this.#attend(socket, relay)
    } catch (error) {
      socket.destroy()
      this.#options.log.warn('relay.lost', { explain: explain(error) })
    } finally {
      this.#relays -= 1
      this.#options.left()
    }
  }

  /** No new relays from now on; those that come are told to ask for another daemon. */
  leave(): void {
    this.#leaving = true
  }

  /** Ends every connection. Resolves when nothing of them is left. */
  async close(reason: string): Promise<void> {
    this.leave()
    await Promise.all([...this.#connections].map((connection) => connection.close(reason)))
  }

  async #greet(socket: Socket): Promise<ProvenRelay | undefined> {
    const { key, token, log } = this.#options
    if (this.#unproven >= MAX_UNPROVEN) {
      socket.destroy()
      return undefined
    }
    this.#unproven += 1
    try {
      return await greetRelay(socket, { key, token, nonce: freshNonce })
    } catch (error) {
      // Garbage, a wrong proof, silence: nothing is said to it, so that it learns nothing.
      log.warn('relay.refused', { explain: explain(error) })
      return undefined
    } finally {
      this.#unproven -= 1
    }
  }

  async #attend(socket: Socket, relay: ProvenRelay): Promise<void> {
    const { program, outdated } = this.#options
    if (this.#leaving) return relay.refuse('leaving', 'this daemon is leaving')
    if (relay.program !== program) {
      relay.refuse('program', `this daemon runs ${program}, the relay ${relay.program}`)
      return outdated()
    }
    if (this.#relays > MAX_RELAYS) return relay.refuse('full', `the daemon has ${MAX_RELAYS} relays`)
    const world = await this.#options.world.catch((error: unknown) => cannotServe(error))
    if (world instanceof CannotServe) return relay.refuse(world.why, world.message)
    const { server, host, environment } = await relay.ask(environmentNames(world.config()))
    const view = viewOf(world.config(), server)
    if (view instanceof CannotServe) return relay.refuse(view.why, view.message)
    const claim = await this.#claim(world, environment)
    if (claim instanceof CannotServe) return relay.refuse(claim.why, claim.message)
    try {
      relay.accept(await world.notices())
      await this.#converse(socket, claim, { view, host: await hostName(host) }, world.config())
    } finally {
      claim.release()
    }
  }

  async #claim(world: DoorWorld, environment: Environment): Promise<Claim | CannotServe> {
    const tooMany = `${MAX_GATEWAYS} hosts with different environments are connected: use sallyport stdio --standalone`
    try {
      return (await world.gateways.claim(environment)) ?? new CannotServe('failed', tooMany)
    } catch (error) {
      return cannotServe(error)
    }
  }

  async #converse(
    socket: Socket,
    claim: Claim,
    { view, host }: { readonly view: View; readonly host: string | undefined },
    { limits }: Config,
  ): Promise<void> {
    const { principal, log } = this.#options
    const connection = serveStdio({
      input: socket,
      output: socket,
      front: this.#compilers.listenTo(claim.running.gateway),
      caller: { principal, transport: 'stdio', host },
      view,
      conversation: randomUUID(),
      budget: { maxBytes: limits.maxMessageBytes, maxDepth: limits.maxDepth, maxKeys: limits.maxKeys },
      log,
    })
    // It was paused behind the last line of the handshake.
    socket.resume()
    this.#connections.add(connection)
    log.info('relay.connected', { relays: this.#relays })
    await connection.ended
    this.#connections.delete(connection)
    log.info('relay.left', { relays: this.#relays - 1 })
    await finish(socket)
  }
}

/** Ends a connection; what was said to the client and not yet read by it still reaches it. */
async function finish(socket: Socket): Promise<void> {
  if (socket.closed) return
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  const timer = setTimeout(() => socket.destroy(), LAST_BYTES_MS)
  socket.end()
  await closed
  clearTimeout(timer)
}

function viewOf(config: Config, server: string | undefined): View | CannotServe {
  if (server === undefined) return { kind: 'all' }
  if (config.servers.some(({ id }) => id === server)) return { kind: 'one', server }
  const known = config.servers.map(({ id }) => id).join(', ')
  const from = config.source.kind === 'file' ? config.source.path : 'built-in defaults'
  const there = known === '' ? 'it has none' : `it has: ${known}`
  return new CannotServe('usage', `no server "${server}" in the configuration (${from}): ${there}`)
}

function cannotServe(error: unknown): CannotServe {
  return error instanceof CannotServe ? error : new CannotServe('failed', explain(error))
}

function explain(error: unknown): string {
  return error instanceof HandshakeError || error instanceof Error ? error.message : String(error)
}
