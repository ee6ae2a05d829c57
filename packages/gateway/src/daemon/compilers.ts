/**
 * V8's optimizing compilers, which a daemon does without until it is called. Hosts start it, ask for its tools, and often for
 * nothing else all day: compiling what runs only at start costs more time than it saves, and 12 of 86 MiB while it waits.
 */
import { setFlagsFromString } from 'node:v8'
import type { Front, LegacyPort } from '../ingress/port.ts'

/** What a client asks for, and answers, when it starts. */
const AT_START =
  /^(?:|initialize|server\/discover|ping|logging\/setLevel|notifications\/.*|.+\/list|subscriptions\/listen)$/
/** A start that needs more than this has much to inspect, and is quicker with them. */
const START_CPU_MS = 1_000
const LOOK_MS = 200
/** Less in the time between two looks: it waits. */
const QUIET_CPU_MS = 20

export interface CompilersParts {
  /** Processor time of this process so far, in milliseconds. */
  readonly cpuMs: () => number
  readonly switchOn: () => void
}

const OF_THIS_PROCESS: CompilersParts = {
  cpuMs: () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1_000
  },
  switchOn: () => {
    for (const compiler of ['opt', 'maglev'])
      if (process.execArgv.includes(`--no-${compiler}`)) setFlagsFromString(`--${compiler}`)
  },
}

/**
 * Switches them on with the first call, or when much is to be done without one.
 *
 * @example
 * const compilers = new Compilers(process.execArgv.includes('--no-opt'))
 * compilers.hear('tools/call') // on, once and for all
 */
export class Compilers {
  readonly #parts: CompilersParts
  #isOff: boolean
  #looks: NodeJS.Timeout | undefined
  #lastCpuMs = 0

  constructor(isOff: boolean, parts: CompilersParts = OF_THIS_PROCESS) {
    this.#isOff = isOff
    this.#parts = parts
    if (isOff) this.#look()
  }

  /** A message of a client. */
  hear(method: string): void {
    if (!this.#isOff) return
    if (AT_START.test(method)) this.#look()
    else this.#switchOn()
  }

  /** The same gateway, of whose clients we hear. */
  listenTo(front: Front): Front {
    if (!this.#isOff) return front
    return {
      view: (name) => front.view(name),
      record: (entry) => front.record(entry),
      openLegacy: (caller, view, port: LegacyPort) => {
        const conversation = front.openLegacy(caller, view, port)
        return {
          id: conversation.id,
          receive: (message) => {
            this.hear(message.method)
            conversation.receive(message)
          },
          answers: (id) => conversation.answers(id),
          renew: (renewed) => conversation.renew(renewed),
          close: (reason) => conversation.close(reason),
        }
      },
      callModern: (caller, view, message, reply, context) => {
        this.hear(message.method)
        return front.callModern(caller, view, message, reply, context)
      },
      notifyModern: (caller, view, message) => front.notifyModern(caller, view, message),
    }
  }

  #switchOn(): void {
    this.#isOff = false
    clearInterval(this.#looks)
    this.#parts.switchOn()
  }

  /** Looks at the clock while there is something to do: a daemon that waits is not woken for it. */
  #look(): void {
    if (this.#looks !== undefined) return
    this.#lastCpuMs = this.#parts.cpuMs()
    this.#looks = setInterval(() => {
      const cpuMs = this.#parts.cpuMs()
      if (cpuMs > START_CPU_MS) this.#switchOn()
      else if (cpuMs - this.#lastCpuMs < QUIET_CPU_MS) {
        clearInterval(this.#looks)
        this.#looks = undefined
      }
      this.#lastCpuMs = cpuMs
    }, LOOK_MS)
    this.#looks.unref()
  }
}
