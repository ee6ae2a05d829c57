/** The primary, seen from a worker. */
import cluster from 'node:cluster'
import type { Socket } from 'node:net'
import type { StartOrder, ToPrimary, ToWorker } from './orders.ts'

type Order = Exclude<ToWorker, StartOrder | { readonly kind: 'connection' }>

/** The channel to the primary. When the primary is gone, `node:cluster` ends this process: no worker serves alone. */
export class PrimaryLink {
  readonly #start = Promise.withResolvers<StartOrder>()
  readonly #early: Order[] = []
  #take: ((order: Order) => void) | undefined
  #serve: ((socket: Socket) => void) | undefined

  constructor() {
    process.on('message', (message: ToWorker, socket?: Socket) => {
      if (message.kind === 'connection') this.#takeConnection(message.connection, socket)
      else if (message.kind === 'start') this.#start.resolve(message)
      else if (this.#take === undefined) this.#early.push(message)
      else this.#take(message)
    })
    this.say({ kind: 'here' })
  }

  /** What this worker has to be. */
  get start(): Promise<StartOrder> {
    return this.#start.promise
  }

  /** Takes every order after the first, also those that came before this was called. */
  follow(take: (order: Order) => void): void {
    this.#take = take
    for (const order of this.#early.splice(0)) take(order)
  }

  /** Takes the connections that are dealt to this worker, from when it says that it is up. */
  serve(take: (socket: Socket) => void): void {
    this.#serve = take
  }

  #takeConnection(connection: number, socket: Socket | undefined): void {
    // Before anything is read of it: what nobody took is ended by the primary.
    this.say({ kind: 'took', connection })
    // Absent when the client has left meanwhile.
    if (socket !== undefined) this.#serve?.(socket)
  }

  say(message: ToPrimary): void {
    if (process.connected) process.send?.(message)
  }

  /** Ends the channel, which would keep the process running. */
  async leave(): Promise<void> {
    const gone = new Promise<void>((resolve) => process.once('disconnect', resolve))
    cluster.worker?.disconnect()
    if (process.connected) await gone
  }
}
